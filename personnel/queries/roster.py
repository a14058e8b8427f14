"""The roster of one place on one day: its shifts by role, the people on them, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from core import clock
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, Shift, TeamPlace
from personnel.queries.staffing import Gap, gaps
from personnel.services.duty_rules import SEALED
from personnel.services.templates import words_of_basis

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Missing:
    """So many seats nobody is booked for, from one time to another."""

    starts_at: datetime
    ends_at: datetime
    people: int


@dataclass
class Row:
    """One role of a shift, with who is booked for it."""

    role: DutyRole
    needed: int
    basis: str
    duties: list[Duty] = field(default_factory=list)
    teams: list[TeamPlace] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    @property
    def booked(self) -> int:
        return len(self.duties) + sum(part.people for part in self.teams)

    @property
    def basis_words(self) -> str:
        return words_of_basis(self.basis)

    @property
    def lacking(self) -> int:
        """The most seats that are empty at any moment of the shift."""
        return max((each.people for each in self.missing), default=0)


@dataclass
class Block:
    """The roles that are needed over one stretch of time."""

    starts_at: datetime
    ends_at: datetime
    rows: list[Row]


@dataclass
class Roster:
    """A place's day: shifts, and who is booked without a stated need."""

    place: DutyPlace
    day: date
    blocks: list[Block]
    duties: list[Duty]
    teams: list[TeamPlace]

    @property
    def is_empty(self) -> bool:
        return not (self.blocks or self.duties or self.teams)


def roster_of(place: DutyPlace, scope: Scope, *, day: date) -> Roster:
    """The roster of a local day; a shift across midnight stands on both days. A point's roster
    holds who is booked at its units. Four statements."""
    start, end = clock.start_of_day(day), clock.end_of_day(day)
    shifts = Shift.objects.within(scope).filter(place=place, starts_at__lt=end, ends_at__gt=start)
    known = list(shifts.select_related("role").order_by("starts_at", "ends_at", "role__position"))
    first = min([start, *(shift.starts_at for shift in known)])
    last = max([end, *(shift.ends_at for shift in known)])
    duties = list(_duties(place, scope, first, last))
    teams = list(_teams(place, scope, first, last))
    slices = gaps(scope, starts_at=first, ends_at=last, place_ids=[place.pk])
    blocks = _blocks(known, duties, teams, slices)
    seen = {duty.pk for block in blocks for row in block.rows for duty in row.duties}
    parts = {part.pk for block in blocks for row in block.rows for part in row.teams}
    today = [duty for duty in duties if duty.starts_at < end and duty.ends_at > start]
    stray = [part for part in teams if part.duty.starts_at < end and part.duty.ends_at > start]
    return Roster(
        place,
        day,
        blocks,
        [duty for duty in today if duty.pk not in seen],
        [part for part in stray if part.pk not in parts],
    )


def present_at(place_ids: Iterable[int], scope: Scope, *, at: datetime) -> list[Duty]:
    """Who is booked at these places at this moment, by role."""
    duties = Duty.objects.within(scope).filter(
        place__in=list(place_ids), starts_at__lte=at, ends_at__gt=at
    )
    standing = duties.exclude(state=DutyState.CANCELLED).select_related("member", "role")
    ordered = standing.order_by("role__position", "starts_at", "pk")
    return list(ordered.defer(*SEALED[:3]))


def _blocks(
    shifts: Sequence[Shift],
    duties: Sequence[Duty],
    teams: Sequence[TeamPlace],
    slices: Sequence[Gap],
) -> list[Block]:
    spans: dict[Span, Block] = {}
    for shift in shifts:
        span = (shift.starts_at, shift.ends_at)
        block = spans.setdefault(span, Block(*span, rows=[]))
        row = Row(shift.role, shift.needed, shift.basis)
        row.duties = [d for d in duties if d.role_id == shift.role_id and _meet(d, span)]
        row.teams = [t for t in teams if t.role_id == shift.role_id and _meet(t.duty, span)]
        row.missing = _missing(slices, shift.role_id, span)
        block.rows.append(row)
    return list(spans.values())


def _missing(slices: Iterable[Gap], role_id: int, span: Span) -> list[Missing]:
    """The empty seats of one role in a span; neighbouring stretches of equal number are one."""
    found: list[Missing] = []
    for gap in slices:
        start, end = max(gap.starts_at, span[0]), min(gap.ends_at, span[1])
        if gap.role_id != role_id or start >= end or not gap.missing:
            continue
        last = found[-1] if found else None
        if last and last.ends_at == start and last.people == gap.missing:
            found[-1] = Missing(last.starts_at, end, gap.missing)
        else:
            found.append(Missing(start, end, gap.missing))
    return found


def _meet(duty: object, span: Span) -> bool:
    starts_at: datetime = duty.starts_at  # type: ignore[attr-defined]  # a duty or a team's
    ends_at: datetime = duty.ends_at  # type: ignore[attr-defined]
    return starts_at < span[1] and ends_at > span[0]


def _at(place: DutyPlace) -> dict[str, object]:
    if place.kind == DutyPlace.Kind.POINT:
        return {"place__point": place.point_id}
    return {"place": place}


def _duties(place: DutyPlace, scope: Scope, start: datetime, end: datetime) -> Iterable[Duty]:
    duties = Duty.objects.within(scope).filter(
        **_at(place), starts_at__lt=end, ends_at__gt=start, team_duty__isnull=True
    )
    standing = duties.exclude(state=DutyState.CANCELLED).order_by("starts_at", "pk")
    related = standing.select_related("member__home_unit", "role", "place__unit")
    return related.defer(*SEALED[:3], "member__home_unit__phone")


def _teams(place: DutyPlace, scope: Scope, start: datetime, end: datetime) -> Iterable[TeamPlace]:
    parts = TeamPlace.objects.within(scope).filter(
        **_at(place), duty__starts_at__lt=end, duty__ends_at__gt=start
    )
    standing = parts.exclude(duty__state=DutyState.CANCELLED).order_by("duty__starts_at", "pk")
    related = standing.select_related("duty__team__sent_by", "role", "place__unit")
    return related.defer("duty__team__sent_by__phone")
