"""What is needed and who is booked, as stretches: what the roster reckons, cut for the board."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from core.scope import Scope
from logistics.queries.sweep import Stretch
from personnel.models.duty import DutyState
from personnel.queries.staffing import gaps


def spot_of(place_id: int, point_id: int | None) -> str:
    """The key of a row: a point with all its units, or a place that stands alone."""
    return f"point-{point_id}" if point_id else f"place-{place_id}"


def standing_in(starts_at: datetime, ends_at: datetime, *, of: str = "") -> Q:
    """Rows that touch the time, cancelled ones left out; `of` leads to the booking."""
    return Q(
        **{f"{of}starts_at__lt": ends_at, f"{of}ends_at__gt": starts_at},
    ) & ~Q(**{f"{of}state": DutyState.CANCELLED})


def need_and_supply(
    scope: Scope,
    span: tuple[datetime, datetime],
    *,
    street_ids: Collection[int] | None = None,
    place_ids: Collection[int] | None = None,
    role_id: int | None = None,
) -> tuple[list[Stretch], list[Stretch]]:
    """Needed and booked people of a street, or of places, between two times. One statement."""
    needed, booked = [], []
    for gap in gaps(
        scope, starts_at=span[0], ends_at=span[1], street_ids=street_ids, place_ids=place_ids
    ):
        if role_id and gap.role_id != role_id:
            continue
        spot = spot_of(gap.place_id, gap.point_id)
        hours = (gap.starts_at, gap.ends_at)
        if gap.needed:
            needed.append(Stretch(spot, gap.role_id, *hours, gap.needed))
        if gap.booked:
            booked.append(Stretch(spot, gap.role_id, *hours, gap.booked))
    return needed, booked
