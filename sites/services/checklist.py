"""What a point needs before it opens: its lines, and the two writes that tick them (S032)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.scope import Scope
from sites.models import PointArea, PointCheck, SamplingPoint
from sites.queries.preparation import AREAS, CHECKS
from sites.services.finding import locked_point

MOST_OF_AN_AREA = 99


@transaction.atomic
def set_check(
    *, point_id: int, code: str, met: bool, scope: Scope, by: str, at: datetime
) -> SamplingPoint:
    """Say that a line of the checklist is met, or that it is not after all.

    Saying so twice changes nothing: the first who met it stays named. Raises Refused for a line
    that does not exist.
    """
    point = locked_point(point_id, scope)
    if code not in {check.code for check in CHECKS}:
        raise Refused("check_unknown", _("There is no such line on the checklist."))
    row, _made = PointCheck.objects.get_or_create(point=point, code=code)
    if met == (row.met_at is not None):
        return point
    row.met_at, row.met_by = (at, by) if met else (None, "")
    row.save(update_fields=["met_at", "met_by"])
    audit.record(
        by=by,
        at=at,
        act="point.check",
        object_type="point",
        object_id=point.pk,
        district_id=point.district_id,
        street_id=point.street_id,
        code=code,
        met=met,
    )
    return point


@transaction.atomic
def set_areas(
    *,
    point_id: int,
    required: Mapping[str, int],
    ready: Mapping[str, int],
    scope: Scope,
    by: str,
    at: datetime,
) -> SamplingPoint:
    """Set how many areas of each kind are required and how many are there.

    Kinds that are not named keep their count; the same counts again change nothing.
    """
    point = locked_point(point_id, scope)
    rows = {row.kind: row for row in PointArea.objects.filter(point=point)}
    changed: dict[str, list[int]] = {}
    for kind, usual in AREAS.items():
        row = rows.get(kind) or PointArea(point=point, kind=kind, required=usual)
        before = (row.required, row.ready)
        row.required = _within(required.get(kind, row.required))
        row.ready = _within(ready.get(kind, row.ready))
        if row.pk is None or before != (row.required, row.ready):
            changed[str(kind)] = [*before, row.required, row.ready]
            row.save()
    if changed:
        audit.record(
            by=by,
            at=at,
            act="point.areas",
            object_type="point",
            object_id=point.pk,
            district_id=point.district_id,
            street_id=point.street_id,
            changed=changed,
        )
    return point


def _within(count: int) -> int:
    if not 0 <= count <= MOST_OF_AN_AREA:
        raise Refused(
            "area_count", _("Between 0 and %(most)s areas of a kind."), most=MOST_OF_AN_AREA
        )
    return count
