"""Places kept for sampling in each compound, and the compounds that keep too few."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core.acts import accepted, who
from core.query import query_choice, refuse_unknown_query
from sites.forms import ReservedForm
from sites.forms.fields import id_of
from sites.permissions import can_manage_points, check_can_manage_points, check_can_see_points
from sites.queries.reserved import WANTED, compounds_of
from sites.services.reserved import release_site, reserve_site

PAGE_SIZE = 50


@require_safe
def reserved_page(request: HttpRequest) -> HttpResponse:
    """Compounds, the shortest of places first."""
    check_can_see_points(request.scope)
    refuse_unknown_query(request, ("show", "page"))
    return _page(request, ReservedForm(scope=request.scope))


@require_POST
def reserved_add(request: HttpRequest) -> HttpResponse:
    """Keep a place in a compound."""
    check_can_manage_points(request.scope)
    form = ReservedForm(request.POST, scope=request.scope)

    def act(data: dict[str, Any]) -> None:
        compound = data.pop("compound")
        reserve_site(compound_id=compound.pk, **data, **who(request))

    if accepted(form, act):
        return HttpResponseRedirect(reverse("sites:reserved"))
    return _page(request, form, status=422)


@require_POST
def reserved_remove(request: HttpRequest, site_id: int) -> HttpResponse:
    """Give a place up."""
    check_can_manage_points(request.scope)
    release_site(site_id=site_id, **who(request))
    return HttpResponseRedirect(reverse("sites:reserved"))


def _page(request: HttpRequest, form: ReservedForm, *, status: int = 200) -> HttpResponse:
    show = query_choice(request, "show", ["short", "all"], default="short")
    found = compounds_of(request.scope, only_short=show == "short")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    communities = Division.objects.in_bulk({compound.community_id for compound in page} - {None})
    context = {
        "form": form,
        "typed": _typed(form),
        "show": show,
        "page": page,
        "rows": [(compound, communities.get(compound.community_id)) for compound in page],
        "wanted": WANTED,
        "has_compounds": bool(page) or compounds_of(request.scope, only_short=False).exists(),
        "may_manage": can_manage_points(request.scope),
    }
    return render(request, "sites/reserved.html", context, status=status)


def _typed(form: ReservedForm) -> dict[str, object]:
    """What was typed and refused, and in which compound's row."""
    return {
        "compound": id_of(form.data.get("compound", "")),
        "name": form.data.get("name", ""),
    }
