"""Who may do what at the addresses of the vehicles."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from core.scope import Scope
from logistics.models import Trip, VehicleClass
from logistics.services.vehicles import Details, add_builtin_classes, add_vehicle
from personnel.roles import Permission
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.people import make_organisation

SEE, MANAGE = holding(Permission.SEE_DISPATCH), holding(Permission.MANAGE_VEHICLES)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A vehicle of each street."""
    at, district = place.round.starts_at, place.district
    add_builtin_classes(district_id=district.pk, by="test", at=at)
    coach = VehicleClass.objects.get(district_id=district.pk, code="coach")
    owner = make_organisation(district, kind="carrier")
    vehicles = {
        side: add_vehicle(
            district_id=district.pk,
            details=Details(plate=plate, class_id=coach.pk, owner_id=owner.pk, street_id=street.pk),
            scope=Scope(districts=frozenset({district.pk})),
            by="test",
            at=at,
        )
        for side, street, plate in (
            ("here", place.here, "渝A10001"),
            ("there", place.there, "渝A10002"),
        )
    }
    trips = {
        side: Trip.objects.create(
            client_key=uuid.uuid4(), district_id=district.pk, street_id=one.street_id, vehicle=one,
            kind="staff", starts_at=at, ends_at=at + timedelta(hours=1), seats=one.seats, room=0,
            at=at, by="test",
        )
        for side, one in vehicles.items()
    }  # fmt: skip
    return {"vehicles": vehicles, "plain_trip": trips}


def vehicle(world: Any, side: str) -> dict[str, Any]:
    return {"vehicle_id": world.things["vehicles"][side].pk}


def trip_of(world: Any, side: str) -> dict[str, Any]:
    return vehicle(world, side) | {"trip_id": world.things["plain_trip"][side].pk}


TABLE: Table = {
    "logistics:vehicles": Row(SEE, PAGE),
    "logistics:vehicle_add": Row(MANAGE, PAGE | {"POST": {422}}),
    "logistics:inventory": Row(SEE, PAGE),
    "logistics:classes": Row(MANAGE, PAGE | {"POST": {422}}),
    "logistics:class_change": Row(
        MANAGE,
        PAGE | {"POST": {422}},
        path=lambda world, side: {
            "class_id": world.things["vehicles"][side].vehicle_class_id,
        },
    ),
    "logistics:classes_begin": Row(MANAGE, {"POST": {302}}),
    "logistics:vehicle": Row(SEE, PAGE, path=vehicle, of=True),
    "logistics:vehicle_change": Row(MANAGE, PAGE | {"POST": {422}}, path=vehicle, of=True),
    "logistics:vehicle_pool": Row(
        MANAGE,
        {"POST": {302}},
        path=vehicle,
        of=True,
        body=lambda world, side: {"pool": "reserve", "reason": ""},
    ),
    "logistics:trip_end": Row(
        holding(Permission.DISPATCH),
        {"POST": {302}},
        path=trip_of,
        of=True,
        body=lambda world, side: {"reason": "not needed"},
    ),
    "logistics:vehicle_return": Row(MANAGE, {"POST": {302}}, path=vehicle, of=True),
}
