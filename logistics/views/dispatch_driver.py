"""Another driver for a trip that was ordered."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock
from core.acts import accepted, who
from logistics.forms.driver import DriverForm
from logistics.models import TripState
from logistics.permissions import check_can_dispatch
from logistics.queries.drivers import free_drivers
from logistics.queries.orders import order_in
from logistics.services.drivers import assign_driver


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_driver(request: HttpRequest, order_id: int) -> HttpResponse:
    """Choose who drives from now on; who drove before is free, and the new driver is asked."""
    check_can_dispatch(request.scope)
    at = clock.now()
    line = order_in(request.scope, order_id, at=at)
    trip = line.order.trip if line is not None else None
    if line is None or trip is None:
        raise Http404
    going = trip.state in (TripState.PLANNED, TripState.EN_ROUTE)
    drivers = free_drivers(request.scope, trip, at=at) if going else []
    status = 200
    form = DriverForm(drivers=drivers)
    if request.method == "POST":
        form = DriverForm(request.POST, drivers=drivers)
        done = accepted(
            form,
            lambda data: assign_driver(
                trip_id=trip.pk, driver_id=data["driver"], override=data["override"], **who(request)
            ),
            fields={"limit_rest": "override", "limit_travel": "override", "taken": "driver"},
        )
        if done:
            return HttpResponseRedirect(reverse("dispatch:order", args=[order_id]))
        status = 422
    context = {
        "form": form, "line": line, "order": line.order, "trip": trip, "going": going,
        "drivers": drivers, "now": at,
    }  # fmt: skip
    return render(request, "logistics/dispatch/driver.html", context, status=status)
