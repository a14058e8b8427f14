"""Units open, pause and close as their point leads would say, through the product's service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from demo.scenario import Shift

BY = "demo:point lead"


def apply(shifts: list[Shift], unit_ids: list[int]) -> None:
    """Bring units into their new states; a shift that was applied before changes nothing."""
    from django.db import transaction

    from sites.models import SamplingUnit, UnitStateChange

    with transaction.atomic():
        ids = sorted({unit_ids[shift.unit] for shift in shifts})
        units = {u.pk: u for u in SamplingUnit.objects.select_for_update().filter(pk__in=ids)}
        changes: list[Any] = []
        for shift in shifts:
            unit, at = units[unit_ids[shift.unit]], datetime.fromtimestamp(shift.at, UTC)
            if unit.state == shift.state:
                continue
            changes.append(
                UnitStateChange(
                    unit=unit, from_state=unit.state, to_state=shift.state, reason=shift.reason,
                    at=at, by=BY,
                )
            )  # fmt: skip
            unit.state = shift.state
            if shift.state == "open":
                unit.opened_at = at
        SamplingUnit.objects.bulk_update(units.values(), ["state", "opened_at"], batch_size=500)
        UnitStateChange.objects.bulk_create(changes)
