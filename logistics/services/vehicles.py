"""Vehicles are added, changed, moved between pools and given back (S004, S005, S007)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Conflict, Refused, fold
from core.scope import Scope
from logistics.builtin import VEHICLE_CLASSES
from logistics.models import Trip, TripState, Vehicle, VehicleClass
from personnel.models import DutyPlace, Organisation, StaffMember
from sites.services.finding import Unknown

_NOISE = re.compile(r"[\s·•.\-_]+")
_PLATE = re.compile(r"[0-9A-Z\u4e00-\u9fff]{4,12}")
AHEAD = (TripState.PLANNED, TripState.EN_ROUTE)
"""States of a trip that is not over yet."""


@dataclass(frozen=True)
class Details:
    """What is said about a vehicle; seats and boxes left out are those of its class."""

    plate: str
    class_id: int
    owner_id: int
    seats: int | None = None
    boxes: int | None = None
    street_id: int | None = None
    driver_id: UUID | None = None


def clean_plate(text: str) -> str:
    """A number plate as it is stored: capitals and digits, no spaces, dots or dashes.

    Raises Refused for what cannot be a plate.
    """
    plate = _NOISE.sub("", fold(text)).upper()
    if not _PLATE.fullmatch(plate) or not any(sign.isdigit() for sign in plate):
        raise Refused("plate", _("This is not a number plate, such as 渝A12345."))
    return plate


@transaction.atomic
def add_builtin_classes(*, district_id: int, by: str, at: datetime) -> int:
    """Give a district the classes it lacks, by code; returns how many were added."""
    made = 0
    for position, row in enumerate(VEHICLE_CLASSES):
        _one, new = VehicleClass.objects.get_or_create(
            district_id=district_id,
            code=row.code,
            defaults={"position": position * 10, **row._asdict()},
        )
        made += new
    if made:
        audit.record(
            by=by, at=at, act="vehicle_class.builtin", object_type="vehicle_class",
            district_id=district_id, classes=made,
        )  # fmt: skip
    return made


@transaction.atomic
def add_vehicle(
    *,
    district_id: int,
    details: Details,
    pool: str = Vehicle.Pool.SERVICE,
    reason: str = "",
    scope: Scope,
    by: str,
    at: datetime,
) -> Vehicle:
    """Add a vehicle with the place where its drivers are on duty.

    Raises Refused for a class, owner, street or driver of elsewhere; a plate on the list already
    breaks its constraint, in the constraint's own words.
    """
    _refuse_elsewhere(district_id, scope)
    values = _checked(district_id, details, scope)
    _refuse_without_reason(pool, reason)
    place = DutyPlace.objects.create(
        district_id=district_id,
        street_id=details.street_id,
        kind=DutyPlace.Kind.VEHICLE,
        name=values["plate"],
    )
    vehicle = Vehicle.objects.create(
        district_id=district_id, place=place, pool=pool, pool_reason=reason, added_at=at, **values
    )
    _note(vehicle, act="vehicle.add", by=by, at=at, pool=pool)
    return vehicle


@transaction.atomic
def change_vehicle(
    *, vehicle_id: int, details: Details, scope: Scope, by: str, at: datetime
) -> Vehicle:
    """Change what is said about a vehicle; trips already booked keep what they were promised."""
    vehicle = locked_vehicle(vehicle_id, scope)
    values = _checked(vehicle.district_id, details, scope)
    before = {name: getattr(vehicle, name) for name in values}
    changed = audit.changes(before, values)
    if not changed:
        return vehicle
    for name, value in values.items():
        setattr(vehicle, name, value)
    vehicle.save(update_fields=list(values))
    DutyPlace.objects.filter(pk=vehicle.place_id).update(
        name=vehicle.plate, street_id=vehicle.street_id
    )
    _note(vehicle, act="vehicle.change", by=by, at=at, fields=sorted(changed))
    return vehicle


@transaction.atomic
def change_pool(
    *, vehicle_id: int, pool: str, reason: str, scope: Scope, by: str, at: datetime
) -> Vehicle:
    """Put a vehicle into service, into reserve or out of service.

    A breakdown is a fact: out of service is noted even while trips are ahead, and whoever notes
    it is shown these trips.
    """
    vehicle = locked_vehicle(vehicle_id, scope)
    if pool not in Vehicle.Pool.values:
        raise Refused("pool_unknown", _("Choose one of the pools.")).at("pool")
    _refuse_without_reason(pool, reason)
    if (vehicle.pool, vehicle.pool_reason) == (pool, reason):
        return vehicle
    before, vehicle.pool, vehicle.pool_reason = vehicle.pool, pool, reason
    vehicle.save(update_fields=["pool", "pool_reason"])
    _note(vehicle, act="vehicle.pool", by=by, at=at, pool=[before, pool], reason=reason)
    return vehicle


@transaction.atomic
def give_back(*, vehicle_id: int, scope: Scope, by: str, at: datetime) -> Vehicle:
    """The owner has the vehicle again. Raises Conflict while a trip is ahead or on the road."""
    vehicle = locked_vehicle(vehicle_id, scope)
    if Trip.objects.filter(vehicle=vehicle, state__in=AHEAD).exists():
        raise Conflict(
            "trips_ahead",
            _("Trips with this vehicle are still ahead. Cancel or finish them first."),
        )
    vehicle.returned_at = at
    vehicle.save(update_fields=["returned_at"])
    DutyPlace.objects.filter(pk=vehicle.place_id).update(closed_at=at)
    _note(vehicle, act="vehicle.give_back", by=by, at=at)
    return vehicle


def locked_vehicle(vehicle_id: int, scope: Scope) -> Vehicle:
    """The vehicle, locked until the transaction ends. Raises Unknown outside the scope."""
    seen = Vehicle.objects.within(scope).filter(pk=vehicle_id, returned_at__isnull=True)
    vehicle = (
        Vehicle.objects.select_for_update(no_key=True).filter(pk__in=seen.values("pk")).first()
    )
    if vehicle is None:
        raise Unknown("vehicle_unknown", _("There is no such vehicle in your area."))
    return vehicle


def _refuse_elsewhere(district_id: int, scope: Scope) -> None:
    if not (scope.everything or district_id in scope.districts):
        raise Unknown("district_unknown", _("There is no such district in your area."))


def _refuse_without_reason(pool: str, reason: str) -> None:
    if pool == Vehicle.Pool.OUT and not reason.strip():
        raise Refused("reason_missing", _("Say why the vehicle is out of service.")).at("reason")


def _checked(district_id: int, details: Details, scope: Scope) -> dict[str, Any]:
    """The columns of a vehicle from what was said, with everything of this district."""
    kind = VehicleClass.objects.filter(district_id=district_id, pk=details.class_id).first()
    if kind is None:
        raise Refused("class_unknown", _("Choose one of the classes.")).at("vehicle_class")
    owners = Organisation.objects.filter(district_id=district_id, closed_at__isnull=True)
    if not owners.filter(pk=details.owner_id).exists():
        raise Refused("owner_unknown", _("Choose one of the organisations.")).at("owner")
    _refuse_foreign(district_id, details, scope)
    values = asdict(details) | {
        "plate": clean_plate(details.plate),
        "vehicle_class_id": details.class_id,
        "seats": kind.seats if details.seats is None else details.seats,
        "boxes": kind.boxes if details.boxes is None else details.boxes,
    }
    del values["class_id"]
    if not (values["seats"] or values["boxes"]):
        raise Refused("vehicle_holds", _("A vehicle has seats or room for boxes.")).at("seats")
    return values


def _refuse_foreign(district_id: int, details: Details, scope: Scope) -> None:
    if details.street_id is not None:
        streets = Division.objects.within(scope).filter(
            district_id=district_id, level=Level.STREET, pk=details.street_id
        )
        if not streets.exists():
            raise Refused("street_unknown", _("Choose a street of your area.")).at("street")
    if details.driver_id is not None:
        people = StaffMember.objects.within(scope).serving().filter(district_id=district_id)
        if not people.filter(pk=details.driver_id).exists():
            raise Refused("driver_unknown", _("There is no such person in your area.")).at("driver")


def _note(vehicle: Vehicle, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    extra: Mapping[str, Any] = summary
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="vehicle",
        object_id=vehicle.pk,
        district_id=vehicle.district_id,
        street_id=vehicle.street_id,
        plate=vehicle.plate,
        **extra,
    )
