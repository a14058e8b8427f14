"""Who may do what at the addresses of people, teams, task forces and the district's lists."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from personnel.models import Secondment, TaskForce, TeamDuty
from personnel.roles import POLICY, Permission
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.people import (
    floor_of,
    make_category,
    make_kind,
    make_member,
    make_organisation,
    make_role,
    make_team,
)

P = Permission
SEE, MANAGE, UNVEIL = map(holding, (P.SEE_STAFF, P.MANAGE_STAFF, P.UNVEIL_STAFF))
# Teams, task forces, lending and words are the district's.
DISTRICT = frozenset(role for role in MANAGE if "district" in POLICY[role].levels)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A person who is lent, a body and a team on duty in each street; lists of the district."""
    at = place.round.starts_at
    sides = {"here": place.here, "there": place.there}
    things: dict[str, dict[str, Any]] = {
        name: {} for name in ("staff", "lent", "body", "team", "force", "category", "duty_role")
    }
    force = TaskForce.objects.create(district_id=place.district.pk, code="F01", name="采样组")
    make_kind(place.district)
    for side, street in sides.items():
        member = make_member(place.district, street, name="测试甲")
        with floor_of(place.district):
            force.members.add(member)
        team = make_team(place.district)
        TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=team, district_id=place.district.pk,
            street_id=street.pk, starts_at=at, ends_at=at + timedelta(hours=8), headcount=10,
            at=at, by="test",
        )  # fmt: skip
        lent = Secondment.objects.create(
            client_key=uuid.uuid4(), member=member, district_id=place.district.pk,
            street_id=street.pk, starts_at=at, ends_at=at + timedelta(days=2), at=at, by="test",
        )  # fmt: skip
        rows = {
            "staff": member, "lent": lent, "team": team, "force": force,
            "body": make_organisation(place.district, street=street),
            "category": make_category(place.district),
            "duty_role": make_role(place.district, "usher"),
        }  # fmt: skip
        for name, row in rows.items():
            things[name][side] = row
    return things


def _of(thing: str, argument: str, **rest: Any) -> Any:
    return lambda world, side: {argument: world.things[thing][side].pk} | rest


_member = _of("staff", "member_id")
_force = _of("force", "force_id")


def _returning(world: Any, side: str) -> dict[str, Any]:
    return _member(world, side) | {"secondment_id": world.things["lent"][side].pk}


def _chosen(world: Any, side: str) -> dict[str, Any]:
    return {"member": str(world.things["staff"][side].pk)}


TABLE: Table = {
    "staff:people": Row(
        SEE,
        PAGE | {"POST": {200}},
        body=lambda world, side: {"id_type": "resident", "number": "0000"},
    ),
    "staff:person_new": Row(MANAGE, PAGE | {"POST": {422}}),
    "staff:person": Row(SEE, PAGE, path=_member, of=True),
    "staff:person_change": Row(MANAGE, PAGE | {"POST": {422}}, path=_member, of=True),
    "staff:person_unveil": Row(
        UNVEIL,
        {"POST": {200}},
        path=_member,
        of=True,
        body=lambda world, side: {"reason": "call"},
    ),
    "staff:person_reach": Row(
        MANAGE | UNVEIL,
        {"POST": {302}},
        path=_member,
        of=True,
        body=lambda world, side: {"reached": "1"},
    ),
    "staff:person_leave": Row(MANAGE, {"POST": {409}}, path=_member, of=True),
    "staff:person_account": Row(MANAGE, {"POST": {302}}, path=_member, of=True),
    "staff:person_lend": Row(DISTRICT, {"POST": {422}}, path=_member),
    "staff:person_return": Row(MANAGE, {"POST": {302}}, path=_returning, of=True),
    "staff:teams": Row(SEE, PAGE),
    "staff:team_new": Row(DISTRICT, PAGE | {"POST": {422}}),
    "staff:team": Row(SEE, PAGE, path=_of("team", "team_id"), of=True),
    "staff:team_change": Row(DISTRICT, PAGE | {"POST": {422}}, path=_of("team", "team_id")),
    "staff:lent": Row(SEE, PAGE),
    "staff:contacts": Row(SEE, PAGE),
    "staff:forces": Row(SEE, PAGE),
    "staff:force_new": Row(DISTRICT, {"POST": {422}}),
    "staff:force": Row(SEE, PAGE, path=_force),
    "staff:force_change": Row(DISTRICT, {"POST": {422}}, path=_force),
    "staff:force_add": Row(DISTRICT, {"POST": {302}}, path=_force, body=_chosen),
    "staff:force_remove": Row(DISTRICT, {"POST": {302}}, path=_force, body=_chosen),
    "staff:lists": Row(SEE, PAGE),
    "staff:lists_begin": Row(DISTRICT, {"POST": {302}}),
    "staff:body_add": Row(MANAGE, {"POST": {422}}),
    "staff:body_change": Row(MANAGE, {"POST": {422}}, path=_of("body", "body_id"), of=True),
    "staff:norm_set": Row(DISTRICT, {"POST": {422}}),
    "staff:term_add": Row(
        DISTRICT, {"POST": {422}}, path=lambda world, side: {"kind": "categories"}
    ),
    "staff:term_change": Row(
        DISTRICT, {"POST": {422}}, path=_of("duty_role", "term_id", kind="roles")
    ),
}
