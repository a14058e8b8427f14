"""One tap on how long people wait at a point (S024, S046)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from sites.models import QueueReport, SamplingPoint
from sites.models.points import QueueBand, State
from sites.services.finding import locked_point

ONE_TAP = timedelta(minutes=1)
"""The same band twice within this time is one tap: a thumb that slipped, a form sent again."""


@transaction.atomic
def report_queue(*, point_id: int, band: str, scope: Scope, by: str, at: datetime) -> SamplingPoint:
    """Note how long people wait at an open point now. Raises Refused."""
    point = locked_point(point_id, scope)
    if band not in QueueBand.values:
        raise Refused("queue_band", _("Choose how long people wait."))
    if point.state != State.OPEN:
        raise Contradiction("point_not_open", _("Only an open point has a queue."))
    if point.queue_band == band and point.queue_at and at - point.queue_at < ONE_TAP:
        return point
    QueueReport.objects.create(point=point, band=band, at=at, by=by)
    if point.queue_at is None or at >= point.queue_at:
        point.queue_band, point.queue_at = band, at
        point.save(update_fields=["queue_band", "queue_at"])
    audit.record(
        by=by,
        at=at,
        act="point.queue",
        object_type="point",
        object_id=point.pk,
        district_id=point.district_id,
        street_id=point.street_id,
        band=band,
    )
    return point
