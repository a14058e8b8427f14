"""Steps from somebody's own phone, in the order in which they were taken, each taken once.

A phone may have been without a network for hours, lose an answer and send again, or be killed in
between: every step has a key made on the phone, and the same key again is the same step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.constraints import readable
from core.inputs import Conflict, Refused
from core.scope import Scope
from logistics.models import Order, OrderState, PhoneStep, TripStop
from logistics.models.orders import ENDED
from logistics.services import driving, visits
from logistics.services.order_steps import take_step
from personnel.models import Duty, StaffMember
from personnel.services import duty as duties
from personnel.services.duty_locks import BUSY
from sites.services.finding import Unknown

logger = logging.getLogger(__name__)

LONGEST_AWAY = timedelta(days=3)
"""What a phone says happened earlier than this is taken as of then: its clock is wrong."""

Subject = PhoneStep.Subject
ACTS: dict[str, tuple[str, ...]] = {
    Subject.ORDER: ("accepted", "declined", "en_route", "on_site", "released"),
    Subject.TRIP: ("depart", "finish", "broken"),
    Subject.STOP: ("reached",),
    Subject.VISIT: tuple(state.value for state in visits.OUTCOMES),
    Subject.DUTY: ("arrived", "left"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One step as the phone sends it."""

    key: UUID
    subject: str
    object_id: int
    act: str
    reason: str = ""
    counted: str = ""
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step: created, duplicate, conflict or refused, with code and words."""

    key: UUID
    verdict: str
    code: str = ""
    words: str = ""


def take_phone_steps(
    steps: Sequence[Sent], *, member: StaffMember, by: str, at: datetime
) -> list[Outcome]:
    """Take the steps one after another, each in a transaction of its own; one that is not taken
    holds up none of the others. The caller has opened the floor of the member's district.

    Raises Conflict with code "busy" where somebody else holds what a step changes: an outage like
    any other, after which the phone sends all of it again.
    """
    return [_answered(step, member, by, at) for step in steps]


def _answered(step: Sent, member: StaffMember, by: str, at: datetime) -> Outcome:
    try:
        with transaction.atomic():
            return _once(step, member, by, at)
    except Refused as refused:
        if refused.code == BUSY:
            raise
        verdict = "conflict" if isinstance(refused, Conflict) else "refused"
        return Outcome(step.key, verdict, refused.code, refused.text)
    except PermissionDenied as denied:
        return Outcome(step.key, "refused", "forbidden", str(denied))
    except IntegrityError as broken:
        refusal = readable(broken)
        return Outcome(step.key, "conflict", refusal.code, refusal.text)
    except (OperationalError, InterfaceError):
        raise  # an outage: the phone keeps all of it and sends it again
    except Exception as fault:
        # One step that nobody foresaw must not hold up a phone for ever: it is set aside there.
        logger.error("step %s %s set aside: %s", step.subject, step.act, type(fault).__name__)
        words = gettext("This could not be taken. Tell the dispatcher by telephone.")
        return Outcome(step.key, "refused", "set_aside", words)


def _once(step: Sent, member: StaffMember, by: str, at: datetime) -> Outcome:
    """Numbered: 1. write the step's row, so that the same step sent twice at once waits here and
    finds it; 2. take it; 3. note whether what it is about had gone on without it."""
    if step.act not in ACTS.get(step.subject, ()):
        raise Refused("step_unknown", _("This step is not known here."))
    if step.device_at is not None:
        # A clock that is ahead would make all that is said later seem older than this.
        step = replace(step, device_at=min(step.device_at, at))
    row, fresh = _noted(step, member, by, at)
    if not fresh:
        return _again(step, row)
    happened = max(step.device_at or at, at - LONGEST_AWAY)
    words = _TAKE[step.subject](step, member, by, at, happened)
    if words:
        row.too_late = True
        row.save(update_fields=["too_late"])
        return _late(step, words)
    return Outcome(step.key, "created")


def _noted(step: Sent, member: StaffMember, by: str, at: datetime) -> tuple[PhoneStep, bool]:
    said = {
        "member_id": member.pk, "subject": step.subject, "object_id": step.object_id,
        "act": step.act,
    }  # fmt: skip
    row, fresh = PhoneStep.objects.get_or_create(
        client_key=step.key,
        defaults={
            "district_id": member.district_id, "device_at": step.device_at, "at": at, "by": by,
            **said,
        },
    )  # fmt: skip
    if any(getattr(row, name) != value for name, value in said.items()):
        raise Conflict("already_sent", _("This was sent before as another step."))
    return row, fresh


def _again(step: Sent, row: PhoneStep) -> Outcome:
    if not row.too_late:
        return Outcome(step.key, "duplicate")
    if step.subject == Subject.VISIT:
        return _late(step, _noted_later())
    return _late(step, _gone_on(Order.objects.get(pk=row.object_id), step.act))


def _late(step: Sent, words: str) -> Outcome:
    code = "visit_noted_later" if step.subject == Subject.VISIT else "order_over"
    return Outcome(step.key, "conflict", code, words)


def _order(step: Sent, member: StaffMember, by: str, at: datetime, _happened: datetime) -> str:
    order = take_step(
        order_id=step.object_id, to=step.act, reason=step.reason, client_key=step.key,
        device_at=step.device_at, member=member, by=by, at=at,
    )  # fmt: skip
    return "" if _holds(order, step.act) else _gone_on(order, step.act)


def _holds(order: Order, act: str) -> bool:
    """Whether an order is where a step leads, or further along the same way."""
    along = [OrderState.ACCEPTED, OrderState.EN_ROUTE, OrderState.ON_SITE]
    if order.state not in along or act not in along:
        return order.state == act
    return along.index(OrderState(act)) <= along.index(OrderState(order.state))


def _gone_on(order: Order, act: str) -> str:
    """Why a step changed nothing: its order is over, or something else was said since."""
    if order.state not in ENDED:
        return gettext(
            "Order %(number)s is “%(state)s”: “%(to)s” came too late and changes nothing. "
            "Call the dispatcher if it must change."
        ) % {
            "number": order.number,
            "state": OrderState(order.state).label,
            "to": OrderState(act).label,
        }
    last = order.steps.filter(to_state=order.state).order_by("-pk").first()
    return gettext("Order %(number)s is over: %(state)s. %(reason)s") % {
        "number": order.number,
        "state": OrderState(order.state).label,
        "reason": last.reason if last else "",
    }


def _trip(step: Sent, member: StaffMember, by: str, _at: datetime, happened: datetime) -> str:
    if step.act == "depart":
        driving.depart(trip_id=step.object_id, member=member, by=by, at=happened)
    elif step.act == "finish":
        driving.finish(trip_id=step.object_id, member=member, by=by, at=happened)
    else:
        driving.break_down(
            trip_id=step.object_id, reason=step.reason, member=member, by=by, at=happened
        )
    return ""


def _stop(step: Sent, member: StaffMember, by: str, _at: datetime, happened: datetime) -> str:
    mine = TripStop.objects.filter(pk=step.object_id, trip__driver_duty__member_id=member.pk)
    trip_id = mine.values_list("trip_id", flat=True).first()
    if trip_id is None:
        raise Unknown("stop_unknown", _("This trip has no such stop."))
    driving.reach_stop(
        trip_id=trip_id, stop_id=step.object_id, counted=step.counted, note=step.reason,
        member=member, by=by, at=happened,
    )  # fmt: skip
    return ""


def _visit(step: Sent, member: StaffMember, by: str, at: datetime, _happened: datetime) -> str:
    visit = visits.take_step(
        visit_id=step.object_id, to=step.act, reason=step.reason, client_key=step.key,
        device_at=step.device_at, member=member, by=by, at=at,
    )  # fmt: skip
    return "" if visit.state == step.act else _noted_later()


def _noted_later() -> str:
    return gettext("Something newer was noted for this visit already, and that holds.")


def _duty(step: Sent, member: StaffMember, by: str, _at: datetime, happened: datetime) -> str:
    if not Duty.objects.filter(pk=step.object_id, member_id=member.pk).exists():
        raise Unknown("duty_unknown", _("There is no such duty of yours."))
    act = duties.arrive if step.act == "arrived" else duties.leave
    whole = Scope(districts=frozenset({member.district_id}), actor=by)
    act(duty_id=step.object_id, scope=whole, by=by, at=happened)
    return ""


_TAKE: dict[str, Callable[[Sent, StaffMember, str, datetime, datetime], str]] = {
    Subject.ORDER: _order,
    Subject.TRIP: _trip,
    Subject.STOP: _stop,
    Subject.VISIT: _visit,
    Subject.DUTY: _duty,
}
