"""S20: who above us gets what and when, how it stands, and what to do next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.acts import accepted, who
from core.pages import page_or_partial
from core.query import refuse_unknown_query
from reporting.outlets.forms.upward import OutletForm, OutletTimesForm, SuperiorForm
from reporting.outlets.models import Outlet, Superior
from reporting.outlets.permissions import (
    can_manage_outlets,
    check_can_manage_outlets,
    check_can_see_outlets,
)
from reporting.outlets.queries.upward import counted_deliveries, runs_of, superior_rows
from reporting.outlets.services.upward import add_outlet, add_superior, change_outlet
from reporting.outlets.services.upward_runs import open_run_now

INVALID = 422
# Pages of other closets and parts that belong beside this one: (page, right).
BESIDE = (
    ("clients:clients", "manage_clients"),
    ("alerts:rules", "see_alerts"),
    ("outlets:schema", "see_outlets"),
)


@never_cache
@require_safe
def outlets_page(request: HttpRequest) -> HttpResponse:
    """All superiors with what they get; the list refreshes itself."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    context = _context(request, SuperiorForm(districts=request.scope.districts))
    return page_or_partial(
        request, "outlets/upward/outlets.html", "outlets/upward/outlet_list.html", context
    )


@require_POST
def superior_add(request: HttpRequest) -> HttpResponse:
    """Enter a superior, and go on to what it gets."""
    check_can_manage_outlets(request.scope)
    form = SuperiorForm(request.POST, districts=request.scope.districts)

    def act(data: dict[str, Any]) -> Superior:
        return add_superior(district_id=data["district"].pk, name=data["name"], **who(request))

    if done := accepted(form, act):
        return HttpResponseRedirect(reverse("upward:outlet_add", args=[done.value.pk]))
    return render(request, "outlets/upward/outlets.html", _context(request, form), status=INVALID)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outlet_add(request: HttpRequest, superior_id: int) -> HttpResponse:
    """Say what a superior gets, and when."""
    check_can_manage_outlets(request.scope)
    superior = get_object_or_404(Superior.objects.within(request.scope), pk=superior_id)
    posted = request.method == "POST"
    form = OutletForm(request.POST if posted else None, superior=superior)

    def act(data: dict[str, Any]) -> Outlet:
        return add_outlet(superior_id=superior.pk, **data, **who(request))

    if posted and (done := accepted(form, act)):
        messages.success(request, _("It is owed from the next cut-off on."))
        return HttpResponseRedirect(_after_adding(done.value))
    context = {"superior": superior, "form": form}
    return render(
        request, "outlets/upward/outlet_add.html", context, status=INVALID if posted else 200
    )


@never_cache
@require_safe
def outlet_page(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """One outlet: its issues, and its times, which a manager may change."""
    check_can_see_outlets(request.scope)
    refuse_unknown_query(request, ())
    outlet = _outlet(request, outlet_id)
    known = {name: getattr(outlet, name) for name in OutletTimesForm.base_fields}
    return _outlet_page(request, outlet, OutletTimesForm(superior=outlet.superior, initial=known))


@require_POST
def outlet_change(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """Change its times, or how it goes there."""
    check_can_manage_outlets(request.scope)
    outlet = _outlet(request, outlet_id)
    form = OutletTimesForm(request.POST, superior=outlet.superior)

    def act(data: dict[str, Any]) -> Outlet:
        return change_outlet(outlet_id=outlet.pk, form=outlet.form, **data, **who(request))

    if accepted(form, act):
        messages.success(request, _("Done."))
        return HttpResponseRedirect(reverse("upward:outlet", args=[outlet.pk]))
    return _outlet_page(request, _outlet(request, outlet_id), form, status=INVALID)


@require_POST
def run_now(request: HttpRequest, outlet_id: int) -> HttpResponse:
    """Make an issue besides the schedule."""
    check_can_manage_outlets(request.scope)
    outlet = get_object_or_404(Outlet.objects.within(request.scope), pk=outlet_id)
    made = open_run_now(outlet_id=outlet.pk, **who(request))
    return HttpResponseRedirect(reverse("upward:run", args=[made.pk]))


def _outlet(request: HttpRequest, outlet_id: int) -> Outlet:
    outlets = Outlet.objects.within(request.scope).select_related("superior__district", "endpoint")
    return get_object_or_404(outlets, pk=outlet_id)


def _outlet_page(
    request: HttpRequest, outlet: Outlet, form: OutletTimesForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "outlet": outlet,
        "form": form,
        "runs": list(runs_of(outlet)),
        "at": clock.now(),
        "manages": can_manage_outlets(request.scope),
    }
    return render(request, "outlets/upward/outlet.html", context, status=status)


def _after_adding(outlet: Outlet) -> str:
    page = "workbook" if outlet.what == Outlet.What.WORKBOOK else "outlet"
    return reverse(f"upward:{page}", args=[outlet.pk])


def _context(request: HttpRequest, form: SuperiorForm) -> dict[str, Any]:
    at = clock.now()
    rows = superior_rows(request.scope, at)
    return {
        "rows": rows,
        "form": form,
        "at": at,
        "manages": can_manage_outlets(request.scope),
        "deliveries": counted_deliveries(request.scope, timezone.now()),
        "beside": _beside(request),
    }


def _beside(request: HttpRequest) -> dict[str, str]:
    """Addresses of pages nearby that this installation has and this person may open."""
    found = {}
    for name, right in BESIDE:
        if request.scope.can(right):
            try:
                found[name.partition(":")[0]] = reverse(name)
            except NoReverseMatch:
                continue
    return found
