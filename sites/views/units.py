"""One unit: its day, its last captures, its tallies, and the acts on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division, Round
from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.inputs import Refused
from core.query import refuse_unknown_query
from sites.forms import ChannelForm, StateForm, TallyForm
from sites.models import SamplingUnit
from sites.models.points import Channel, State
from sites.permissions import (
    can_enrol_device,
    can_enter_tally,
    can_manage_points,
    can_manage_units,
    can_see_conflicts,
    can_see_points,
    check_can_enter_tally,
    check_can_manage_points,
    check_can_manage_units,
    check_can_see_points,
)
from sites.queries import unit_day
from sites.queries.points import last_captures
from sites.services.tallies import record_tally
from sites.services.units import TRANSITIONS, change_channel, change_unit_state


@require_safe
def unit_page(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Everything about one unit; who only enters tallies sees no captures."""
    if not can_enter_tally(request.scope):
        check_can_see_points(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, unit_id)


@require_POST
def unit_state(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Open, pause or close the unit; `next` = point leads back to its point."""
    check_can_manage_units(request.scope)

    def act(data: dict[str, Any]) -> None:
        to, reason = State(data["to"]), data["reason"]
        change_unit_state(unit_id=unit_id, to=to, reason=reason, **who(request))

    return _act(request, unit_id, StateForm(request.POST), act)


@require_POST
def unit_channel(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Give the unit another channel."""
    check_can_manage_points(request.scope)

    def act(data: dict[str, Any]) -> None:
        change_channel(unit_id=unit_id, channel=data["channel"], **who(request))

    return _act(request, unit_id, ChannelForm(request.POST), act)


@require_POST
def unit_tally(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Record or correct a quarter hour on paper."""
    check_can_enter_tally(request.scope)
    unit = _unit(request, unit_id)
    form = TallyForm(request.POST, rounds=_open_rounds(unit))

    def act(data: dict[str, Any]) -> None:
        record_tally(
            tally_id=data["id"],
            unit_id=unit.pk,
            round_id=data["round"].pk,
            quarter=form.quarter(),
            swabs=data["swabs"],
            tubes=data["tubes"],
            reason=data["reason"],
            **who(request),
        )

    if accepted(form, act, fields=_FIELD_OF):
        return HttpResponseRedirect(reverse("sites:unit", args=[unit.pk]) + "#tallies")
    return _page(request, unit_id, tally=form, status=422)


_WORDS = {
    "silent": _("silent"),
    "void": _("void"),
    "working": _("working"),
    "code": _("code issued"),
    "ended": _("ended"),
}
_FIELD_OF = {
    "tally_exists": "reason",
    "quarter_wrong": "start",
    "tally_tubes": "tubes",
    "tally_too_large": "swabs",
}


def _unit(request: HttpRequest, unit_id: int) -> SamplingUnit:
    return get_object_or_404(
        SamplingUnit.objects.within(request.scope).select_related("point__community"), pk=unit_id
    )


def _open_rounds(unit: SamplingUnit) -> list[Round]:
    return [r for r in unit_day.rounds_at(unit.point) if r.state in ("running", "closing")]


def _act(
    request: HttpRequest, unit_id: int, form: Any, act: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    unit = _unit(request, unit_id)
    done = accepted(form, act)
    if done:
        back = reverse("sites:unit", args=[unit.pk])
        if request.POST.get("next") == "point":
            back = reverse("sites:point", args=[unit.point_id]) + "#units"
        return HttpResponseRedirect(back)
    if not (can_see_points(request.scope) or can_enter_tally(request.scope)):
        raise PermissionDenied
    return _page(request, unit_id, refused=done.refused, typed=form, status=422)


def _page(
    request: HttpRequest,
    unit_id: int,
    *,
    refused: Refused | None = None,
    typed: Any = None,
    tally: TallyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    unit, now = _unit(request, unit_id), clock.now()
    rounds = unit_day.rounds_at(unit.point)
    closed_round = _is_round_closed(unit, rounds)
    last = last_captures([round_.pk for round_ in rounds], [unit.pk]).get(unit.pk)
    tallies = unit_day.tallies_of(unit, rounds)
    changes = unit_day.changes_of(unit)
    actors = [change.by for change in changes]
    actors += [t.entered_by for line in tallies for t in [line.current, *line.earlier]]
    context = {
        "unit": unit,
        "point": unit.point,
        "street": Division.objects.filter(pk=unit.street_id).first(),
        "steps": _steps(unit, closed_round),
        "closed_round": closed_round,
        "channels": Channel.choices,
        "last": last,
        "silence": unit_day.silence_of(unit, last, now),
        "tallies": tallies,
        "changes": changes,
        "names": names_of(actors),
        "refused": refused,
        "typed": typed,
        "now": now,
        "words": _WORDS,
        "form": tally or _empty_tally(request, unit),
        **_figures(request, unit, rounds),
        **_rights(request),
    }
    return render(request, "sites/unit.html", context, status=status)


def _is_round_closed(unit: SamplingUnit, rounds: list[Round]) -> bool:
    """Whether the round of the unit's point is over; others may still sample there."""
    return any(r.pk == unit.point.round_id and r.state == Round.State.CLOSED for r in rounds)


def _steps(unit: SamplingUnit, closed_round: bool) -> list[str]:
    """The states one may go to, in the order of a day; nothing opens in a closed round."""
    steps = [step for step in State if step in TRANSITIONS[unit.state]]
    return [str(step) for step in steps if not (closed_round and step == State.OPEN)]


def _figures(request: HttpRequest, unit: SamplingUnit, rounds: list[Round]) -> dict[str, Any]:
    """What the unit did; only for those who see points."""
    scope, now = request.scope, clock.now()
    if not can_see_points(scope):
        return {}
    hours = unit_day.hours_today(unit, rounds, now)
    return {
        "tubes": unit_day.tubes_today(unit, rounds, now),
        "hours": hours,
        "most": max((hour.swabs for hour in hours), default=0),
        "captures": unit_day.last_captures_of(unit, rounds, scope),
        "devices": _devices(unit),
        "conflicts": unit_day.open_conflicts(unit, scope) if can_see_conflicts(scope) else [],
    }


def _devices(unit: SamplingUnit) -> list[dict[str, Any]]:
    """The unit's devices on real time: tokens and codes run out in a rehearsal too."""
    real = timezone.now()
    rows = []
    for device in unit.devices.order_by("-created_at")[:10]:
        state = "code"
        if device.revoked_at is not None:
            state = "revoked"
        elif device.enrolled_at is not None:
            state = "working" if device.expires_at and device.expires_at > real else "expired"
        elif device.code_expires_at is None or device.code_expires_at <= real:
            state = "unused"
        seen = device.last_seen_at
        rows.append({"device": device, "state": state, "age": real - seen if seen else None})
    return rows


def _empty_tally(request: HttpRequest, unit: SamplingUnit) -> TallyForm | None:
    rounds = _open_rounds(unit)
    if not (rounds and can_enter_tally(request.scope)):
        return None
    first = next((r for r in rounds if r.pk == unit.point.round_id), rounds[0])
    start = TallyForm.last_quarter(clock.now())
    return TallyForm(rounds=rounds, initial={"id": uuid.uuid4(), "round": first.pk, **start})


def _rights(request: HttpRequest) -> dict[str, bool]:
    scope = request.scope
    return {
        "may_see": can_see_points(scope),
        "may_manage": can_manage_points(scope),
        "may_run": can_manage_units(scope),
        "may_enrol": can_enrol_device(scope),
    }
