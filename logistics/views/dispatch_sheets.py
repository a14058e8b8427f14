"""Assignment sheets to print: one for each place or team, on one A4."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from core.inputs import parse_instant
from core.query import query_number, refuse_unknown_query
from logistics.permissions import check_can_see_dispatch
from logistics.queries.board import running_round
from logistics.queries.sheets import place_sheet as find_place
from logistics.queries.sheets import team_sheet as find_team


@never_cache
@require_safe
def place_sheet(request: HttpRequest, place_id: int) -> HttpResponse:
    """Who stands at a place in the next twelve hours (`?from=`, `?hours=`), and what comes."""
    check_can_see_dispatch(request.scope)
    refuse_unknown_query(request, ("from", "hours"))
    begins = request.GET.get("from")
    starts_at = parse_instant(begins) if begins else clock.quarter_of(clock.now())
    hours = query_number(request, "hours", default=12, minimum=1, maximum=24) or 12
    sheet = find_place(
        request.scope, place_id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours)
    )
    if sheet is None:
        raise Http404
    context = {
        "sheet": sheet, "now": clock.now(),
        "round": running_round(request.scope, sheet.place.district_id),
    }  # fmt: skip
    return render(request, "logistics/dispatch/place_sheet.html", context)


@never_cache
@require_safe
def team_sheet(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Where a booked team's people stand, how they get there, and whom they call."""
    check_can_see_dispatch(request.scope)
    sheet = find_team(request.scope, duty_id)
    if sheet is None:
        raise Http404
    context = {
        "sheet": sheet, "now": clock.now(),
        "round": running_round(request.scope, sheet.duty.district_id),
    }  # fmt: skip
    return render(request, "logistics/dispatch/team_sheet.html", context)
