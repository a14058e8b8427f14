"""Whoever booked a trip without an order takes it back, or says that it is over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.acts import accepted, attempt, who
from logistics.forms.trip_end import EndTripForm
from logistics.services.driving import close_trip
from logistics.services.trips import cancel_trip

CLOSE = "close"


def end_trip(request: HttpRequest, trip_id: int) -> EndTripForm | None:
    """Do what a trip's form asks; the form, with what is wrong, where that was refused."""
    form = EndTripForm(request.POST, trip_id=trip_id)
    if request.POST.get("act") == CLOSE:
        answer = attempt(lambda: close_trip(trip_id=trip_id, **who(request)))
        if answer.refused is not None:
            messages.error(request, answer.refused.text)
        else:
            messages.success(request, _("The trip is over; the vehicle and its driver are free."))
        return None
    done = accepted(
        form,
        lambda data: cancel_trip(trip_id=trip_id, reason=data["reason"], **who(request)),
        otherwise="reason",
    )
    if not done:
        return form
    messages.success(request, _("The trip is taken back; the vehicle and its driver are free."))
    return None
