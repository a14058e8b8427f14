"""Who may do what at the addresses of this room's pages: visits."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.scope import Scope, scoped
from logistics.models import Trip, Visit, VisitTeam
from personnel.roles import Permission
from tests.logistics.wheels import make_vehicle
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.people import make_member

P = Permission
SEE, RAISE, PLAN = holding(P.SEE_VISITS), holding(P.RAISE_VISIT), holding(P.PLAN_VISITS)
OPEN = PLAN | {"community_worker"}
FIND = RAISE & holding(P.SEE_REGISTER)
# A visit team is the street's: who answers for a community sees its visits, not the teams.
AT_COMMUNITY = frozenset({"community_worker"})


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A visit that is asked for, one that was refused, and a team, on each side."""
    things: dict[str, dict[str, Any]] = {}
    sides = (("here", place.community_here), ("there", place.community_there))
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        for side, home in sides:
            street = place.here if side == "here" else place.there
            team = VisitTeam.objects.create(
                district_id=place.district.pk, street_id=street.pk, name=f"pair of {street.name}"
            )
            team.members.add(make_member(place.district, street))
            things.setdefault("visit_team", {})[side] = team
            things.setdefault("fetch_car", {})[side] = _car(place, street)
            for name, state in (
                ("visit", "asked"),
                ("visit_two", "asked"),
                ("visit_no", "refused"),
            ):
                visit = _visit(place, home, state)
                things.setdefault(name, {})[side] = visit
    return things


def _visit(place: Any, home: Any, state: str) -> Visit:
    return Visit.objects.create(
        client_key=uuid.uuid4(), round=place.round, district_id=place.district.pk,
        street_id=home.street_id, community=home, building=f"{home.name} 1", name="李桂芳",
        name_mask="李*", reason="bedridden", source="street", state=state,
        state_at=timezone.now(), at=timezone.now(), by="test",
    )  # fmt: skip


def _car(place: Any, street: Any) -> Trip:
    at = place.round.starts_at
    return Trip.objects.create(
        client_key=uuid.uuid4(), round=place.round, district_id=place.district.pk,
        street_id=street.pk, vehicle=make_vehicle(place, street_id=street.pk, seats=4),
        kind="fetch", starts_at=at, ends_at=at + timedelta(hours=1), people=1, seats=4, room=0,
        at=at, by="test",
    )  # fmt: skip


def _of_car(world: Any, side: str) -> dict[str, Any]:
    return {"trip_id": world.things["fetch_car"][side].pk}


def _of(name: str = "visit") -> Any:
    return lambda world, side: {"visit_id": world.things[name][side].pk}


def _of_team(world: Any, side: str) -> dict[str, Any]:
    return {"team_id": world.things["visit_team"][side].pk}


def _pair(world: Any, side: str) -> dict[str, Any]:
    return {
        "visit_id": world.things["visit"][side].pk,
        "other_id": world.things["visit_two"][side].pk,
    }


def _post(who: frozenset[str], path: Any, body: dict[str, Any], *answers: int) -> Row:
    return Row(who, {"POST": set(answers)}, path=path, body=lambda world, side: body, of=True)


def _assign(world: Any, side: str) -> dict[str, Any]:
    return {
        "visit": world.things["visit"][side].pk,
        "team": world.things["visit_team"][side].pk,
    }


TABLE: Table = {
    "visits:visits": Row(SEE, PAGE),
    "visits:assign": Row(PLAN, {"POST": {302}}, body=_assign, of=True),
    "visits:ask": Row(RAISE, PAGE | {"POST": {422}}, body=lambda world, side: {"name": "李桂芳"}),
    "visits:find": Row(
        FIND,
        {"POST": {200}},
        body=lambda world, side: {"id_type": "resident", "number": "0011"},
    ),
    "visits:doubles": Row(PLAN, PAGE),
    "visits:doubles_decide": _post(PLAN, _pair, {"keep": ""}, 302),
    "visits:cars": Row(SEE, PAGE),
    "visits:cars_book": Row(PLAN, {"POST": {422}}, body=lambda world, side: {"visit": 0}),
    "visits:car_end": _post(PLAN, _of_car, {"reason": "the car is needed"}, 302),
    "visits:differences": Row(SEE, PAGE),
    "visits:teams": Row(SEE, PAGE),
    "visits:team_add": Row(PLAN, {"POST": {422}}, body=lambda world, side: {"name": "A"}),
    "visits:team": Row(SEE, PAGE, path=_of_team, of=True, blind=AT_COMMUNITY),
    "visits:team_members": _post(PLAN, _of_team, {}, 422),
    "visits:team_close": _post(PLAN, _of_team, {}, 302),
    "visits:team_sheet": Row(PLAN, PAGE | {"POST": {200}}, path=_of_team, of=True),
    "visits:visit": Row(SEE, PAGE, path=_of(), of=True),
    "visits:step": _post(PLAN, _of(), {"to": "withdrawn", "reason": "came alone"}, 302),
    "visits:stand": _post(PLAN, _of("visit_no"), {"reason": "talked"}, 302),
    "visits:way": _post(PLAN, _of(), {"way": "fetch"}, 302),
    "visits:open": _post(OPEN, _of(), {"reason": "call"}, 200),
    # The callers are nobody on the list of people, so no visit is theirs to call for.
    "visits:call": Row(holding(P.OWN_DUTY), {"POST": {404}}, path=_of()),
    "visits:move": _post(PLAN, _of(), {"way": "up"}, 302, 404),
}
