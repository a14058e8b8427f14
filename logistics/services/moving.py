"""What an order's step means for what was booked for it: duty, team or trip."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from core.scope import Scope, scoped
from logistics.models import Order, OrderState, TripState
from logistics.models.orders import ENDED
from logistics.services.driving import bring_home, set_off
from logistics.services.freeing import begin_duty, begin_team, free_duty, free_team
from logistics.services.trips import give_up, locked_trip


def move_booking(order: Order, to: str, reason: str, *, by: str, at: datetime) -> None:
    """Move the booking of a locked order along with a step that was written for it.

    The order was found for the caller; its booking may lie in a street that the caller, a person
    on duty, does not see otherwise.
    """
    served = to == OrderState.RELEASED
    whole = Scope(districts=frozenset({order.district_id}), actor=by)
    with scoped(whole):
        if order.trip_id is not None:
            _move_trip(order.trip_id, to, reason, whole, by=by, at=at)
        elif order.duty is not None:
            if to == OrderState.ON_SITE:
                begin_duty(order.duty, scope=whole, by=by, at=at)
            elif to in ENDED:
                free_duty(order.duty, reason, served=served, scope=whole, by=by, at=at)
        elif order.team_duty is not None:
            if to == OrderState.ON_SITE:
                begin_team(order.team_duty, scope=whole, by=by, at=at)
            elif to in ENDED:
                free_team(order.team_duty, reason, served=served, scope=whole, by=by, at=at)


def _move_trip(trip_id: int, to: str, reason: str, whole: Scope, *, by: str, at: datetime) -> None:
    trip, _order = locked_trip(trip_id, scope=whole)
    if trip.state not in (TripState.PLANNED, TripState.EN_ROUTE):
        return
    if to in (OrderState.EN_ROUTE, OrderState.ON_SITE):
        set_off(trip, by=by, at=at)
    elif to == OrderState.RELEASED and trip.state == TripState.EN_ROUTE:
        bring_home(trip, by=by, at=at)
    elif to in ENDED:
        give_up(trip, reason or gettext("released"), by=by, at=at)
