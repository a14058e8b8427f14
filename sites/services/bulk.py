"""One change for many points: each on its own, each refusal named, none silently dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.scope import Scope
from sites.models import SamplingPoint
from sites.models.points import State
from sites.services.points import (
    PointDetails,
    change_point_state,
    details_of,
    edit_point,
)

MOST_AT_A_TIME = 400
"""Points that one request changes; a district's largest published round had as many."""


class BulkAct(models.TextChoices):
    OPEN = "open", _("open")
    PAUSE = "pause", _("pause")
    CLOSE = "close", _("close")
    HOURS = "hours", _("set the hours")
    KIND = "kind", _("set the kind")
    BACKUP = "backup", _("set the backup point")


_STATES = {
    BulkAct.OPEN: State.OPEN,
    BulkAct.PAUSE: State.PAUSED,
    BulkAct.CLOSE: State.CLOSED,
}


@dataclass(frozen=True)
class Change:
    """What is to happen to every ticked point."""

    act: str
    reason: str = ""
    opens: time | None = None
    closes: time | None = None
    kind: str = ""
    backup: str = ""


@dataclass(frozen=True)
class Refusal:
    """A point that was left as it was, and why."""

    point_id: int
    point: SamplingPoint | None
    why: Refused


@dataclass
class Outcome:
    """What became of each point: done + refused = asked."""

    done: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def change_points(
    *, point_ids: Sequence[int], change: Change, scope: Scope, by: str, at: datetime
) -> Outcome:
    """Apply one change to many points. Each point is a transaction of its own.

    Raises Refused only for what is wrong with the change itself; what a point refuses is listed.
    """
    _check(point_ids, change)
    outcome = Outcome()
    seen = SamplingPoint.objects.within(scope).filter(pk__in=point_ids)
    points = {point.pk: point for point in seen.select_related("community", "backup")}
    for point_id in sorted(set(point_ids)):
        try:
            _change(point_id, change, scope=scope, by=by, at=at)
        except Refused as refused:
            outcome.refused.append(Refusal(point_id, points.get(point_id), refused))
        else:
            outcome.done.append(point_id)
    return outcome


@transaction.atomic
def _change(point_id: int, change: Change, *, scope: Scope, by: str, at: datetime) -> None:
    act = BulkAct(change.act)
    if act in _STATES:
        change_point_state(
            point_id=point_id, to=_STATES[act], reason=change.reason, scope=scope, by=by, at=at
        )
        return
    details = details_of(point_id, scope)
    edit_point(
        point_id=point_id,
        details=_with(details, point_id, change, scope),
        scope=scope,
        by=by,
        at=at,
    )


def _with(details: PointDetails, point_id: int, change: Change, scope: Scope) -> PointDetails:
    if change.act == BulkAct.HOURS:
        return replace(details, opens=change.opens, closes=change.closes)
    if change.act == BulkAct.KIND:
        return replace(details, kind=change.kind)
    backup = None
    if change.backup:
        backup = (
            SamplingPoint.objects.within(scope)
            .filter(code=change.backup, round__points=point_id)
            .first()
        )
        if backup is None:
            raise Refused(
                "backup_unknown", _("Choose a backup point of this round in your area.")
            ).at("backup")
    return replace(details, backup=backup)


def _check(point_ids: Sequence[int], change: Change) -> None:
    if not point_ids:
        raise Refused("points_missing", _("Tick the points first."))
    if len(point_ids) > MOST_AT_A_TIME:
        raise Refused(
            "points_too_many", _("At most %(most)s points at a time."), most=MOST_AT_A_TIME
        )
    if change.act == BulkAct.KIND and change.kind not in SamplingPoint.Kind.values:
        raise Refused("kind_missing", _("Choose the kind.")).at("kind")
    if change.act == BulkAct.HOURS and (change.opens is None) != (change.closes is None):
        raise Refused(
            "hours_together", _("Give both the opening and the closing time, or none.")
        ).at("closes")
    if change.act in (BulkAct.PAUSE, BulkAct.CLOSE) and not change.reason:
        raise Refused("reason_missing", _("Say why the point pauses or closes.")).at("reason")
