"""Who may do what at the addresses of campaigns."""

from __future__ import annotations

from typing import Any

from campaigns.models import ChecklistItem, Division, PopulationGroup, RiskZone
from personnel.roles import Permission
from tests.permissions.row import PAGE, Row, Table, holding

SEE = holding(Permission.SEE_ROUNDS)
PLAN = holding(Permission.PLAN_ROUND)
APPROVE = holding(Permission.APPROVE_ROUND)
SEE_DIVISIONS = holding(Permission.SEE_DIVISIONS)
MANAGE_DIVISIONS = holding(Permission.MANAGE_DIVISIONS)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A group, a zone and a checklist item of the round; rounds belong to the whole district."""
    group = PopulationGroup.objects.create(district=place.district, code="old", name="old")
    zone = RiskZone.objects.create(round=place.round, kind="sealed", name="zone", pool_size=1)
    item = ChecklistItem.objects.create(round=place.round, phase="start", title="tell streets")
    return {
        name: dict.fromkeys(("here", "there"), row)
        for name, row in (("group", group), ("zone", zone), ("item", item))
    }


def _round(world: Any, side: str) -> dict[str, Any]:
    return {"round_id": world.place.round.pk}


def _division(world: Any, side: str) -> dict[str, Any]:
    street: Division = world.street(side)
    return {"division_id": street.pk}


def _act(who: frozenset[str], body: dict[str, Any], **rest: Any) -> Row:
    """A form of a round's page: done and back, or refused with the page and its reasons."""
    return Row(
        who,
        {"POST": {302, 422}},
        path=rest.pop("path", _round),
        body=lambda world, side: body,
        **rest,
    )


TABLE: Table = {
    "campaigns:divisions": Row(SEE_DIVISIONS, PAGE),
    "campaigns:division": Row(SEE_DIVISIONS, PAGE, path=_division, of=True),
    "campaigns:division_add": _act(
        MANAGE_DIVISIONS,
        {"level": "community", "code": "N1", "name": "new"},
        path=_division,
        of=True,
    ),
    "campaigns:division_change": _act(MANAGE_DIVISIONS, {"name": "other"}, path=_division, of=True),
    "campaigns:division_replace": _act(
        MANAGE_DIVISIONS,
        {"code": "N2", "name": "new", "day": "2021-11-01"},
        path=_division,
        of=True,
    ),
    "campaigns:groups": Row(SEE, PAGE),
    "campaigns:group_add": _act(PLAN, {}, path=lambda world, side: {}),
    "campaigns:age_rule": _act(PLAN, {"under_age": "3"}, path=lambda world, side: {}),
    "campaigns:group_rule": _act(
        PLAN,
        {"reason": "medical"},
        path=lambda world, side: {"group_id": world.things["group"][side].pk},
    ),
    "campaigns:norm_set": _act(
        PLAN,
        {"value": "2000", "reason": "narrow"},
        path=lambda world, side: {"code": "people_per_point"},
    ),
    "campaigns:rounds": Row(SEE, PAGE),
    "campaigns:round_new": Row(PLAN, PAGE | {"POST": {422}}),
    "campaigns:round": Row(SEE, PAGE, path=_round),
    "campaigns:round_change": _act(PLAN, {}),
    "campaigns:round_area": _act(PLAN, {}),
    "campaigns:zone_add": _act(PLAN, {}),
    "campaigns:zone_remove": _act(
        PLAN,
        {},
        path=lambda world, side: {
            "round_id": world.place.round.pk,
            "zone_id": world.things["zone"][side].pk,
        },
    ),
    "campaigns:round_deadlines": _act(PLAN, {"district_hours": "24"}),
    "campaigns:round_freeze": _act(PLAN, {}),
    "campaigns:round_extend": _act(APPROVE, {"to_end": "2021-11-09 20:00", "reason": "rain"}),
    "campaigns:round_step": (
        _act(PLAN, {"to": "ready"}),
        _act(APPROVE, {"to": "closing", "late_data_until": "2021-11-20 20:00"}),
    ),
    "campaigns:checklist_add": _act(PLAN, {"phase": "start", "title": "one more"}),
    "campaigns:checklist_settle": _act(
        PLAN, {"how": "done"}, path=lambda world, side: {"item_id": world.things["item"][side].pk}
    ),
}
