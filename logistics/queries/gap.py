"""What one place lacks in one role around a time: the figure an order is given for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from core.scope import Scope
from logistics.queries.supply import need_and_supply
from logistics.queries.sweep import RoleCount, moments
from personnel.models import DutyPlace, DutyRole, Shift


@dataclass(frozen=True)
class Gap:
    """What one place lacks in one role over a time: the worst moment between the two ends."""

    place: DutyPlace
    role: DutyRole
    starts_at: datetime
    ends_at: datetime
    count: RoleCount
    basis: str = ""


def gap_at(
    scope: Scope, *, place: DutyPlace, role: DutyRole, starts_at: datetime,
    ends_at: datetime | None = None,
) -> Gap:  # fmt: skip
    """The gap of a role at a place around a time.

    Without an end it reaches to the end of the need that covers the beginning, or four hours.
    """
    where = Q(place__point_id=place.point_id) if place.point_id else Q(place_id=place.pk)
    covering = (
        Shift.objects.within(scope)
        .filter(where, role=role, ends_at__gt=starts_at)
        .filter(starts_at__lt=ends_at or starts_at + timedelta(hours=2))
        .order_by("starts_at")
        .first()
    )
    if covering and ends_at is None:
        starts_at = max(starts_at, covering.starts_at)
    until = ends_at or (covering.ends_at if covering else starts_at + timedelta(hours=4))
    found = moments(
        *need_and_supply(
            scope, (starts_at, until), place_ids=[place.pk] if place.pk else [], role_id=role.pk
        ),
        starts_at=starts_at, ends_at=until,
    )  # fmt: skip
    worst = max(found, key=lambda moment: (moment.missing, moment.needed))
    count = worst.roles[0] if worst.roles else RoleCount(role.pk, 0, 0)
    return Gap(place, role, starts_at, until, count, covering.basis if covering else "")
