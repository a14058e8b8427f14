"""Who may do what at the addresses of imports.

Rows that name a run name one of points, which belongs to a street: planners see both streets',
officials their own.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from core.imports.models import ImportRun
from personnel.roles import Permission
from tests.permissions.row import PAGE, Row, Table, holding

P = Permission
ANY = frozenset().union(
    *map(
        holding,
        (
            P.MANAGE_DIVISIONS,
            P.IMPORT_REGISTER,
            P.MANAGE_POINTS,
            P.IMPORT_REPORT,
            P.MANAGE_STAFF,
            P.TRAIN,
            P.MANAGE_VEHICLES,
        ),
    )
)
POINTS = holding(P.MANAGE_POINTS)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A checked run and one that waits for its columns' names, on each side."""
    return {
        state: {side: _run(place, street, state) for side, street in _streets(place)}
        for state in ("checked", "mapping")
    }


def _streets(place: Any) -> list[tuple[str, Any]]:
    return [("here", place.here), ("there", place.there)]


def _run(place: Any, street: Any, state: str) -> ImportRun:
    return ImportRun.objects.create(
        id=uuid.uuid4(),
        kind="points",
        district_id=place.district.pk,
        street_id=street.pk,
        context={"round": place.round.pk},
        state=state,
        file_name=f"{street.name}.csv",
        header='["编号", "名称", "社区"]',
        mapping=["code", "name", "community"],
        preview=1,
        at=timezone.now(),
        by="test",
    )


def _named(state: str):
    return lambda world, side: {"run_id": world.things[state][side].pk}


def _file(world: Any, side: str) -> dict[str, Any]:
    return _named("checked")(world, side) | {"form": "xlsx"}


TABLE: Table = {
    "imports:home": Row(ANY, PAGE),
    "imports:start": (
        Row(
            holding(P.MANAGE_DIVISIONS),
            PAGE | {"POST": {422}},
            path=lambda world, side: {"code": "divisions"},
        ),
        Row(POINTS, PAGE | {"POST": {422}}, path=lambda world, side: {"code": "points"}),
        Row(
            holding(P.IMPORT_REPORT),
            PAGE | {"POST": {422}},
            path=lambda world, side: {"code": "daily"},
        ),
    ),
    "imports:template": Row(
        POINTS, PAGE, path=lambda world, side: {"code": "points", "form": "csv"}
    ),
    "imports:run": Row(POINTS, PAGE, path=_named("checked"), of=True),
    "imports:columns": Row(POINTS, PAGE | {"POST": {422}}, path=_named("mapping"), of=True),
    "imports:confirm": Row(POINTS, {"POST": {422, 409}}, path=_named("checked"), of=True),
    "imports:undo": Row(POINTS, {"POST": {302}}, path=_named("checked"), of=True),
    "imports:discard": Row(POINTS, {"POST": {302}}, path=_named("checked"), of=True),
    "imports:refused": Row(POINTS, PAGE, path=_file, of=True),
}
