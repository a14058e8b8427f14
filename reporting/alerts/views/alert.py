"""One alert: what was seen, who does what, every step; and what one can do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of, same_person
from core.acts import accepted, who
from reporting.alerts.forms.handling import AcknowledgeForm, AlertForm, CloseForm, SnoozeForm
from reporting.alerts.models import Alert, AlertStep
from reporting.alerts.permissions import (
    can_handle_alert,
    check_can_handle_alert,
    check_can_see_alerts,
)
from reporting.alerts.queries import lists
from reporting.alerts.services import handling

FORMS: dict[str, type[AlertForm]] = {
    "acknowledge": AcknowledgeForm,
    "snooze": SnoozeForm,
    "close": CloseForm,
}


@never_cache
@require_safe
def alert_page(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert with its steps, and the forms of those who may handle it."""
    check_can_see_alerts(request.scope)
    return _page(request, alert_id)


@require_POST
def alert_acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Take it on, with what will be done and by when."""
    check_can_handle_alert(request.scope)
    return _act(request, alert_id, "acknowledge", handling.acknowledge)


@require_POST
def alert_snooze(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Put it aside until a time, with the reason."""
    check_can_handle_alert(request.scope)
    return _act(request, alert_id, "snooze", handling.snooze)


@require_POST
def alert_close(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Close it though its condition lasts, with the reason."""
    check_can_handle_alert(request.scope)
    return _act(request, alert_id, "close", handling.close)


def _act(
    request: HttpRequest, alert_id: int, name: str, service: Callable[..., int]
) -> HttpResponse:
    form = FORMS[name](request.POST, prefix=None, auto_id=f"{name}-%s")

    def act(_data: dict[str, Any]) -> int:
        common = who(request)
        return service(alert_id=alert_id, **form.given(common["at"]), **common)

    done = accepted(form, act)
    if not done:
        return _page(request, alert_id, refused={name: form}, status=422)
    messages.success(request, _said(name, done.value))
    return HttpResponseRedirect(reverse("alerts:alerts"))


def _said(name: str, count: int) -> str:
    words = {
        "acknowledge": ngettext("Taken on: %(n)s alert.", "Taken on: %(n)s alerts.", count),
        "snooze": ngettext("Put aside: %(n)s alert.", "Put aside: %(n)s alerts.", count),
        "close": ngettext("Closed: %(n)s alert.", "Closed: %(n)s alerts.", count),
    }
    return words[name] % {"n": count}


def _page(
    request: HttpRequest,
    alert_id: int,
    *,
    refused: dict[str, AlertForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    alert = get_object_or_404(
        Alert.objects.within(scope).select_related("rule", "round__campaign"), pk=alert_id
    )
    steps = list(AlertStep.objects.within(scope).filter(alert=alert).order_by("pk"))
    actors = {step.by for step in steps} | {alert.owner, alert.ended_by} - {""}
    stands = alert.state != Alert.State.CLOSED
    failed = next(iter((refused or {}).values()), None)
    context = {
        "alert": alert,
        "line": lists.line(alert, scope),
        "title": lists.title_of(alert.detector),
        "advice": lists.advice_of(alert.detector),
        "street": Division.objects.filter(pk=alert.street_id or 0).first(),
        "others": lists.others_of_group(alert, scope) if stands else 0,
        "steps": steps,
        "names": names_of(actors),
        "forms": _forms(refused or {}, alert) if stands and can_handle_alert(scope) else None,
        "failed": failed,
        "of_another": alert.state == Alert.State.ACKNOWLEDGED
        and not same_person(alert.owner, scope.actor),
        "as_of": clock.now(),
    }
    return render(request, "alerts/alert.html", context, status=status)


def _forms(refused: dict[str, AlertForm], alert: Alert) -> dict[str, AlertForm]:
    initial = {"whole_group": alert.for_group}
    return {
        name: refused.get(name) or form(auto_id=f"{name}-%s", initial=initial)
        for name, form in FORMS.items()
    }
