"""Vehicles: by class and pool with counts, one vehicle with its trips, the inventory on paper."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.acts import accepted, attempt, who
from core.query import query_choice, query_number, refuse_unknown_query
from logistics.forms.trip_end import EndTripForm, form_for
from logistics.forms.vehicles import PoolForm, VehicleForm
from logistics.models import Trip, Vehicle, VehicleClass
from logistics.permissions import (
    can_dispatch,
    can_manage_vehicles,
    check_can_dispatch,
    check_can_manage_vehicles,
    check_can_see_dispatch,
)
from logistics.queries.fleet import DAY_AHEAD, SEALED, fleet, seats
from logistics.queries.vehicles import STATES, VehicleFilters, trips_of, vehicles_of
from logistics.services.vehicles import (
    add_vehicle,
    change_pool,
    change_vehicle,
    give_back,
)
from logistics.views.trip_end import end_trip
from logistics.words import state_kind, state_word

PAGE_SIZE = 50


@require_safe
def vehicles_page(request: HttpRequest) -> HttpResponse:
    """The list with the counts of every class."""
    check_can_see_dispatch(request.scope)
    refuse_unknown_query(request, ("class", "state", "q", "page"))
    now = clock.now()
    filters = VehicleFilters(
        class_id=query_number(request, "class") if request.GET.get("class") else None,
        state=query_choice(request, "state", ["", *STATES], default=""),
        plate=request.GET.get("q", "").strip()[:16].upper(),
    )
    found = vehicles_of(request.scope, filters, at=now)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = {"class": filters.class_id or "", "state": filters.state, "q": filters.plate}
    context = {
        "now": now,
        "fleet": fleet(request.scope, at=now),
        "seats": seats(request.scope, starts_at=now, ends_at=now + DAY_AHEAD),
        "filters": filters,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "page": page,
        "rows": [_row(vehicle) for vehicle in page],
        "states": [(state, state_word(state)) for state in STATES],
        "may_manage": can_manage_vehicles(request.scope),
        "has_classes": VehicleClass.objects.within(request.scope).exists()
        or not request.scope.districts,
    }
    return render(request, "logistics/vehicles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def vehicle_add(request: HttpRequest) -> HttpResponse:
    """A new vehicle, in service."""
    check_can_manage_vehicles(request.scope)
    form = VehicleForm(request.POST if request.method == "POST" else None, scope=request.scope)

    def act(_data: dict[str, Any]) -> Vehicle:
        return add_vehicle(district_id=form.district_id, details=form.details(), **who(request))

    errors = {"vehicle_plate_once": "plate"}
    if request.method == "POST" and (done := accepted(form, act, fields=errors)):
        return HttpResponseRedirect(reverse("logistics:vehicle", args=[done.value.pk]))
    status = 422 if form.errors else 200
    return render(request, "logistics/vehicle_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def vehicle_change(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """What is said about a vehicle."""
    check_can_manage_vehicles(request.scope)
    present = Vehicle.objects.within(request.scope).filter(returned_at__isnull=True)
    vehicle = get_object_or_404(present, pk=vehicle_id)
    form = VehicleForm(
        request.POST if request.method == "POST" else None, scope=request.scope, vehicle=vehicle
    )

    def act(_data: dict[str, Any]) -> Vehicle:
        return change_vehicle(vehicle_id=vehicle.pk, details=form.details(), **who(request))

    errors = {"vehicle_plate_once": "plate"}
    if request.method == "POST" and accepted(form, act, fields=errors):
        return HttpResponseRedirect(reverse("logistics:vehicle", args=[vehicle.pk]))
    context = {"form": form, "vehicle": vehicle}
    status = 422 if form.errors else 200
    return render(request, "logistics/vehicle_form.html", context, status=status)


@require_safe
def vehicle_page(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """One vehicle with its trips."""
    check_can_see_dispatch(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, vehicle_id)


@require_POST
def vehicle_pool(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Into service, into reserve, out of service."""
    check_can_manage_vehicles(request.scope)
    form = PoolForm(request.POST)
    answer = accepted(form, lambda data: change_pool(vehicle_id=vehicle_id, **data, **who(request)))
    if not answer:
        return _page(request, vehicle_id, form=form, status=422)
    vehicle = answer.value
    ahead, _over = trips_of(vehicle, at=clock.now())
    if vehicle.pool == Vehicle.Pool.OUT and ahead:
        n = len(ahead)
        messages.warning(
            request,
            ngettext(
                "Out of service. %(n)s trip ahead needs another vehicle.",
                "Out of service. %(n)s trips ahead need another vehicle.",
                n,
            )
            % {"n": n},
        )
    return HttpResponseRedirect(reverse("logistics:vehicle", args=[vehicle_id]))


@require_POST
def vehicle_return(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Give the vehicle back to its owner."""
    check_can_manage_vehicles(request.scope)
    answer = attempt(lambda: give_back(vehicle_id=vehicle_id, **who(request)))
    if answer.refused is not None:
        messages.error(request, answer.refused.text)
        return HttpResponseRedirect(reverse("logistics:vehicle", args=[vehicle_id]))
    messages.success(request, _("Given back. Its trips stay readable."))
    return HttpResponseRedirect(reverse("logistics:vehicles"))


@require_POST
def trip_end(request: HttpRequest, vehicle_id: int, trip_id: int) -> HttpResponse:
    """Take a trip without an order back, or note that it is over; an order has its own page."""
    check_can_dispatch(request.scope)
    vehicle = get_object_or_404(Vehicle.objects.within(request.scope), pk=vehicle_id)
    trips = Trip.objects.within(request.scope).filter(vehicle=vehicle, order__isnull=True)
    get_object_or_404(trips, pk=trip_id)
    ending = end_trip(request, trip_id)
    if ending is not None:
        return _page(request, vehicle_id, ending=ending, status=422)
    return HttpResponseRedirect(reverse("logistics:vehicle", args=[vehicle_id]))


@require_safe
def inventory_page(request: HttpRequest) -> HttpResponse:
    """All vehicles of one's area on paper: class, plate, what it holds, owner, driver, state."""
    check_can_see_dispatch(request.scope)
    refuse_unknown_query(request, ())
    now = clock.now()
    found = vehicles_of(request.scope, VehicleFilters(), at=now)
    context = {
        "now": now,
        "fleet": fleet(request.scope, at=now),
        "rows": [_row(vehicle) for vehicle in found],
    }
    return render(request, "logistics/inventory.html", context)


def _row(vehicle: Any) -> dict[str, Any]:
    return {
        "vehicle": vehicle,
        "kind": state_kind(vehicle.state),
        "word": state_word(vehicle.state),
        "next_at": vehicle.next_at,
    }


def _page(
    request: HttpRequest,
    vehicle_id: int,
    *,
    form: PoolForm | None = None,
    ending: EndTripForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    seen = vehicles_of(request.scope, VehicleFilters(), at=now).filter(pk=vehicle_id).first()
    if seen is None:
        # Given back: its page stays, for the trips it made.
        seen = get_object_or_404(
            Vehicle.objects.within(request.scope)
            .select_related("vehicle_class", "owner", "driver")
            .defer(*SEALED),
            pk=vehicle_id,
        )
        seen.state, seen.next_at = "returned", None
    ahead, over = trips_of(seen, at=now)
    initial = {"pool": seen.pool, "reason": seen.pool_reason}
    context = {
        "row": _row(seen),
        "vehicle": seen,
        "ahead": _ahead(request, ahead, ending),
        "over": over,
        "ending": ending,
        "may_dispatch": can_dispatch(request.scope),
        "form": form or PoolForm(initial=initial),
        "now": now,
        "may_manage": can_manage_vehicles(request.scope) and seen.returned_at is None,
    }
    return render(request, "logistics/vehicle.html", context, status=status)


def _ahead(
    request: HttpRequest, trips: list[Trip], ending: EndTripForm | None
) -> list[tuple[Trip, EndTripForm | None]]:
    """Trips with the form that ends them, where the caller may and no order is to be asked."""
    may = can_dispatch(request.scope)
    return [
        (trip, form_for(trip, ending) if may and not hasattr(trip, "order") else None)
        for trip in trips
    ]
