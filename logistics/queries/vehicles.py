"""Vehicles of one's area as the list shows them, and one vehicle with its trips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from core.scope import Scope
from logistics.models import Trip, TripState, TripStop, Vehicle
from logistics.queries.fleet import SEALED, with_state

STATES = ("free", "on_road", "reserve", "out")
PAST = 20
"""Trips that are over, as many as one page shows."""


@dataclass(frozen=True)
class VehicleFilters:
    """What the list is narrowed to; "" and None narrow nothing."""

    class_id: int | None = None
    state: str = ""
    plate: str = ""


def vehicles_of(scope: Scope, filters: VehicleFilters, *, at: datetime) -> QuerySet[Any]:
    """Vehicles that are not given back, with their state, by class and plate."""
    found = with_state(Vehicle.objects.within(scope).filter(returned_at__isnull=True), at)
    if filters.class_id is not None:
        found = found.filter(vehicle_class=filters.class_id)
    if filters.state:
        found = found.filter(Q(state=filters.state))
    if filters.plate:
        found = found.filter(plate__icontains=filters.plate)
    return (
        found.select_related("vehicle_class", "owner", "driver")
        .defer(*SEALED)
        .order_by("vehicle_class__position", "vehicle_class__code", "plate")
    )


def trips_of(vehicle: Vehicle, *, at: datetime) -> tuple[list[Trip], list[Trip]]:
    """Trips ahead or under way, the next first; and those over, the last first."""
    stops = Prefetch("stops", queryset=TripStop.objects.order_by("position"))
    trips = vehicle.trips.select_related("driver_duty__member", "team_duty__team", "order").defer(
        "driver_duty__member__id_number",
        "driver_duty__member__name",
        "driver_duty__member__phone",
    )
    ahead = trips.filter(state__in=[TripState.PLANNED, TripState.EN_ROUTE])
    over = trips.filter(state__in=[TripState.DONE, TripState.CANCELLED])
    return (
        list(ahead.prefetch_related(stops).order_by("starts_at")),
        list(over.prefetch_related(stops).order_by("-starts_at")[:PAST]),
    )
