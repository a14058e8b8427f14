"""Who may do what at the addresses of this room's pages: duty."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from core import clock
from personnel.models import Duty, DutyPlace, TeamDuty, TeamPlace
from personnel.roles import Permission
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.people import make_member, make_role, make_team

SEE, RUN = holding(Permission.SEE_DUTY), holding(Permission.ROSTER)
HOUR = timedelta(hours=1)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A point's place with somebody and a team booked there, and a checkpoint, on both sides."""
    things: dict[str, dict[str, Any]] = {
        "duty_places": {}, "duties": {}, "team_duties": {}, "checkpoints": {},
    }  # fmt: skip
    role = make_role(place.district, "usher")
    now = clock.now()
    for side, street in (("here", place.here), ("there", place.there)):
        area = {"district_id": place.district.pk, "street_id": street.pk}
        at_point = DutyPlace.objects.create(kind="point", point=units[side].point, **area)
        gate = DutyPlace.objects.create(kind="checkpoint", name=f"gate of {street.name}", **area)
        span = {"starts_at": now - HOUR, "ends_at": now + HOUR, "at": now, "by": "test"}
        duty = Duty.objects.create(
            client_key=uuid.uuid4(), place=at_point, role=role,
            member=make_member(place.district, street), **area, **span,
        )  # fmt: skip
        team = make_team(place.district, arrives_at=now - HOUR)
        booked = TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=team, headcount=5, **area, **span
        )
        TeamPlace.objects.create(duty=booked, place=at_point, role=role, people=5)
        things["duty_places"][side], things["checkpoints"][side] = at_point, gate
        things["duties"][side], things["team_duties"][side] = duty, booked
    return things


def thing(name: str, key: str) -> Any:
    return lambda world, side: {key: world.things[name][side].pk}


def of_point(world: Any, side: str) -> dict[str, Any]:
    return {"point_id": world.units[side].point_id}


POINT = thing("duty_places", "place_id")
ACT = {"act": "arrive"}

TABLE: Table = {
    "duty:places": Row(SEE, PAGE),
    "duty:attendance": Row(
        # A district decides; a street's people have no district of their own.
        frozenset(RUN - {"street_official", "point_lead"}),
        {"POST": {302}},
        body=lambda world, side: {"wanted": "off", "reason": "agreed so"},
    ),
    "duty:street": Row(
        SEE,
        PAGE,
        path=lambda world, side: {"street_id": getattr(world.place, side).pk},
        of=True,
    ),
    "duty:street_needs": Row(
        RUN,
        {"POST": {422}},
        path=lambda world, side: {"street_id": getattr(world.place, side).pk},
        of=True,
    ),
    "duty:post_add": Row(RUN, PAGE | {"POST": {422}}),
    "duty:point": Row(SEE, {"GET": {302}, "HEAD": {302}}, path=of_point, of=True),
    "duty:point_begin": Row(RUN, {"POST": {302}}, path=of_point, of=True),
    "duty:place": Row(SEE, PAGE, path=POINT, of=True),
    "duty:print": Row(SEE, PAGE, path=POINT, of=True),
    "duty:needs": Row(RUN, {"POST": {422}}, path=POINT, of=True),
    "duty:place_change": Row(
        RUN,
        {"POST": {302}},
        path=thing("checkpoints", "place_id"),
        of=True,
        body=lambda world, side: {"act": "keep"},
    ),
    "duty:everybody": Row(RUN, {"POST": {302}}, path=POINT, of=True, body=lambda *_: ACT),
    "duty:book": Row(RUN, PAGE | {"POST": {422}}, path=POINT, of=True),
    "duty:act": Row(
        RUN, {"POST": {302}}, path=thing("duties", "duty_id"), of=True, body=lambda *_: ACT
    ),
    "duty:team_act": Row(
        RUN,
        {"POST": {302}},
        path=thing("team_duties", "team_duty_id"),
        of=True,
        body=lambda *_: ACT,
    ),
    "duty:move": Row(RUN, PAGE | {"POST": {422}}, path=thing("duties", "duty_id"), of=True),
}
