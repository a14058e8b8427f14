"""Readiness floors: a row for each floor to a street, streets by floors to the district."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.acts import accepted, who
from core.query import query_number, refuse_unknown_query
from personnel.builtin import words_of_source
from personnel.forms.readiness import CountsForm, FloorForm, name_of
from personnel.models import ReadinessFloor
from personnel.permissions import (
    can_manage_staff,
    can_manage_staff_lists,
    check_can_manage_staff,
    check_can_manage_staff_lists,
    check_can_see_staff,
)
from personnel.queries.readiness import StreetReadiness, readiness
from personnel.services.readiness import set_floor, state_counts


@require_safe
def floors_page(request: HttpRequest) -> HttpResponse:
    """The streets of one's area against the district's floors; one street in full."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("street",))
    now = clock.now()
    asked = query_number(request, "street")
    found = readiness(request.scope, at=now, street_ids=None if asked is None else [asked])
    if asked is not None and not found:
        raise Http404
    if len(found) == 1:
        return _street(request, found[0])
    floors = found[0].rows if found else []
    context = {
        "streets": found,
        "floors": [row.floor for row in floors],
        "totals": _totals(found),
        "short": sum(street.short > 0 for street in found),
        "now": now,
        "may_set": can_manage_staff_lists(request.scope),
    }
    return render(request, "personnel/training/floors.html", context)


@require_POST
def floor_state(request: HttpRequest, street_id: int) -> HttpResponse:
    """A street says what it has ready now."""
    check_can_manage_staff(request.scope)
    found = readiness(request.scope, at=clock.now(), street_ids=[street_id])
    if not found:
        raise Http404
    form = CountsForm(request.POST, rows=found[0].rows)

    def act(_data: dict[str, Any]) -> int:
        return state_counts(street_id=street_id, counts=form.counts(), **who(request))

    if not (done := accepted(form, act)):
        return _street(request, found[0], form=form, status=422)
    if done.value:
        messages.success(request, _("Noted, as of now."))
    return HttpResponseRedirect(f"{reverse('training:floors')}?street={street_id}")


@require_http_methods(["GET", "HEAD", "POST"])
def floor_change(request: HttpRequest, floor_id: int) -> HttpResponse:
    """What the district requires, with its source."""
    check_can_manage_staff_lists(request.scope)
    floor = get_object_or_404(ReadinessFloor.objects.within(request.scope), pk=floor_id)
    posted = request.POST if request.method == "POST" else None
    initial = {"required": floor.required, "reference": words_of_source(floor.reference)}
    form = FloorForm(posted, initial=initial)

    def act(data: dict[str, Any]) -> ReadinessFloor:
        if data["reference"] == words_of_source(floor.reference):
            # Our own sentence stays translatable as long as nobody writes another one.
            data = data | {"reference": floor.reference}
        return set_floor(floor_id=floor.pk, **data, **who(request))

    if posted is not None and accepted(form, act):
        return HttpResponseRedirect(reverse("training:floors"))
    context = {"form": form, "floor": floor}
    status = 422 if form.errors else 200
    return render(request, "personnel/training/floor_form.html", context, status=status)


def _street(
    request: HttpRequest,
    found: StreetReadiness,
    *,
    form: CountsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    form = form or CountsForm(rows=found.rows)
    rows = [
        {
            "ready": row,
            "source": words_of_source(row.floor.reference),
            "field": form[name_of(row.floor)] if not row.counted else None,
        }
        for row in found.rows
    ]
    context = {
        "street": found.street,
        "rows": rows,
        "short": found.short,
        "form": form,
        "now": clock.now(),
        "stated": any(not row.counted for row in found.rows),
        "may_state": can_manage_staff(request.scope),
        "many": len(request.scope.streets) != 1 or bool(request.scope.districts),
    }
    return render(request, "personnel/training/floors_street.html", context, status=status)


def _totals(found: list[StreetReadiness]) -> list[dict[str, int]]:
    """Sums over all streets, floor by floor."""
    columns = zip(*(street.rows for street in found), strict=True)
    return [
        {
            "required": sum(row.required for row in column),
            "actual": sum(row.actual or 0 for row in column),
            "gap": sum(row.gap for row in column),
        }
        for column in columns
    ]
