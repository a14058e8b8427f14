"""Who may do what at the addresses of this room's pages: dispatch."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from logistics.models import Order, OrderStep, Trip
from personnel.models import Duty, DutyPlace, TeamDuty, TeamPlace
from personnel.roles import Permission
from tests.logistics.wheels import make_vehicle
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.people import make_member, make_role, make_team

SEE, DISPATCH = holding(Permission.SEE_DISPATCH), holding(Permission.DISPATCH)
AT = datetime(2021, 11, 4, 13, tzinfo=UTC)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Orders for a person and a trip, a place of duty and a booked team in each street."""
    made: dict[str, dict[str, Any]] = {
        "order": {}, "trip_order": {}, "duty_place": {}, "team_duty": {}
    }  # fmt: skip
    role = make_role(place.district, "sampler")
    made["duty_role"] = {"here": role, "there": role}
    for number, (side, street) in enumerate((("here", place.here), ("there", place.there)), 9001):
        where = {"district_id": place.district.pk, "street_id": street.pk}
        hours = {"starts_at": AT, "ends_at": AT + timedelta(hours=4), "at": AT, "by": "user:0:x"}
        spot, _made = DutyPlace.objects.get_or_create(
            kind="point", point=units[side].point, defaults=where
        )
        duty = Duty.objects.create(
            client_key=uuid.uuid4(), member=make_member(place.district, street, roles=[role]),
            place=spot, role=role, **where, **hours,
        )  # fmt: skip
        team = TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=make_team(place.district), headcount=4, **where, **hours
        )
        TeamPlace.objects.create(duty=team, place=spot, role=role, people=4)
        order = Order.objects.create(
            client_key=uuid.uuid4(), number=number, duty=duty, reason="short of two", state_at=AT,
            answer_by=AT + timedelta(minutes=10), at=AT, by="user:0:dispatcher", **where,
        )  # fmt: skip
        OrderStep.objects.create(order=order, to_state="requested", at=AT, by="user:0:dispatcher")
        made["order"][side], made["duty_place"][side] = order, spot
        trip = Trip.objects.create(
            client_key=uuid.uuid4(), vehicle=make_vehicle(place, street_id=street.pk), kind="staff",
            seats=45, room=0, **where, **hours,
        )  # fmt: skip
        made["trip_order"][side] = Order.objects.create(
            client_key=uuid.uuid4(), number=100 + number, trip=trip, reason="medics", state_at=AT,
            answer_by=AT + timedelta(minutes=10), at=AT, by="user:0:dispatcher", **where,
        )  # fmt: skip
        made["team_duty"][side] = team
    return made


def _id(thing: str, argument: str) -> Any:
    return lambda world, side: {argument: world.things[thing][side].pk}


def _spot(world: Any, side: str) -> dict[str, Any]:
    return {
        "spot": f"point-{world.units[side].point_id}",
        "role": world.things["duty_role"][side].pk,
    }


_ORDER = _id("order", "order_id")

TABLE: Table = {
    "dispatch:board": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=lambda world, side: {"street": world.street(side).pk}, of=True),
        Row(SEE, PAGE, query=lambda world, side: {"show": "vehicles"}),
    ),
    "dispatch:assign": Row(
        DISPATCH, PAGE | {"POST": {422}}, query=_spot, body=_spot, of=True
    ),
    "dispatch:orders": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=lambda world, side: {"list": "ended"}),
    ),
    "dispatch:order": Row(SEE, PAGE, path=_ORDER, of=True),
    "dispatch:order_step": Row(
        DISPATCH, {"POST": {302}}, path=_ORDER, of=True,
        body=lambda world, side: {"to": "accepted", "reason": "by+telephone"},
    ),
    # Nobody is free to drive.
    "dispatch:order_driver": Row(
        DISPATCH, PAGE | {"POST": {422}}, path=_id("trip_order", "order_id"), of=True
    ),
    # Somebody else's order: only who gave it undoes it.
    "dispatch:order_undo": Row(DISPATCH, {"POST": {403}}, path=_ORDER, of=True),
    "dispatch:place_sheet": Row(SEE, PAGE, path=_id("duty_place", "place_id"), of=True),
    "dispatch:team_sheet": Row(SEE, PAGE, path=_id("team_duty", "duty_id"), of=True),
}  # fmt: skip
