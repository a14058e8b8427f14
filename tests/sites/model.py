"""What must follow from device events, told by a plain model; and how such events are drawn."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st

from core.scope import Scope, scoped
from reporting.progress.services.recount import recount_marked
from sites.models import Conflict, Coverage, PendingEvent, Swab, Tube, TubeEvent
from sites.services.capture import Origin, Verdict, accept, accept_batch
from tests.personnel.make import District
from tests.sites.make import NOW, START

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
