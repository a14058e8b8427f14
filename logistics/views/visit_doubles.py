"""Requests that look like one person's, side by side: merge them or keep them apart."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.acts import attempt, who
from core.inputs import Refused
from core.query import query_number, refuse_unknown_query
from logistics.permissions import check_can_plan_visits
from logistics.queries.visit_doubles import MOST_SHOWN, likely_doubles
from logistics.services.visit_doubles import keep_apart, merge
from logistics.views.visits import private
from sites.forms.fields import id_of
from sites.queries.rounds import chosen_round, rounds_of


@require_safe
def doubles_page(request: HttpRequest) -> HttpResponse:
    """Pairs that wait for a decision."""
    check_can_plan_visits(request.scope)
    return _page(request)


@require_POST
def doubles_decide(request: HttpRequest, visit_id: int, other_id: int) -> HttpResponse:
    """One person or two: `keep` names the request that stays, or nothing for two people."""
    check_can_plan_visits(request.scope)
    keep = id_of(request.POST.get("keep", ""))

    def act() -> str:
        if keep not in (visit_id, other_id):
            keep_apart(visit_id=visit_id, other_id=other_id, **who(request))
            return _("Kept apart: they are two people.")
        gone = other_id if keep == visit_id else visit_id
        merge(visit_id=gone, into_id=keep, **who(request))
        return _("Merged: one request is left.")

    done = attempt(act)
    if not done:
        return _page(request, refused=done.refused, status=422)
    messages.success(request, done.value)
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse("visits:doubles") + (f"?{query}" if query else ""))


def _page(
    request: HttpRequest, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    refuse_unknown_query(request, ("round",))
    asked = query_number(request, "round") if request.GET.get("round") else None
    round_ = chosen_round(rounds_of(request.scope), asked)
    if asked is not None and round_ is None:
        raise Http404
    context = {
        "round": round_,
        "doubles": likely_doubles(request.scope, round_.pk) if round_ else [],
        "most": MOST_SHOWN,
        "refused": refused,
        "now": clock.now(),
    }
    return private(render(request, "logistics/visits/doubles.html", context, status=status))
