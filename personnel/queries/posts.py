"""Posts that must never be empty, and who must be relieved soon (S006, S057, S073)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from campaigns.norms import norms_of
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, TeamPlace
from personnel.queries.staffing import Gap, gaps
from personnel.services.duty_rules import SEALED

AHEAD = timedelta(hours=48)
SOON = timedelta(minutes=30)
STAYING = timedelta(hours=12)
"""Longer after its end nobody is still on site: the leaving was not noted."""

_WHY = {
    "ppe": pgettext_lazy("relief", "time in protective clothing ends"),
    "ends": pgettext_lazy("relief", "duty ends"),
    "over": pgettext_lazy("relief", "duty is over, still on site"),
}


@dataclass(frozen=True)
class Uncovered:
    """A stretch in which nobody at all is booked at a post that is kept around the clock."""

    place: DutyPlace
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Relief:
    """A person or part of a team whom others must take over from, and whether they are booked.

    `why`: `ppe` after so many hours in protective clothing, `ends` at the end of the duty, `over`
    for who is still there after it.
    """

    who: str
    people: int
    role: DutyRole
    place: DutyPlace
    due_at: datetime
    why: str
    relieved: bool

    @property
    def words(self) -> Any:
        return _WHY[self.why]


@dataclass(frozen=True)
class _Stand:
    who: str
    people: int
    role: DutyRole
    place: DutyPlace
    begun_at: datetime
    ends_at: datetime


def uncovered(scope: Scope, *, at: datetime, ahead: timedelta = AHEAD) -> list[Uncovered]:
    """Where posts around the clock stand empty from `at` on; earliest first. Two statements."""
    kept = DutyPlace.objects.within(scope).filter(around_the_clock=True, closed_at__isnull=True)
    places = {place.pk: place for place in kept.select_related("point", "unit__point")}
    if not places:
        return []
    covered = defaultdict(list)
    for gap in gaps(scope, starts_at=at, ends_at=at + ahead, place_ids=places):
        if gap.booked:
            covered[gap.place_id].append((gap.starts_at, gap.ends_at))
    found = [
        Uncovered(place, start, end)
        for pk, place in places.items()
        for start, end in _holes(covered[pk], at, at + ahead)
    ]
    return sorted(found, key=lambda hole: (hole.starts_at, hole.place.pk))


def relief(
    scope: Scope, *, at: datetime, ahead: timedelta = SOON, street_id: int | None = None
) -> list[Relief]:
    """Who must be relieved until `at + ahead`: those for whom nobody is booked first.

    The end of a duty asks for relief only where the role is needed afterwards.
    """
    until = at + ahead
    dressed_by = until - min(_limits(scope), default=timedelta())
    stands = [
        *_people(scope, at, until, dressed_by, street_id),
        *_teams(scope, at, until, dressed_by, street_id),
    ]
    if not stands:
        return []
    homes = _homes({stand.place for stand in stands})
    slices = defaultdict(list)
    for gap in gaps(scope, starts_at=at, ends_at=until + SOON, place_ids=set(homes.values())):
        slices[gap.place_id, gap.role_id].append(gap)
    limits = {
        district: timedelta(hours=float(norms_of(district)["ppe_hours"].value))
        for district in {stand.place.district_id for stand in stands}
    }
    found = []
    for stand in stands:
        theirs = slices[homes[stand.place.pk], stand.role.pk]
        one = _relief(stand, limits[stand.place.district_id], theirs, at, until)
        if one is not None:
            found.append(one)
    return sorted(found, key=lambda one: (one.relieved, one.due_at, one.place.pk, one.who))


def _relief(
    stand: _Stand, limit: timedelta, slices: Iterable[Gap], at: datetime, until: datetime
) -> Relief | None:
    dressed = stand.begun_at + limit
    due, why = stand.ends_at, "ends"
    if stand.ends_at <= at:
        why = "over"
    elif stand.role.in_ppe and dressed < stand.ends_at:
        due, why = dressed, "ppe"
    if due > until:
        return None
    moment = max(due, at)
    then = next((gap for gap in slices if gap.starts_at <= moment < gap.ends_at), None)
    # Who takes their clothing off at that moment is still booked there.
    booked = then.booked - (stand.people if why == "ppe" else 0) if then else 0
    needed = then.needed if then else 0
    if why == "ends" and not needed:
        return None
    enough = booked >= max(needed, stand.people if why == "ppe" else 0)
    return Relief(stand.who, stand.people, stand.role, stand.place, due, why, enough)


def _holes(
    covered: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """What of a stretch lies in none of the given ones."""
    for begins, until in sorted(covered):
        if begins > start:
            yield start, begins
        start = max(start, until)
    if start < end:
        yield start, end


def _limits(scope: Scope) -> set[timedelta]:
    """The hours in protective clothing of the scope's districts."""
    districts = set(scope.districts)
    if not districts:
        places = DutyPlace.objects.within(scope).order_by()
        districts = set(places.values_list("district_id", flat=True).distinct())
    return {timedelta(hours=float(norms_of(pk)["ppe_hours"].value)) for pk in districts}


def _due(until: datetime, dressed_by: datetime, of: str = "") -> Q:
    """Duties that may be due: they end, or their clothing was put on long ago."""
    since = Q(**{f"{of}arrived_at__lte": dressed_by}) | Q(
        **{f"{of}arrived_at__isnull": True, f"{of}starts_at__lte": dressed_by}
    )
    return Q(**{f"{of}ends_at__lte": until}) | (Q(role__in_ppe=True) & since)


def _running(at: datetime, of: str = "") -> Q:
    """Duties that have begun and go on, or whose people are still there."""
    on = Q(**{f"{of}state__in": [DutyState.BOOKED, DutyState.PRESENT], f"{of}ends_at__gt": at})
    staying = Q(**{f"{of}state": DutyState.PRESENT, f"{of}ends_at__gt": at - STAYING})
    return Q(**{f"{of}starts_at__lte": at}) & (on | staying)


def _people(
    scope: Scope, at: datetime, until: datetime, dressed_by: datetime, street_id: int | None
) -> Iterator[_Stand]:
    duties = Duty.objects.within(scope).filter(_running(at), team_duty__isnull=True)
    duties = duties.filter(_due(until, dressed_by))
    if street_id is not None:
        duties = duties.filter(street_id=street_id)
    related = duties.select_related("member", "role", "place__point", "place__unit__point")
    for duty in related.defer(*SEALED):
        yield _Stand(
            duty.member.name_mask, 1, duty.role, duty.place, duty.arrived_at or duty.starts_at,
            duty.ends_at,
        )  # fmt: skip


def _teams(
    scope: Scope, at: datetime, until: datetime, dressed_by: datetime, street_id: int | None
) -> Iterator[_Stand]:
    parts = TeamPlace.objects.within(scope).filter(_running(at, "duty__"))
    parts = parts.filter(_due(until, dressed_by, "duty__"))
    if street_id is not None:
        parts = parts.filter(place__street_id=street_id)
    related = parts.select_related("duty__team", "role", "place__point", "place__unit__point")
    for part in related.defer(*SEALED[3:]):
        duty = part.duty
        yield _Stand(
            str(duty.team), part.people, part.role, part.place, duty.arrived_at or duty.starts_at,
            duty.ends_at,
        )  # fmt: skip


def _homes(places: Iterable[DutyPlace]) -> dict[int, int]:
    """Each place's place of need: a unit's is its point."""
    units = [place for place in places if place.kind == DutyPlace.Kind.UNIT]
    points = DutyPlace.objects.filter(
        kind=DutyPlace.Kind.POINT, point__in=[place.point_id for place in units]
    )
    by_point = dict(points.values_list("point_id", "pk"))
    homes = {place.pk: place.pk for place in places}
    return homes | {unit.pk: by_point.get(unit.point_id or 0, unit.pk) for unit in units}
