"""A round's points and units are copied to another round: a plan made once serves again (S097)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from campaigns.models import Round
from campaigns.services import rounds
from campaigns.services.targets import freeze_targets
from core import audit
from core.scope import Scope
from sites.models import PointArea, SamplingPoint, SamplingUnit
from sites.services.storage import prepare_round

# What a point of the next round takes over; its states, queues and checks begin anew.
_KEPT = (
    "community_id", "street_id", "district_id", "code", "name", "kind", "address", "opens",
    "closes", "lead_name", "lead_phone", "has_power", "has_cover", "has_network",
    "has_step_free_lane",
)  # fmt: skip


@transaction.atomic
def copy_plan(
    *, source: Round, name: str, starts_at: datetime, is_template: bool, with_points: bool,
    scope: Scope, by: str, at: datetime, client_key: UUID | None = None,
) -> Round:  # fmt: skip
    """Copy a round to a new start, with its points and units if wanted.

    From a pre-made plan the copy also gets its targets frozen, so that one step makes a round
    that only waits for its start. Sent twice (the same `client_key`), it is the copy of the
    first time.
    """
    if made := rounds.round_of_form(client_key, scope):
        return made
    copy = rounds.copy_round(
        source=source, name=name, starts_at=starts_at, is_template=is_template, by=by, at=at,
        client_key=client_key,
    )  # fmt: skip
    if with_points:
        copy_points(source=source, to=copy, by=by, at=at)
    if source.is_template and not is_template:
        freeze_targets(round_id=copy.pk, reason="", scope=scope, by=by, at=at)
    return copy


@transaction.atomic
def copy_points(*, source: Round, to: Round, by: str, at: datetime) -> tuple[int, int]:
    """Copy every point with its areas, served communities, backup and units, all planned.

    Returns how many points and units came.
    """
    old = list(
        source.points.order_by("pk")
        .prefetch_related("serves", "areas", "units")
        .select_related(None)
    )
    new = SamplingPoint.objects.bulk_create(
        SamplingPoint(round=to, **{field: getattr(point, field) for field in _KEPT})
        for point in old
    )
    twin = {point.pk: copy for point, copy in zip(old, new, strict=True)}
    for point, copy in zip(old, new, strict=True):
        copy.serves.set(point.serves.all())
        copy.backup = twin.get(point.backup_id) if point.backup_id else None
    SamplingPoint.objects.bulk_update([copy for copy in new if copy.backup], ["backup"])
    PointArea.objects.bulk_create(
        PointArea(point=twin[point.pk], kind=area.kind, required=area.required)
        for point in old
        for area in point.areas.all()
    )
    units = SamplingUnit.objects.bulk_create(
        SamplingUnit(
            point=twin[point.pk], street_id=unit.street_id, district_id=unit.district_id,
            number=unit.number, channel=unit.channel,
        )
        for point in old
        for unit in point.units.all()
    )  # fmt: skip
    if units:
        prepare_round(to.pk)
    audit.record(
        by=by, at=at, act="points.copy", object_type="round", object_id=str(to.pk),
        district_id=to.campaign.district_id, source=source.pk, points=len(new), units=len(units),
    )  # fmt: skip
    return len(new), len(units)
