"""Buildings and who answers for each: streets to the district, buildings to a street."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Division
from core import clock
from core.acts import accepted, who
from core.query import query_choice, query_number, refuse_unknown_query
from personnel.forms.patches import Act, PatchForm
from personnel.permissions import can_manage_staff, check_can_manage_staff, check_can_see_staff
from personnel.queries.patches import (
    buildings_of,
    communities_covered,
    owners_for,
    owners_of,
    streets_covered,
)
from personnel.services.patches import Given, assign, end
from sites.forms.fields import id_of

PAGE_SIZE = 100
KNOWN = ("community", "show", "q", "page")


@require_safe
def patches_page(request: HttpRequest) -> HttpResponse:
    """The streets of one's area; somebody of one street goes straight to it."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    rows = streets_covered(request.scope, at=clock.now())
    if len(rows) == 1:
        return HttpResponseRedirect(reverse("patches:street", args=[rows[0].division.pk]))
    context = {
        "rows": rows,
        "missing": sum(row.missing for row in rows),
        "buildings": sum(row.buildings for row in rows),
        "now": clock.now(),
    }
    return render(request, "personnel/patches/streets.html", context)


@require_safe
def street_page(request: HttpRequest, street_id: int) -> HttpResponse:
    """Buildings of one street, those without anybody first."""
    check_can_see_staff(request.scope)
    return _page(request, _street(request, street_id))


@require_POST
def street_give(request: HttpRequest, street_id: int) -> HttpResponse:
    """Give, hand over or end the ticked buildings."""
    check_can_manage_staff(request.scope)
    street = _street(request, street_id)
    ticked = [pk for text in request.POST.getlist("building") if (pk := id_of(text)) is not None]
    people = owners_for(request.scope, street, at=clock.now())
    form = PatchForm(request.POST, people=people)

    def act(data: dict[str, Any]) -> Given:
        if data["act"] == Act.END:
            return Given(done=end(building_ids=ticked, **who(request)))
        return assign(
            building_ids=ticked,
            owner_id=data["owner"].pk,
            hand_over=data["act"] == Act.HAND_OVER,
            **who(request),
        )

    answer = accepted(form, act)
    if not answer:
        return _page(request, street, form=form, ticked=ticked, status=422)
    given = answer.value
    done = given.done
    messages.success(
        request, ngettext("%(n)s building changed.", "%(n)s buildings changed.", done) % {"n": done}
    )
    if given.taken:
        left = [taken.building.pk for taken in given.taken]
        return _page(request, street, form=form, ticked=left, given=given, status=422)
    query = request.GET.urlencode()
    return HttpResponseRedirect(
        reverse("patches:street", args=[street.pk]) + (f"?{query}" if query else "")
    )


def _street(request: HttpRequest, street_id: int) -> Division:
    street = Division.objects.within(request.scope).streets().filter(pk=street_id).first()
    if street is None:
        raise Http404
    return street


def _page(
    request: HttpRequest,
    street: Division,
    *,
    form: PatchForm | None = None,
    ticked: list[int] | None = None,
    given: Given | None = None,
    status: int = 200,
) -> HttpResponse:
    refuse_unknown_query(request, KNOWN)
    now, scope = clock.now(), request.scope
    community = query_number(request, "community") if request.GET.get("community") else None
    show = query_choice(request, "show", ["all", "missing"], default="all")
    text = request.GET.get("q", "").strip()[:60]
    found = buildings_of(
        scope, street, at=now, community_id=community, only_missing=show == "missing", text=text
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    communities = communities_covered(scope, street, at=now)
    owners = owners_of(list(page), scope, at=now)
    names = {row.division.pk: row.division.spoken for row in communities}
    may_manage = can_manage_staff(scope)
    asked = {"community": community or "", "show": show if show != "all" else "", "q": text}
    if form is None and may_manage:
        form = PatchForm(people=owners_for(scope, street, at=now), initial={"act": Act.GIVE})
    context = {
        "street": street,
        "communities": communities,
        "buildings": sum(row.buildings for row in communities),
        "missing": sum(row.missing for row in communities),
        "page": page,
        "rows": [
            {"building": one, "place": names.get(one.community_id, ""), "held": owners.get(one.pk)}
            for one in page
        ],
        "community": community,
        "show": show,
        "text": text,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "form": form,
        "ticked": ticked or [],
        "given": given,
        "now": now,
        "may_manage": may_manage,
        "many": len(scope.streets) != 1 or bool(scope.districts),
    }
    return render(request, "personnel/patches/street.html", context, status=status)
