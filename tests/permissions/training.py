"""Who may do what at the addresses of courses, qualifications, floors and patches."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from core.scope import Scope, scoped
from personnel.models import Attendance, Course, Qualification, ReadinessFloor
from personnel.roles import POLICY, Permission
from tests.permissions.row import PAGE, Row, Table, holding
from tests.personnel.make import make_division
from tests.personnel.people import make_kind, make_member

SEE, TRAIN = holding(Permission.SEE_STAFF), holding(Permission.TRAIN)
MANAGE = holding(Permission.MANAGE_STAFF)
DISTRICT_MANAGE = frozenset(role for role in MANAGE if "district" in POLICY[role].levels)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A course with one person who is qualified, on both sides, and a floor."""
    at = place.round.starts_at
    courses, attendances, held, floors = {}, {}, {}, {}
    floor = ReadinessFloor.objects.create(
        district_id=place.district.pk, code="rooms", name="rooms", required=50, reference="plan"
    )
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        for side, street in (("here", place.here), ("there", place.there)):
            member = make_member(place.district, street)
            courses[side] = Course.objects.create(
                client_key=uuid.uuid4(), district_id=place.district.pk, street_id=street.pk,
                title="course", starts_on=date(2021, 11, 3), ends_on=date(2021, 11, 4), at=at,
                by="test",
            )  # fmt: skip
            kind = make_kind(place.district)
            courses[side].teaches.set([kind])
            attendances[side] = Attendance.objects.create(
                course=courses[side], member=member, at=at, by="test"
            )
            held[side] = Qualification.objects.create(
                member=member, kind=kind, obtained_on=date(2020, 12, 1),
                expires_on=date(2021, 11, 20), at=at, by="test",
            )  # fmt: skip
            floors[side] = floor
    buildings = {}
    for side, community in (("here", place.community_here), ("there", place.community_there)):
        buildings[side] = make_division("building", community)
        buildings[side].community_id = community.pk
        buildings[side].save()
    return {
        "courses": courses,
        "attendances": attendances,
        "held": held,
        "floors": floors,
        "buildings": buildings,
    }


def course(world: Any, side: str) -> dict[str, Any]:
    return {"course_id": world.things["courses"][side].pk}


TABLE: Table = {
    "training:courses": Row(SEE, PAGE),
    "training:course_add": Row(TRAIN, PAGE | {"POST": {422}}),
    "training:course": Row(SEE, PAGE, path=course, of=True),
    "training:course_change": Row(TRAIN, PAGE | {"POST": {422}}, path=course, of=True),
    "training:course_find": Row(
        TRAIN, {"POST": {200}}, path=course, of=True, body=lambda world, side: {"last4": "0000"}
    ),
    "training:course_people": Row(
        TRAIN,
        {"POST": {302}},
        path=course,
        of=True,
        body=lambda world, side: {"member": world.things["attendances"][side].member_id},
    ),
    "training:course_marks": Row(
        TRAIN,
        {"POST": {302}},
        path=course,
        of=True,
        body=lambda world, side: {
            f"theory-{world.things['attendances'][side].pk}": 80,
            f"practical-{world.things['attendances'][side].pk}": 80,
        },
    ),
    "training:attendance_remove": Row(
        TRAIN,
        {"POST": {302}},
        path=lambda world, side: {"attendance_id": world.things["attendances"][side].pk},
        of=True,
    ),
    "training:expiring": Row(SEE, PAGE),
    "training:withdraw": Row(
        TRAIN,
        {"POST": {302}},
        path=lambda world, side: {"qualification_id": world.things["held"][side].pk},
        of=True,
        body=lambda world, side: {"reason": "copied"},
    ),
    "training:floors": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=lambda world, side: {"street": world.street(side).pk}, of=True),
    ),
    "training:floor_change": Row(
        DISTRICT_MANAGE,
        PAGE | {"POST": {302}},
        path=lambda world, side: {"floor_id": world.things["floors"][side].pk},
        body=lambda world, side: {"required": 60, "reference": "plan"},
    ),
    "training:floor_state": Row(
        MANAGE,
        {"POST": {302}},
        path=lambda world, side: {"street_id": world.street(side).pk},
        of=True,
        body=lambda world, side: {f"floor-{world.things['floors'][side].pk}": 12},
    ),
    "patches:patches": Row(SEE, {"GET": {200, 302}, "HEAD": {200, 302}}),
    "patches:street": Row(
        SEE, PAGE, path=lambda world, side: {"street_id": world.street(side).pk}, of=True
    ),
    "patches:give": Row(
        MANAGE,
        {"POST": {302}},
        path=lambda world, side: {"street_id": world.street(side).pk},
        of=True,
        body=lambda world, side: {
            "building": world.things["buildings"][side].pk,
            "owner": world.things["attendances"][side].member_id,
            "act": "give",
        },
    ),
}
