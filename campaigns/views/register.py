"""The register: how many people live where, somebody found by their document, contradictions."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Contradiction
from campaigns.permissions import (
    can_decide_exemption,
    can_import_register,
    check_can_decide_exemption,
    check_can_see_register,
)
from campaigns.queries import register as queries
from campaigns.register_forms import FindForm
from campaigns.services import residents
from core import clock
from core.actors import names_of
from core.imports.models import ImportRun
from core.query import refuse_unknown_query

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def register_page(request: HttpRequest) -> HttpResponse:
    """GET shows the counts; POST finds people, so that no number is ever in an address."""
    check_can_see_register(request.scope)
    refuse_unknown_query(request, ())
    if request.method != "POST":
        return _page(request, FindForm())
    form = FindForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    if "last4" in said:
        found = queries.find_last4(request.scope, said["last4"])
    else:
        found = queries.find_whole(request.scope, said["id_type"], said["whole"])
    residents.note_search(
        exact="whole" in said, found=len(found), by=request.scope.actor, at=clock.now()
    )
    shown = queries.masked(found[: queries.MOST_FOUND], request.scope)
    # What was typed is not sent back: the page may stay open on a shared screen.
    return _page(request, FindForm(), found=shown, more=len(found) > queries.MOST_FOUND)


@require_safe
def contradictions_page(request: HttpRequest) -> HttpResponse:
    """What two senders say differently about one person."""
    check_can_see_register(request.scope)
    refuse_unknown_query(request, ("page",))
    page = Paginator(queries.open_contradictions(request.scope), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    runs = ImportRun.objects.in_bulk(
        {pk for row in page for pk in (row.earlier_run, row.later_run)}
    )
    names = names_of([run.by for run in runs.values()])
    context = {
        "page": page,
        "rows": [
            (
                row,
                _source(runs.get(row.earlier_run), names),
                _source(runs.get(row.later_run), names),
            )
            for row in page
        ],
        "may_settle": can_decide_exemption(request.scope),
        "as_of": clock.now(),
    }
    return _private(render(request, "campaigns/contradictions.html", context))


@require_POST
def contradiction_settle(request: HttpRequest, contradiction_id: int) -> HttpResponse:
    """Somebody has looked: what is in force is right, or was mended."""
    check_can_decide_exemption(request.scope)
    found = get_object_or_404(Contradiction.objects.within(request.scope), pk=contradiction_id)
    residents.settle_contradiction(contradiction=found, by=request.scope.actor, at=clock.now())
    return HttpResponseRedirect(reverse("campaigns:register_contradictions"))


def _source(run: ImportRun | None, names: dict[str, str]) -> str:
    """Who said it, as briefly as can be."""
    if run is None:
        return ""
    return run.sender or run.file_name or names[run.by]


def _page(
    request: HttpRequest,
    form: FindForm,
    *,
    status: int = 200,
    found: list[queries.Masked] | None = None,
    more: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        # Who searches wants the person, and is answered without the whole district's counts.
        "counts": queries.counts(request.scope) if found is None else None,
        "found": found,
        "more": more,
        "most": queries.MOST_FOUND,
        "contradictions": queries.open_contradictions(request.scope).count(),
        "may_import": can_import_register(request.scope),
        "as_of": clock.now(),
    }
    return _private(render(request, "campaigns/register.html", context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
