"""The contact book, and people lent to streets."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from core.query import refuse_unknown_query
from personnel.models import Secondment
from personnel.permissions import can_manage_staff, check_can_see_staff
from personnel.queries import teams as queries
from personnel.queries.people import street_names
from personnel.views.staff import private

PAGE_SIZE = 50


@require_safe
def contacts_page(request: HttpRequest) -> HttpResponse:
    """Duty desks by telephone, and how many of each body's people were reached (S078)."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    context = {"contacts": queries.contacts(request.scope), "now": clock.now()}
    return private(render(request, "personnel/staff/contacts.html", context))


@require_safe
def lent_page(request: HttpRequest) -> HttpResponse:
    """Who is lent to which street until when; those who return first stand first."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("page",))
    found = (
        Secondment.objects.within(request.scope)
        .filter(closed_at__isnull=True)
        .select_related("member__home_unit", "member__source")
        .defer("member__id_number", "member__name", "member__phone", "member__home_unit__phone")
        .order_by("ends_at", "pk")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    streets = street_names({each for row in page for each in (row.street_id, row.street_before)})
    rows = [
        (row, streets.get(row.street_id, ""), streets.get(row.street_before or 0, ""))
        for row in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "now": clock.now(),
        "may_send_back": can_manage_staff(request.scope),
    }
    return private(render(request, "personnel/staff/lent.html", context))
