"""One point: its data, areas, checklist, queue, units and history, and the acts on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.inputs import Refused
from core.query import refuse_unknown_query
from core.scope import Scope
from sites.forms import AreasForm, CheckForm, QueueForm, StateForm, UnitCountForm
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import Channel, QueueBand, State
from sites.permissions import (
    can_call_up,
    can_enrol_device,
    can_manage_points,
    can_manage_units,
    can_report_queue,
    check_can_manage_points,
    check_can_manage_units,
    check_can_report_queue,
    check_can_see_points,
)
from sites.queries.points import is_queue_old, last_captures
from sites.queries.preparation import preparation_of
from sites.queries.unit_day import silence_of
from sites.services.checklist import set_areas, set_check
from sites.services.points import change_point_state
from sites.services.queue import report_queue
from sites.services.units import TRANSITIONS, set_unit_counts

LAST_SHOWN = 8
_WORDS = {
    "power": _("power"),
    "network": _("network"),
    "cover": _("cover from rain and sun"),
    "lane": _("step-free lane"),
}


@require_safe
def point_page(request: HttpRequest, point_id: int) -> HttpResponse:
    """Everything about one point."""
    check_can_see_points(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, point_id)


@require_POST
def point_state(request: HttpRequest, point_id: int) -> HttpResponse:
    """Open, pause or close the point."""
    check_can_manage_units(request.scope)
    form = StateForm(request.POST)
    return _act(
        request,
        point_id,
        form,
        lambda data: change_point_state(
            point_id=point_id,
            to=data["to"],
            reason=data["reason"],
            with_units=not data["alone"],
            **who(request),
        ),
    )


@require_POST
def point_check(request: HttpRequest, point_id: int) -> HttpResponse:
    """One line of the checklist, met or not after all."""
    check_can_manage_units(request.scope)
    form = CheckForm(request.POST)
    return _act(
        request,
        point_id,
        form,
        lambda data: set_check(
            point_id=point_id, code=data["code"], met=data["met"], **who(request)
        ),
        at="checklist",
    )


@require_POST
def point_areas(request: HttpRequest, point_id: int) -> HttpResponse:
    """How many areas are there; who sets points up also says how many are required."""
    check_can_manage_units(request.scope)
    form = AreasForm(request.POST, may_require=can_manage_points(request.scope))
    return _act(
        request,
        point_id,
        form,
        lambda data: set_areas(
            point_id=point_id,
            required=form.counts("required"),
            ready=form.counts("ready"),
            **who(request),
        ),
        at="areas",
    )


@require_POST
def point_queue(request: HttpRequest, point_id: int) -> HttpResponse:
    """One tap on how long people wait."""
    check_can_report_queue(request.scope)
    form = QueueForm(request.POST)
    return _act(
        request,
        point_id,
        form,
        lambda data: report_queue(point_id=point_id, band=data["band"], **who(request)),
        at="queue",
    )


@require_POST
def point_units(request: HttpRequest, point_id: int) -> HttpResponse:
    """So many units of each channel in all."""
    check_can_manage_points(request.scope)
    form = UnitCountForm(request.POST)
    return _act(
        request,
        point_id,
        form,
        lambda data: set_unit_counts(point_id=point_id, wanted=data, **who(request)),
        at="units",
    )


def _act(
    request: HttpRequest,
    point_id: int,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    *,
    at: str = "",
) -> HttpResponse:
    """Do what the form says and go back to that part of the page; 422 with the reason if not."""
    get_object_or_404(SamplingPoint.objects.within(request.scope), pk=point_id)
    done = accepted(form, act)
    if not done:
        return _page(request, point_id, refused=done.refused, typed=form, status=422)
    if request.POST.get("next") == "call_up":
        return HttpResponseRedirect(f"{reverse('sites:call_up')}?point={point_id}")
    anchor = f"#{at}" if at else ""
    return HttpResponseRedirect(reverse("sites:point", args=[point_id]) + anchor)


def _page(
    request: HttpRequest,
    point_id: int,
    *,
    refused: Refused | None = None,
    typed: Any = None,
    status: int = 200,
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    point = get_object_or_404(
        SamplingPoint.objects.within(scope).select_related(
            "community__parent", "round__campaign", "backup"
        ),
        pk=point_id,
    )
    reports = list(point.queue_reports.order_by("-at", "-pk")[:LAST_SHOWN])
    changes = list(point.changes.order_by("-at", "-pk")[:LAST_SHOWN])
    preparation = preparation_of([point])[point.pk]
    actors = [row.by for row in [*reports, *changes]] + [c.met_by for c in preparation.checks]
    context = {
        "point": point,
        "street": Division.objects.filter(pk=point.street_id).first(),
        "serves": list(point.serves.order_by("code")) or [point.community],
        "preparation": preparation,
        "units": _units(point, now),
        "counts": _counts(point, typed),
        "reports": reports,
        "changes": changes,
        "names": names_of(filter(None, actors)),
        "bands": QueueBand.choices,
        "queue_is_old": is_queue_old(point, now),
        "steps": _steps(point.state),
        "refused": refused,
        "typed": typed,
        "now": now,
        "words": _WORDS,
        "closed_round": point.round.state == "closed",
        **_rights(scope),
    }
    return render(request, "sites/point.html", context, status=status)


def _rights(scope: Scope) -> dict[str, bool]:
    return {
        "may_manage": can_manage_points(scope),
        "may_run": can_manage_units(scope),
        "may_report": can_report_queue(scope),
        "may_call": can_call_up(scope),
        "may_enrol": can_enrol_device(scope),
    }


def _steps(state: str) -> list[str]:
    """The states one may go to, in the order of a day."""
    return [str(step) for step in State if step in TRANSITIONS[state]]


def _units(point: SamplingPoint, now: datetime) -> list[dict[str, Any]]:
    units = list(point.units.prefetch_related("devices").order_by("number"))
    last = last_captures([point.round_id], [unit.pk for unit in units])
    real = timezone.now()
    return [
        {
            "unit": unit,
            "devices": sum(
                device.revoked_at is None
                and device.expires_at is not None
                and device.expires_at > real
                for device in unit.devices.all()
            ),
            "last": last.get(unit.pk),
            "silence": silence_of(unit, last.get(unit.pk), now),
            "steps": _steps(unit.state),
        }
        for unit in units
    ]


def _counts(point: SamplingPoint, typed: Any) -> UnitCountForm:
    if isinstance(typed, UnitCountForm):
        return typed
    units = list(SamplingUnit.objects.filter(point=point).values_list("channel", flat=True))
    return UnitCountForm(initial={channel.value: units.count(channel) for channel in Channel})
