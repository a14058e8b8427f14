"""The states of an order, which follow which, and the log that every change of state writes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core import audit
from logistics.models import Order, OrderState, OrderStep

# From a state to those that may follow. A step over one between is a step through it: who is on
# the way has accepted. Whoever gives an order back before arriving says why.
TRANSITIONS: dict[str, frozenset[str]] = {
    OrderState.REQUESTED: frozenset(
        {
            OrderState.ACCEPTED, OrderState.DECLINED, OrderState.EN_ROUTE, OrderState.ON_SITE,
            OrderState.WITHDRAWN,
        }
    ),
    OrderState.ACCEPTED: frozenset(
        {
            OrderState.DECLINED, OrderState.EN_ROUTE, OrderState.ON_SITE, OrderState.RELEASED,
            OrderState.WITHDRAWN,
        }
    ),
    OrderState.EN_ROUTE: frozenset(
        {
            OrderState.DECLINED, OrderState.ON_SITE, OrderState.RELEASED, OrderState.WITHDRAWN,
        }
    ),
    OrderState.ON_SITE: frozenset({OrderState.RELEASED}),
    OrderState.DECLINED: frozenset(),
    OrderState.RELEASED: frozenset(),
    OrderState.WITHDRAWN: frozenset(),
}  # fmt: skip


def may_follow(state: str, to: str) -> bool:
    """Whether an order in `state` may go to `to`."""
    return to in TRANSITIONS[state]


def write_step(
    order: Order, to: str, *, reason: str = "", client_key: UUID | None = None,
    device_at: datetime | None = None, by: str, at: datetime,
) -> OrderStep:  # fmt: skip
    """Move the order (its row is locked by the caller) and log it; audit row included."""
    before = order.state
    if before != to:
        order.state, order.state_at = to, at
        order.save(update_fields=["state", "state_at"])
    step = OrderStep.objects.create(
        order=order, client_key=client_key, from_state=before, to_state=to, reason=reason,
        device_at=device_at, at=at, by=by,
    )  # fmt: skip
    record(f"order.{to}", order, by=by, at=at, before=before)
    return step


def keep_late(
    order: Order, to: str, *, reason: str, client_key: UUID, device_at: datetime | None, by: str,
    at: datetime,
) -> OrderStep:  # fmt: skip
    """Log a phone's step that came after newer ones: it is kept, and changes nothing."""
    return OrderStep.objects.create(
        order=order, client_key=client_key, from_state=order.state, to_state=to, reason=reason,
        device_at=device_at, at=at, by=by,
    )  # fmt: skip


def follow(order: Order | None, to: str, *, reason: str = "", by: str, at: datetime) -> None:
    """Let an order follow what became of its booking; nothing where it went further already."""
    if order is not None and may_follow(order.state, to):
        write_step(order, to, reason=reason, by=by, at=at)


def follow_to_end(order: Order | None, to: str, *, reason: str = "", by: str, at: datetime) -> None:
    """As `follow`, to an end; who is on site gives nothing back any more, and is released."""
    if order is not None:
        end = to if may_follow(order.state, to) else OrderState.RELEASED
        follow(order, end, reason=reason, by=by, at=at)


def record(act: str, order: Order, *, by: str, at: datetime, **more: object) -> None:
    """The audit row of an order."""
    audit.record(
        by=by, at=at, act=act, object_type="order", object_id=order.pk,
        district_id=order.district_id, street_id=order.street_id, order=order.number, **more,
    )  # fmt: skip
