"""Who may do what at the addresses of sites."""

from __future__ import annotations

from typing import Any

from personnel.roles import Permission
from sites.models import BuildingCall, ReservedSite
from tests.permissions.row import CLIENTS, DEVICE, PAGE, Row, Table, holding
from tests.personnel.make import make_division

TABLE: Table = {
    "sites:capture": Row(
        DEVICE,
        {"POST": {200}},
        body=lambda world, side: {"items": [{"kind": "?"}]},
        json=True,
        foreign=CLIENTS,
    ),
    "sites:tallies": Row(
        holding(Permission.ENTER_TALLY) | DEVICE,
        {"POST": {201}},
        of=True,
        body=lambda world, side: {
            "id": "01932e8e-7d00-7000-8000-000000000001",
            "unit": world.units[side].pk,
            "round": world.place.round.pk,
            "quarter": "2021-11-04T21:00:00+08:00",
            "swabs": 40,
            "tubes": 4,
        },
        json=True,
        neighbour=400,
        foreign=CLIENTS,
    ),
    "sites:conflicts": Row(holding(Permission.SEE_CONFLICTS), PAGE),
    "sites:conflict_decide": Row(
        holding(Permission.DECIDE_CONFLICT),
        {"POST": {302}},
        path=lambda world, side: {"conflict_id": world.conflicts[side].pk},
        of=True,
        body=lambda world, side: {"decision": "asked by phone"},
    ),
    "sites:round_copy": Row(
        holding(Permission.PLAN_ROUND),
        PAGE | {"POST": {422}},
        path=lambda world, side: {"round_id": world.place.round.pk},
    ),
}


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A compound with a reserved place, and a building in the queue, on both sides."""
    compounds, reserved, calls = {}, {}, {}
    for side, home in (("here", place.community_here), ("there", place.community_there)):
        compound = make_division("compound", home)
        compound.community_id = home.pk
        compound.save()
        compounds[side] = compound
        reserved[side] = ReservedSite.objects.create(
            compound=compound, name="yard", at=place.round.starts_at, by="test"
        )
        calls[side] = BuildingCall.objects.create(
            point=units[side].point,
            round=place.round,
            community=home,
            building="2号楼",
            position=1,
            residents=48,
        )
    return {"compounds": compounds, "reserved": reserved, "calls": calls}


def point(world: Any, side: str) -> dict[str, Any]:
    return {"point_id": world.units[side].point_id}


def unit(world: Any, side: str) -> dict[str, Any]:
    return {"unit_id": world.units[side].pk}


SEE, SET_UP = holding(Permission.SEE_POINTS), holding(Permission.MANAGE_POINTS)
RUN, CALL = holding(Permission.MANAGE_UNITS), holding(Permission.CALL_UP)
CLOSING = {"to": "closed", "reason": "rain"}

TABLE |= {
    "sites:points": Row(SEE, PAGE),
    "sites:point_add": Row(SET_UP, PAGE | {"POST": {422}}),
    "sites:points_bulk": (
        Row(SET_UP, {"POST": {422}}, body=lambda world, side: {"act": "hours"}),
        Row(RUN, {"POST": {422}}, body=lambda world, side: {"act": "open"}),
    ),
    "sites:point": Row(SEE, PAGE, path=point, of=True),
    "sites:point_edit": Row(SET_UP, PAGE | {"POST": {422}}, path=point, of=True),
    "sites:point_state": Row(
        RUN, {"POST": {302}}, path=point, of=True, body=lambda world, side: CLOSING
    ),
    "sites:point_check": Row(
        RUN,
        {"POST": {302}},
        path=point,
        of=True,
        body=lambda world, side: {"code": "one_way", "met": "on"},
    ),
    "sites:point_areas": Row(RUN, {"POST": {422}}, path=point, of=True),
    "sites:point_queue": Row(
        holding(Permission.REPORT_QUEUE),
        {"POST": {422}},  # a planned point has no queue
        path=point,
        of=True,
        body=lambda world, side: {"band": "busy"},
    ),
    "sites:point_units": Row(
        SET_UP,
        {"POST": {302}},
        path=point,
        of=True,
        body=lambda world, side: {"general": 1, "yellow": 1, "priority": 0},
    ),
    "sites:point_poster": Row(SEE, PAGE, path=point, of=True),
    "sites:unit": Row(SEE | holding(Permission.ENTER_TALLY), PAGE, path=unit, of=True),
    "sites:unit_state": Row(
        RUN, {"POST": {302}}, path=unit, of=True, body=lambda world, side: CLOSING
    ),
    "sites:unit_channel": Row(
        SET_UP,
        {"POST": {302}},
        path=unit,
        of=True,
        body=lambda world, side: {"channel": "yellow"},
    ),
    "sites:unit_tally": Row(holding(Permission.ENTER_TALLY), {"POST": {422}}, path=unit, of=True),
    "sites:call_up": (
        Row(CALL, PAGE),
        Row(
            CALL,
            PAGE,
            query=lambda world, side: {"point": world.units[side].point_id},
            of=True,
        ),
    ),
    "sites:call_build": Row(CALL, {"POST": {302}}, path=point, of=True),
    "sites:call_step": Row(
        CALL,
        {"POST": {302}},
        path=lambda world, side: {"call_id": world.things["calls"][side].pk},
        of=True,
        body=lambda world, side: {"act": "notice", "kind": "message"},
    ),
    "sites:reserved": Row(SEE, PAGE),
    "sites:reserved_add": Row(SET_UP, {"POST": {422}}),
    "sites:reserved_remove": Row(
        SET_UP,
        {"POST": {302}},
        path=lambda world, side: {"site_id": world.things["reserved"][side].pk},
        of=True,
    ),
}
