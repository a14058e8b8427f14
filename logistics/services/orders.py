"""Orders: what is booked is asked of somebody, under a number, with the figure behind it (S006)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.norms import norms_of
from core.inputs import Conflict, Refused
from core.locks import named_lock, submission_lock
from core.scope import Scope
from logistics.models import Order, OrderState, OrderStep, Trip
from logistics.services.manifest import Stop
from logistics.services.order_log import record
from logistics.services.order_steps import escalate_unanswered, follow_bookings, take_step, undo
from logistics.services.trips import book_trip
from logistics.services.visits import step_reason
from personnel.models import Duty, TeamDuty
from personnel.services import duty as duties
from personnel.services import team_duty as team_duties
from personnel.services.duty_locks import told_when_busy
from personnel.services.team_duty import Part
from sites.services.finding import Unknown

__all__ = [
    "escalate_unanswered", "follow_bookings", "order_booked", "order_duty", "order_team",
    "order_trip", "take_step", "undo",
]  # fmt: skip

_OVER = ("done", "cancelled")


@told_when_busy()
@transaction.atomic
def order_duty(
    *, client_key: UUID, reason: str, figure: str = "", figure_at: datetime | None = None,
    member_id: UUID, place_id: int, role_id: int, starts_at: datetime, ends_at: datetime,
    round_id: int | None = None, override: str = "", scope: Scope, by: str, at: datetime,
) -> Order:  # fmt: skip
    """Book a person and order it in one. The same `client_key` gives the same order.

    Raises what booking raises (Conflict "taken" names the other booking), and Refused without a
    reason.
    """
    why = _why(reason, figure, figure_at)
    same = {"duty__member": member_id, "duty__place": place_id, "duty__starts_at": starts_at}
    if made := _made(client_key, by, **same):
        return made
    duty = duties.book(
        client_key=client_key, member_id=member_id, place_id=place_id, role_id=role_id,
        starts_at=starts_at, ends_at=ends_at, round_id=round_id, override=override, scope=scope,
        by=by, at=at,
    )  # fmt: skip
    return _order(duty, client_key, why, by=by, at=at)


@told_when_busy()
@transaction.atomic
def order_team(
    *, client_key: UUID, reason: str, figure: str = "", figure_at: datetime | None = None,
    team_id: int, parts: Sequence[Part], starts_at: datetime, ends_at: datetime,
    street_id: int | None = None, round_id: int | None = None, override: str = "", scope: Scope,
    by: str, at: datetime,
) -> Order:  # fmt: skip
    """Book a team and order it in one; its leader answers. As `order_duty` otherwise."""
    why = _why(reason, figure, figure_at)
    if made := _made(client_key, by, team_duty__team=team_id, team_duty__starts_at=starts_at):
        return made
    duty = team_duties.book_team(
        client_key=client_key, team_id=team_id, parts=parts, starts_at=starts_at, ends_at=ends_at,
        street_id=street_id, round_id=round_id, override=override, scope=scope, by=by, at=at,
    )  # fmt: skip
    return _order(duty, client_key, why, by=by, at=at)


@told_when_busy()
@transaction.atomic
def order_trip(
    *, client_key: UUID, reason: str, figure: str = "", figure_at: datetime | None = None,
    vehicle_id: int, kind: str, starts_at: datetime, ends_at: datetime, people: int = 0,
    boxes: int = 0, stops: Sequence[Stop], driver_id: UUID | None = None,
    team_duty_id: int | None = None, street_id: int | None = None, round_id: int | None = None,
    override: str = "", scope: Scope, by: str, at: datetime,
) -> Order:  # fmt: skip
    """Book a vehicle with its driver and order it in one; the driver answers."""
    why = _why(reason, figure, figure_at)
    if made := _made(client_key, by, trip__vehicle=vehicle_id, trip__starts_at=starts_at):
        return made
    trip = book_trip(
        client_key=client_key, vehicle_id=vehicle_id, kind=kind, starts_at=starts_at,
        ends_at=ends_at, people=people, boxes=boxes, stops=stops, driver_id=driver_id,
        team_duty_id=team_duty_id, street_id=street_id, round_id=round_id, override=override,
        scope=scope, by=by, at=at,
    )  # fmt: skip
    return _order(trip, client_key, why, by=by, at=at)


@told_when_busy()
@transaction.atomic
def order_booked(
    *, client_key: UUID, duty_id: int | None = None, team_duty_id: int | None = None,
    trip_id: int | None = None, reason: str, figure: str = "", figure_at: datetime | None = None,
    scope: Scope, by: str, at: datetime,
) -> Order:  # fmt: skip
    """Order what is booked already. Raises Unknown outside the scope, Conflict for a booking that
    is over or has its order."""
    why = _why(reason, figure, figure_at)
    same = {"duty": duty_id, "team_duty": team_duty_id, "trip": trip_id}
    if made := _made(client_key, by, **same):
        return made
    booking = _booking(duty_id, team_duty_id, trip_id, scope)
    if booking.state in _OVER:
        raise Conflict("booking_over", _("What is to be ordered is over or cancelled already."))
    if (order := Order.objects.filter(**_link(booking)).first()) is not None:
        raise Conflict(
            "ordered_already", _("This is ordered already: no. %(number)s."), number=order.number
        )
    return _order(booking, client_key, why, by=by, at=at)


def _why(reason: str, figure: str, figure_at: datetime | None) -> dict[str, Any]:
    words = step_reason(reason)
    if not words:
        raise Refused("order_says_why", _("Say why this is ordered.")).at("reason")
    shown = step_reason(figure)
    if shown and figure_at is None:
        raise Refused("order_figure_has_time", _("A figure carries its time.")).at("figure_at")
    return {"reason": words, "figure": shown, "figure_at": figure_at if shown else None}


def _made(client_key: UUID, by: str, **same: Any) -> Order | None:
    """The order that this form made. Raises Conflict where it is another's, or another order."""
    submission_lock(client_key)
    made = Order.objects.filter(client_key=client_key).first()
    if made is not None and made.by != by:
        raise Conflict(
            "already_sent", _("This form was sent before by somebody else, and that is kept.")
        )
    if made is not None and not Order.objects.filter(pk=made.pk, **same).exists():
        raise Conflict("already_sent", _("This form was sent before with other content."))
    return made


def _booking(
    duty_id: int | None, team_duty_id: int | None, trip_id: int | None, scope: Scope
) -> Duty | TeamDuty | Trip:
    found: Duty | TeamDuty | Trip | None = None
    if duty_id is not None:
        duties_seen = Duty.objects.within(scope).filter(pk=duty_id).values("pk")
        found = Duty.objects.select_for_update(no_key=True).filter(pk__in=duties_seen).first()
    elif team_duty_id is not None:
        teams = TeamDuty.objects.within(scope).filter(pk=team_duty_id).values("pk")
        found = TeamDuty.objects.select_for_update(no_key=True).filter(pk__in=teams).first()
    elif trip_id is not None:
        trips = Trip.objects.within(scope).filter(pk=trip_id).values("pk")
        found = Trip.objects.select_for_update(no_key=True).filter(pk__in=trips).first()
    if found is None:
        raise Unknown("booking_unknown", _("There is no such booking in your area."))
    return found


def _link(booking: Duty | TeamDuty | Trip) -> dict[str, Any]:
    if isinstance(booking, Duty):
        return {"duty": booking}
    return {"team_duty": booking} if isinstance(booking, TeamDuty) else {"trip": booking}


def _recipient(booking: Duty | TeamDuty | Trip) -> UUID | None:
    """Who answers: the person, the team's leader, the driver; nobody leaves it to the desk."""
    if isinstance(booking, Duty):
        return booking.member_id
    if isinstance(booking, TeamDuty):
        return booking.team.leader_id
    return booking.driver_duty.member_id if booking.driver_duty else None


def _order(
    booking: Duty | TeamDuty | Trip, client_key: UUID, why: dict[str, Any], *, by: str,
    at: datetime,
) -> Order:  # fmt: skip
    """Numbered: 1. lock the district's numbers, last of all locks; 2. read the last; 3. write the
    next. A rollback gives the number back, because it was never written."""
    district_id = booking.district_id
    minutes = norms_of(district_id)["answer_minutes"].value
    named_lock(f"orders/{district_id}")
    last = Order.objects.filter(district_id=district_id).aggregate(last=Max("number"))["last"] or 0
    order = Order.objects.create(
        client_key=client_key, district_id=district_id, street_id=booking.street_id,
        round_id=booking.round_id, number=last + 1, recipient_id=_recipient(booking), state_at=at,
        answer_by=at + timedelta(minutes=float(minutes)), at=at, by=by, **_link(booking), **why,
    )  # fmt: skip
    OrderStep.objects.create(order=order, to_state=OrderState.REQUESTED, at=at, by=by)
    record("order.request", order, by=by, at=at, for_=next(iter(_link(booking))))
    return order
