"""Cars that fetch people who cannot walk to a point, and bring them home again (S026)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.inputs import Refused
from core.scope import Scope
from logistics.buildings import natural
from logistics.models import Trip, Vehicle, Visit
from logistics.services.trips import Stop, book_trip
from logistics.services.visit_plans import give_to_trip
from logistics.services.visits import locked
from personnel.models import StaffMember
from sites.models import SamplingPoint
from sites.services.finding import Unknown


@dataclass(frozen=True)
class Ride:
    """Which car, to which point, when. `home_from` is when it takes the people home again, or
    None if others do."""

    vehicle_id: int
    point_id: int
    leaves_at: datetime
    at_point_at: datetime
    home_from: datetime | None
    free_at: datetime


@transaction.atomic
def fetch(
    *,
    client_key: UUID,
    visit_ids: Sequence[int],
    ride: Ride,
    scope: Scope,
    by: str,
    at: datetime,
) -> Trip:
    """Book the car with a stop at each building, and give it these people; the same form once.

    Its usual driver is booked with it, if the caller may book that person. Raises Unknown,
    Refused, and Conflict "taken".
    """
    if not visit_ids:
        raise Refused("visit_none", _("Choose at least one visit."))
    if known := Trip.objects.within(scope).filter(client_key=client_key).first():
        return known
    visits = list(locked(set(visit_ids), scope).values())
    if any(visit.way != Visit.Way.FETCH for visit in visits):
        raise Refused("visit_home", _("Somebody who is sampled at home needs no car."))
    rounds = {visit.round_id for visit in visits}
    if len(rounds) > 1:
        raise Refused("visit_rounds", _("These requests are of two rounds."))
    point = SamplingPoint.objects.within(scope).filter(pk=ride.point_id).first()
    if point is None or point.round_id not in rounds:
        raise Unknown("point_unknown", _("There is no such point in your area."))
    cars = Vehicle.objects.within(scope).select_related("driver")
    vehicle = cars.filter(pk=ride.vehicle_id).first()
    trip = book_trip(
        client_key=client_key, vehicle_id=ride.vehicle_id, kind=Trip.Kind.FETCH,
        starts_at=ride.leaves_at, ends_at=ride.free_at, stops=stops_of(visits, point, ride),
        driver_id=_driver(vehicle, scope), street_id=point.street_id,
        round_id=point.round_id, scope=scope, by=by, at=at,
    )  # fmt: skip
    give_to_trip(visit_ids=visit_ids, trip_id=trip.pk, scope=scope, by=by, at=at)
    return trip


def _driver(vehicle: Vehicle | None, scope: Scope) -> UUID | None:
    """The usual driver; a street books its own people only, and others are told by dispatch."""
    if vehicle is None or vehicle.driver is None:
        return None
    known = StaffMember.objects.within(scope).serving().filter(pk=vehicle.driver.pk)
    own = vehicle.driver.street_id in scope.streets or vehicle.district_id in scope.districts
    return vehicle.driver_id if own and known.exists() else None


def stops_of(visits: Sequence[Visit], point: SamplingPoint, ride: Ride) -> list[Stop]:
    """Building after building to the point, and the same way home if the car waits for them."""
    doors = Counter((visit.community_id, visit.building) for visit in visits)
    homes = Division.objects.in_bulk({community_id for community_id, _building in doors})
    order = sorted(doors, key=lambda door: (homes[door[0]].code, natural(door[1])))
    names = [
        f"{homes[community_id].name} {building or gettext('no building')}"
        for community_id, building in order
    ]
    there = (ride.at_point_at - ride.leaves_at) / max(len(order), 1)
    stops = [
        Stop(name, ride.leaves_at + there * nth, people=doors[door])
        for nth, (door, name) in enumerate(zip(order, names, strict=True))
    ]
    everybody = len(visits)
    stops.append(Stop(point.name, ride.at_point_at, point_id=point.pk, people=-everybody))
    if ride.home_from is None:
        return stops
    stops.append(Stop(point.name, ride.home_from, point_id=point.pk, people=everybody))
    back = max(ride.free_at - ride.home_from, timedelta(0)) / (len(order) + 1)
    stops += [
        Stop(name, ride.home_from + back * nth, people=-doors[door])
        for nth, (door, name) in enumerate(zip(order, names, strict=True), 1)
    ]
    return stops
