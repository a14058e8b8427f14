"""A street's numbers beside what the system counted, for a community or the whole street.

Scans come from the roll-ups that the boards read: live until the cut-off, afterwards as kept then
and as the same minutes are known now. A constant number of queries for any number of communities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from campaigns.models import Division
from core.scope import Scope
from reporting.daily.models import Report, ReportCell, Source
from reporting.daily.queries.counted import Counted, Counts, counted_of
from reporting.daily.queries.sheet import Sheet, sheet_of
from reporting.daily.queries.versions import record_of, sheet_of_version
from reporting.daily.reconciling import Cause, Known, Ledger, explain, total
from reporting.progress.measures import people_per_tube

MEASURES = (Source.PERSONS, Source.SWABS, Source.TUBES)
"""What is compared: coverage in persons; throughput in swabs and in tubes."""


@dataclass(frozen=True, slots=True)
class Said:
    """Why an official says that a number differs."""

    column: str
    reason: str
    comment: str
    by: str
    at: datetime | None


@dataclass(frozen=True)
class Place:
    """One community (or the street itself, without `division`) with its ledgers by measure; a
    measure that the form does not ask, or that has no number yet, has none."""

    division: Division | None
    counts: Counts
    ledgers: dict[str, Ledger]
    taken: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    unfilled: int = 0

    @property
    def spoken(self) -> str:
        """The community's name in the reader's language; empty for the street itself."""
        return self.division.spoken if self.division else ""

    @property
    def per_tube(self) -> Decimal | None:
        return people_per_tube(self.counts.swabs, self.counts.tubes)

    @property
    def unexplained(self) -> int:
        """How much nobody can say, of all measures; only for putting the worst first."""
        stated = sum(abs(ledger.amount(Cause.STATED)) for ledger in self.ledgers.values())
        return stated + sum(abs(ledger.unexplained) for ledger in self.ledgers.values())


@dataclass(frozen=True)
class Reconciliation:
    """A report at its cut-off. `known_at` is the moment that scans are counted up to; `kept_at`
    when the picture of the cut-off was kept (None while it lies ahead, or was never kept)."""

    report: Report
    known_at: datetime
    kept_at: datetime | None
    live: bool
    whole: Place
    places: list[Place]

    def of(self, community_id: int) -> Place | None:
        """One community of the report, if it may be seen."""
        found = (p for p in self.places if p.division and p.division.pk == community_id)
        return next(found, None)


def reconcile(
    report: Report, scope: Scope, *, at: datetime, version: int | None = None
) -> Reconciliation:
    """Every line of a report that the scope may see, explained; the worst first. `version` is the
    one that is explained, by default the numbers as they stand now."""
    sheet = (
        sheet_of(report, scope)
        if version is None
        else sheet_of_version(record_of(report, scope), version)
    )
    counted = counted_of(report, _typed_at(sheet), at=at)
    places = [
        _place(line.division, list(zip(sheet.columns, line.cells, strict=True)), counted)
        for line in sheet.community_lines
    ]
    own = sheet.street_line
    alone = (
        _place(None, [(c, cell) for c, cell in zip(sheet.columns, own.cells, strict=True)
                      if not c.per_community], counted)
        if own else Place(None, Counts(), {})
    )  # fmt: skip
    return Reconciliation(
        report=report,
        known_at=counted.known_at,
        kept_at=counted.kept_at,
        live=counted.live,
        whole=_whole(places, alone),
        places=sorted(places, key=lambda place: -place.unexplained),
    )


def _typed_at(sheet: Sheet) -> list[datetime]:
    """When numbers were typed over figures that the system has moved on from since."""
    return [cell.saved_at for _line, _column, cell in sheet.cells() if _outdated(cell)]  # type: ignore[misc]


def _outdated(cell: ReportCell) -> bool:
    return bool(
        cell.overridden and cell.saved_at and cell.system_at and cell.saved_at < cell.system_at
    )


def _place(division: Division | None, cells: Sequence[tuple], counted: Counted) -> Place:
    key = division.pk if division else None
    counts = counted.now[key]
    ledgers: dict[str, Ledger] = {}
    taken: dict[str, tuple[datetime, datetime]] = {}
    said = []
    unfilled = 0
    for column, cell in cells:
        if column.source not in MEASURES or column.source in ledgers:
            continue
        if cell.value is None:
            unfilled += 1
            continue
        ledgers[column.source] = explain(_known(column.source, key, cell, counted))
        moment = cell.saved_at if _outdated(cell) else cell.system_at
        if moment:
            taken[column.source] = (moment, moment)
        if cell.reason:
            said.append(
                Said(column.source, cell.get_reason_display(), cell.comment, cell.saved_by,
                     cell.saved_at)
            )  # fmt: skip
    return Place(division, counts, ledgers, taken, tuple(said), unfilled)


def _known(measure: str, key: int | None, cell: ReportCell, counted: Counted) -> Known:
    now, kept = counted.now[key], counted.kept[key] if counted.kept is not None else None
    taken = cell.system_value
    if _outdated(cell) and cell.saved_at is not None:
        then = counted.at(cell.saved_at)
        taken = then[key].of(measure) if then is not None else taken
    voided = None
    if kept is not None and measure == Source.SWABS:
        voided = max(now.voided - kept.voided, 0)
    assert cell.value is not None  # noqa: S101 (asked by the caller)
    return Known(
        reported=cell.value,
        scanned=now.of(measure),
        taken=taken,
        kept=kept.of(measure) if kept else None,
        voided_since=voided,
        possible=_possible(measure, now),
        stated=bool(cell.reason),
    )


def _possible(measure: str, now: Counts) -> dict[Cause, int]:
    """Known amounts by which a number would differ if it counted something else."""
    if measure == Source.PERSONS:
        return {
            Cause.OFF_REGISTER: now.off_register_persons,
            Cause.EXEMPT: now.exempt_persons,
            Cause.OUTSIDE: now.outside_persons,
            Cause.SECOND_SWABS: now.second_swabs,
        }
    if measure == Source.SWABS:
        return {
            Cause.TALLIED: now.tallied,
            Cause.SHORT_TUBES: max(now.room - now.swabs, 0),
            Cause.OFF_REGISTER: -now.off_register_swabs,
            Cause.SECOND_SWABS: -now.second_swabs,
        }
    return {Cause.TALLIED: now.tallied_tubes}


def _whole(places: Sequence[Place], alone: Place) -> Place:
    """The street: its communities added up, and what it is asked for as a whole."""
    if not places:
        return alone
    counts = Counts()
    for place in places:
        counts = counts.plus(place.counts)
    measures = {measure for place in places for measure in place.ledgers}
    ledgers = {
        measure: total(p.ledgers[measure] for p in places if measure in p.ledgers)
        for measure in MEASURES
        if measure in measures
    }
    spans = {m: _span(p.taken[m] for p in places if m in p.taken) for m in ledgers}
    return replace(
        alone,
        counts=counts,
        ledgers=ledgers | alone.ledgers,
        taken={m: span for m, span in spans.items() if span} | alone.taken,
        said=alone.said,
        unfilled=sum(place.unfilled for place in places) + alone.unfilled,
    )


def _span(moments: Iterable[tuple[datetime, datetime]]) -> tuple[datetime, datetime] | None:
    found = list(moments)
    return (min(a for a, _b in found), max(b for _a, b in found)) if found else None
