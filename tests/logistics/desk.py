"""A dispatcher's desk for tests: orders people, teams and vehicles to one point."""

from __future__ import annotations

import uuid

from logistics.models import Order
from logistics.services import orders
from personnel.services.places import place_of_point
from personnel.services.team_duty import Part
from tests.logistics.wheels import HOUR, make_vehicle, scope_of, there_and_back
from tests.personnel.make import make_unit
from tests.personnel.people import START, make_member, make_role, make_team

BY = "user:1:dispatcher"
ASKED = START - HOUR


class Desk:
    """A dispatcher who orders people, teams and vehicles to one point."""

    def __init__(self, place):
        self.place, self.scope = place, scope_of(place)
        self.point = make_unit(place).point
        self.spot = place_of_point(point_id=self.point.pk, scope=self.scope)
        self.role = make_role(place.district, "usher")
        self.member = make_member(place.district, place.here)

    def _said(self, **over):
        said = {
            "client_key": uuid.uuid4(), "reason": "queue of 50 minutes", "scope": self.scope,
            "by": BY, "at": ASKED, "starts_at": START, "ends_at": START + 4 * HOUR,
        }  # fmt: skip
        return said | over

    def duty(self, **over) -> Order:
        fields = {"member_id": self.member.pk, "place_id": self.spot.pk, "role_id": self.role.pk}
        return orders.order_duty(**self._said(**fields | over))

    def team(self, **over) -> Order:
        team = make_team(self.place.district, leader=self.member)
        fields = {
            "team_id": team.pk, "street_id": self.place.here.pk,
            "parts": [Part(self.spot.pk, self.role.pk, 6)],
        }  # fmt: skip
        return orders.order_team(**self._said(**fields | over))

    def trip(self, driver=None, **over) -> Order:
        fields = {
            "vehicle_id": make_vehicle(self.place).pk, "kind": "staff",
            "stops": there_and_back(START, 40), "driver_id": driver.pk if driver else None,
        }  # fmt: skip
        return orders.order_trip(**self._said(**fields | over))

    def step(self, order, to, **over) -> Order:
        said = {"scope": self.scope, "reason": "by telephone", "by": BY, "at": START}
        return orders.take_step(order_id=order.pk, to=to, **said | over)


def phone(order, to, *, member, at=START, **over) -> Order:
    said = {"client_key": uuid.uuid4(), "device_at": at, "by": "user:5:field_staff", "at": at}
    return orders.take_step(order_id=order.pk, to=to, member=member, **said | over)
