"""A person on duty with an account, an order and a trip: what tests of the own page start from."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from logistics.models import Order
from logistics.services import orders
from personnel.models import DutyRole, StaffMember, User
from personnel.roles import Role
from personnel.services.places import place_of_point
from tests.logistics.wheels import HOUR, make_vehicle, scope_of, there_and_back
from tests.personnel.make import District, make_unit, make_user
from tests.personnel.people import START, floor_of, make_member, make_role

BY = "user:1:dispatcher"


@dataclass
class OnDuty:
    """One person: account, row on the list, and a client that is signed in."""

    place: District
    user: User
    member: StaffMember
    client: Client

    def order(self, role: DutyRole | None = None, **over: Any) -> Order:
        """The dispatcher orders this person to a point of the street."""
        with floor_of(self.place.district):
            scope = scope_of(self.place)
            point = make_unit(self.place).point
            said: dict[str, Any] = {
                "client_key": uuid.uuid4(), "reason": "queue of 50 minutes", "figure": "52 min",
                "figure_at": START - HOUR, "member_id": self.member.pk,
                "place_id": place_of_point(point_id=point.pk, scope=scope).pk,
                "role_id": (role or make_role(self.place.district, "usher")).pk,
                "starts_at": START, "ends_at": START + 4 * HOUR, "scope": scope, "by": BY,
                "at": START - HOUR,
            }  # fmt: skip
            return orders.order_duty(**said | over)

    def drive(self, **over: Any) -> Order:
        """The dispatcher orders this person to drive."""
        with floor_of(self.place.district):
            said: dict[str, Any] = {
                "client_key": uuid.uuid4(), "reason": "medics to the point",
                "vehicle_id": make_vehicle(self.place).pk, "kind": "staff",
                "stops": there_and_back(START, 40), "driver_id": self.member.pk,
                "starts_at": START, "ends_at": START + 2 * HOUR, "scope": scope_of(self.place),
                "by": BY, "at": START - HOUR,
            }  # fmt: skip
            return orders.order_trip(**said | over)


def make_on_duty(
    place: District, role: Role = Role.FIELD_STAFF, *, street: Any = None, **over: Any
) -> OnDuty:
    """Somebody posted at a street, on the list there, signed in."""
    street = street or place.here
    user = make_user(role, street)
    drives = make_role(place.district, "driver", function="transport")
    member = make_member(place.district, street, user=user, roles=[drives], **over)
    client = Client()
    client.force_login(user)
    return OnDuty(place, user, member, client)


def send(me: OnDuty, *steps: dict, **headers: str) -> Any:
    """Steps as a phone sends them."""
    return me.client.post(
        "/my/steps/", json.dumps({"steps": list(steps)}), content_type="application/json",
        headers=headers,
    )  # fmt: skip


def made(subject: str, pk: int, act: str, **over: str) -> dict[str, str]:
    """One step of a phone, taken at the start."""
    said = {
        "key": str(uuid.uuid4()), "subject": subject, "id": str(pk), "act": act,
        "device_at": START.isoformat(),
    }  # fmt: skip
    return said | over


def verdicts(response: HttpResponse) -> list[str]:
    """What became of each step."""
    assert response.status_code == 200, response.content
    return [one["verdict"] for one in response.json()["outcomes"]]
