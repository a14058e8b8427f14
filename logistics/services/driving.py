"""A trip on the road: leave, stop after stop with what was counted, free again (S14).

Every step may be sent twice, for a phone may have been offline: what happened already stays as it
is. The trip's order follows the trip.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict, Refused, whole_number
from core.scope import Scope
from logistics.models import Order, OrderState, Trip, TripState, TripStop, Vehicle
from logistics.services.order_log import follow, follow_to_end
from logistics.services.trips import (
    driver_arrives,
    free_driver,
    give_up,
    locked_trip,
    own_scope,
    record,
    said,
)
from logistics.services.vehicles import change_pool
from logistics.services.visits import step_reason
from personnel.models import StaffMember
from personnel.services.duty_locks import told_when_busy
from sites.services.finding import Unknown

SHORTEST = timedelta(minutes=1)
MOST_COUNTED = 9_999


@told_when_busy()
@transaction.atomic
def depart(
    *, trip_id: int, scope: Scope | None = None, member: StaffMember | None = None, by: str,
    at: datetime,
) -> Trip:  # fmt: skip
    """The vehicle leaves; its driver is on duty. Raises Conflict for a trip that is over."""
    trip, order = locked_trip(trip_id, scope=scope, member=member)
    if trip.state == TripState.CANCELLED or trip.state == TripState.DONE:
        raise _over(trip)
    set_off(trip, by=by, at=at)
    follow(order, OrderState.EN_ROUTE, by=by, at=at)
    return trip


@told_when_busy()
@transaction.atomic
def reach_stop(
    *, trip_id: int, stop_id: int, counted: int | str | None = None, note: str = "",
    scope: Scope | None = None, member: StaffMember | None = None, by: str, at: datetime,
) -> TripStop:  # fmt: skip
    """Arrived at a stop, with what was counted there if it was. A later count replaces an earlier.

    Reaching a stop sets off a trip that nobody set off; the last stop means "on site" for its
    order. Raises Unknown for a stop of another trip, Conflict for a trip that was cancelled.
    """
    trip, order = locked_trip(trip_id, scope=scope, member=member)
    stop = trip.stops.filter(pk=stop_id).first()
    if stop is None:
        raise Unknown("stop_unknown", _("This trip has no such stop."))
    number = None if counted in (None, "") else whole_number(counted, maximum=MOST_COUNTED)
    words = step_reason(note)
    if trip.state == TripState.CANCELLED:
        raise _over(trip)
    if stop.arrived_at is not None and number in (None, stop.counted) and words in ("", stop.note):
        return stop
    set_off(trip, by=by, at=at)
    stop.arrived_at = stop.arrived_at or at
    stop.counted = stop.counted if number is None else number
    stop.note = words or stop.note
    stop.save(update_fields=["arrived_at", "counted", "note"])
    record("trip.stop", trip, by=by, at=at, stop=stop.position, counted=stop.counted)
    _follow_stop(trip, order, by=by, at=at)
    return stop


@told_when_busy()
@transaction.atomic
def finish(
    *, trip_id: int, scope: Scope | None = None, member: StaffMember | None = None, by: str,
    at: datetime,
) -> Trip:  # fmt: skip
    """The trip is over: vehicle and driver are free from now, its order is released.

    Raises Conflict for a trip that was cancelled, or that never left.
    """
    trip, order = locked_trip(trip_id, scope=scope, member=member)
    if trip.state == TripState.DONE:
        return trip
    if trip.state == TripState.CANCELLED:
        raise _over(trip)
    if trip.state == TripState.PLANNED:
        raise Conflict("trip_not_left", _("This trip has not left yet: cancel it instead."))
    bring_home(trip, by=by, at=at)
    follow(order, OrderState.RELEASED, by=by, at=at)
    return trip


@told_when_busy()
@transaction.atomic
def close_trip(*, trip_id: int, scope: Scope, by: str, at: datetime) -> Trip:
    """The trip is over, says whoever booked it; one whose time is past needs no departure noted.

    Raises Conflict for a trip that was cancelled, or that has not left and still may.
    """
    trip, order = locked_trip(trip_id, scope=scope)
    if trip.state == TripState.PLANNED and trip.ends_at <= at:
        set_off(trip, by=by, at=at)
        follow(order, OrderState.EN_ROUTE, by=by, at=at)
    return finish(trip_id=trip_id, scope=scope, by=by, at=at)


@told_when_busy()
@transaction.atomic
def break_down(
    *, trip_id: int, reason: str, scope: Scope | None = None, member: StaffMember | None = None,
    by: str, at: datetime,
) -> Trip:  # fmt: skip
    """The trip cannot go on: it is cancelled with the reason, its order is given back, and the
    vehicle is out of service until somebody says otherwise.

    Raises Refused without a reason, Conflict for a trip that is over.
    """
    words = said(reason)
    trip, order = locked_trip(trip_id, scope=scope, member=member)
    if trip.state == TripState.CANCELLED and trip.reason == words:
        return trip
    change_pool(
        vehicle_id=trip.vehicle_id, pool=Vehicle.Pool.OUT, reason=words,
        scope=own_scope(trip, by), by=by, at=at,
    )  # fmt: skip
    give_up(trip, words, by=by, at=at)
    follow_to_end(order, OrderState.DECLINED, reason=words, by=by, at=at)
    return trip


def set_off(trip: Trip, *, by: str, at: datetime) -> None:
    """A locked trip that is planned is on the road from now."""
    if trip.state != TripState.PLANNED:
        return
    trip.state = TripState.EN_ROUTE
    trip.save(update_fields=["state"])
    driver_arrives(trip, by=by, at=at)
    record("trip.depart", trip, by=by, at=at)


def bring_home(trip: Trip, *, by: str, at: datetime) -> None:
    """A locked trip that is on the road is done; an early end frees vehicle and driver early."""
    if trip.state != TripState.EN_ROUTE:
        return
    trip.state = TripState.DONE
    # One that left and came back before its time still takes a moment of it.
    trip.ends_at = min(trip.ends_at, max(at, trip.starts_at + SHORTEST))
    trip.save(update_fields=["state", "ends_at"])
    free_driver(trip, "", drove=True, by=by, at=at)
    record("trip.finish", trip, by=by, at=at)


def _follow_stop(trip: Trip, order: Order | None, *, by: str, at: datetime) -> None:
    last = not trip.stops.filter(arrived_at__isnull=True).exists()
    follow(order, OrderState.ON_SITE if last else OrderState.EN_ROUTE, by=by, at=at)


def _over(trip: Trip) -> Refused:
    if trip.state == TripState.CANCELLED:
        return Conflict(
            "trip_cancelled", _("This trip was cancelled: %(reason)s"), reason=trip.reason
        )
    return Conflict("trip_over", _("This trip is over already."))
