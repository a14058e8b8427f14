"""Who may do what at the addresses of the export API.

Every list is asked with the neighbour's rows in it; what each holds for whom stands in tests/api.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from personnel.models import DutyPlace, Shift
from personnel.roles import Permission
from reporting.outlets.api.registry import RESOURCES
from reporting.outlets.api.resources import Resource
from reporting.progress.models import Cell
from tests.api.make import publish
from tests.permissions.row import (
    AGGREGATE_CLIENTS,
    DAILY_CLIENTS,
    PAGE,
    PERSON_CLIENTS,
    Row,
    Table,
    holding,
)
from tests.personnel.people import make_role

EXPORT = holding(Permission.EXPORT_PROGRESS)
KEYS: dict[str, Callable[[Any, str], Any]] = {
    "divisions": lambda world, side: world.street(side).pk,
    "campaigns": lambda world, side: world.place.round.campaign_id,
    "rounds": lambda world, side: world.place.round.pk,
    "targets": lambda world, side: (
        world.place.round.targets.get(community=world.community(side)).pk
    ),
    "points": lambda world, side: world.units[side].point_id,
    "units": lambda world, side: world.units[side].pk,
    "shifts": lambda world, side: world.things["need"][side].pk,
    "vehicles": lambda world, side: world.things["vehicles"][side].pk,
    "progress-series": lambda world, side: world.things["quarter_key"][side],
    "daily-reports": lambda world, side: world.things["report"][side].pk,
    "alerts": lambda world, side: world.things["alert"][side].pk,
    "events": lambda world, side: world.things["line"][side].pk,
    "situation-reports": lambda world, side: world.things["sitrep_issued"][side].pk,
}
# What every street of the round sees.
OF_ALL = {"campaigns", "rounds", "situation-reports"}


def _who(resource: Resource) -> frozenset[str]:
    right = resource.right
    people = EXPORT & holding(Permission(right)) if right else EXPORT
    return people | (DAILY_CLIENTS if resource.daily else AGGREGATE_CLIENTS)


def _list_rows(resource: Resource) -> tuple[Row, ...]:
    rows = [Row(_who(resource), PAGE)]
    if resource.name in ("divisions", "points"):  # all filters go one way
        rows.append(
            Row(_who(resource), PAGE, query=lambda world, side: {"street": world.street(side).pk})
        )
    if resource.streams:
        rows += [
            Row(_who(resource), PAGE, query=lambda world, side, level=level: {"level": level})
            for level in ("district", "unit")
        ]
    return tuple(rows)


def _item_row(resource: Resource) -> Row:
    key = KEYS[resource.name]
    return Row(
        _who(resource),
        PAGE,
        path=lambda world, side: {"key": str(key(world, side))},
        of=resource.name not in OF_ALL,
        # Its reports are the district's.
        blind=frozenset({"street_client"} if resource.name == "situation-reports" else ()),
    )


TABLE: Table = {
    "api:guide": Row(EXPORT, PAGE),
    "api:persons": Row(
        PERSON_CLIENTS,
        PAGE,
        of=True,
        query=lambda world, side: {
            "round": world.place.round.pk,
            "street": world.street(side).pk,
        },
    ),
    **{f"api:{each.name}": _list_rows(each) for each in RESOURCES},
    **{f"api:{each.name}_item": _item_row(each) for each in RESOURCES},
}


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A quarter hour and a need of each street; all that was written until now is published."""
    made: dict[str, dict[str, Any]] = {"quarter_key": {}, "need": {}}
    role = make_role(place.district, "usher")
    for side, street in (("here", place.here), ("there", place.there)):
        start = place.round.starts_at
        at_point = DutyPlace.objects.get(kind="point", point=units[side].point)
        made["need"][side] = Shift.objects.create(
            place=at_point, district_id=place.district.pk, street_id=street.pk, role=role,
            round=place.round, starts_at=start, ends_at=start + timedelta(hours=8), needed=9,
        )  # fmt: skip
        Cell.objects.create(
            round_id=place.round.pk, kind="street", key_id=street.pk, width=15, start=start,
            street_id=street.pk, swabs=11 if side == "here" else 7,
        )  # fmt: skip
        made["quarter_key"][side] = f"{place.round.pk}-street-{street.pk}-{start:%Y%m%dT%H%MZ}"
    publish()
    return made
