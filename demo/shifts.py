"""Units open, pause and close as their point leads would say, through the product's service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from demo import roundplan
from demo.scenario import Shift

if TYPE_CHECKING:
    from core.scope import Scope

BY = "demo:point lead"
#: Per cent of all swabs in an hour from which queues are felt.
BUSY_HOUR = 5.0


def apply(shifts: list[Shift], unit_ids: list[int]) -> None:
    """Bring units into their new states; a shift that was applied before changes nothing."""
    from core.scope import Scope
    from sites.models.points import State
    from sites.services.units import change_unit_state

    scope = Scope(everything=True, actor=BY)
    for shift in shifts:
        unit = change_unit_state(
            unit_id=unit_ids[shift.unit],
            to=State(shift.state),
            reason=shift.reason,
            scope=scope,
            by=BY,
            at=datetime.fromtimestamp(shift.at, UTC),
        )
        if shift.state == State.OPEN:
            at = datetime.fromtimestamp(shift.at, UTC)
            _report(unit.point_id, at, scope)


def _report(point_id: int, at: datetime, scope: Scope) -> None:
    """The point lead taps how long people wait: longest where the hour is busiest."""
    from sites.models.points import QueueBand
    from sites.services.queue import report_queue

    hour = int((at - roundplan.STARTS).total_seconds() // 3600)
    share = roundplan.PER_HOUR[min(max(hour, 0), len(roundplan.PER_HOUR) - 1)]
    band = QueueBand.SMOOTH
    if share >= BUSY_HOUR:
        band = QueueBand.JAMMED if point_id % 9 == 0 else QueueBand.BUSY
    report_queue(point_id=point_id, band=band, scope=scope, by=BY, at=at)
