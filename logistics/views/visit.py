"""One visit: what is known of it, masked; its log; what may be done about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import accepted, attempt, who
from core.inputs import Refused
from core.query import refuse_unknown_query
from logistics.forms.visits import OpenForm, StandForm, StepForm
from logistics.models import Visit, VisitState
from logistics.permissions import (
    can_open_visit,
    can_plan_visits,
    check_can_open_visit,
    check_can_plan_visits,
    check_can_see_own_duty,
    check_can_see_visits,
)
from logistics.queries import visit_plan
from logistics.services.visit_opening import OpenReason, open_visit
from logistics.services.visit_plans import GIVEN, set_way
from logistics.services.visits import let_stand, take_step
from logistics.views.visits import private
from personnel.queries.own import own_member


@require_safe
def visit_page(request: HttpRequest, visit_id: int) -> HttpResponse:
    """The masked card."""
    check_can_see_visits(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _find(request, visit_id))


@require_POST
def visit_step(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Note what became of it, or take it back, or withdraw it."""
    check_can_plan_visits(request.scope)
    visit = _find(request, visit_id)
    form = StepForm(request.POST, visit=visit)
    done = accepted(form, lambda data: take_step(visit_id=visit_id, **data, **who(request)))
    return _to(visit_id) if done else _page(request, visit, step=form, status=422)


@require_POST
def visit_stand(request: HttpRequest, visit_id: int) -> HttpResponse:
    """A refusal that is left at that."""
    check_can_plan_visits(request.scope)
    visit = _find(request, visit_id)
    form = StandForm(request.POST)
    done = accepted(form, lambda data: let_stand(visit_id=visit_id, **data, **who(request)))
    if not done:
        return _page(request, visit, stand=form, status=422)
    messages.success(request, _("Left at that. The visit stays counted as refused."))
    return _to(visit_id)


@require_POST
def visit_way(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Sampled at home, or fetched."""
    check_can_plan_visits(request.scope)
    visit, way = _find(request, visit_id), request.POST.get("way", "")
    done = attempt(lambda: set_way(visit_id=visit_id, way=way, **who(request)))
    return _to(visit_id) if done else _page(request, visit, refused=done.refused, status=422)


@require_POST
def visit_open(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Who it is, on this one answer: whoever reloads sees the masks again."""
    check_can_open_visit(request.scope)
    visit = _find(request, visit_id)
    form = OpenForm(request.POST)
    done = accepted(form, lambda data: open_visit(visit_id=visit_id, **data, **who(request)))
    if not done:
        return _page(request, visit, opening=form, status=422)
    return _page(request, visit, opened=True)


@require_POST
def visit_call(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Whom to call before going: for the team that has the visit, once, and kept in the trail."""
    check_can_see_own_duty(request.scope)
    with own_member(request.user.pk, actor=request.scope.actor) as member:
        if member is None:
            raise Http404
        visit = open_visit(
            visit_id=visit_id, reason=OpenReason.CALL, member=member, by=request.scope.actor,
            at=clock.now(),
        )  # fmt: skip
        return private(render(request, "logistics/visits/call.html", {"visit": visit}))


def _find(request: HttpRequest, visit_id: int) -> Visit:
    found = Visit.objects.within(request.scope).select_related(
        "community", "team", "trip__vehicle", "round__campaign", "merged_into"
    )
    visit = found.filter(pk=visit_id).first()
    if visit is None:
        raise Http404
    return visit


def _to(visit_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("visits:visit", args=[visit_id]))


def _page(
    request: HttpRequest,
    visit: Visit,
    *,
    step: StepForm | None = None,
    stand: StandForm | None = None,
    opening: OpenForm | None = None,
    refused: Refused | None = None,
    opened: bool = False,
    status: int = 200,
) -> HttpResponse:
    may_plan = can_plan_visits(request.scope)
    steps = list(visit.steps.select_related("team").order_by("at", "pk"))
    wrong: Form | None = step or stand or opening
    context: dict[str, Any] = {
        "visit": visit,
        "opened": opened,
        "refused": refused,
        "form": wrong,
        "step_form": step or StepForm(visit=visit),
        "stand_form": stand or StandForm(),
        "open_form": opening or OpenForm(),
        "steps": steps,
        "names": names_of([visit.by, *(row.by for row in steps)]),
        "sampled_at": visit_plan.sampled_at([visit], visit.round_id).get(visit.person_key),
        "may_plan": may_plan,
        "sees_teams": bool(request.scope.districts or request.scope.streets),
        "may_open": can_open_visit(request.scope) and visit.purged_at is None,
        "may_change_way": may_plan and visit.state in GIVEN,
        "stands": _stands(visit, steps),
        "teams": visit_plan.teams(request.scope, None, visit.street_id)
        if may_plan and visit.state in GIVEN and visit.way == Visit.Way.HOME
        else [],
        "now": clock.now(),
    }
    return private(render(request, "logistics/visits/visit.html", context, status=status))


def _stands(visit: Visit, steps: list[Any]) -> bool:
    """Somebody has left a refusal at that."""
    refused = VisitState.REFUSED
    return any(
        step.from_state == step.to_state == refused and step.at >= visit.state_at for step in steps
    )
