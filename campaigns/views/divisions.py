"""The tree of divisions: look, add, change, replace by a successor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.forms import DivisionForm, ReplaceForm
from campaigns.models import Division
from campaigns.models.divisions import Level
from campaigns.permissions import (
    can_manage_divisions,
    check_can_manage_divisions,
    check_can_see_divisions,
)
from campaigns.services import divisions as services
from core import clock
from core.acts import accepted, who
from core.inputs import Refused
from core.query import refuse_unknown_query

PAGE_SIZE = 100
ATTRIBUTES = ("name", "name_en", "population", "population_is_estimate")


@require_safe
def divisions_page(request: HttpRequest) -> HttpResponse:
    """The streets of one's district, or one's own street, with what lies below them."""
    check_can_see_divisions(request.scope)
    refuse_unknown_query(request, ("q",))
    mine = Division.objects.within(request.scope).current()
    words = request.GET.get("q", "").strip()[:80]
    rows = mine.streets().order_by("district_id", "code")
    if words:
        rows = mine.filter(
            Q(name__icontains=words) | Q(code__startswith=words) | Q(pinyin__startswith=words)
            | Q(aliases__contains=[words])
        ).order_by("code")[:PAGE_SIZE]  # fmt: skip
    context = {
        "rows": with_children(rows) if not words else list(rows),
        "words": words,
        "districts": mine.filter(level=Level.DISTRICT),
        "may_manage": can_manage_divisions(request.scope),
        "as_of": clock.now(),
    }
    return render(request, "campaigns/divisions.html", context)


def with_children(rows: QuerySet[Division]) -> QuerySet[Division]:
    """Rows with the number of current divisions directly below each."""
    return rows.annotate(below=Count("children", filter=Q(children__valid_to__isnull=True)))


@require_safe
def division_page(request: HttpRequest, division_id: int) -> HttpResponse:
    """One division: what it is, what it was, what lies below it."""
    check_can_see_divisions(request.scope)
    refuse_unknown_query(request, ("page",))
    return _page(request, find_division(request, division_id))


@require_POST
def division_add(request: HttpRequest, division_id: int) -> HttpResponse:
    """Add a division below this one."""
    check_can_manage_divisions(request.scope)
    parent = find_division(request, division_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        who.pop("scope")
        return services.add_division(parent=parent, day=clock.day_of(clock.now()), **data, **who)

    return _submit(request, parent, "add", DivisionForm(request.POST), act)


@require_POST
def division_change(request: HttpRequest, division_id: int) -> HttpResponse:
    """Change names and population."""
    check_can_manage_divisions(request.scope)
    division = find_division(request, division_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        changes = {field: data[field] for field in ATTRIBUTES}
        return services.change_division(division_id=division.pk, changes=changes, **who)

    data = request.POST.copy()
    data["code"] = division.code  # a code is never changed: a new one is a successor
    return _submit(request, division, "change", DivisionForm(data), act)


@require_POST
def division_replace(request: HttpRequest, division_id: int) -> HttpResponse:
    """End the division and name its successor."""
    check_can_manage_divisions(request.scope)
    division = find_division(request, division_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        return services.replace_division(division_id=division.pk, kind="", **data, **who)

    return _submit(request, division, "replace", ReplaceForm(request.POST), act)


def find_division(request: HttpRequest, division_id: int) -> Division:
    """A division of one's area, or 404."""
    rows = Division.objects.within(request.scope).select_related("parent", "successor")
    return get_object_or_404(rows, pk=division_id)


def _submit(
    request: HttpRequest, division: Division, section: str, form: Form,
    act: Callable[[dict[str, Any], dict[str, Any]], Any],
) -> HttpResponse:  # fmt: skip
    if accepted(form, lambda data: act(data, who(request))):
        messages.success(request, _("Done."))
        return HttpResponseRedirect(reverse("campaigns:division", args=[division.pk]))
    return _page(request, division, failed=section, form=form, status=422)


def _page(
    request: HttpRequest,
    division: Division,
    *,
    failed: str = "",
    form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    below = with_children(division.children.current().order_by("level", "code"))
    initial = {field: getattr(division, field) for field in ("code", *ATTRIBUTES)}
    context = {
        "division": division,
        "page": Paginator(below, PAGE_SIZE).get_page(request.GET.get("page")),
        "predecessors": division.predecessors.order_by("-valid_to"),
        "may_manage": can_manage_divisions(request.scope) and division.valid_to is None,
        "levels": _levels_below(division),
        "add_form": form if failed == "add" else DivisionForm(),
        "change_form": form if failed == "change" else DivisionForm(initial=initial),
        "replace_form": form if failed == "replace" else ReplaceForm(),
        "failed": failed,
        "form": form,
        "as_of": clock.now(),
    }
    return render(request, "campaigns/division.html", context, status=status)


def _levels_below(division: Division) -> list[tuple[str, Any]]:
    """Levels that may lie directly below a division."""
    out = []
    for level in Level:
        try:
            services.check_nesting(division.level, level)
        except Refused:
            continue
        out.append((level.value, level.label))
    return out
