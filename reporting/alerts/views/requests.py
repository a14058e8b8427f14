"""Requests for exceptions: the list, a new one, and one with every hand's word."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import account, names_of
from core.acts import accepted, who
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.alerts.forms.places import place_name
from reporting.alerts.forms.requests import AskForm, WordForm
from reporting.alerts.models import ExceptionRequest
from reporting.alerts.permissions import (
    check_can_ask_exception,
    check_can_see_matters,
    check_can_speak,
)
from reporting.alerts.queries import matters as queries
from reporting.alerts.services import requests
from reporting.alerts.views.matters import list_context
from reporting.alerts.views.wishes import words_of_query

PAGE_SIZE = 30
FILTERS = ("list", "kind", "street", "q", "page")
BUTTONS = {
    "support": _("Recommend"),
    "oppose": _("Advise against"),
    "grant": _("Grant"),
    "refuse": _("Refuse"),
    "withdraw": _("Withdraw it"),
}
BADGES = {"asked": "warn", "seen": "warn", "granted": "done", "refused": "stale",
          "withdrawn": "stale"}  # fmt: skip


@never_cache
@require_safe
def requests_page(request: HttpRequest) -> HttpResponse:
    """Requests of one's area: what waits longest first."""
    scope = request.scope
    check_can_see_matters(scope)
    refuse_unknown_query(request, FILTERS)
    closed = query_choice(request, "list", ("open", "closed"), default="open") == "closed"
    kinds = ExceptionRequest.Kind
    kind = query_choice(request, "kind", ("", *kinds.values), default="")
    street = query_number(request, "street", default=0) or 0
    wish = queries.Wish(closed, kind, street, words_of_query(request))
    page = Paginator(queries.requests(scope, wish), PAGE_SIZE).get_page(request.GET.get("page"))
    now = clock.now()
    streets = list(Division.objects.streets().within(scope).order_by("code"))
    kept = {"list": "closed" if closed else "", "kind": kind, "street": street, "q": wish.words}
    query = urlencode({name: value for name, value in kept.items() if value})
    context = {
        "page": page,
        "rows": _rows(list(page), now),
        "kinds": kinds.choices,
        "query": f"{query}&" if query else "",
        "as_of": now,
        **list_context(scope, wish, "requests_closed" if closed else "requests", streets),
    }
    return render(request, "alerts/matter_requests.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask for an exception."""
    check_can_ask_exception(request.scope)
    if request.method != "POST":
        refuse_unknown_query(request, ())
        form = AskForm(scope=request.scope)
        return render(request, "alerts/matter_request_new.html", {"form": form})
    form = AskForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any]) -> ExceptionRequest:
        return requests.ask(place_id=data.pop("place"), **data, **who(request))

    if done := accepted(form, act):
        return HttpResponseRedirect(reverse("alerts:request", args=[done.value.pk]))
    form.renewed()
    return render(request, "alerts/matter_request_new.html", {"form": form}, status=422)


@never_cache
@require_safe
def request_page(request: HttpRequest, request_id: int) -> HttpResponse:
    """One request, and whose word it waits for."""
    check_can_see_matters(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, request_id)


@require_POST
def request_step(request: HttpRequest, request_id: int) -> HttpResponse:
    """One hand's word on a request."""
    check_can_speak(request.scope, request.POST.get("action", ""))
    get_object_or_404(ExceptionRequest.objects.within(request.scope), pk=request_id)
    form = WordForm(request.POST)

    def act(data: dict[str, Any]) -> ExceptionRequest:
        return requests.take_step(request_id=request_id, **data, **who(request))

    if accepted(form, act):
        return HttpResponseRedirect(reverse("alerts:request", args=[request_id]))
    return _page(request, request_id, form=form, status=422)


def _page(
    request: HttpRequest, request_id: int, *, form: WordForm | None = None, status: int = 200
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    seen = ExceptionRequest.objects.within(scope).select_related("community")
    found = get_object_or_404(seen, pk=request_id)
    steps = list(found.steps.order_by("pk"))
    spoken = account(scope.actor) in {step.person for step in steps}
    buttons = _buttons(found, scope, spoken)
    context = {
        "row": _rows([found], now)[0],
        "asked": found,
        "steps": steps,
        "names": names_of({step.by for step in steps}),
        "buttons": buttons,
        "form": form or (WordForm() if buttons else None),
        "spoken": spoken,
        "as_of": now,
    }
    return render(request, "alerts/matter_request.html", context, status=status)


def _buttons(found: ExceptionRequest, scope: Scope, spoken: bool) -> list[tuple[str, Any]]:
    """The words that this person may give now; whoever has spoken may only withdraw their own."""
    return [
        (action, word)
        for action, word in BUTTONS.items()
        if action in requests.TRANSITIONS[found.state]
        and requests.may_take(action, found, scope)
        and (action == "withdraw" or not spoken)
    ]


def _rows(found: list[ExceptionRequest], now: datetime) -> list[dict[str, Any]]:
    streets = Division.objects.in_bulk({asked.street_id for asked in found})
    return [
        {
            "asked": asked,
            "place": f"{place_name(streets[asked.street_id])} · {place_name(asked.community)}",
            "waits": now - asked.state_at,
            "badge": BADGES[asked.state],
        }
        for asked in found
    ]
