"""Posts that must never be empty, and who must be relieved soon (S006, S057, S073)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from campaigns.norms import norms_of
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, TeamPlace
from personnel.queries.staffing import gaps

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
class Reliefs:
    """The first who must be relieved, and how many there are in all."""

    rows: list[Relief]
    total: int


@dataclass(frozen=True)
class _Stand:
    """A person or part of a team on duty, in plain values: there may be thousands."""

    who: str
    people: int
    role_id: int
    in_ppe: bool
    place_id: int
    begun_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class _Due:
    stand: _Stand
    home_id: int
    due_at: datetime
    why: str


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
    scope: Scope,
    *,
    at: datetime,
    ahead: timedelta = SOON,
    street_id: int | None = None,
    most: int = 100,
) -> Reliefs:
    """Who must be relieved until `at + ahead`: those for whom nobody is booked first.

    The end of a duty asks for relief only where the role is needed afterwards. Six statements
    and those of the norms.
    """
    until = at + ahead
    limit = _limit(scope)
    asked = (scope, at, until, until - limit, street_id)
    stands = [*_people(*asked), *_teams(*asked)]
    homes = _homes({stand.place_id for stand in stands})
    dues = [_due_of(stand, homes[stand.place_id], limit, at) for stand in stands]
    dues = [due for due in dues if due.due_at <= until]
    judged = _judged(scope, dues, at, until, street_id)
    judged.sort(key=lambda one: (one[1], one[0].due_at, one[0].home_id, one[0].stand.who))
    return Reliefs(_shown(judged[:most]), len(judged))


def _due_of(stand: _Stand, home_id: int, limit: timedelta, at: datetime) -> _Due:
    dressed = stand.begun_at + limit
    if stand.ends_at <= at:
        return _Due(stand, home_id, stand.ends_at, "over")
    if stand.in_ppe and dressed < stand.ends_at:
        return _Due(stand, home_id, dressed, "ppe")
    return _Due(stand, home_id, stand.ends_at, "ends")


def _judged(
    scope: Scope, dues: Sequence[_Due], at: datetime, until: datetime, street_id: int | None
) -> list[tuple[_Due, bool]]:
    """Each with whether enough others are booked from that moment on."""
    if not dues:
        return []
    streets = None if street_id is None else [street_id]
    slices = defaultdict(list)
    for gap in gaps(scope, starts_at=at, ends_at=until + SOON, street_ids=streets):
        slices[gap.place_id, gap.role_id].append(gap)
    # Who takes the clothing off is still booked there: they relieve nobody, themselves included.
    undressing: dict[tuple[int, int], int] = defaultdict(int)
    for due in dues:
        if due.why == "ppe":
            undressing[due.home_id, due.stand.role_id] += due.stand.people
    found = []
    for due in dues:
        key = (due.home_id, due.stand.role_id)
        moment = max(due.due_at, at)
        then = next((gap for gap in slices[key] if gap.starts_at <= moment < gap.ends_at), None)
        needed, booked = (then.needed, then.booked - undressing[key]) if then else (0, 0)
        if due.why == "ppe":
            needed = max(needed, due.stand.people)
        elif due.why == "ends" and not needed:
            continue
        found.append((due, booked >= needed))
    return found


def _shown(judged: Sequence[tuple[_Due, bool]]) -> list[Relief]:
    places = DutyPlace.objects.select_related("point", "unit__point")
    places = places.defer("point__lead_phone", "unit__point__lead_phone")
    by_place = places.in_bulk({due.stand.place_id for due, _relieved in judged})
    roles = DutyRole.objects.in_bulk({due.stand.role_id for due, _relieved in judged})
    return [
        Relief(
            due.stand.who, due.stand.people, roles[due.stand.role_id],
            by_place[due.stand.place_id], due.due_at, due.why, relieved,
        )
        for due, relieved in judged
    ]  # fmt: skip


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


def _limit(scope: Scope) -> timedelta:
    """The hours in protective clothing of the scope's district, the fewest of several."""
    districts = set(scope.districts)
    if not districts:
        places = DutyPlace.objects.within(scope).order_by()
        districts = set(places.values_list("district_id", flat=True).distinct())
    hours = [float(norms_of(pk)["ppe_hours"].value) for pk in districts]
    return timedelta(hours=min(hours, default=0))


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
    duties = Duty.objects.within(scope).filter(_running(at), _due(until, dressed_by))
    duties = duties.filter(team_duty__isnull=True)
    if street_id is not None:
        duties = duties.filter(street_id=street_id)
    for who, role, in_ppe, place, arrived, starts, ends in duties.values_list(
        "member__name_mask", "role", "role__in_ppe", "place", "arrived_at", "starts_at", "ends_at"
    ):
        yield _Stand(who, 1, role, in_ppe, place, arrived or starts, ends)


def _teams(
    scope: Scope, at: datetime, until: datetime, dressed_by: datetime, street_id: int | None
) -> Iterator[_Stand]:
    parts = TeamPlace.objects.within(scope).filter(_running(at, "duty__"))
    parts = parts.filter(_due(until, dressed_by, "duty__"))
    if street_id is not None:
        parts = parts.filter(place__street_id=street_id)
    for part in parts.select_related("duty__team", "role"):
        duty = part.duty
        # Booked past the limit with words, a team takes turns on site.
        dressed = part.role.in_ppe and not duty.reason
        yield _Stand(
            str(duty.team), part.people, part.role_id, dressed, part.place_id,
            duty.arrived_at or duty.starts_at, duty.ends_at,
        )  # fmt: skip


def _homes(place_ids: Collection[int]) -> dict[int, int]:
    """Each place's place of need: a unit's is its point."""
    units = DutyPlace.objects.filter(pk__in=place_ids, kind=DutyPlace.Kind.UNIT)
    of_unit = dict(units.values_list("pk", "point_id"))
    points = DutyPlace.objects.filter(
        kind=DutyPlace.Kind.POINT, point__in={pk for pk in of_unit.values() if pk is not None}
    )
    by_point = dict(points.values_list("point_id", "pk"))
    homes = {pk: pk for pk in place_ids}
    return homes | {pk: by_point.get(point, pk) for pk, point in of_unit.items()}
