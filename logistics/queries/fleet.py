"""Which vehicles there are, where each stands, and which are free at a time (S005, S007)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    IntegerField,
    Min,
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

PEOPLE = (Trip.Kind.STAFF, Trip.Kind.FETCH)


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


def _standing(at: datetime) -> Q:
    """Trips that hold their vehicle at a moment: under way however late, or planned for now."""
    return Q(state=TripState.EN_ROUTE) | Q(
        state=TripState.PLANNED, starts_at__lte=at, ends_at__gt=at
    )


def with_state(vehicles: QuerySet[Vehicle], at: datetime) -> QuerySet[Any]:
    """Vehicles with `state` (on_road, out, reserve or free) and `next_at`, the next departure."""
    own = Trip.objects.filter(vehicle=OuterRef("pk"))
    ahead = own.filter(state=TripState.PLANNED, starts_at__gt=at).order_by("starts_at")
    return vehicles.annotate(
        state=Case(
            When(Exists(own.filter(_standing(at))), then=Value("on_road")),
            When(pool=Vehicle.Pool.OUT, then=Value("out")),
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
        .order_by(reserve_last, "seats" if kind in PEOPLE else "boxes", "plate")
    )


@dataclass(frozen=True)
class Seats:
    """Whether everybody who must be moved has a seat (S007: shortfall before a plan stands)."""

    needed: int
    booked: int
    free: int
    reserve: int

    @property
    def unbooked(self) -> int:
        """People of booked teams whose ride is not arranged."""
        return max(self.needed - self.booked, 0)

    @property
    def short(self) -> int:
        """Seats that even the reserve does not have."""
        return max(self.unbooked - self.free - self.reserve, 0)


def seats(scope: Scope, *, starts_at: datetime, ends_at: datetime) -> Seats:
    """Seats that teams on duty in that time need, those booked for them, and those still free."""
    duties = (
        TeamDuty.objects.within(scope)
        .exclude(state=DutyState.CANCELLED)
        .filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    )
    riding = (
        Trip.objects.filter(team_duty=OuterRef("pk"), kind=Trip.Kind.STAFF)
        .exclude(state=TripState.CANCELLED)
        .order_by()
        .values("team_duty")
        .annotate(n=Sum("people"))
        .values("n")
    )
    needed = booked = 0
    for headcount, seated in duties.annotate(seated=Subquery(riding)).values_list(
        "headcount", "seated"
    ):
        needed += headcount
        # More seats than people help nobody else: each team is counted up to its own number.
        booked += min(headcount, seated or 0)
    free = free_vehicles(scope, starts_at=starts_at, ends_at=ends_at, kind=Trip.Kind.STAFF)
    by_pool = dict(free.order_by().values_list("pool").annotate(Sum("seats")))
    return Seats(
        needed,
        booked,
        by_pool.get(Vehicle.Pool.SERVICE, 0),
        by_pool.get(Vehicle.Pool.RESERVE, 0),
    )


def trips_ahead(vehicle: Vehicle) -> Sequence[Trip]:
    """Trips of a vehicle that are planned or under way, the next first."""
    ahead = vehicle.trips.filter(state__in=[TripState.PLANNED, TripState.EN_ROUTE])
    return list(ahead.order_by("starts_at"))


def first_departure(scope: Scope, *, after: datetime) -> datetime | None:
    """When the next planned trip leaves."""
    planned = Trip.objects.within(scope).filter(state=TripState.PLANNED, starts_at__gte=after)
    found: datetime | None = planned.aggregate(Min("starts_at"))["starts_at__min"]
    return found
