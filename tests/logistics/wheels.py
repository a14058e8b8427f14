"""Plain builders for tests of vehicles on the road: a vehicle with its place, stops, a trip."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from core.scope import Scope
from logistics.models import Trip, Vehicle, VehicleClass
from logistics.services.trips import Stop, book_trip
from personnel.models import DutyPlace, StaffMember
from tests.personnel.make import District
from tests.personnel.people import START, make_member, make_organisation, make_role

_numbers = itertools.count(1)
HOUR = timedelta(hours=1)


def scope_of(place: District, *permissions: str, actor: str = "user:1:dispatcher") -> Scope:
    """The scope of somebody posted at the whole district."""
    return Scope(
        districts=frozenset({place.district.pk}),
        permissions=frozenset(permissions or ("dispatch", "see_dispatch", "roster")),
        actor=actor,
    )


def make_vehicle(place: District, *, seats: int = 45, boxes: int = 0, **over: Any) -> Vehicle:
    number = next(_numbers)
    plate = f"渝A{number:05}"
    kind, _new = VehicleClass.objects.get_or_create(
        district_id=place.district.pk, code="coach", defaults={"name": "大客车", "seats": 45}
    )
    fields: dict[str, Any] = {
        "district_id": place.district.pk,
        "plate": plate,
        "vehicle_class": kind,
        "seats": seats,
        "boxes": boxes,
        "owner": make_organisation(place.district, kind="carrier"),
        "added_at": START - timedelta(days=1),
    }
    fields |= over
    spot = DutyPlace.objects.create(
        district_id=place.district.pk, street_id=fields.get("street_id"), kind="vehicle",
        name=plate,
    )  # fmt: skip
    return Vehicle.objects.create(place=spot, **fields)


def make_driver(place: District, **over: Any) -> StaffMember:
    role = make_role(place.district, "driver", function="transport")
    return make_member(place.district, roles=[role], **over)


def there_and_back(starts_at: datetime, people: int = 0, boxes: int = 0) -> list[Stop]:
    """Get on at the hospital, off at the point."""
    return [
        Stop(place="市九院", planned_at=starts_at, people=people, boxes=boxes),
        Stop(
            place="翡翠广场", planned_at=starts_at + timedelta(minutes=40), people=-people,
            boxes=-boxes,
        ),
    ]  # fmt: skip


def make_trip(place: District, vehicle: Vehicle, **over: Any) -> Trip:
    """A trip of two hours with 40 people on duty, booked as the dispatcher does it."""
    starts_at = over.pop("starts_at", START)
    fields: dict[str, Any] = {
        "client_key": uuid.uuid4(),
        "vehicle_id": vehicle.pk,
        "kind": "staff",
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "stops": there_and_back(starts_at, 40),
        "scope": scope_of(place),
        "by": "user:1:dispatcher",
        "at": START - HOUR,
    }
    return book_trip(**fields | over)
