"""The conflict list: two accounts of one thing, waiting for a person's decision."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.inputs import Refused
from core.pages import page_or_partial
from core.query import refuse_unknown_query
from sites.forms import DecisionForm
from sites.models import Conflict, SamplingUnit
from sites.permissions import (
    can_decide_conflict,
    check_can_decide_conflict,
    check_can_see_conflicts,
)
from sites.services.conflicts import decide_conflict

PAGE_SIZE = 30


@require_safe
def conflicts_page(request: HttpRequest) -> HttpResponse:
    """Open conflicts of one's area, oldest first."""
    check_can_see_conflicts(request.scope)
    refuse_unknown_query(request, ("page",))
    return _page(request, DecisionForm())


@require_POST
def conflict_decide(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Record a decision in words, then come back to the list."""
    check_can_decide_conflict(request.scope)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            decide_conflict(
                conflict_id=conflict_id,
                decision=form.cleaned_data["decision"],
                scope=request.scope,
                by=request.scope.actor,
                at=clock.now(),
            )
        except Refused as refused:
            if refused.code == "conflict_unknown":
                raise
            form.add_error(None, refused.as_validation_error())
        else:
            return HttpResponseRedirect(reverse("sites:conflicts"))
    return _page(request, form, failed=conflict_id, status=422)


def _page(
    request: HttpRequest, form: DecisionForm, *, failed: int | None = None, status: int = 200
) -> HttpResponse:
    found = Conflict.objects.within(request.scope).open().order_by("raised_at", "pk")
    page = Paginator(found.defer("item"), PAGE_SIZE).get_page(request.GET.get("page"))
    units = SamplingUnit.objects.select_related("point").in_bulk([c.unit_id for c in page])
    streets = Division.objects.in_bulk({c.street_id for c in page})
    rows = [(c, units.get(c.unit_id), streets.get(c.street_id)) for c in page]
    context = {
        "rows": rows,
        "page": page,
        "form": form,
        "failed": failed,
        "may_decide": can_decide_conflict(request.scope),
        "as_of": clock.now(),
        "codes": Conflict.Code,
    }
    return page_or_partial(
        request, "sites/conflicts.html", "sites/partials/conflicts.html", context, status=status
    )
