"""Matters: the list with what comes next, a new one, and one with its steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.actors import account, names_of
from core.acts import accepted, who
from core.pages import page_or_partial
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.alerts.chat import chat_text
from reporting.alerts.forms.matters import PEOPLE, MatterForm, StepForm
from reporting.alerts.forms.places import place_name
from reporting.alerts.models import Matter, MatterStep
from reporting.alerts.models.matters import Kind
from reporting.alerts.permissions import (
    can_ask_exception,
    can_raise_matter,
    check_can_raise_matter,
    check_can_see_matters,
    check_can_take_step,
)
from reporting.alerts.queries import matters as queries
from reporting.alerts.services.matters import (
    REPORTING,
    TRANSITIONS,
    raise_matter,
    take_step,
)
from reporting.alerts.services.places import Place
from reporting.alerts.services.responsible import responsible_for
from reporting.alerts.views.wishes import words_of_query

PAGE_SIZE = 30
FILTERS = ("list", "kind", "street", "q", "page")
# What a button says; the state says what was done.
BUTTONS = {
    "take_up": _("Take it up"),
    "finish": _("It is done"),
    "follow_up": _("Add a follow-up report"),
    "decline": _("Decline"),
    "reopen": _("Open it again"),
}


@never_cache
@require_safe
def matters_page(request: HttpRequest) -> HttpResponse:
    """Matters of one's area: urgent ones first, and what waits longest before the rest."""
    scope = request.scope
    check_can_see_matters(scope)
    refuse_unknown_query(request, FILTERS)
    closed = query_choice(request, "list", ("open", "closed"), default="open") == "closed"
    kind = query_choice(request, "kind", ("", *Kind.values), default="")
    street = query_number(request, "street", default=0) or 0
    wish = queries.Wish(closed, kind, street, words_of_query(request))
    page = Paginator(queries.matters(scope, wish), PAGE_SIZE).get_page(request.GET.get("page"))
    now = clock.now()
    streets = list(Division.objects.streets().within(scope).order_by("code"))
    context = {
        "page": page,
        "rows": _rows(list(page), now),
        "kinds": Kind.choices,
        "may_raise": can_raise_matter(scope),
        "query": _query(wish),
        "as_of": now,
        "here": request.get_full_path(),
        **list_context(scope, wish, "closed" if closed else "open", streets),
    }
    return page_or_partial(request, "alerts/matters.html", "alerts/matter_list.html", context)


def list_context(
    scope: Scope, wish: queries.Wish, current: str, streets: Iterable[Division]
) -> dict[str, Any]:
    """What the lists of matters and of requests share: tabs with counts, and the filters."""
    matters_open, requests_open = queries.open_counts(scope)
    here, there = reverse("alerts:matters"), reverse("alerts:requests")
    tabs = (
        ("open", here, _("Open matters"), matters_open),
        ("closed", f"{here}?list=closed", _("Closed matters"), None),
        ("requests", there, _("Requests for exceptions"), requests_open),
        ("requests_closed", f"{there}?list=closed", _("Decided requests"), None),
    )
    return {
        "tabs": [(url, word, count, name == current) for name, url, word, count in tabs],
        "streets": [(street.pk, place_name(street)) for street in streets],
        "wish": wish,
        "filtered": bool(wish.kind or wish.street or wish.words),
        "may_ask": can_ask_exception(scope),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def matter_new(request: HttpRequest) -> HttpResponse:
    """Report a matter, at once."""
    check_can_raise_matter(request.scope)
    if request.method != "POST":
        refuse_unknown_query(request, ("point",))
        point = query_number(request, "point")
        initial = {"point": point, **_known_people(request.scope)}
        form = MatterForm(scope=request.scope, initial=initial)
        return render(request, "alerts/matter_new.html", {"form": form})
    form = MatterForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any]) -> Matter:
        said = {name: data[name] for name in ("client_key", "kind", "urgency", "what", "wanted")}
        return raise_matter(
            **said,
            place_id=data["place"],
            point_id=data["point"],
            responsible=form.responsible,
            **who(request),
        )

    if done := accepted(form, act):
        return HttpResponseRedirect(reverse("alerts:matter", args=[done.value.pk]))
    form.renewed()
    return render(request, "alerts/matter_new.html", {"form": form}, status=422)


def _known_people(scope: Scope) -> dict[str, str]:
    """For somebody of one community: who is responsible there is known before anything is typed."""
    if scope.districts or scope.streets or len(scope.communities) != 1:
        return {}
    place = Place.of(Division.objects.get(pk=min(scope.communities)))
    return {name: getattr(responsible_for(place), name) for name in PEOPLE}


@never_cache
@require_safe
def matter_page(request: HttpRequest, matter_id: int) -> HttpResponse:
    """One matter, and what may be done about it."""
    check_can_see_matters(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, matter_id)


@require_POST
def matter_step(request: HttpRequest, matter_id: int) -> HttpResponse:
    """One step of a matter."""
    check_can_take_step(request.scope, request.POST.get("action", ""))
    get_object_or_404(Matter.objects.within(request.scope), pk=matter_id)
    form = StepForm(request.POST)
    if accepted(
        form, lambda data: take_step(matter_id=matter_id, **data, **who(request))
    ):  # fmt: skip
        return HttpResponseRedirect(reverse("alerts:matter", args=[matter_id]))
    form.renewed()
    return _page(request, matter_id, form=form, status=422)


def _page(
    request: HttpRequest, matter_id: int, *, form: StepForm | None = None, status: int = 200
) -> HttpResponse:
    scope, now = request.scope, clock.now()
    seen = Matter.objects.within(scope).select_related("community", "point")
    matter = get_object_or_404(seen, pk=matter_id)
    steps = list(matter.steps.order_by("pk"))
    names = names_of({step.by for step in steps} | {matter.by, matter.holder} - {""})
    buttons = _buttons(matter, scope)
    context = {
        "row": _rows([matter], now)[0],
        "matter": matter,
        "steps": steps,
        "names": names,
        "buttons": buttons,
        "form": form or (StepForm() if buttons else None),
        "own": account(matter.by) == account(scope.actor),
        "chat": _chat(matter, names.get(matter.holder, "")),
        "as_of": now,
    }
    return render(request, "alerts/matter.html", context, status=status)


def _buttons(matter: Matter, scope: Scope) -> list[tuple[str, Any]]:
    """The steps that this person may take now, the one that is expected first."""
    mine = account(scope.actor)
    found = []
    for action in BUTTONS:
        handles = scope.can("handle_matter")
        may = handles or (action in REPORTING and scope.can("raise_matter"))
        own = mine in (account(matter.by), account(matter.holder))
        if may and action in TRANSITIONS[matter.state] and not (action == "take_up" and own):
            word = BUTTONS[action]
            if action == MatterStep.Action.TAKE_UP and matter.holder:
                word = _("Take it over")
            found.append((action, word))
    return sorted(found, key=lambda button: button[0] == "take_up" and bool(matter.holder))


def _chat(matter: Matter, holder: str) -> list[tuple[str, str, str]]:
    """The matter as chat text: language, its name, and the text."""
    texts = []
    for language, name in (("zh-hans", "中文"), ("en", "English")):
        with override(language):
            where = _places([matter])[matter.pk]
            texts.append((language, name, chat_text(matter, where, holder=holder)))
    return texts


def _rows(found: list[Matter], now: datetime) -> list[dict[str, Any]]:
    """Each matter with its place, its age, whether it is overdue and who holds it."""
    places = _places(found)
    names = names_of({matter.holder for matter in found if matter.holder})
    return [
        {
            "matter": matter,
            "place": places[matter.pk],
            "age": now - matter.at,
            "overdue": queries.is_overdue(matter, now),
            "late_by": now - queries.overdue_since(matter),
            "holder": names.get(matter.holder, ""),
            "kind": {"urgent": "crit", "serious": "warn"}.get(matter.urgency, "info"),
        }
        for matter in found
    ]


def _places(found: list[Matter]) -> dict[int, str]:
    """Where each matter is, in the language of the page: street, community, point."""
    ids = {matter.street_id or matter.district_id for matter in found}
    wide = Division.objects.in_bulk(ids)
    places = {}
    for matter in found:
        parts = [place_name(wide[matter.street_id or matter.district_id])]
        if matter.community is not None:
            parts.append(place_name(matter.community))
        if matter.point is not None:
            parts.append(matter.point.name)
        places[matter.pk] = " · ".join(parts)
    return places


def _query(wish: queries.Wish) -> str:
    kept = {"list": "closed" if wish.closed else "", "kind": wish.kind, "street": wish.street,
            "q": wish.words}  # fmt: skip
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"{query}&" if query else ""
