"""Whatever comes, in any order and however often: facts and roll-ups are exact.

A state machine plays devices against the capture service and keeps a model of its own: plain sets
of events, from which tubes, valid swabs and covered persons follow without regard to order.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from campaigns.models import Mark, RoundTarget
from core.crypto import blind_index
from core.scope import scoped
from reporting.progress.services.audit import audit_street
from reporting.progress.services.recount import recount_marked
from sites.models import Coverage, PendingEvent, Swab, Tally, Tube, TubeEvent
from sites.services.capture import Origin, Verdict
from sites.services.tallies import record_tally
from tests.personnel.make import District, make_division, make_unit
from tests.sites.from_scratch import assert_rollups_equal_facts
from tests.sites.make import NOW, START, exempt, id_number, make_resident, make_round
from tests.sites.model import (
    CODES,
    Builder,
    Item,
    Maker,
    Model,
    Someone,
    World,
    codes,
    picks,
    specs,
    times,
)

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
