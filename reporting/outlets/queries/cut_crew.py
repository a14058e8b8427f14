"""People on duty and vehicles of a round at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from campaigns.models import Round
from core.scope import Scope
from logistics.models import Trip, TripState, Vehicle, VehicleClass
from personnel.queries.staffing import staffing
from personnel.services.attendance import is_noted


@dataclass(frozen=True, slots=True)
class VehicleCount:
    """One class: on the list of the area, and those that drove for the round up to then."""

    vehicle_class: VehicleClass
    listed: int
    engaged: int


def crew_at(scope: Scope, round_: Round, at: datetime) -> dict[int, dict[str, int | None]]:
    """Needed, booked, on site and missing by street; on site is unknown where it is not noted."""
    noted = is_noted(round_.campaign.district_id)
    picture = staffing(scope, round_id=round_.pk, at=at)
    listed = dict(
        _listed(scope, at)
        .filter(street_id__isnull=False)
        .order_by()
        .values_list("street_id")
        .annotate(n=Count("pk"))
    )
    engaged = dict(
        _trips(scope, round_, at)
        .filter(street_id__isnull=False)
        .order_by()
        .values_list("street_id")
        .annotate(n=Count("vehicle_id", distinct=True))
    )
    found: dict[int, dict[str, int | None]] = {
        street: {
            "staff_needed": place.needed,
            "staff_booked": place.expected,
            "staff_present": place.present if noted else None,
            "staff_missing": place.missing,
        }
        for street, place in picture.streets.items()
    }
    for key, counts in (("vehicles_listed", listed), ("vehicles_engaged", engaged)):
        for street, number in counts.items():
            found.setdefault(street, {})[key] = number
    return found


def vehicles_at(scope: Scope, round_: Round, at: datetime) -> list[VehicleCount]:
    """Vehicles of one's area by class, in the district's order; classes without any left out."""
    listed = dict(
        _listed(scope, at).order_by().values_list("vehicle_class_id").annotate(n=Count("pk"))
    )
    engaged = dict(
        _trips(scope, round_, at)
        .order_by()
        .values_list("vehicle__vehicle_class_id")
        .annotate(n=Count("vehicle_id", distinct=True))
    )
    classes = VehicleClass.objects.filter(pk__in={*listed, *engaged}).order_by("position", "code")
    return [VehicleCount(each, listed.get(each.pk, 0), engaged.get(each.pk, 0)) for each in classes]


def _listed(scope: Scope, at: datetime) -> QuerySet[Vehicle]:
    return Vehicle.objects.within(scope).filter(Q(returned_at__isnull=True) | Q(returned_at__gt=at))


def _trips(scope: Scope, round_: Round, at: datetime) -> QuerySet[Trip]:
    trips = Trip.objects.within(scope).filter(round=round_, starts_at__lte=at)
    return trips.exclude(state=TripState.CANCELLED)
