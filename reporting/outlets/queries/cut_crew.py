"""People on duty and vehicles of a round at one moment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.models import Round
from core.scope import Scope
from logistics.models import Trip, TripState, Vehicle, VehicleClass
from personnel.models import Duty, DutyState, TeamPlace
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
    late = _came_later(scope, round_, at)
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
            "staff_present": place.present - late[street] if noted else None,
            "staff_missing": place.missing,
        }
        for street, place in picture.streets.items()
    }
    for key, counts in (("vehicles_listed", listed), ("vehicles_engaged", engaged)):
        for street, number in counts.items():
            found.setdefault(street, {})[key] = number
    return found


def _came_later(scope: Scope, round_: Round, at: datetime) -> Counter[int | None]:
    """By street, how many were to be on duty at a moment, came after it, and so are among those
    who are present by now. Who left early has no duty at later moments any more."""

    def came_later(of: str) -> dict[str, Any]:
        there = [DutyState.PRESENT, DutyState.DONE]
        return {
            f"{of}state__in": there, f"{of}starts_at__lte": at, f"{of}ends_at__gt": at,
            f"{of}arrived_at__gt": at,
        }  # fmt: skip

    here = Q(place__point__isnull=True) | Q(place__point__round=round_)
    people = Duty.objects.within(scope).filter(here, team_duty__isnull=True, **came_later(""))
    found = Counter(people.values_list("place__street_id", flat=True))
    parts = TeamPlace.objects.within(scope).filter(here, **came_later("duty__"))
    of_teams = parts.values_list("duty_id", "place_id", "role_id", "place__street_id", "people")
    teams = list(of_teams)
    away = Duty.objects.filter(team_duty_id__in=[team for team, *_part in teams]).filter(
        Q(state=DutyState.CANCELLED) | Q(ends_at__lte=at)
    )
    gone = Counter(away.values_list("team_duty_id", "place_id", "role_id"))
    for team, place, role, street, number in teams:
        found[street] += number - gone[team, place, role]
    return found


def fleet_at(scope: Scope, round_: Round, at: datetime) -> tuple[int, int]:
    """Vehicles on the area's list and those that drove, each once: counted apart from the classes,
    which must add up to it."""
    drove = _trips(scope, round_, at).aggregate(n=Count("vehicle_id", distinct=True))
    return _listed(scope, at).count(), drove["n"]


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
    there = Q(returned_at__isnull=True) | Q(returned_at__gt=at)
    return Vehicle.objects.within(scope).filter(there, added_at__lte=at)


def _trips(scope: Scope, round_: Round, at: datetime) -> QuerySet[Trip]:
    trips = Trip.objects.within(scope).filter(round=round_, starts_at__lte=at)
    return trips.exclude(state=TripState.CANCELLED)
