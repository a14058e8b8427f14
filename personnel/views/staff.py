"""The list of people: counted, filtered, found by document; a new person; changes to one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.acts import accepted, who
from core.query import refuse_unknown_query
from personnel.forms.staff import (
    ChangePersonForm,
    FindStaffForm,
    NewPersonForm,
    PeopleFilterForm,
)
from personnel.models import StaffMember
from personnel.permissions import (
    can_manage_staff,
    can_manage_staff_lists,
    check_can_change_member,
    check_can_manage_staff,
    check_can_see_staff,
)
from personnel.queries import people as queries
from personnel.queries.terms import Lists
from personnel.services import staff

PAGE_SIZE = 50
FILTERS = ("organisation", "source", "role", "street", "team", "state")


@require_http_methods(["GET", "HEAD", "POST"])
def people_page(request: HttpRequest) -> HttpResponse:
    """GET lists people by filters; POST finds somebody, so that no number is in an address."""
    check_can_see_staff(request.scope)
    if request.method == "POST":
        refuse_unknown_query(request, ())
        return _found(request)
    refuse_unknown_query(request, (*FILTERS, "page"))
    at = clock.now()
    form = PeopleFilterForm(request.GET, lists=Lists(request.scope))
    right = form.is_valid()
    asked = form.filters() if right else queries.Filters()
    # Keys are sorted and counted; the rows themselves are read for one page.
    found = queries.people_in(request.scope, asked, at).values_list("pk", flat=True)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    context = {
        "form": form,
        "find_form": FindStaffForm(),
        "page": page,
        "lines": queries.lines_of(queries.masked_people(page), request.scope, at),
        "counts": queries.counts(request.scope, at),
        "query": f"{urlencode(kept)}&" if kept else "",
        "filtered": bool(kept),
    }
    return _list(request, context, at, status=200 if right else 422)


def _found(request: HttpRequest) -> HttpResponse:
    form = FindStaffForm(request.POST)
    at = clock.now()
    people: list[StaffMember] = []
    if right := form.is_valid():
        said = form.cleaned_data
        found = queries.find_people(
            request.scope, at, whole=said.get("whole"), last4=said.get("last4", "")
        )
        ids = found.values_list("pk", flat=True)[: queries.MOST_FOUND + 1]
        people = queries.masked_people(ids)
    context = {
        "form": PeopleFilterForm(lists=Lists(request.scope)),
        # What was typed is not sent back unless it must be mended.
        "find_form": FindStaffForm() if right else form,
        "faulty": None if right else form,
        "lines": queries.lines_of(people[: queries.MOST_FOUND], request.scope, at),
        "more": len(people) > queries.MOST_FOUND,
        "most": queries.MOST_FOUND,
        "searched": right,
    }
    return _list(request, context, at, status=200 if right else 422)


def _list(request: HttpRequest, context: dict[str, Any], at: Any, *, status: int) -> HttpResponse:
    more = {
        "now": at,
        "may_manage": can_manage_staff(request.scope),
        "may_keep_lists": can_manage_staff_lists(request.scope),
    }
    response = render(request, "personnel/staff/people.html", context | more, status=status)
    return private(response)


@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Put a person on the list."""
    check_can_manage_staff(request.scope)
    refuse_unknown_query(request, ())
    lists = Lists(request.scope)
    form = NewPersonForm(request.POST if request.method == "POST" else None, lists=lists)
    if request.method == "POST":
        done = accepted(
            form,
            lambda data: staff.add_member(
                id_type=data["id_type"],
                number=data["number"],
                details=form.details(),
                **who(request),
            ),
        )
        if done:
            messages.success(request, _("The person is on the list."))
            return HttpResponseRedirect(reverse("staff:person", args=[done.value.pk]))
    status = 422 if request.method == "POST" else 200
    return _form_page(request, form, lists, member=None, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person_change(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Change what is kept of a person."""
    check_can_manage_staff(request.scope)
    refuse_unknown_query(request, ())
    member = member_of(request, member_id)
    check_can_change_member(
        request.scope, district_id=member.district_id, street_id=member.street_id
    )
    lists = Lists(request.scope)
    given: dict[str, Any] = {
        "lists": lists,
        "name_mask": member.name_mask,
        "phone_mask": member.phone_mask,
    }
    if request.method != "POST":
        form = ChangePersonForm(initial=_initial(member), **given)
        return _form_page(request, form, lists, member=member)
    form = ChangePersonForm(request.POST, **given)

    def act(_data: dict[str, Any]) -> StaffMember:
        details = form.details(name=member.name, phone=member.phone)
        return staff.change_member(member_id=member.pk, details=details, **who(request))

    if accepted(form, act):
        messages.success(request, _("The changes are kept."))
        return HttpResponseRedirect(reverse("staff:person", args=[member.pk]))
    return _form_page(request, form, lists, member=member, status=422)


def member_of(request: HttpRequest, member_id: uuid.UUID) -> StaffMember:
    """A person of one's area, or on duty in it; anybody else does not exist."""
    people = StaffMember.objects.within(request.scope)
    found = StaffMember.objects.filter(pk__in=people.filter(pk=member_id).values("pk"))
    member = found.select_related("home_unit", "source", "team", "user").first()
    if member is None:
        raise Http404
    return member


def private(response: HttpResponse) -> HttpResponse:
    """A page with people on it is kept by no cache."""
    response["Cache-Control"] = "no-store"
    return response


def _initial(member: StaffMember) -> dict[str, Any]:
    return {
        "home_unit": member.home_unit_id,
        "source": member.source_id,
        "street": member.street_id,
        "team": member.team_id,
        "roles": list(member.roles.values_list("pk", flat=True)),
    }


def _form_page(
    request: HttpRequest, form: Any, lists: Lists, *, member: Any, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "member": member,
        "no_lists": not lists.organisations or not lists.categories,
        "may_keep_lists": can_manage_staff_lists(request.scope),
    }
    return private(render(request, "personnel/staff/person_form.html", context, status=status))
