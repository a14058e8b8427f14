"""Who could drive a trip: people with the role of drivers who are free for the whole of it."""

from __future__ import annotations

from datetime import datetime

from core.scope import Scope
from logistics.models import Trip, TripState
from personnel.models import Duty, DutyState, StaffMember

MOST = 200


def free_drivers(scope: Scope, trip: Trip, *, at: datetime) -> list[StaffMember]:
    """Drivers who are free for the rest of a trip, by their unit; two statements."""
    begins = max(trip.starts_at, at) if trip.state == TripState.EN_ROUTE else trip.starts_at
    busy = Duty.objects.filter(starts_at__lt=trip.ends_at, ends_at__gt=begins).exclude(
        state=DutyState.CANCELLED
    )
    drivers = (
        StaffMember.objects.within(scope)
        .serving()
        .filter(district_id=trip.district_id, roles__code="driver")
    )
    free = drivers.exclude(pk__in=busy.values("member_id")).select_related("home_unit")
    # No encrypted column is opened for a list.
    shown = free.only(
        "id", "name_mask", "phone_mask", "home_unit__name", "home_unit__name_en", "home_unit__code"
    )
    return list(shown.order_by("home_unit__code", "pk")[:MOST])
