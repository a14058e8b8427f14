"""Support teams: from which body, how many, under whom, until when, and where they are now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.acts import accepted, who
from core.query import refuse_unknown_query
from personnel.forms.staff_lists import TeamForm, rows_of
from personnel.models import StaffMember, SupportTeam
from personnel.permissions import (
    can_manage_staff_lists,
    check_can_manage_staff_lists,
    check_can_see_staff,
)
from personnel.queries import people as people_queries
from personnel.queries import teams as queries
from personnel.queries.terms import Lists
from personnel.services import teams
from personnel.views.staff import private

PAGE_SIZE = 50
MOST_CHOICES = 300


@require_safe
def teams_page(request: HttpRequest) -> HttpResponse:
    """Teams of one's area, in the order in which they were noted."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("page",))
    at = clock.now()
    page = Paginator(queries.teams_in(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    found = SupportTeam.objects.filter(pk__in=[team.pk for team in page]).order_by(
        "position", "code"
    )
    lines = queries.team_lines(found, request.scope, at)
    context = {
        "page": page,
        "rows": [(line, line.state(at)) for line in lines],
        "people": sum(line.team.headcount for line in lines if line.state(at) != "away"),
        "now": at,
        "may_keep_lists": can_manage_staff_lists(request.scope),
    }
    return private(render(request, "personnel/staff/teams.html", context))


@require_safe
def team_page(request: HttpRequest, team_id: int) -> HttpResponse:
    """One team: what its sender stated, its listed members, where its people stand."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("page",))
    at = clock.now()
    found = _team(request, team_id)
    (line,) = queries.team_lines(found, request.scope, at)
    members = (
        StaffMember.objects.within(request.scope)
        .serving()
        .filter(team=team_id)
        .order_by("name_mask", "pk")
        .values_list("pk", flat=True)
    )
    page = Paginator(members, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "line": line,
        "team": line.team,
        "state": line.state(at),
        "page": page,
        "lines": people_queries.lines_of(people_queries.masked_people(page), request.scope, at),
        "may_dispatch": request.scope.can("dispatch") and line.state(at) != "away",
        "unlisted": max(line.team.headcount - line.listed, 0),
        "now": at,
        "may_keep_lists": can_manage_staff_lists(request.scope),
    }
    return private(render(request, "personnel/staff/team.html", context))


@require_http_methods(["GET", "HEAD", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    """A new team."""
    check_can_manage_staff_lists(request.scope)
    refuse_unknown_query(request, ())
    lists = Lists(request.scope)
    data = request.POST if request.method == "POST" else None
    form = TeamForm(data, lists=lists, people=[])
    if data is not None:
        done = accepted(form, lambda _d: teams.add_team(details=form.details(), **who(request)))
        if done:
            messages.success(request, _("The team is noted."))
            return HttpResponseRedirect(reverse("staff:team", args=[done.value.pk]))
    return _form_page(request, form, None, 200 if data is None else 422)


@require_http_methods(["GET", "HEAD", "POST"])
def team_change(request: HttpRequest, team_id: int) -> HttpResponse:
    """Change what is kept of a team."""
    check_can_manage_staff_lists(request.scope)
    refuse_unknown_query(request, ())
    team = _team(request, team_id).get()
    given: dict[str, Any] = {"lists": Lists(request.scope), "people": _leaders(request, team)}
    if request.method != "POST":
        names = ("name", "name_en", "code", "headcount", "arrives_at", "returns_at")
        initial = {name: getattr(team, name) for name in names}
        initial |= {
            "sent_by": team.sent_by_id, "source": team.source_id, "leader": team.leader_id,
        }  # fmt: skip
        return _form_page(request, TeamForm(initial=initial, **given), team, 200)
    form = TeamForm(request.POST, **given)
    done = accepted(
        form,
        lambda _d: teams.change_team(team_id=team.pk, details=form.details(), **who(request)),
    )
    if done:
        messages.success(request, _("The changes are kept."))
        return HttpResponseRedirect(reverse("staff:team", args=[team.pk]))
    return _form_page(request, form, team, 422)


def _team(request: HttpRequest, team_id: int) -> QuerySet[SupportTeam]:
    found = queries.teams_in(request.scope).filter(pk=team_id)
    if not found.exists():
        raise Http404
    return found


def _leaders(request: HttpRequest, team: SupportTeam) -> list[tuple[str, str]]:
    """Who may lead it: its listed members, people of the body that sends it, its leader now."""
    people = StaffMember.objects.within(request.scope).serving()
    mine = Q(team=team) | Q(home_unit=team.sent_by_id) | Q(pk=team.leader_id)
    found = people.filter(mine).order_by("name_mask", "pk").values_list("pk", flat=True)
    return rows_of(people_queries.masked_people(found[:MOST_CHOICES]))


def _form_page(
    request: HttpRequest, form: TeamForm, team: SupportTeam | None, status: int
) -> HttpResponse:
    context = {"form": form, "team": team}
    return private(render(request, "personnel/staff/team_form.html", context, status=status))
