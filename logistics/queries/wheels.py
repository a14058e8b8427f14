"""The board's other side: vehicles by hours, with their trips as blocks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from core.scope import Scope
from logistics.models import Trip, TripState, Vehicle
from logistics.queries.sweep import Frame


@dataclass(frozen=True)
class TripBlock:
    """Neighbouring columns in which a vehicle does the same; without trips it is free in them."""

    starts_at: datetime
    ends_at: datetime
    span: int
    trips: tuple[Trip, ...] = ()


@dataclass(frozen=True)
class VehicleRow:
    """One vehicle and what it does in the hours that are shown."""

    vehicle: Vehicle
    blocks: list[TripBlock]


def vehicle_rows(scope: Scope, frame: Frame, *, street_id: int | None = None) -> list[VehicleRow]:
    """Vehicles by class and plate: an order that no refresh changes. Two statements."""
    vehicles = (
        Vehicle.objects.within(scope)
        .filter(returned_at__isnull=True)
        .select_related("vehicle_class", "owner")
        .order_by("vehicle_class__position", "vehicle_class__code", "plate")
    )
    if street_id:
        vehicles = vehicles.filter(street_id=street_id)
    trips: dict[int, list[Trip]] = defaultdict(list)
    driving = (
        Trip.objects.filter(
            vehicle__in=vehicles.values("pk"),
            starts_at__lt=frame.ends_at,
            ends_at__gt=frame.starts_at,
        )
        .exclude(state=TripState.CANCELLED)
        .select_related("order")
        .order_by("starts_at")
    )
    for trip in driving:
        trips[trip.vehicle_id].append(trip)
    return [VehicleRow(each, _blocks(trips.get(each.pk, []), frame)) for each in vehicles]


def _blocks(trips: list[Trip], frame: Frame) -> list[TripBlock]:
    if not trips:
        return [TripBlock(frame.starts_at, frame.ends_at, frame.columns)]
    found: list[TripBlock] = []
    for starts_at in frame.starts:
        ends_at = starts_at + frame.step
        held = tuple(t for t in trips if t.starts_at < ends_at and t.ends_at > starts_at)
        if found and found[-1].trips == held:
            last = found[-1]
            found[-1] = TripBlock(last.starts_at, ends_at, last.span + 1, held)
        else:
            found.append(TripBlock(starts_at, ends_at, 1, held))
    return found
