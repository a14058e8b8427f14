"""What becomes of an order: the answer, the way, the arrival, the release, and taking it back.

What was booked moves along: on the way a trip leaves, on site a duty begins; a declined, withdrawn
or released order frees what was booked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.actors import same_person
from core.inputs import Conflict, Refused
from core.scope import Scope
from logistics.models import Order, OrderState, OrderStep
from logistics.models.orders import ENDED
from logistics.services.moving import move_booking
from logistics.services.order_log import keep_late, may_follow, record, write_step
from logistics.services.visits import step_reason
from personnel.models import DutyState, StaffMember
from personnel.services.duty_locks import told_when_busy
from personnel.services.duty_rules import in_words
from sites.services.finding import Unknown

UNDO = timedelta(seconds=30)
"""How long an order can be taken back without giving a reason: by the clock on the wall."""
MOST_AT_ONCE = 200
# What the desk says for somebody else it explains: by telephone, seen on site ...
EXPLAINED = frozenset({OrderState.ACCEPTED, OrderState.DECLINED, OrderState.WITHDRAWN})
OWN = frozenset(
    {
        OrderState.ACCEPTED, OrderState.DECLINED, OrderState.EN_ROUTE, OrderState.ON_SITE,
        OrderState.RELEASED,
    }
)  # fmt: skip


@told_when_busy()
@transaction.atomic
def take_step(
    *, order_id: int, to: str, reason: str = "", client_key: UUID | None = None,
    device_at: datetime | None = None, scope: Scope | None = None,
    member: StaffMember | None = None, by: str, at: datetime,
) -> Order:  # fmt: skip
    """Take an order a step further, as its recipient (`member`) or for the recipient (`scope`).

    A phone's step has a `client_key`: again it changes nothing, and one that comes after newer
    ones is logged and changes nothing. Raises Unknown outside one's own or one's area,
    PermissionDenied for a step that is not one's to take, Refused without a reason where one is
    due, Conflict for a step that the state does not allow.
    """
    words = in_words(step_reason(reason))
    _check_may(to, words, scope=scope, member=member)
    order = _locked(order_id, scope=scope, member=member)
    if client_key is not None and _sent_before(order, to, client_key):
        return order
    if order.state == to:
        return order
    if may_follow(order.state, to) and not _overtaken(order, to, device_at):
        write_step(
            order, to, reason=words, client_key=client_key, device_at=device_at, by=by, at=at
        )
        # A phone says when it happened; it may have been without a network for hours.
        move_booking(order, to, words, by=by, at=_happened(order, device_at, at))
    elif client_key is not None:
        keep_late(order, to, reason=words, client_key=client_key, device_at=device_at, by=by, at=at)
    else:
        raise Conflict(
            "order_step",
            _("Order %(number)s is “%(state)s” and cannot become “%(to)s”."),
            number=order.number,
            state=OrderState(order.state).label,
            to=OrderState(to).label,
        )
    return order


@told_when_busy()
@transaction.atomic
def undo(*, order_id: int, scope: Scope, by: str, at: datetime) -> Order:
    """Take back an order that one gave within the last 30 seconds; nobody has set out for it.

    Raises Conflict when it is too late, PermissionDenied for somebody else's order.
    """
    order = _locked(order_id, scope=scope, member=None)
    if not same_person(order.by, by):
        raise PermissionDenied(_("Who gave an order undoes it; others withdraw it with a reason."))
    if order.state == OrderState.WITHDRAWN:
        return order
    passed = (at - order.at) / clock.rate()
    if passed > UNDO or order.state not in (OrderState.REQUESTED, OrderState.ACCEPTED):
        raise Conflict(
            "undo_too_late", _("It is too late to undo this: withdraw the order with a reason.")
        )
    words = gettext("undone at once")
    write_step(order, OrderState.WITHDRAWN, reason=words, by=by, at=at)
    move_booking(order, OrderState.WITHDRAWN, words, by=by, at=at)
    return order


def escalate_unanswered(at: datetime, *, by: str = "system:worker") -> int:
    """Pass on orders that nobody answered in time, once each; returns how many.

    The dispatcher's list shows them on top, with the time. Harmless to run twice.
    """
    with transaction.atomic():
        late = (
            Order.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(state=OrderState.REQUESTED, answer_by__lte=at, escalated_at__isnull=True)
            .order_by("answer_by", "pk")[:MOST_AT_ONCE]
        )
        orders = list(late)
        for order in orders:
            order.escalated_at = at
            order.save(update_fields=["escalated_at"])
            OrderStep.objects.create(
                order=order, from_state=order.state, to_state=order.state, at=at, by=by
            )
            record("order.escalate", order, by=by, at=at)
    return len(orders)


def follow_bookings(at: datetime, *, by: str = "system:worker") -> int:
    """Orders whose people were seen to arrive, leave or be cancelled by others follow; returns how
    many moved. Whoever stands there has answered."""
    moved = 0
    # What the roster says of a booking, and what that means for its order.
    for state, to in (
        (DutyState.PRESENT, OrderState.ON_SITE),
        (DutyState.DONE, OrderState.RELEASED),
        (DutyState.CANCELLED, OrderState.WITHDRAWN),
    ):
        behind = Order.objects.exclude(state__in=[*ENDED, to])
        mine = Q(duty__state=state) | Q(team_duty__state=state)
        for order_id in list(behind.filter(mine).values_list("pk", flat=True)[:MOST_AT_ONCE]):
            with transaction.atomic():
                order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
                for step in _way(order.state, to):
                    write_step(order, step, by=by, at=at)
                    moved += 1
    return moved


def _way(state: str, to: str) -> list[OrderState]:
    """The steps from a state to one that may lie behind another."""
    if may_follow(state, to):
        return [OrderState(to)]
    over_site = may_follow(state, OrderState.ON_SITE) and may_follow(OrderState.ON_SITE, to)
    if over_site:
        return [OrderState.ON_SITE, OrderState(to)]
    # Cancelled while on site: that is a release.
    return [OrderState.RELEASED] if may_follow(state, OrderState.RELEASED) else []


def _check_may(to: str, words: str, *, scope: Scope | None, member: StaffMember | None) -> None:
    if to not in OrderState.values or to == OrderState.REQUESTED:
        raise Refused("step_unknown", _("Choose what becomes of this order.")).at("to")
    if member is not None:
        if to not in OWN:
            raise PermissionDenied(_("The dispatcher withdraws orders."))
        if to == OrderState.DECLINED and not words:
            raise Refused("reason_missing", _("Say why the order is declined.")).at("reason")
        return
    if scope is None or not scope.can("dispatch"):
        raise PermissionDenied(_("The recipient answers an order, or the dispatcher for them."))
    if to in EXPLAINED and not words:
        raise Refused(
            "reason_missing", _("Say why, or how you know: for example “by telephone”.")
        ).at("reason")


def _locked(order_id: int, *, scope: Scope | None, member: StaffMember | None) -> Order:
    seen = Order.objects.filter(pk=order_id)
    if member is not None:
        seen = seen.filter(recipient_id=member.pk)
    else:
        seen = seen & Order.objects.within(scope)
    order = Order.objects.select_for_update(no_key=True).filter(pk__in=seen.values("pk")).first()
    if order is None:
        raise Unknown("order_unknown", _("There is no such order in your area."))
    return order


def _sent_before(order: Order, to: str, client_key: UUID) -> bool:
    """Whether this very step was sent before. Raises Conflict for a key of something else."""
    step = OrderStep.objects.filter(client_key=client_key).first()
    if step is None:
        return False
    if step.order_id != order.pk or step.to_state != to:
        raise Conflict(
            "already_sent", _("This step was sent before with other words, and those are kept.")
        )
    return True


def _happened(order: Order, device_at: datetime | None, at: datetime) -> datetime:
    """When a step was taken: the phone's time, within reason."""
    return at if device_at is None else min(max(device_at, order.at), at)


def _overtaken(order: Order, to: str, device_at: datetime | None) -> bool:
    """Whether a "no" was said on a phone before a step that is in the log already."""
    if to != OrderState.DECLINED or device_at is None:
        return False
    return order.steps.filter(device_at__gt=device_at).exists()
