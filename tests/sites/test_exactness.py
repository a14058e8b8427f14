"""Whatever comes, in any order and however often: facts and roll-ups are exact.

A state machine plays devices against the capture service and keeps a model of its own: plain sets
of events, from which tubes, valid swabs and covered persons follow without regard to order.
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from campaigns.models import Mark, RoundTarget
from core.crypto import blind_index
from core.scope import Scope, scoped
from reporting.progress.services.audit import audit_street
from reporting.progress.services.recount import recount_marked
from sites.models import Conflict, Coverage, PendingEvent, Swab, Tally, Tube, TubeEvent
from sites.services.capture import Origin, Verdict, accept, accept_batch
from sites.services.tallies import record_tally
from tests.personnel.make import District, make_division, make_unit
from tests.sites.from_scratch import assert_rollups_equal_facts
from tests.sites.make import NOW, START, exempt, id_number, make_resident, make_round

pytestmark = pytest.mark.django_db

QUICK = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking takes minutes: do it by hand where something fails
    suppress_health_check=list(HealthCheck),
)
CODES = [f"TUBE00000{number}" for number in range(1, 7)]
Item = dict[str, Any]


@dataclass(frozen=True)
class Someone:
    """A person as a device names them, and as they must be counted."""

    person: Item
    key: uuid.UUID
    standing: str
    community_id: int | None


@dataclass(frozen=True)
class World:
    """Two streets of one round: three units, and people of every standing."""

    place: District
    origins: list[Origin]
    people: list[Someone]

    @property
    def round_id(self) -> int:
        return self.place.round.pk

    @property
    def streets(self) -> list[int]:
        return [self.place.here.pk, self.place.there.pk]

    @property
    def scope(self) -> Scope:
        return Scope(districts=frozenset({self.place.district.pk}))

    def capture(self, origin: Origin, items: list[Item]) -> list[Verdict]:
        """As the API does it: with the scope of the device, which holds its own street."""
        device = Scope(
            units=frozenset({origin.unit_id}), floor_streets=frozenset({origin.street_id})
        )
        return accept_batch(origin=origin, scope=device, items=items, by="test", at=NOW)

    def sweep(self) -> None:
        """As the worker does it: what waits for something of another street."""
        with patch.object(accept, "Scope", lambda **_rights: self.scope), scoped(self.scope):
            accept.sweep_pending(by="test", at=NOW, limit=2)

    def recount(self) -> None:
        with scoped(self.scope):
            recount_marked(at=NOW)


@pytest.fixture
def world() -> World:
    place = make_round()
    there = place.community_there
    version = RoundTarget.objects.get(round=place.round).version
    RoundTarget.objects.create(
        version=version,
        round=place.round,
        community=there,
        street_id=place.there.pk,
        district_id=place.district.pk,
        registered=50,
        exempt=0,
        target=50,
    )
    units = [make_unit(place), make_unit(place), make_unit(place, street=place.there)]
    origins = [
        Origin(number, unit.pk, unit.street_id, place.district.pk)
        for number, unit in enumerate(units, 1)
    ]
    return World(place, origins, _people(place))


def _people(place: District) -> list[Someone]:
    elsewhere = make_division("community", place.there)
    people = []
    for community, standing in (
        (place.community_here, "target"),
        (place.community_here, "target"),
        (place.community_there, "target"),
        (place.community_here, "exempt"),
        (elsewhere, "outside"),
    ):
        resident, number = make_resident(place, community)
        if standing == "exempt":
            exempt(place, resident)
        people.append(Someone({"id_number": number}, resident.person_key, standing, community.pk))
    resident, _number = make_resident(place)
    people.append(
        Someone(
            {"roster_id": str(resident.pk)}, resident.person_key, "target", place.community_here.pk
        )
    )
    for _stranger in range(2):
        number = id_number()
        key = blind_index(place.district.pk, "resident", number)
        people.append(Someone({"id_number": number, "name": "李四"}, key, "off_register", None))
    child = uuid.uuid4()
    people.append(Someone({"no_document": str(child)}, child, "off_register", None))
    return people


class Model:
    """What must follow from the events accepted so far, whatever their order."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.owner: dict[str, tuple[Item, Origin]] = {}
        self.sent: dict[str, tuple[Item, Origin]] = {}
        self.rescans: set[str] = set()

    def take(self, origin: Origin, items: list[Item], verdicts: list[Verdict]) -> None:
        """Learn a batch; check what can be said of each verdict."""
        assert [v.id for v in verdicts] == [item["id"] for item in items]
        for item in sorted((i for i in items if i["kind"] == "open"), key=_tube_and_id):
            self.owner.setdefault(item["tube"], (item, origin))
        for item, verdict in zip(items, verdicts, strict=True):
            assert verdict.verdict != "refused", verdict
            if item["kind"] == "open":
                mine = self.owner[item["tube"]][0]["id"] == item["id"]
                assert (verdict.verdict == "conflict") != mine, verdict
            elif verdict.verdict != "conflict":
                self.sent.setdefault(item["id"], (item, origin))

    def clashed(self) -> set[str]:
        return {str(pk) for pk in Conflict.objects.values_list("event_id", flat=True)}

    def of(self, kind: str) -> list[tuple[Item, Origin]]:
        clashed = self.clashed() if kind == "move" else set()
        return [
            (item, origin)
            for item, origin in self.sent.values()
            if item["kind"] == kind and item["id"] not in clashed | self.rescans
        ]

    def swabs(self) -> dict[str, tuple[Item, Origin, str, bool]]:
        """Swab id -> (item, origin, id of the tube it is in now, valid)."""
        tube_of = {code: item["id"] for code, (item, _origin) in self.owner.items()}
        added = {i["id"]: (i, o) for i, o in self.of("add") if i["tube"] in tube_of}
        spoilt = {tube_of.get(i["tube"]) for i, _o in self.of("void") if "tube" in i}
        spilt = {i["swab"] for i, _o in self.of("void") if "swab" in i}
        moves = defaultdict(list)
        for item, _origin in self.of("move"):
            if item["tube"] in tube_of:
                moves[item["swab"]].append(item)
        found = {}
        for swab_id, (item, origin) in added.items():
            code = max(moves[swab_id], key=_time_and_id, default=item)["tube"]
            valid = tube_of[code] not in spoilt and swab_id not in spilt
            found[swab_id] = (item, origin, tube_of[code], valid)
        return found

    def check(self) -> None:
        """Tubes, swabs, covered persons: those of the model and no others."""
        swabs = self.swabs()
        stored = {
            str(s.pk): (str(s.tube_now_id), s.valid, s.at, s.unit_id) for s in Swab.objects.all()
        }
        assert stored == {
            swab_id: (tube, valid, believed(item), origin.unit_id)
            for swab_id, (item, origin, tube, valid) in swabs.items()
        }
        assert {str(t.pk): t.code for t in Tube.objects.all()} == {
            item["id"]: code for code, (item, _origin) in self.owner.items()
        }
        assert {
            c.person_key: (c.standing, c.community_id, c.street_id, c.first_at)
            for c in Coverage.objects.filter(first_at__isnull=False)
        } == self.covered(swabs)
        self.check_nothing_lost()

    def covered(self, swabs: dict[str, Any]) -> dict[uuid.UUID, tuple[Any, ...]]:
        by_person = {str(someone.person): someone for someone in self.world.people}
        first: dict[uuid.UUID, tuple[Any, ...]] = {}
        for item, origin, _tube, valid in swabs.values():
            someone = by_person[str(item["person"])]
            if valid:
                mine = (believed(item), origin.street_id, someone)
                first[someone.key] = min(first.get(someone.key, mine), mine, key=lambda f: f[:2])
        homes = {
            community.pk: community.street_id
            for community in (self.world.place.community_here, self.world.place.community_there)
        }
        return {
            key: (
                someone.standing,
                someone.community_id,
                street
                if someone.standing == "off_register"
                else homes.get(someone.community_id, self.world.place.there.pk),
                at,
            )
            for key, (at, street, someone) in first.items()
        }

    def check_nothing_lost(self) -> None:
        """Every accepted event is a fact, or waits, or stands in the conflict list."""
        kept = self.clashed() | self.rescans
        for model in (Swab, TubeEvent, PendingEvent):
            kept |= {str(pk) for pk in model.objects.values_list("pk", flat=True)}
        assert set(self.sent) <= kept
        waiting = {str(pk) for pk in PendingEvent.objects.values_list("pk", flat=True)}
        swabs, tubes = set(self.swabs()), set(self.owner)
        for pk in waiting:
            item, _origin = self.sent[pk]
            assert item.get("swab", "-") not in swabs or item.get("tube", "-") not in tubes


def believed(item: Item) -> datetime:
    at = datetime.fromisoformat(item["at"])
    near = NOW - timedelta(days=7) <= at <= NOW + timedelta(minutes=5)
    return at if near else NOW


def _tube_and_id(item: Item) -> tuple[str, str]:
    return item["tube"], item["id"]


def _time_and_id(item: Item) -> tuple[datetime, str]:
    return believed(item), item["id"]


@dataclass
class Maker:
    """Makes items with ids that are the same in every run of an example."""

    round_id: int
    made: int = 0

    def item(self, kind: str, at: datetime, **rest: Any) -> Item:
        self.made += 1
        event_id = uuid.uuid5(uuid.NAMESPACE_OID, f"event {self.made}")
        return {
            "id": str(event_id),
            "kind": kind,
            "seq": self.made,
            "at": at.isoformat(),
            "round": self.round_id,
            **rest,
        }


seconds = st.integers(0, 40) | st.integers(0, 6000) | st.sampled_from([-900_000, 90_000])
times = seconds.map(lambda s: START + timedelta(seconds=s))
codes = st.sampled_from(CODES)
picks = st.integers(0, 1000)
specs = st.lists(
    st.tuples(
        st.sampled_from(
            ["open"] * 4
            + ["add"] * 8
            + ["seal", "void_tube", "void_swab", "void_swab", "move", "move"]
        ),
        codes,
        picks,
        times,
    ),
    min_size=1,
    max_size=8,
)


class Builder:
    """Turns drawn specifications into items that fit what was made before."""

    def __init__(self, world: World, model: Model | None = None) -> None:
        self.world, self.model = world, model
        self.maker = Maker(world.round_id)
        self.adds: dict[tuple[str, str], Item] = {}

    def build(self, spec: tuple[str, str, int, datetime]) -> Item | None:
        kind, code, pick, at = spec
        if kind == "open":
            return self.maker.item("open", at, tube=code, pool_size=1 + pick % 4)
        if kind == "add":
            return self._add(code, self.world.people[pick % len(self.world.people)], at)
        if kind == "seal":
            return self.maker.item("seal", at, tube=code)
        if kind == "void_tube":
            return self.maker.item("void", at, tube=code, reason="leaked")
        if not self.adds:
            return None
        swab = list(self.adds.values())[pick % len(self.adds)]["id"]
        if kind == "move":
            return self.maker.item("move", at, swab=swab, tube=code, reason="wrong tube")
        return self.maker.item("void", at, swab=swab, reason="spilt")

    def _add(self, code: str, someone: Someone, at: datetime) -> Item:
        before = self.adds.get((code, str(someone.person)))
        if before is None:
            item = self.maker.item("add", at, tube=code, person=someone.person)
            self.adds[code, str(someone.person)] = item
            return item
        if self.model and Swab.objects.filter(pk=before["id"]).exists():
            # The same scan once more, under a new id: one fact, whatever the device thinks.
            again = {**before, "id": self.maker.item("add", at)["id"]}
            self.model.rescans.add(again["id"])
            return again
        return before


class Devices(RuleBasedStateMachine):
    """Three devices in two streets, a worker, and a clerk with tallies."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.floor = scoped(self.world.scope)
        self.floor.__enter__()
        self.model = Model(self.world)
        self.builder = Builder(self.world, self.model)
        self.history: list[tuple[Origin, Item]] = []
        self.held: list[tuple[Origin, Item]] = []
        self.tallies: dict[tuple[int, datetime], int] = {}

    def send(self, origin: Origin, items: list[Item]) -> list[Verdict]:
        verdicts = self.world.capture(origin, items)
        with scoped(self.world.scope):
            self.model.take(origin, items, verdicts)
        return verdicts

    @rule(desk=st.integers(0, 2), drawn=specs, keep_back=st.booleans(), order=st.randoms())
    def capture(self, desk: int, drawn: list[Any], keep_back: bool, order: random.Random) -> None:
        origin = self.world.origins[desk]
        with scoped(self.world.scope):
            items = [item for item in map(self.builder.build, drawn) if item]
        fresh = {item["id"]: item for item in items if item["id"] not in self._known_ids()}
        batch = list(fresh.values())
        order.shuffle(batch)
        self.history += [(origin, item) for item in batch]
        if keep_back:
            half = len(batch) // 2
            self.held += [(origin, item) for item in batch[half:]]
            batch = batch[:half]
        if batch:
            self.send(origin, batch)

    def _known_ids(self) -> set[str]:
        return {item["id"] for _origin, item in self.history}

    @rule(order=st.randoms())
    def deliver_what_was_held(self, order: random.Random) -> None:
        order.shuffle(self.held)
        self._deliver(self.held)
        self.held = []

    @rule(order=st.randoms(), share=st.integers(1, 4))
    def replay(self, order: random.Random, share: int) -> None:
        count = max(1, len(self.history) // share)
        again = order.sample(self.history, min(count, len(self.history)))
        held = {item["id"] for _origin, item in self.held}
        before = self.facts()
        self._deliver([pair for pair in again if pair[1]["id"] not in held])
        assert self.facts() == before

    def _deliver(self, pairs: list[tuple[Origin, Item]]) -> None:
        for origin in self.world.origins:
            items = [item for sender, item in pairs if sender == origin]
            if items:
                self.send(origin, items)

    def facts(self) -> tuple[list[Any], ...]:
        with scoped(self.world.scope):
            return (
                sorted(Swab.objects.values_list()),
                sorted(Tube.objects.values_list(), key=str),
                sorted(Coverage.objects.values_list(), key=str),
                sorted(TubeEvent.objects.values_list("pk")),
                sorted(PendingEvent.objects.values_list("pk")),
                sorted(Mark.objects.values_list("pk")),
            )

    @rule(pick=picks, code=codes, someone=picks)
    def reuse_an_id(self, pick: int, code: str, someone: int) -> None:
        """Other content under a known id is kept as a conflict and changes no fact."""
        with scoped(self.world.scope):
            done = {str(pk) for pk in Swab.objects.values_list("pk", flat=True)}
        settled = [(o, i) for o, i in self.history if i["id"] in done]
        if not settled or code not in self.model.owner:
            return
        origin, item = settled[pick % len(settled)]
        person = self.world.people[someone % len(self.world.people)].person
        if (item["tube"], item["person"]) == (code, person) or (
            code,
            str(person),
        ) in self.builder.adds:
            return
        before = self.facts()
        assert (
            self.world.capture(origin, [{**item, "tube": code, "person": person}])[0].code
            == "id_reused"
        )
        assert self.facts() == before

    @rule(desk=st.integers(0, 2), quarter=st.integers(0, 5), swabs=st.integers(0, 60))
    def tally(self, desk: int, quarter: int, swabs: int) -> None:
        """A quarter hour on paper; the second time it is a correction."""
        start = START + timedelta(minutes=15 * quarter)
        unit_id = self.world.origins[desk].unit_id
        record_tally(
            tally_id=uuid.uuid4(),
            unit_id=unit_id,
            round_id=self.world.round_id,
            quarter=start,
            swabs=swabs,
            tubes=swabs // 10,
            reason="read again" if (unit_id, start) in self.tallies else "",
            scope=self.world.scope,
            by="test",
            at=NOW,
        )
        self.tallies[unit_id, start] = swabs

    @rule()
    def recount(self) -> None:
        self.world.recount()

    @rule()
    def compare(self) -> None:
        """After a recount everything is equal; before it, the audit knows what waits."""
        self.world.sweep()
        with scoped(self.world.scope):
            for street_id in self.world.streets:
                assert audit_street(self.world.round_id, street_id, by="test", at=NOW) == 0
            recount_marked(at=NOW)
            self.model.check()
            assert_rollups_equal_facts(self.world.round_id)
            for street_id in self.world.streets:
                assert audit_street(self.world.round_id, street_id, by="test", at=NOW) == 0
            current = Tally.objects.current().values_list("unit_id", "quarter", "swabs")
            assert {(u, q): s for u, q, s in current} == self.tallies
            assert not Mark.objects.exists()

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            self.deliver_what_was_held(random.Random(1))
            self.compare()
        finally:
            self.floor.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


def test_rollups_equal_a_recount_from_scratch_whatever_happens(world: World) -> None:
    class InThisWorld(Devices):
        pass

    InThisWorld.world = world
    run_state_machine_as_test(InThisWorld, settings=QUICK)


def _story(world: World, drawn: list[tuple[str, int, int, datetime]]) -> list[tuple[Origin, Item]]:
    """Events that contradict nobody: one opening a code, one scan a tube and person.

    A swab moves only into tubes of its own, because whether the target holds the person already
    depends on what came first, and is a conflict for a person to decide.
    """
    maker = Maker(world.round_id)
    story = [
        (world.origins[n % 3], maker.item("open", START, tube=code, pool_size=3))
        for n, code in enumerate(CODES[:3])
    ]
    adds: dict[tuple[str, int], Item] = {}
    for kind, desk, pick, at in drawn:
        code, who = CODES[pick % 4], pick % len(world.people)
        swabs = list(adds.values())
        if kind == "add" and (code, who) not in adds:
            item = maker.item("add", at, tube=code, person=world.people[who].person)
            adds[code, who] = item
        elif kind in ("seal", "void_tube"):
            rest = {"reason": "leaked"} if kind == "void_tube" else {}
            item = maker.item(kind.removesuffix("_tube"), at, tube=code, **rest)
        elif kind == "void_swab" and swabs:
            swab = swabs[pick % len(swabs)]["id"]
            item = maker.item("void", at, swab=swab, reason="spilt")
        elif kind == "move" and swabs:
            nth = pick % len(swabs)
            target = f"MOVED{nth:03}{pick % 2}"
            item = maker.item("move", at, swab=swabs[nth]["id"], tube=target, reason="wrong tube")
            if pick % 3:
                opened = maker.item("open", START, tube=f"{target}", pool_size=10)
                if not any(i.get("tube") == target and i["kind"] == "open" for _o, i in story):
                    story.append((world.origins[desk], opened))
        else:
            continue
        story.append((world.origins[desk], item))
    return story


def _facts_after(world: World, batches: list[tuple[Origin, list[Item]]]) -> tuple[Any, ...]:
    """Deliver in an undone transaction; what is stored then, without the times of receipt."""
    with transaction.atomic(), scoped(world.scope):
        for origin, items in batches:
            verdicts = world.capture(origin, items)
            assert {v.verdict for v in verdicts} <= {"created", "duplicate", "pending"}
        world.sweep()
        recount_marked(at=NOW)
        assert_rollups_equal_facts(world.round_id)
        covered = Coverage.objects.filter(first_at__isnull=False)
        facts = (
            set(
                Swab.objects.values_list(
                    "pk",
                    "tube_id",
                    "tube_now_id",
                    "person_key",
                    "valid",
                    "at",
                    "unit_id",
                    "off_register",
                )
            ),
            set(
                Tube.objects.values_list(
                    "pk", "code", "state", "opened_at", "sealed_at", "voided_at", "unit_id"
                )
            ),
            set(covered.values_list("person_key", "first_at", "street_id", "standing")),
            set(TubeEvent.objects.values_list("pk", "kind", "tube_id", "swab_id", "at")),
            set(PendingEvent.objects.values_list("pk", "kind")),
        )
        transaction.set_rollback(True)
    return facts


@QUICK
@given(
    drawn=st.lists(
        st.tuples(
            st.sampled_from(["add"] * 5 + ["seal", "void_tube", "void_swab", "move", "move"]),
            st.integers(0, 2),
            picks,
            times,
        ),
        min_size=4,
        max_size=25,
    ),
    order=st.randoms(use_true_random=False),
)
def test_any_order_partition_and_replay_ends_in_the_same_facts(
    world: World, drawn: list[Any], order: random.Random
) -> None:
    story = _story(world, drawn)
    shuffled = story + order.sample(story, len(story) // 2)
    order.shuffle(shuffled)
    parts: list[tuple[Origin, list[Item]]] = []
    for origin in order.sample(world.origins, 3):
        mine = [item for sender, item in shuffled if sender == origin]
        while mine:
            cut = order.randint(1, len(mine))
            parts.append((origin, mine[:cut]))
            mine = mine[cut:]
    order.shuffle(parts)

    assert _facts_after(world, parts) == _facts_after(world, [(o, [i]) for o, i in story])
