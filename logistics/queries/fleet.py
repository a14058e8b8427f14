"""Which vehicles there are, where each stands, and which are free at a time (S005, S007)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from core.scope import Scope
from logistics.models import Trip, TripState, Vehicle, VehicleClass
from personnel.models import DutyState, TeamDuty

SEALED = ("owner__phone", "driver__id_number", "driver__name", "driver__phone")
"""Encrypted columns: to open them for a list takes long, and lists show masks only."""
PEOPLE = (Trip.Kind.STAFF, Trip.Kind.FETCH)
DAY_AHEAD = timedelta(hours=24)
"""How far the shortfall of seats looks ahead."""
RIDE = timedelta(hours=1)
"""How long a vehicle is taken up before and after the start of a duty: an estimate."""


@dataclass(frozen=True)
class ClassCount:
    """One class: how many vehicles, and where they stand; the four states add up to `total`."""

    vehicle_class: VehicleClass
    free: int = 0
    on_road: int = 0
    reserve: int = 0
    out: int = 0
    free_seats: int = 0
    free_boxes: int = 0

    @property
    def total(self) -> int:
        return self.free + self.on_road + self.reserve + self.out


@dataclass(frozen=True)
class Fleet:
    """All classes at one moment."""

    as_of: datetime
    classes: list[ClassCount] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(each.total for each in self.classes)

    @property
    def free(self) -> int:
        return sum(each.free for each in self.classes)

    @property
    def on_road(self) -> int:
        return sum(each.on_road for each in self.classes)

    @property
    def reserve(self) -> int:
        return sum(each.reserve for each in self.classes)

    @property
    def out(self) -> int:
        return sum(each.out for each in self.classes)


def with_state(vehicles: QuerySet[Vehicle], at: datetime) -> QuerySet[Any]:
    """Vehicles with `state` (on_road, out, reserve or free) and `next_at`, the next departure.

    Under way is on the road, however late; what is out of service does not leave for a trip that
    is planned for now.
    """
    own = Trip.objects.filter(vehicle=OuterRef("pk"))
    due = own.filter(state=TripState.PLANNED, starts_at__lte=at, ends_at__gt=at)
    ahead = own.filter(state=TripState.PLANNED, starts_at__gt=at).order_by("starts_at")
    return vehicles.annotate(
        state=Case(
            When(Exists(own.filter(state=TripState.EN_ROUTE)), then=Value("on_road")),
            When(pool=Vehicle.Pool.OUT, then=Value("out")),
            When(Exists(due), then=Value("on_road")),
            When(pool=Vehicle.Pool.RESERVE, then=Value("reserve")),
            default=Value("free"),
        ),
        next_at=Subquery(ahead.values("starts_at")[:1], output_field=DateTimeField()),
    )


def fleet(scope: Scope, *, at: datetime) -> Fleet:
    """Vehicles of one's area by class and state at a moment; classes without any are left out."""
    present = Vehicle.objects.within(scope).filter(returned_at__isnull=True)
    rows = with_state(present, at).values_list("vehicle_class_id", "state", "seats", "boxes")
    counts: dict[int, dict[str, int]] = {}
    for class_id, state, seats, boxes in rows:
        count = counts.setdefault(class_id, {})
        count[state] = count.get(state, 0) + 1
        if state == "free":
            count["free_seats"] = count.get("free_seats", 0) + seats
            count["free_boxes"] = count.get("free_boxes", 0) + boxes
    classes = VehicleClass.objects.filter(pk__in=counts).order_by("position", "code")
    return Fleet(at, [ClassCount(each, **counts[each.pk]) for each in classes])


def free_vehicles(
    scope: Scope,
    *,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    people: int = 0,
    boxes: int = 0,
) -> QuerySet[Vehicle]:
    """Vehicles without a trip in that time which hold such a load, the best fit first.

    People go in vehicles with seats, samples and supplies in those with room for boxes. In service
    comes before reserve, then the smallest that is large enough. A vehicle that is still under
    way though it should be back is not free.
    """
    overlapping = Trip.objects.filter(vehicle=OuterRef("pk")).filter(
        Q(starts_at__lt=ends_at, ends_at__gt=starts_at) & ~Q(state=TripState.CANCELLED)
        | Q(state=TripState.EN_ROUTE, ends_at__lte=starts_at)
    )
    holds = Q(seats__gte=max(people, 1)) if kind in PEOPLE else Q(boxes__gte=max(boxes, 1))
    reserve_last = Case(
        When(pool=Vehicle.Pool.RESERVE, then=1), default=0, output_field=IntegerField()
    )
    return (
        Vehicle.objects.within(scope)
        .usable()
        .filter(holds)
        .exclude(Exists(overlapping))
        .select_related("vehicle_class", "owner", "driver")
        .defer(*SEALED)
        .order_by(reserve_last, "seats" if kind in PEOPLE else "boxes", "plate")
    )


@dataclass(frozen=True)
class Seats:
    """Whether everybody who must be moved has a seat (S007: shortfall before a plan stands).

    `free` and `reserve` are seats at `tightest`, the start at which most are missing.
    """

    needed: int = 0
    booked: int = 0
    short: int = 0
    free: int = 0
    reserve: int = 0
    tightest: datetime | None = None

    @property
    def unbooked(self) -> int:
        """People of booked teams whose ride is not arranged."""
        return self.needed - self.booked


def seats(scope: Scope, *, starts_at: datetime, ends_at: datetime) -> Seats:
    """Seats for the teams whose duty begins in that time: needed, booked, and short of.

    Short is what even the reserve does not have around the start of a duty (`RIDE` before and
    after it). One statement, and one more for each start at which a ride is still missing.
    """
    needed, booked, waiting = _rides(scope, starts_at, ends_at)
    short, tightest = 0, Seats()
    for start, people in sorted(waiting.items()):
        found = free_vehicles(
            scope, starts_at=start - RIDE, ends_at=start + RIDE, kind=Trip.Kind.STAFF
        )
        pools = dict(found.order_by().values_list("pool").annotate(Sum("seats")))
        free, reserve = pools.get(Vehicle.Pool.SERVICE, 0), pools.get(Vehicle.Pool.RESERVE, 0)
        missing = max(people - free - reserve, 0)
        if tightest.tightest is None or missing > tightest.short:
            tightest = Seats(0, 0, missing, free, reserve, start)
        short += missing
    return replace(tightest, needed=needed, booked=booked, short=short)


def _rides(
    scope: Scope, starts_at: datetime, ends_at: datetime
) -> tuple[int, int, dict[datetime, int]]:
    """People to move, those with a seat, and by start those without."""
    riding = (
        Trip.objects.filter(team_duty=OuterRef("pk"), kind=Trip.Kind.STAFF)
        .exclude(state=TripState.CANCELLED)
        .order_by()
        .values("team_duty")
        .annotate(n=Sum("people"))
        .values("n")
    )
    duties = (
        TeamDuty.objects.within(scope)
        .exclude(state=DutyState.CANCELLED)
        .filter(starts_at__gte=starts_at, starts_at__lt=ends_at)
        .annotate(seated=Subquery(riding))
    )
    needed = booked = 0
    waiting: dict[datetime, int] = {}
    for start, headcount, seated in duties.values_list("starts_at", "headcount", "seated"):
        # More seats than people help nobody else: each team is counted up to its own number.
        sitting = min(headcount, seated or 0)
        needed, booked = needed + headcount, booked + sitting
        if sitting < headcount:
            waiting[start] = waiting.get(start, 0) + headcount - sitting
    return needed, booked, waiting
