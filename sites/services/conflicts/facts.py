"""What is stored around conflicts, read for a whole page in a constant number of statements.

A person may have been swabbed in a neighbour street too, and then one void less changes nothing
in coverage: the floor of this read is the conflicts' district. Only counts of what the caller's
own scope hides may leave it, never names or places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.crypto import blind_index
from core.scope import Scope, scoped
from core.statements import run
from sites.models import Conflict, PendingEvent, Tally
from sites.models.coverage import Standing
from sites.services.capture.batch import from_text
from sites.services.capture.items import Add, AnyEvent, Move, Refusal, read_item


@dataclass(frozen=True, slots=True)
class SwabFact:
    """One stored swab, in the tube that it is in now."""

    id: UUID
    round_id: int
    tube_id: UUID
    person_key: UUID
    unit_id: int
    street_id: int
    device_id: int
    at: datetime
    valid: bool


@dataclass(frozen=True, slots=True)
class TubeFact:
    """One stored tube."""

    id: UUID
    round_id: int
    district_id: int
    code: str
    unit_id: int
    device_id: int
    pool_size: int
    opened_at: datetime
    voided: bool


@dataclass(slots=True)
class Facts:
    """Everything that the choices of some conflicts depend on."""

    scope: Scope
    tubes: dict[UUID, TubeFact] = field(default_factory=dict)
    by_code: dict[tuple[int, str], TubeFact] = field(default_factory=dict)
    swabs: dict[UUID, SwabFact] = field(default_factory=dict)
    in_tube: defaultdict[UUID, list[SwabFact]] = field(default_factory=lambda: defaultdict(list))
    in_quarter: defaultdict[UUID, list[SwabFact]] = field(default_factory=lambda: defaultdict(list))
    of_person: defaultdict[tuple[int, UUID], list[SwabFact]] = field(
        default_factory=lambda: defaultdict(list)
    )
    standing: dict[tuple[int, UUID], str] = field(default_factory=dict)
    tallies: dict[UUID, Tally] = field(default_factory=dict)
    events: dict[int, AnyEvent] = field(default_factory=dict)
    person_of: dict[int, UUID] = field(default_factory=dict)
    waiting: set[UUID] = field(default_factory=set)

    def others(self, swab: SwabFact) -> list[SwabFact]:
        """The person's other valid swabs of the round, the earliest first."""
        same = self.of_person[swab.round_id, swab.person_key]
        return [other for other in same if other.id != swab.id and other.valid]

    def within(self, swab_ids: Iterable[UUID], district_id: int) -> bool:
        """Whether all these swabs were taken in the caller's area: only those may be changed."""
        scope = self.scope
        if scope.everything or district_id in scope.districts:
            return True
        known = {swab.id: swab for same in self.of_person.values() for swab in same} | self.swabs
        return all(
            known[swab_id].street_id in scope.streets or known[swab_id].unit_id in scope.units
            for swab_id in swab_ids
        )


SWAB = """s.id, s.round_id, s.tube_now_id, s.person_key, s.unit_id, s.street_id, s.device_id, s.at,
          s.valid"""
TUBE = """t.id, t.round_id, t.district_id, t.code, t.unit_id, t.device_id, t.pool_size,
          t.opened_at, t.voided_at IS NOT NULL"""
# Each part finds its rows by their own key.
TUBES = f"""
    SELECT {TUBE} FROM sites_tube t
    WHERE t.round_id = ANY(%(rounds)b::int[]) AND t.id = ANY(%(ids)b::uuid[])
    UNION
    SELECT {TUBE} FROM sites_tubecode c
    JOIN sites_tube t ON t.round_id = c.round_id AND t.id = c.tube_id
    WHERE c.district_id = ANY(%(districts)b::int[]) AND c.code = ANY(%(codes)b::text[])"""  # noqa: S608
SWABS = f"""
    SELECT {SWAB} FROM sites_swab s
    WHERE s.round_id = ANY(%(rounds)b::int[]) AND s.id = ANY(%(ids)b::uuid[])
    UNION
    SELECT {SWAB} FROM sites_swab s
    WHERE s.round_id = ANY(%(rounds)b::int[]) AND s.tube_id = ANY(%(tubes)b::uuid[])
    UNION
    SELECT {SWAB} FROM sites_swab s
    WHERE s.round_id = ANY(%(rounds)b::int[]) AND s.id = ANY(ARRAY(
        SELECT e.swab_id FROM sites_tubeevent e WHERE e.kind = 'move'
        AND e.round_id = ANY(%(rounds)b::int[]) AND e.tube_id = ANY(%(tubes)b::uuid[])))"""  # noqa: S608
QUARTERS = f"""
    SELECT q.tally_id, {SWAB}
    FROM unnest(%b::uuid[], %b::int[], %b::int[], %b::timestamptz[])
         AS q(tally_id, round_id, unit_id, start)
    JOIN sites_swab s ON s.round_id = q.round_id AND s.unit_id = q.unit_id
     AND s.at >= q.start AND s.at < q.start + interval '15 minutes'"""  # noqa: S608
PEOPLE = f"""
    SELECT {SWAB} FROM sites_swab s
    WHERE s.round_id = ANY(%b::int[]) AND s.person_key = ANY(%b::uuid[])
    ORDER BY s.at, s.id"""  # noqa: S608
STANDING = """SELECT round_id, person_key, standing FROM sites_coverage
              WHERE round_id = ANY(%b::int[]) AND person_key = ANY(%b::uuid[])"""


def gather(conflicts: Sequence[Conflict], *, scope: Scope) -> Facts:
    """The facts around conflicts of the caller's scope."""
    facts = Facts(scope)
    if not conflicts:
        return facts
    for conflict in conflicts:
        if conflict.item and (event := _event(str(conflict.item))) is not None:
            facts.events[conflict.pk] = event
    districts = frozenset(conflict.district_id for conflict in conflicts)
    with scoped(Scope(districts=scope.districts | districts)):
        _read(facts, conflicts)
    return facts


def _event(text: str) -> AnyEvent | None:
    try:
        return read_item(from_text(text))
    except (Refusal, ValueError):  # written under older rules: shown without its content
        return None


def _read(facts: Facts, conflicts: Sequence[Conflict]) -> None:
    rounds = sorted({conflict.round_id for conflict in conflicts})
    ids = sorted({conflict.event_id for conflict in conflicts})
    _people_of_events(facts, conflicts)
    facts.waiting = set(PendingEvent.objects.filter(pk__in=ids).values_list("pk", flat=True))
    _tubes(facts, conflicts, rounds, ids)
    moved = [event.swab for event in facts.events.values() if isinstance(event, Move)]
    tubes = [tube.id for tube in facts.tubes.values()]
    rows = run(SWABS, {"rounds": rounds, "ids": [*ids, *moved], "tubes": tubes})
    for swab in _swabs(rows):
        facts.swabs[swab.id] = swab
        facts.in_tube[swab.tube_id].append(swab)
    _quarters(facts, ids)
    _people(facts, conflicts, rounds)
    _tubes_of_people(facts, rounds)


def _swabs(rows: Iterable[tuple]) -> list[SwabFact]:
    return sorted((SwabFact(*row) for row in rows), key=lambda swab: (swab.at, swab.id))


def _people_of_events(facts: Facts, conflicts: Sequence[Conflict]) -> None:
    """Who is named by events that are not stored; a roster id nobody knows names nobody."""
    by_roster: defaultdict[int, dict[UUID, list[int]]] = defaultdict(dict)
    for conflict in conflicts:
        event = facts.events.get(conflict.pk)
        if not isinstance(event, Add):
            continue
        person = event.person
        if person.id_number:
            key = blind_index(conflict.district_id, person.id_type, person.id_number)
            facts.person_of[conflict.pk] = key
        elif person.no_document is not None:
            facts.person_of[conflict.pk] = person.no_document
        elif person.roster_id is not None:
            roster = by_roster[conflict.district_id]
            roster.setdefault(person.roster_id, []).append(conflict.pk)
    for district_id, roster in sorted(by_roster.items()):
        known = run(
            "SELECT * FROM campaigns_roster_keys(%b::int, %b::uuid[])",
            [district_id, sorted(roster)],
        )
        for roster_id, key in known:
            facts.person_of.update(dict.fromkeys(roster[roster_id], key))


def _tubes(facts: Facts, conflicts: Sequence[Conflict], rounds: list[int], ids: list[UUID]) -> None:
    codes = {conflict.tube_code for conflict in conflicts if conflict.tube_code}
    codes |= {code for event in facts.events.values() if (code := getattr(event, "tube", None))}
    districts = sorted({conflict.district_id for conflict in conflicts})
    params = {"rounds": rounds, "ids": ids, "districts": districts, "codes": sorted(codes)}
    for row in run(TUBES, params):
        tube = TubeFact(*row)
        facts.tubes[tube.id] = tube
        facts.by_code[tube.district_id, tube.code] = tube


def _quarters(facts: Facts, ids: list[UUID]) -> None:
    facts.tallies = {tally.pk: tally for tally in Tally.objects.filter(pk__in=ids)}
    tallies = list(facts.tallies.values())
    rows = run(
        QUARTERS,
        [
            [tally.pk for tally in tallies],
            [tally.round_id for tally in tallies],
            [tally.unit_id for tally in tallies],
            [tally.quarter for tally in tallies],
        ],
    )
    for tally_id, *rest in rows:
        facts.in_quarter[tally_id].append(SwabFact(*rest))


def _people(facts: Facts, conflicts: Sequence[Conflict], rounds: list[int]) -> None:
    """All swabs of everybody concerned, and how each stands to the round's target."""
    scanned = [swab for quarter in facts.in_quarter.values() for swab in quarter]
    keys = {swab.person_key for swab in [*facts.swabs.values(), *scanned]}
    keys |= set(facts.person_of.values())
    for swab in _swabs(run(PEOPLE, [rounds, sorted(keys)])):
        facts.of_person[swab.round_id, swab.person_key].append(swab)
    for round_id, key, standing in run(STANDING, [rounds, sorted(keys)]):
        facts.standing[round_id, key] = standing
    unknown: defaultdict[tuple[int, int], set[UUID]] = defaultdict(set)
    for conflict in conflicts:
        person = facts.person_of.get(conflict.pk)
        if person is not None and (conflict.round_id, person) not in facts.standing:
            unknown[conflict.district_id, conflict.round_id].add(person)
    for (district_id, round_id), people in sorted(unknown.items()):
        found = run(
            "SELECT person_key, standing"
            " FROM campaigns_find_residents(%b::int, %b::int, %b::uuid[])",
            [district_id, round_id, sorted(people)],
        )
        known = dict(found)
        for person in people:
            facts.standing[round_id, person] = known.get(person, Standing.OFF_REGISTER.value)


def _tubes_of_people(facts: Facts, rounds: list[int]) -> None:
    swabs = [swab for same in facts.of_person.values() for swab in same]
    missing = sorted({swab.tube_id for swab in swabs} - facts.tubes.keys())
    params = {"rounds": rounds, "ids": missing, "districts": [], "codes": []}
    for row in run(TUBES, params):
        facts.tubes[row[0]] = TubeFact(*row)
