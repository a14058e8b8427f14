"""Visit teams: who is in them, their lists in order, and the list on paper (S018, S025)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Round
from core import clock
from core.acts import accepted, attempt, who
from core.inputs import Refused
from core.query import query_number, refuse_unknown_query
from logistics.forms.visits import MembersForm, TeamForm
from logistics.models import Visit, VisitTeam
from logistics.permissions import can_plan_visits, check_can_plan_visits, check_can_see_visits
from logistics.queries import visit_plan
from logistics.queries.visit_people import Offered, offered_people
from logistics.services.visit_opening import print_list
from logistics.services.visit_teams import add_team, close_team, set_members
from logistics.views.visits import private
from sites.queries.rounds import chosen_round, rounds_of

PICK = ("street", "source")


@require_safe
def teams_page(request: HttpRequest) -> HttpResponse:
    """The open teams."""
    check_can_see_visits(request.scope)
    return _teams_page(request)


@require_POST
def team_add(request: HttpRequest) -> HttpResponse:
    """Set up a team."""
    check_can_plan_visits(request.scope)
    form = TeamForm(request.POST, scope=request.scope, people=_offered(request).people)

    def act(data: dict[str, Any]) -> VisitTeam:
        chosen = [person.pk for person in data["members"]]
        return add_team(
            street_id=data["street"].pk, name=data["name"], member_ids=chosen, **who(request)
        )

    if done := accepted(form, act):
        messages.success(request, _("The team is there. Give it visits from the list."))
        return HttpResponseRedirect(reverse("visits:team", args=[done.value.pk]))
    return _teams_page(request, form, status=422)


@require_safe
def team_page(request: HttpRequest, team_id: int) -> HttpResponse:
    """A team's list in its order."""
    check_can_see_visits(request.scope)
    return _team_page(request, _team(request, team_id))


@require_POST
def team_members(request: HttpRequest, team_id: int) -> HttpResponse:
    """Say who is in a team."""
    check_can_plan_visits(request.scope)
    team = _team(request, team_id)
    form = MembersForm(request.POST, scope=request.scope, people=_offered(request, team).people)
    offered = _keys(request)

    def act(data: dict[str, Any]) -> VisitTeam:
        chosen = [person.pk for person in data["members"]]
        return set_members(team_id=team_id, member_ids=chosen, offered=offered, **who(request))

    if accepted(form, act):
        messages.success(request, _("The team is changed."))
        return HttpResponseRedirect(reverse("visits:team", args=[team_id]))
    return _team_page(request, team, form=form, status=422)


@require_POST
def team_close(request: HttpRequest, team_id: int) -> HttpResponse:
    """Close a team; what it has not done waits again."""
    check_can_plan_visits(request.scope)
    team = _team(request, team_id)
    done = attempt(lambda: close_team(team_id=team_id, **who(request)))
    if not done:
        return _team_page(request, team, refused=done.refused, status=422)
    messages.success(request, _("The team is closed. What it had left waits for another team."))
    return HttpResponseRedirect(reverse("visits:teams"))


@require_http_methods(["GET", "HEAD", "POST"])
def team_sheet(request: HttpRequest, team_id: int) -> HttpResponse:
    """The list on paper: GET masked; POST with names and addresses, which is kept in the trail."""
    check_can_plan_visits(request.scope)
    team, round_ = _team(request, team_id), _round(request)
    if round_ is None:
        raise Http404
    opened = request.method == "POST"
    visits: Sequence[Visit]
    if opened:
        _same, visits = print_list(team_id=team_id, round_id=round_.pk, **who(request))
    else:
        visits = visit_plan.list_of_team(request.scope, team, round_.pk)
    context = {
        "team": team,
        "round": round_,
        "visits": visits,
        "opened": opened,
        "members": sorted(member.name_mask for member in team.members.all()),
        "now": clock.now(),
    }
    return private(render(request, "logistics/visits/sheet.html", context))


@require_safe
def differences_page(request: HttpRequest) -> HttpResponse:
    """Visits and samples that do not say the same."""
    check_can_see_visits(request.scope)
    round_ = _round(request)
    found = visit_plan.differences(request.scope, round_.pk) if round_ else []
    context = {"round": round_, "differences": found, "now": clock.now()}
    return private(render(request, "logistics/visits/differences.html", context))


def _teams_page(
    request: HttpRequest, form: TeamForm | None = None, *, status: int = 200
) -> HttpResponse:
    round_, may_plan = _round(request, *PICK), can_plan_visits(request.scope)
    offered = _offered(request) if may_plan else None
    people = offered.people if offered else []
    first = {"street": offered.street_id} if offered and offered.street_id else {}
    context = {
        "round": round_,
        "teams": visit_plan.teams(request.scope, round_.pk if round_ else None),
        "form": form or TeamForm(scope=request.scope, people=people, initial=first),
        "may_plan": may_plan,
        "offered": offered,
        "now": clock.now(),
    }
    return private(render(request, "logistics/visits/teams.html", context, status=status))


def _team_page(
    request: HttpRequest,
    team: VisitTeam,
    *,
    form: MembersForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    round_ = _round(request, *PICK)
    may_plan = can_plan_visits(request.scope) and team.closed_at is None
    members = list(team.members.select_related("source").order_by("name_mask", "pk"))
    own = [member.pk for member in members]
    offered = _offered(request, team) if may_plan else None
    if form is None and offered is not None:
        form = MembersForm(
            scope=request.scope, people=offered.people, initial={"members": own}
        )  # fmt: skip
    context = {
        "team": team,
        "members": members,
        "round": round_,
        "visits": visit_plan.list_of_team(request.scope, team, round_.pk) if round_ else [],
        "form": form,
        "offered": offered,
        # Who stood on the page: only they can be taken out of the team by what it sends.
        "stood": _keys(request) if form and form.is_bound else own,
        "refused": refused,
        "may_plan": may_plan,
        "now": clock.now(),
    }
    return private(render(request, "logistics/visits/team.html", context, status=status))


def _team(request: HttpRequest, team_id: int) -> VisitTeam:
    return get_object_or_404(VisitTeam.objects.within(request.scope), pk=team_id)


def _round(request: HttpRequest, *also: str) -> Round | None:
    refuse_unknown_query(request, ("round", *also))
    asked = query_number(request, "round") if request.GET.get("round") else None
    found = chosen_round(rounds_of(request.scope), asked)
    if asked is not None and found is None:
        raise Http404
    return found


def _offered(request: HttpRequest, team: VisitTeam | None = None) -> Offered:
    """People to choose from, as the address narrows them."""
    refuse_unknown_query(request, ("round", *PICK))
    street, source = (
        query_number(request, name, maximum=2**31 - 1) if request.GET.get(name) else None
        for name in PICK
    )
    return offered_people(request.scope, street_id=street, source_id=source, team=team)


def _keys(request: HttpRequest) -> list[UUID]:
    """Who of the team stood on the page that was sent."""
    keys = []
    for text in request.POST.getlist("offered"):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys
