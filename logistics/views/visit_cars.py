"""People who are fetched: who waits, and the car with its stops (S026)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Round
from core import clock
from core.acts import accepted, who
from core.query import query_number, refuse_unknown_query
from logistics.forms.trip_end import EndTripForm, form_for
from logistics.forms.visits import RideForm
from logistics.models import Trip
from logistics.permissions import can_plan_visits, check_can_plan_visits, check_can_see_visits
from logistics.queries import visit_plan
from logistics.services.visit_cars import fetch
from logistics.views.trip_end import end_trip
from logistics.views.visits import private
from sites.forms.fields import id_of
from sites.queries.rounds import chosen_round, rounds_of


@require_safe
def cars_page(request: HttpRequest) -> HttpResponse:
    """Who waits to be fetched, and what is booked."""
    check_can_see_visits(request.scope)
    round_ = _round(request)
    return _page(request, round_)


@require_POST
def cars_book(request: HttpRequest) -> HttpResponse:
    """Book a car for the ticked people."""
    check_can_plan_visits(request.scope)
    round_ = _round(request)
    if round_ is None:
        raise Http404
    ticked = [pk for text in request.POST.getlist("visit") if (pk := id_of(text)) is not None]
    form = RideForm(request.POST, scope=request.scope, round_id=round_.pk)

    def act(data: dict[str, Any]) -> Trip:
        key = data["client_key"] or uuid.uuid4()
        return fetch(client_key=key, visit_ids=ticked, ride=form.ride(), **who(request))

    fields = {"stops_times": "free_at", "taken": "vehicle"}
    if not accepted(form, act, fields=fields):
        return _page(request, round_, form=form, ticked=ticked, status=422)
    messages.success(request, _("The car is booked and has its stops."))
    return HttpResponseRedirect(f"{reverse('visits:cars')}?round={round_.pk}")


@require_POST
def car_end(request: HttpRequest, trip_id: int) -> HttpResponse:
    """Take a car back, or note that its trip is over; one with an order is the dispatcher's."""
    check_can_plan_visits(request.scope)
    round_ = _round(request)
    get_object_or_404(visit_plan.own_cars(request.scope), pk=trip_id)
    ending = end_trip(request, trip_id)
    if ending is not None:
        return _page(request, round_, ending=ending, status=422)
    query = f"?round={round_.pk}" if round_ is not None else ""
    return HttpResponseRedirect(f"{reverse('visits:cars')}{query}")


def _round(request: HttpRequest) -> Round | None:
    refuse_unknown_query(request, ("round",))
    asked = query_number(request, "round") if request.GET.get("round") else None
    found = chosen_round(rounds_of(request.scope), asked)
    if asked is not None and found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    round_: Round | None,
    *,
    form: RideForm | None = None,
    ticked: list[int] | None = None,
    ending: EndTripForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_plan, now = can_plan_visits(request.scope), clock.now()
    context: dict[str, Any] = {"round": round_, "may_plan": may_plan, "ticked": ticked or [],
                               "now": now, "form": form, "ending": ending}  # fmt: skip
    if round_ is not None:
        cars = visit_plan.cars(request.scope, round_.pk)
        context |= {
            "waiting": visit_plan.to_fetch(request.scope, round_.pk),
            "cars": [
                (car, form_for(car.trip, ending) if car.own and may_plan else None) for car in cars
            ],
        }
        if may_plan and form is None:
            begin = clock.quarter_of(now) + timedelta(minutes=30)
            times = {"leaves_at": begin, "at_point_at": begin + timedelta(minutes=30),
                     "home_from": begin + timedelta(minutes=60),
                     "free_at": begin + timedelta(minutes=90)}  # fmt: skip
            context["form"] = RideForm(scope=request.scope, round_id=round_.pk, initial=times)
    return private(render(request, "logistics/visits/cars.html", context, status=status))
