"""What the roll-ups hold of a street's communities: now, at the cut-off, and when a number was
typed. Coverage belongs to the home community, throughput to the one that the point stands in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Sum

from campaigns.models import Round
from core.clock import quarter_of
from core.scope import Scope
from core.statements import run
from reporting.daily.models import Report, Source
from reporting.progress.models import Cell, Snapshot, SnapshotTotal
from reporting.progress.models.cells import Key
from reporting.progress.queries import areas, snapshot_at
from sites.models import SamplingUnit


@dataclass(frozen=True, slots=True)
class Counts:
    """One community. Persons live there; swabs and tubes were taken at its points."""

    persons: int = 0
    exempt_persons: int = 0
    outside_persons: int = 0
    swabs: int = 0
    off_register_swabs: int = 0
    voided: int = 0
    tubes: int = 0
    tallied: int = 0
    tallied_tubes: int = 0
    # From the facts, and only of the present state.
    off_register_persons: int = 0
    second_swabs: int = 0
    room: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def of(self, measure: str) -> int:
        """The figure that a measure is compared with."""
        return int(getattr(self, {Source.SWABS: "swabs", Source.TUBES: "tubes"}.get(
            Source(measure), "persons")))  # fmt: skip


COVERAGE = ("persons", "exempt_persons", "outside_persons")
THROUGHPUT = ("swabs", "off_register_swabs", "voided", "tubes", "tallied", "tallied_tubes")
Homes = Mapping[int, int | None]
"""The community that a unit or point stands in."""
ByPlace = Mapping[int | None, Counts]
"""By community id; None is the street, the sum of its communities."""


@dataclass(frozen=True)
class Counted:
    """`now` holds what is known now up to `known_at`; `kept` what was known at the cut-off."""

    known_at: datetime
    kept_at: datetime | None
    live: bool
    now: ByPlace
    kept: ByPlace | None
    typed: Mapping[datetime, ByPlace]

    def at(self, moment: datetime) -> ByPlace | None:
        """What was kept at the quarter hour before a moment."""
        return self.typed.get(quarter_of(moment))


def counted_of(report: Report, typed: Sequence[datetime], *, at: datetime) -> Counted:
    """The figures of a report's street. `typed` are moments whose figures are wanted too."""
    cutoff = report.cutoff
    round_, street_id = cutoff.round, report.street_id
    scope = Scope(streets=frozenset({street_id}))
    live = at <= cutoff.as_of
    kept = None if live else snapshot_at(round_.pk, cutoff.as_of)
    units = list(
        SamplingUnit.objects.of_round(round_.pk)
        .filter(street_id=street_id)
        .values_list("pk", "point_id", "point__community_id")
    )
    desks = {unit: home for unit, _point, home in units}
    points = {point: home for _unit, point, home in units}
    if live:
        known_at = at
        now = _totals(scope, round_, street_id, points, None)
    else:
        known_at = kept.as_of if kept else quarter_of(cutoff.as_of)
        now = _cells(
            round_, street_id, desks, known_at, _totals(scope, round_, street_id, {}, kept)
        )
    _facts(now, round_.pk, desks, None if live else known_at)
    return Counted(
        known_at=known_at,
        kept_at=kept.taken_at if kept else None,
        live=live,
        now=_summed(now),
        kept=_summed(_totals(scope, round_, street_id, points, kept)) if kept else None,
        typed=_typed(round_.pk, street_id, points, typed),
    )


Raw = defaultdict[int | None, dict[str, int]]


def _totals(
    scope: Scope, round_: Round, street_id: int, points: Homes, kept: Snapshot | None
) -> Raw:
    """Totals as they are, or as they were kept."""
    found: Raw = defaultdict(dict)
    for key, _code, _name, figures in areas(
        scope, round_, "community", street_id=street_id, snapshot=kept
    ):
        found[key] |= {name: getattr(figures, name) for name in COVERAGE}
    if points:
        for key, _code, _name, figures in areas(
            scope, round_, "point", street_id=street_id, snapshot=kept
        ):
            _add(found, points.get(key), {name: getattr(figures, name) for name in THROUGHPUT})
    return found


def _cells(round_: Round, street_id: int, desks: Homes, until: datetime, known: Raw) -> Raw:
    """What is known now of the time before a quarter hour, in the communities of `known`."""
    found: Raw = defaultdict(dict, {key: {} for key in known})
    cells = Cell.objects.filter(
        round_id=round_.pk, street_id=street_id, width=15, start__lt=until,
        kind__in=[Key.COMMUNITY, Key.UNIT],
    )  # fmt: skip
    names = (*COVERAGE, *THROUGHPUT)
    sums: Any = {f"n_{name}": Sum(name) for name in names}
    rows: Any = cells.order_by().values("kind", "key_id").annotate(**sums)
    for row in rows:
        here = row["kind"] == Key.COMMUNITY
        key = row["key_id"] if here else desks.get(row["key_id"])
        _add(found, key, {name: row[f"n_{name}"] for name in (COVERAGE if here else THROUGHPUT)})
    return found


def _add(found: Raw, key: int | None, counts: Mapping[str, int]) -> None:
    """Add to a community of the target; points elsewhere belong to no line of the report."""
    if key in found:
        row = found[key]
        for name, count in counts.items():
            row[name] = row.get(name, 0) + count


def _facts(found: Raw, round_id: int, desks: Homes, until: datetime | None) -> None:
    """Second swabs, people off the register and room in tubes, which no roll-up holds."""
    params = {
        "units": list(desks), "homes": list(desks.values()), "round": round_id, "until": until,
    }  # fmt: skip
    for key, swabs, persons, strangers in run(
        """SELECT u.home, count(*)::int, count(DISTINCT s.person_key)::int,
                  (count(DISTINCT s.person_key) FILTER (WHERE s.off_register))::int
           FROM unnest(%(units)b::int[], %(homes)b::int[]) AS u(unit, home)
           JOIN sites_swab s ON s.round_id = %(round)b AND s.unit_id = u.unit AND s.valid
            AND (%(until)b::timestamptz IS NULL OR s.at < %(until)b::timestamptz)
           GROUP BY u.home""",
        params,
    ):
        _add(found, key, {"second_swabs": swabs - persons, "off_register_persons": strangers})
    for key, room in run(
        """SELECT u.home, sum(t.pool_size)::int
           FROM unnest(%(units)b::int[], %(homes)b::int[]) AS u(unit, home)
           JOIN sites_tube t ON t.round_id = %(round)b AND t.unit_id = u.unit
            AND t.voided_at IS NULL
            AND (%(until)b::timestamptz IS NULL OR t.opened_at < %(until)b::timestamptz)
           GROUP BY u.home""",
        params,
    ):
        _add(found, key, {"room": room})


def _typed(
    round_id: int, street_id: int, points: Homes, typed: Iterable[datetime]
) -> dict[datetime, ByPlace]:
    """What was kept at the quarter hours in which numbers were typed."""
    quarters = {quarter_of(moment) for moment in typed}
    if not quarters:
        return {}
    kept = dict(
        Snapshot.objects.filter(round_id=round_id, as_of__in=quarters).values_list("pk", "as_of")
    )
    found: dict[datetime, Raw] = {as_of: defaultdict(dict) for as_of in kept.values()}
    rows = SnapshotTotal.objects.filter(
        snapshot__in=kept, street_id=street_id, kind__in=[Key.COMMUNITY, Key.POINT]
    )
    # Communities first: they say which lines there are.
    for row in rows.order_by("kind").values(
        "snapshot_id", "kind", "key_id", *COVERAGE, *THROUGHPUT
    ):
        here = row["kind"] == Key.COMMUNITY
        raw = found[kept[row["snapshot_id"]]]
        key = row["key_id"] if here else points.get(row["key_id"])
        if here:
            raw.setdefault(key, {})
        _add(raw, key, {name: row[name] for name in (COVERAGE if here else THROUGHPUT)})
    return {as_of: _summed(raw) for as_of, raw in found.items()}


def _summed(found: Raw) -> ByPlace:
    """With the street itself as the sum of its communities."""
    by_place: defaultdict[int | None, Counts] = defaultdict(Counts)
    for key, row in found.items():
        by_place[key] = Counts(**row)
    whole = Counts()
    for counts in list(by_place.values()):
        whole = whole.plus(counts)
    by_place[None] = whole
    return by_place
