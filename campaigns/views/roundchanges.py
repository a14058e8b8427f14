"""What people do to a round: each form of its page, then back to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import forms
from campaigns.models import ChecklistItem, Round
from campaigns.permissions import check_can_approve_round, check_can_plan_round
from campaigns.services import checklist, deadlines, lifecycle, rounds, targets
from campaigns.views.roundpage import round_context
from campaigns.views.rounds import find_round
from core.acts import accepted, who
from core.inputs import Refused

State = Round.State
APPROVED = (State.RUNNING, State.CLOSING, State.CLOSED)


def _submit(
    request: HttpRequest, round_: Round, section: str, form: Form,
    act: Callable[[dict[str, Any], dict[str, Any]], Any], done: str,
) -> HttpResponse:  # fmt: skip
    """Do what a valid form asks, then show the section again; a refusal keeps what was typed."""
    if accepted(form, lambda data: act(data, who(request))):
        messages.success(request, done)
        url = reverse("campaigns:round", args=[round_.pk])
        return HttpResponseRedirect(f"{url}#{section}")
    round_.refresh_from_db()
    context = round_context(round_, request.scope, failed=section, form=form)
    return render(request, "campaigns/round.html", context, status=422)


@require_POST
def round_change(request: HttpRequest, round_id: int) -> HttpResponse:
    """Change times, pool size, hours and laboratory capacity."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        rounds.change_round(round_id=round_id, changes=data, **who)

    return _submit(request, round_, "shape", forms.RoundShape(request.POST), act, _("Changed."))


@require_POST
def round_area(request: HttpRequest, round_id: int) -> HttpResponse:
    """Say which streets and communities are covered."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)
    form = forms.AreaForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        ids = [division.pk for division in data["divisions"]]
        rounds.set_areas(round_id=round_id, division_ids=ids, **who)

    return _submit(request, round_, "area", form, act, _("The area is set."))


@require_POST
def round_zone_add(request: HttpRequest, round_id: int) -> HttpResponse:
    """Add a risk zone."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)
    form = forms.ZoneForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        ids = [division.pk for division in data.pop("divisions")]
        rounds.add_zone(round_id=round_id, division_ids=ids, **data, **who)

    return _submit(request, round_, "zone", form, act, _("The zone is added."))


@require_POST
def round_zone_remove(request: HttpRequest, round_id: int, zone_id: int) -> HttpResponse:
    """Take a risk zone out."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)

    def act(_data: dict[str, Any], who: dict[str, Any]) -> None:
        rounds.remove_zone(round_id=round_id, zone_id=zone_id, **who)

    return _submit(request, round_, "zone", Form(request.POST), act, _("The zone is removed."))


@require_POST
def round_deadlines(request: HttpRequest, round_id: int) -> HttpResponse:
    """Set the nested deadlines anew."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)
    form = forms.DeadlinesForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        keys = [division.pk for division in data.pop("communities")]
        deadlines.set_deadlines(round_id=round_id, key_communities=keys, **data, **who)

    return _submit(request, round_, "deadline", form, act, _("The deadlines are set."))


@require_POST
def round_freeze(request: HttpRequest, round_id: int) -> HttpResponse:
    """Freeze the targets from the register as it is now."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        targets.freeze_targets(round_id=round_id, **data, **who)

    form = forms.FreezeForm(request.POST)
    return _submit(request, round_, "freeze", form, act, _("The targets are frozen."))


@require_POST
def round_extend(request: HttpRequest, round_id: int) -> HttpResponse:
    """Put off the planned end."""
    check_can_approve_round(request.scope)
    round_ = find_round(request, round_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        lifecycle.extend(round_id=round_id, **data, **who)

    form = forms.ExtendForm(request.POST)
    return _submit(request, round_, "extend", form, act, _("The round is extended."))


@require_POST
def round_step(request: HttpRequest, round_id: int) -> HttpResponse:
    """Take the round one step further: planners up to ready, commanders from there."""
    form = forms.StepForm(request.POST)
    to = form.data.get("to", "")
    (check_can_approve_round if to in APPROVED else check_can_plan_round)(request.scope)
    round_ = find_round(request, round_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        _step(round_id, round_.state, data, who)

    return _submit(request, round_, "step", form, act, _("Done."))


def _step(round_id: int, now: str, data: dict[str, Any], who: dict[str, Any]) -> None:
    to, reason = data["to"], data["reason"]
    if to == State.READY:
        lifecycle.mark_ready(round_id=round_id, **who)
    elif to == State.DRAFT:
        lifecycle.back_to_draft(round_id=round_id, reason=reason, **who)
    elif to == State.CLOSING:
        until: datetime = data["late_data_until"] or who["at"]
        lifecycle.begin_closing(round_id=round_id, late_data_until=until, reason=reason, **who)
    elif to == State.CLOSED:
        lifecycle.close(round_id=round_id, **who)
    elif now == State.CLOSING:
        lifecycle.resume(round_id=round_id, reason=reason, **who)
    else:
        lifecycle.start(round_id=round_id, backlog_seen=data["backlog_seen"], **who)


@require_POST
def checklist_add(request: HttpRequest, round_id: int) -> HttpResponse:
    """Add an item to the list."""
    check_can_plan_round(request.scope)
    round_ = find_round(request, round_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        checklist.add_item(round_id=round_id, **data, **who)

    return _submit(request, round_, "item", forms.ItemForm(request.POST), act, _("Added."))


@require_POST
def checklist_settle(request: HttpRequest, item_id: int) -> HttpResponse:
    """Tick an item off, waive it with a reason, or take that back."""
    check_can_plan_round(request.scope)
    items = ChecklistItem.objects.within(request.scope)
    item = get_object_or_404(items.select_related("round"), pk=item_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> None:
        if data["how"] == "reopen":
            checklist.reopen_item(item_id=item_id, **who)
            return
        if data["how"] == "waive" and not data["reason"]:
            raise Refused("reason_missing", _("Say why the item is waived."))
        waived = data["reason"] if data["how"] == "waive" else ""
        checklist.settle_item(item_id=item_id, waived_because=waived, **who)

    form = forms.SettleForm(request.POST)
    return _submit(request, find_round(request, item.round_id), "item", form, act, _("Noted."))
