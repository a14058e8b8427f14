"""The plan of home visits: how many are done, who has none to go, lists by building (S16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division, Round
from core import clock
from core.acts import attempt, who
from core.inputs import Refused
from core.pages import wants_partial
from core.query import query_choice, query_number, refuse_unknown_query
from logistics.models import Visit, VisitState
from logistics.permissions import (
    can_plan_visits,
    can_raise_visit,
    check_can_plan_visits,
    check_can_see_visits,
)
from logistics.queries import visit_plan
from logistics.queries.visit_doubles import count_doubles
from logistics.services.visit_plans import assign, reorder
from sites.forms.fields import id_of
from sites.queries.rounds import chosen_round, rounds_of

PAGE_SIZE = 50
MOST_BUILDINGS = 60
"""Buildings with something left that the page lists; a street shows its own by the filter."""
TAKES_REQUESTS = (Round.State.READY, Round.State.RUNNING, Round.State.CLOSING)
S = VisitState
SHOWS: dict[str, Q] = {
    "give": Q(state=S.ASKED),
    "given": Q(state=S.ASSIGNED),
    "decide": visit_plan.TO_DECIDE,
    "done": Q(state=S.DONE),
    "all": Q(),
}


@dataclass(frozen=True)
class Asked:
    """The round, the street and the list of one request."""

    rounds: list[Round]
    round: Round | None
    street: int | None
    show: str

    @property
    def query(self) -> str:
        """The same question as a query string, without the list and the page."""
        given = {"round": self.round.pk if self.round else "", "street": self.street or ""}
        return urlencode({name: value for name, value in given.items() if value})


@require_safe
def visits_page(request: HttpRequest) -> HttpResponse:
    """Counts, the lists, and what is done by building."""
    check_can_see_visits(request.scope)
    asked = asked_of(request)
    if wants_partial(request) and asked.round is not None:
        # Ticks on the list stay where they are; what is done of those asked goes on.
        figures = _figures(request, asked, asked.round)
        return private(render(request, "logistics/visits/figures.html", figures))
    return _page(request, asked)


@require_POST
def visits_assign(request: HttpRequest) -> HttpResponse:
    """Give the ticked visits to a team."""
    check_can_plan_visits(request.scope)
    asked = asked_of(request)
    ticked = [pk for text in request.POST.getlist("visit") if (pk := id_of(text)) is not None]
    team_id = id_of(request.POST.get("team", ""))
    if team_id is None:
        refused = Refused("visit_team_missing", _("Choose a team."))
        return _page(request, asked, refused=refused, ticked=ticked, status=422)
    done = attempt(lambda: assign(visit_ids=ticked, team_id=team_id, **who(request)))
    if not done:
        return _page(request, asked, refused=done.refused, ticked=ticked, status=422)
    given = len(done.value)
    messages.success(
        request,
        ngettext("%(n)s visit is with the team.", "%(n)s visits are with the team.", given)
        % {"n": given},
    )
    return HttpResponseRedirect(f"{reverse('visits:visits')}?{asked.query}")


@require_POST
def visit_move(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Up or down in the team's list."""
    check_can_plan_visits(request.scope)
    visit = get_object_or_404(Visit.objects.within(request.scope), pk=visit_id)
    reorder(visit_id=visit_id, up=request.POST.get("way") == "up", **who(request))
    if visit.team_id is None:
        return HttpResponseRedirect(reverse("visits:visit", args=[visit_id]))
    team = reverse("visits:team", args=[visit.team_id])
    return HttpResponseRedirect(f"{team}?round={visit.round_id}#visit-{visit_id}")


def asked_of(request: HttpRequest) -> Asked:
    """Read the query of a page about visits. Raises Refused; 404 for a round out of sight."""
    refuse_unknown_query(request, ("round", "street", "show", "page"))
    rounds = rounds_of(request.scope)
    asked = query_number(request, "round") if request.GET.get("round") else None
    round_ = chosen_round(rounds, asked)
    if asked is not None and round_ is None:
        raise Http404
    street = query_number(request, "street") if request.GET.get("street") else None
    return Asked(rounds, round_, street, query_choice(request, "show", list(SHOWS), default="give"))


def _listed(request: HttpRequest, asked: Asked) -> QuerySet[Visit]:
    assert asked.round is not None
    found = visit_plan.standing(request.scope, asked.round.pk, asked.street)
    found = found.filter(SHOWS[asked.show]).select_related("community", "team", "trip__vehicle")
    if asked.show == "done":
        return found.order_by("-state_at", "pk")
    if asked.show == "given":
        return found.order_by("team_id", F("position").asc(nulls_last=True), "pk")
    return found.order_by("-urgent", "community__code", "building", "pk")


def _page(
    request: HttpRequest,
    asked: Asked,
    *,
    refused: Refused | None = None,
    ticked: list[int] | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    streets = Division.objects.within(scope).streets().current().order_by("code")
    context: dict[str, Any] = {
        "asked": asked,
        "round": asked.round,
        "refused": refused,
        "ticked": ticked or [],
        "streets": list(streets),
        "now": clock.now(),
        "may_plan": can_plan_visits(scope),
        "sees_teams": bool(scope.districts or scope.streets),
        "may_ask": can_raise_visit(scope),
    }
    if asked.round is not None:
        rows = visit_plan.buildings(scope, asked.round.pk, asked.street)
        left = [row for row in rows if not row.tally.all_done]
        page = Paginator(_listed(request, asked), PAGE_SIZE).get_page(request.GET.get("page"))
        context |= _figures(request, asked, asked.round) | {
            "takes_requests": asked.round.state in TAKES_REQUESTS,
            "buildings": left[:MOST_BUILDINGS],
            "more_buildings": max(len(left) - MOST_BUILDINGS, 0),
            "done_buildings": len(rows) - len(left),
            "teams": visit_plan.teams(scope, None, asked.street),
            "page": page,
        }
    return private(render(request, "logistics/visits/visits.html", context, status=status))


def _figures(request: HttpRequest, asked: Asked, round_: Round) -> dict[str, Any]:
    """What stands above the list, and is asked for again every half minute."""
    scope = request.scope
    return {
        "asked": asked,
        "round": round_,
        "now": clock.now(),
        "tally": visit_plan.tally_of(scope, round_.pk, asked.street),
        "doubles": count_doubles(scope, round_.pk) if can_plan_visits(scope) else 0,
    }


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
