"""Who owes what and who sent it: streets by cut-offs, counted in one place.

On time, late, missing and not yet due always add up to expected, because every report is exactly
one of them, by its two times and the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from campaigns.models import Division, Round
from core import clock
from core.scope import Scope
from reporting.daily.models import Cutoff, Report, ReportForm, State
from reporting.daily.models.reports import ReportQuerySet

REMIND_BEFORE = (timedelta(minutes=30), timedelta(minutes=10), timedelta(0))
"""How long before it is due a reminder is called for, and again, and at last (14:30, 14:50, 15:00
for the daily report)."""


class Timeliness(StrEnum):
    """How a report stands to the time it is due. A correction never changes it."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    NOT_DUE = "not_due"


def timeliness(due_at: datetime, first_submitted_at: datetime | None, at: datetime) -> Timeliness:
    """Of one report at an instant; what was submitted later than `at` does not count yet."""
    if first_submitted_at is not None and first_submitted_at <= at:
        return Timeliness.ON_TIME if first_submitted_at <= due_at else Timeliness.LATE
    return Timeliness.MISSING if at > due_at else Timeliness.NOT_DUE


@dataclass
class Count:
    """Reports of one cut-off: expected = on time + late + missing + not yet due."""

    on_time: int = 0
    late: int = 0
    missing: int = 0
    not_due: int = 0
    last_at: datetime | None = None

    @property
    def expected(self) -> int:
        return self.on_time + self.late + self.missing + self.not_due

    @property
    def received(self) -> int:
        return self.on_time + self.late

    @property
    def complete(self) -> bool:
        """Whether every report that is expected is in."""
        return self.expected > 0 and self.received == self.expected

    def add(self, found: Timeliness, first_submitted_at: datetime | None) -> None:
        """Count one report more."""
        setattr(self, found.value, getattr(self, found.value) + 1)
        if found in (Timeliness.ON_TIME, Timeliness.LATE) and first_submitted_at is not None:
            self.last_at = max(self.last_at or first_submitted_at, first_submitted_at)


@dataclass(frozen=True)
class Mark:
    """One report in the matrix: its state, and how it stands to its time."""

    report: Report
    timeliness: Timeliness

    @property
    def state(self) -> str:
        """As `State`; `blank` where nobody has touched it yet."""
        untouched = self.report.state == State.DRAFT and self.report.touched_at is None
        return "blank" if untouched else self.report.state

    @property
    def to_review(self) -> bool:
        return self.report.state == State.SUBMITTED

    @property
    def absent(self) -> bool:
        """Whether nothing was ever submitted."""
        return self.timeliness in (Timeliness.MISSING, Timeliness.NOT_DUE)


@dataclass(frozen=True)
class Column:
    """One cut-off of the matrix with its count; `missing` are the streets that sent nothing."""

    cutoff: Cutoff
    count: Count
    missing: list[Division]
    to_review: int

    def remind_at(self, at: datetime) -> bool:
        """Whether to remind those that are missing: until nothing can be sent any more."""
        return bool(self.missing) and self.first_reminder_at <= at < self.cutoff.lock_at

    @property
    def first_reminder_at(self) -> datetime:
        return self.cutoff.due_at - REMIND_BEFORE[0]


@dataclass(frozen=True)
class Row:
    """One street's reports, in the order of the columns; None where it owes nothing."""

    street: Division
    marks: list[Mark | None]


@dataclass(frozen=True)
class Matrix:
    """Streets by the cut-offs of one local day, the latest of each form first."""

    day: date | None
    columns: list[Column]
    rows: list[Row]
    earlier: date | None = None
    later: date | None = None
    rounds: list[Round] = field(default_factory=list)
    round: Round | None = None

    @property
    def latest(self) -> list[Column]:
        """The newest cut-off of each form."""
        found: dict[int, Column] = {}
        for column in self.columns:
            found.setdefault(column.cutoff.form_id, column)
        return list(found.values())

    @property
    def to_review(self) -> int:
        return sum(column.to_review for column in self.columns)


def matrix(
    scope: Scope, *, at: datetime, round_id: int | None = None, day: date | None = None
) -> Matrix:
    """Reports of a round at the cut-offs of a local day (by default of the last that has any).

    24:00 belongs to the day that ends with it. A constant number of queries, whatever the number
    of streets.
    """
    seen = Report.objects.within(scope).order_by()
    cutoffs = list(
        Cutoff.objects.filter(pk__in=seen.values("cutoff_id"))
        .select_related("form", "round__campaign")
        .order_by("-as_of")
    )
    rounds = list({cutoff.round_id: cutoff.round for cutoff in cutoffs}.values())
    round_ = next((r for r in rounds if r.pk == round_id), rounds[0] if rounds else None)
    if round_ is None or (round_id and round_.pk != round_id):
        return Matrix(day, [], [], rounds=rounds)
    by_day: dict[date, list[Cutoff]] = {}
    for cutoff in cutoffs:
        if cutoff.round_id == round_.pk:
            by_day.setdefault(clock.deadline_day(cutoff.as_of)[0], []).append(cutoff)
    shown = day or max(by_day)
    columns, rows = _laid_out(seen, by_day.get(shown, []), at)
    return Matrix(
        shown,
        columns,
        rows,
        earlier=max((d for d in by_day if d < shown), default=None),
        later=min((d for d in by_day if d > shown), default=None),
        rounds=rounds,
        round=round_,
    )


def _laid_out(
    seen: ReportQuerySet, cutoffs: list[Cutoff], at: datetime
) -> tuple[list[Column], list[Row]]:
    """The columns, daily forms before hourly ones and the latest first, and the streets' rows."""
    cutoffs = sorted(
        cutoffs,
        key=lambda c: (c.form.cadence != ReportForm.Cadence.DAILY, c.form_id, -c.as_of.timestamp()),
    )
    found: dict[int, dict[int, Report]] = {cutoff.pk: {} for cutoff in cutoffs}
    streets: dict[int, Division] = {}
    for report in seen.filter(cutoff__in=cutoffs).select_related("street"):
        found[report.cutoff_id][report.street_id] = report
        streets[report.street_id] = report.street
    order = sorted(streets.values(), key=lambda street: street.code)
    marks = {
        cutoff.pk: {
            key: Mark(report, timeliness(cutoff.due_at, report.first_submitted_at, at))
            for key, report in found[cutoff.pk].items()
        }
        for cutoff in cutoffs
    }
    columns = [_column(cutoff, marks[cutoff.pk], order) for cutoff in cutoffs]
    rows = [Row(street, [marks[c.pk].get(street.pk) for c in cutoffs]) for street in order]
    return columns, rows


def _column(cutoff: Cutoff, marks: Mapping[int, Mark], order: list[Division]) -> Column:
    count = Count()
    for mark in marks.values():
        count.add(mark.timeliness, mark.report.first_submitted_at)
    missing = [s for s in order if s.pk in marks and marks[s.pk].absent]
    return Column(cutoff, count, missing, sum(mark.to_review for mark in marks.values()))


def latest_of(
    scope: Scope, round_id: int, street_id: int, *, at: datetime, most: int = 3
) -> list[Mark]:
    """The reports of one street that were opened last, the latest cut-off first."""
    reports = Report.objects.within(scope).filter(
        street_id=street_id, cutoff__round_id=round_id, cutoff__opens_at__lte=at
    )
    latest = reports.select_related("cutoff__form").order_by("-cutoff__as_of", "cutoff__form")
    return [
        Mark(report, timeliness(report.cutoff.due_at, report.first_submitted_at, at))
        for report in latest[:most]
    ]
