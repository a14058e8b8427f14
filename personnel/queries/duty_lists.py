"""Places of duty in a list: needed, booked, on site and missing now, and what is missing next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from campaigns.models import Division, Round
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyState
from personnel.queries.staffing import Gap, gaps
from sites.models import SamplingPoint
from sites.models.points import State

NEXT = timedelta(hours=12)
"""How far ahead the lists look for missing people."""


@dataclass
class Line:
    """One street or place: persons needed, booked, on site, missing now; the next gap."""

    division: Division | None = None
    point: SamplingPoint | None = None
    place: DutyPlace | None = None
    needed: int = 0
    booked: int = 0
    present: int = 0
    missing: int = 0
    next_at: datetime | None = None
    next_missing: int = 0

    @property
    def is_stated(self) -> bool:
        """Whether anything is needed or booked here now or soon."""
        return bool(self.needed or self.booked or self.next_at)


@dataclass
class Totals:
    """The sums of a list."""

    lines: list[Line] = field(default_factory=list)

    def _sum(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)

    @property
    def needed(self) -> int:
        return self._sum("needed")

    @property
    def booked(self) -> int:
        return self._sum("booked")

    @property
    def present(self) -> int:
        return self._sum("present")

    @property
    def missing(self) -> int:
        return self._sum("missing")


def street_lines(scope: Scope, streets: Iterable[Division], *, at: datetime) -> Totals:
    """The streets with the sums of their places, in the order given; those of which nothing is
    asked come last. One statement."""
    figures = _figures(gaps(scope, starts_at=at, ends_at=at + NEXT), at, lambda gap: gap.street_id)
    lines = [_line(figures, street.pk, division=street) for street in streets]
    return Totals(sorted(lines, key=lambda line: not line.is_stated))


def place_lines(
    scope: Scope, *, street_id: int | None, round_: Round | None, at: datetime
) -> tuple[Totals, Totals]:
    """The points of a round in a street, and its other places; without a street the district's
    own posts. Three statements."""
    others = DutyPlace.objects.within(scope).filter(closed_at__isnull=True, street_id=street_id)
    if street_id is None:
        slices = gaps(scope, starts_at=at, ends_at=at + NEXT)
    else:
        slices = gaps(scope, starts_at=at, ends_at=at + NEXT, street_ids=[street_id])
    figures = _figures(slices, at, lambda gap: gap.place_id)
    posts = others.exclude(kind__in=[DutyPlace.Kind.POINT, DutyPlace.Kind.UNIT])
    posts = posts.exclude(kind=DutyPlace.Kind.VEHICLE).order_by("kind", "name", "pk")
    rest = Totals([_line(figures, place.pk, place=place) for place in posts])
    if street_id is None or round_ is None:
        return Totals(), rest
    points = SamplingPoint.objects.within(scope).of_round(round_.pk).filter(street_id=street_id)
    points = points.exclude(state=State.CLOSED).defer("lead_phone").order_by("code", "pk")
    known = others.filter(kind=DutyPlace.Kind.POINT, point__round=round_)
    places = {place.point_id: place for place in known}
    lines = []
    for point in points:
        place = places.get(point.pk)
        lines.append(_line(figures, place.pk if place else 0, point=point, place=place))
    return Totals(lines), rest


@dataclass(frozen=True)
class Spread:
    """How many volunteers stand in one community now (S103)."""

    community: Division
    people: int


def volunteers(scope: Scope, *, street_id: int, at: datetime) -> list[Spread]:
    """Volunteers on duty now at the points of each community of a street, fewest first.

    Shown so that somebody may spread them evenly; nobody is moved by it.
    """
    duties = Duty.objects.within(scope).filter(
        street_id=street_id, starts_at__lte=at, ends_at__gt=at, member__source__code="volunteer"
    )
    counted = duties.exclude(state=DutyState.CANCELLED).values_list("place__point__community")
    found = dict(counted.annotate(people=Count("member", distinct=True)).order_by())
    if not found:
        return []
    communities = Division.objects.within(scope).communities().current()
    rows = communities.filter(Q(street_id=street_id)).order_by("code")
    spread = [Spread(community, found.get(community.pk, 0)) for community in rows]
    return sorted(spread, key=lambda one: one.people)


def _figures(
    slices: Iterable[Gap], at: datetime, key: Callable[[Gap], Any]
) -> dict[Any, dict[str, Any]]:
    by_key: dict[Any, list[Gap]] = defaultdict(list)
    for gap in slices:
        by_key[key(gap)].append(gap)
    return {each: _figure(theirs, at) for each, theirs in by_key.items()}


def _figure(slices: list[Gap], at: datetime) -> dict[str, Any]:
    now = [gap for gap in slices if gap.starts_at <= at < gap.ends_at]
    short = [gap.starts_at for gap in slices if gap.starts_at > at and gap.missing]
    found: dict[str, Any] = {
        "needed": sum(gap.needed for gap in now),
        "booked": sum(gap.booked for gap in now),
        "present": sum(gap.present for gap in now),
        "missing": sum(gap.missing for gap in now),
    }
    if short:
        first = min(short)
        then = [gap for gap in slices if gap.starts_at <= first < gap.ends_at]
        found |= {"next_at": first, "next_missing": sum(gap.missing for gap in then)}
    return found


def _line(figures: dict[Any, dict[str, Any]], key: Any, **what: Any) -> Line:
    return Line(**what, **figures.get(key, {}))
