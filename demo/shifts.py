"""Units open, pause and close as their point leads would say, through the product's service."""

from __future__ import annotations

from datetime import UTC, datetime

from demo.scenario import Shift

BY = "demo:point lead"


def apply(shifts: list[Shift], unit_ids: list[int]) -> None:
    """Bring units into their new states; a shift that was applied before changes nothing."""
    from core.scope import Scope
    from sites.models.points import State
    from sites.services.units import change_unit_state

    scope = Scope(everything=True, actor=BY)
    for shift in shifts:
        change_unit_state(
            unit_id=unit_ids[shift.unit],
            to=State(shift.state),
            reason=shift.reason,
            scope=scope,
            by=BY,
            at=datetime.fromtimestamp(shift.at, UTC),
        )
