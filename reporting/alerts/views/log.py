"""The activity log, its major events, and one entry with what was added to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import names_of
from core.acts import accepted, who
from core.query import query_choice, query_number, refuse_unknown_query
from personnel.roles import Role
from reporting.alerts.forms.log import AmendForm, EntryForm, EventForm, WithdrawForm
from reporting.alerts.forms.places import place_name
from reporting.alerts.models import LogEntry
from reporting.alerts.permissions import (
    can_promote_event,
    can_write_log,
    check_can_promote_event,
    check_can_see_log,
    check_can_write_log,
)
from reporting.alerts.queries.log import LogWish, entries, positions, with_amendments
from reporting.alerts.services import log
from reporting.alerts.views.wishes import day_of_query, numbers_of_place, words_of_query

PAGE_SIZE = 30
LISTS = {"log": _("Activity log"), "events": _("Major events")}
FILTERS = ("list", "street", "day", "position", "q", "page")


@never_cache
@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """The lines of one's area, newest first, or the major events picked from them."""
    check_can_see_log(request.scope)
    refuse_unknown_query(request, FILTERS)
    form = EntryForm(scope=request.scope) if can_write_log(request.scope) else None
    return _page(request, form)


@require_POST
def log_add(request: HttpRequest) -> HttpResponse:
    """Note one line."""
    check_can_write_log(request.scope)
    form = EntryForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any]) -> LogEntry:
        place_id = data.pop("place", None)
        return log.add_entry(**data, place_id=place_id, **who(request))

    if accepted(form, act):
        return HttpResponseRedirect(reverse("alerts:log"))
    form.renewed()
    return _page(request, form, status=422)


@never_cache
@require_safe
def log_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry: amend it, or put it among the major events."""
    check_can_see_log(request.scope)
    refuse_unknown_query(request, ())
    return _entry_page(request, entry_id)


@require_POST
def log_amend(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Add a line beneath an entry."""
    check_can_write_log(request.scope)
    form = AmendForm(request.POST)
    get_object_or_404(LogEntry.objects.within(request.scope), pk=entry_id)
    if accepted(
        form, lambda data: log.amend_entry(entry_id=entry_id, **data, **who(request))
    ):  # fmt: skip
        return HttpResponseRedirect(reverse("alerts:log_entry", args=[entry_id]))
    form.renewed()
    return _entry_page(request, entry_id, amend=form, status=422)


@require_POST
def log_event(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Put an entry among the major events, or take it off them."""
    check_can_promote_event(request.scope)
    get_object_or_404(LogEntry.objects.within(request.scope), pk=entry_id)
    off = "reason" in request.POST
    form: Any = WithdrawForm(request.POST) if off else EventForm(request.POST)
    act = log.withdraw if off else log.promote
    if accepted(form, lambda data: act(entry_id=entry_id, **data, **who(request))):
        return HttpResponseRedirect(reverse("alerts:log_entry", args=[entry_id]))
    shown = {"withdraw" if off else "promote": form}
    return _entry_page(request, entry_id, **shown, status=422)


def _page(request: HttpRequest, form: EntryForm | None, *, status: int = 200) -> HttpResponse:
    scope = request.scope
    wish, typed = _wish(request)
    page = Paginator(entries(scope, wish), PAGE_SIZE).get_page(request.GET.get("page"))
    listed = list(page)
    query = urlencode({name: value for name, value in typed.items() if value})
    streets = list(Division.objects.streets().within(scope).order_by("code"))
    context = {
        "page": page,
        "rows": listed,
        "names": names_of(_actors(listed)),
        "street_names": {street.pk: place_name(street) for street in streets},
        "form": form,
        "wish": typed,
        "filtered": any(typed[name] for name in FILTERS[1:-1]),
        "lists": [(name, word, name == typed["list"]) for name, word in LISTS.items()],
        "streets": [(street.pk, place_name(street)) for street in streets],
        "positions": _positions(request),
        "query": f"{query}&" if query else "",
        "as_of": clock.now(),
    }
    return render(request, "alerts/log.html", context, status=status)


def _wish(request: HttpRequest) -> tuple[LogWish, dict[str, Any]]:
    """What is asked for, and the same as the address has it."""
    chosen = query_choice(request, "list", tuple(LISTS), default="log")
    street = query_number(request, "street", default=0) or 0
    day, position = day_of_query(request), request.GET.get("position", "")
    role, place = numbers_of_place(position, Role.values)
    words = words_of_query(request)
    wish = LogWish(chosen == "events", street, day, role, place, words)
    typed = {
        "list": chosen,
        "street": street,
        "day": day.isoformat() if day else "",
        "position": position if role else "",
        "q": words,
    }
    return wish, typed


def _positions(request: HttpRequest) -> list[tuple[str, str]]:
    english = (get_language() or "").startswith("en")
    return [
        (f"{role}-{place}", f"{Role(role).label} · {(english and name_en) or name}")
        for role, place, name, name_en in positions(request.scope)
        if role in Role.values
    ]


def _actors(rows: Iterable[LogEntry]) -> set[str]:
    return {line.by for row in rows for line in [row, *row.amendments.all()]}


def _entry_page(
    request: HttpRequest,
    entry_id: int,
    *,
    amend: AmendForm | None = None,
    promote: EventForm | None = None,
    withdraw: WithdrawForm | None = None,
    status: int = 200,
) -> HttpResponse:
    scope = request.scope
    seen = with_amendments(LogEntry.objects.within(scope).with_event())
    entry = get_object_or_404(seen, pk=entry_id)
    if entry.amends_id:
        # An amendment is read beneath what it amends.
        entry = get_object_or_404(seen, pk=entry.amends_id)
    marks = list(entry.event_marks.order_by("pk"))
    street = Division.objects.filter(pk=entry.street_id or 0).first()
    may_promote = can_promote_event(scope)
    context = {
        "entry": entry,
        "marks": marks,
        "street_names": {street.pk: place_name(street)} if street else {},
        "names": names_of(_actors([entry]) | {mark.by for mark in marks}),
        "amend": amend or (AmendForm() if can_write_log(scope) else None),
        "promote": promote
        or (EventForm(initial={"title": entry.event_title or entry.text[:120]})
            if may_promote else None),
        "withdraw": withdraw
        or (WithdrawForm() if may_promote and entry.event_title else None),
        "as_of": clock.now(),
    }  # fmt: skip
    return render(request, "alerts/log_entry.html", context, status=status)
