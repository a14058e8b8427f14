"""Another driver takes a trip: the one before is free, the new one is booked and asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.norms import norms_of
from core.inputs import Conflict
from core.scope import Scope
from logistics.models import Order, OrderState, Trip, TripState
from logistics.services.order_log import write_step
from logistics.services.trips import (
    driver_arrives,
    driver_role,
    free_driver,
    locked_trip,
    record,
)
from personnel.models import DutyState
from personnel.services import duty as duties
from personnel.services.duty_locks import lock_people, told_when_busy


@told_when_busy()
@transaction.atomic
def assign_driver(
    *, trip_id: int, driver_id: UUID, override: str = "", scope: Scope, by: str, at: datetime
) -> Trip:
    """Book another driver for the rest of a trip. The driver who has it already keeps it.

    An order that nobody has set out for is asked anew, of the new driver. Raises Conflict for a
    trip that is over, and what booking a person raises.
    """
    trip, order = locked_trip(trip_id, scope=scope)
    if trip.state not in (TripState.PLANNED, TripState.EN_ROUTE):
        raise Conflict("trip_over", _("This trip is over already."))
    under_way = trip.state == TripState.EN_ROUTE
    before = trip.driver_duty
    if before is not None and before.state != DutyState.CANCELLED:
        if before.member_id == driver_id:
            return trip
        # Both at once and sorted: two trips that swap their drivers tie no knot.
        lock_people([before.member_id, driver_id])
        free_driver(trip, gettext("another driver"), drove=under_way, by=by, at=at)
    starts_at = max(trip.starts_at, at) if under_way else trip.starts_at
    trip.driver_duty = duties.book(
        client_key=uuid4(), member_id=driver_id, place_id=trip.vehicle.place_id,
        role_id=driver_role(trip.district_id), starts_at=starts_at, ends_at=trip.ends_at,
        round_id=trip.round_id, override=override, scope=scope, by=by, at=at,
    )  # fmt: skip
    trip.save(update_fields=["driver_duty"])
    if under_way:
        driver_arrives(trip, by=by, at=at)
    record("trip.driver", trip, by=by, at=at, driver=str(driver_id))
    if order is not None:
        _ask_anew(order, driver_id, by=by, at=at)
    return trip


def _ask_anew(order: Order, driver_id: UUID, *, by: str, at: datetime) -> None:
    order.recipient_id = driver_id
    order.save(update_fields=["recipient"])
    if order.state not in (OrderState.REQUESTED, OrderState.ACCEPTED):
        return
    minutes = norms_of(order.district_id)["answer_minutes"].value
    order.answer_by, order.escalated_at = at + timedelta(minutes=float(minutes)), None
    order.save(update_fields=["answer_by", "escalated_at"])
    write_step(order, OrderState.REQUESTED, reason=gettext("another driver"), by=by, at=at)
