"""The call-up of buildings: who comes next, who was told how, who is done; for a phone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.acts import accepted, attempt, who
from core.inputs import Refused
from core.query import query_number, refuse_unknown_query
from core.scope import Scope
from sites.forms import CallForm
from sites.models import BuildingCall, BuildingNotice, SamplingPoint
from sites.models.points import QueueBand
from sites.permissions import can_manage_units, can_report_queue, can_see_points, check_can_call_up
from sites.queries.callup import advise, call_sheet
from sites.queries.points import is_queue_old
from sites.queries.rounds import chosen_round, rounds_of
from sites.services import callup

MOST_POINTS = 400


@require_safe
def call_up(request: HttpRequest) -> HttpResponse:
    """The queue of one point; without `point`, of the first one that is open."""
    check_can_call_up(request.scope)
    refuse_unknown_query(request, ("point",))
    asked = query_number(request, "point") if request.GET.get("point") else None
    return _page(request, asked)


@require_POST
def call_build(request: HttpRequest, point_id: int) -> HttpResponse:
    """Line up the buildings of the register, or those that it has gained."""
    check_can_call_up(request.scope)
    get_object_or_404(SamplingPoint.objects.within(request.scope), pk=point_id)
    done = attempt(lambda: callup.build_queue(point_id=point_id, **who(request)))
    if not done:
        return _page(request, point_id, refused=done.refused, status=422)
    added = done.value.added
    messages.success(
        request,
        ngettext("%(n)s building lined up.", "%(n)s buildings lined up.", added) % {"n": added},
    )
    return HttpResponseRedirect(_address(point_id))


@require_POST
def call_step(request: HttpRequest, call_id: int) -> HttpResponse:
    """One tap about one building: told, done, taken back, up or down."""
    check_can_call_up(request.scope)
    call = get_object_or_404(BuildingCall.objects.within(request.scope), pk=call_id)
    done = accepted(CallForm(request.POST), lambda data: _step(request, call_id, data))
    if not done:
        return _page(request, call.point_id, refused=done.refused, status=422)
    return HttpResponseRedirect(f"{_address(call.point_id)}#call-{call_id}")


def _step(request: HttpRequest, call_id: int, data: dict[str, Any]) -> None:
    call = {"call_id": call_id, **who(request)}
    if data["act"] == "notice":
        callup.give_notice(kind=data["kind"], **call)
    elif data["act"] == "done":
        callup.finish_building(**call)
    elif data["act"] == "undo":
        callup.undo_step(was=data["was"], **call)
    else:
        callup.move_building(up=data["act"] == "up", **call)


def _address(point_id: int) -> str:
    return f"{reverse('sites:call_up')}?point={point_id}"


def _page(
    request: HttpRequest,
    asked: int | None,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    points = _points(scope, asked)
    point = next((p for p in points if p.pk == asked), None) if asked else _first(points)
    if asked and point is None:
        raise Http404
    context: dict[str, Any] = {"points": points, "point": point, "refused": refused, "now": now}
    if point is not None:
        sheet = call_sheet(point, scope, now)
        context |= {
            "sheet": sheet,
            "advice": advise(point, sheet, now),
            "queue_is_old": is_queue_old(point, now),
            "kinds": BuildingNotice.Kind.choices,
            "bands": QueueBand.choices,
            "is_open": point.state == "open",
            "may_report": can_report_queue(scope),
            "may_run": can_manage_units(scope),
            "may_see": can_see_points(scope),
            "words": {"called": _("called"), "through": _("through")},
        }
    return render(request, "sites/call_up.html", context, status=status)


def _points(scope: Scope, asked: int | None) -> list[SamplingPoint]:
    """Points that one may choose: those of the round of the one asked for, or of the round now."""
    seen = SamplingPoint.objects.within(scope)
    if asked:
        round_ids = list(seen.filter(pk=asked).order_by().values_list("round_id", flat=True)[:1])
    else:
        round_ = chosen_round(rounds_of(scope), None)
        round_ids = [round_.pk] if round_ else []
    found = seen.filter(round_id__in=round_ids).select_related("community", "round", "backup")
    return list(found.order_by("community__code", "code", "pk")[:MOST_POINTS])


def _first(points: list[SamplingPoint]) -> SamplingPoint | None:
    """The first point that is open, or else the first."""
    return next((p for p in points if p.state == "open"), points[0] if points else None)
