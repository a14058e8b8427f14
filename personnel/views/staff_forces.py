"""Task forces of the command: their lead bodies, heads and members."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.queries.register import districts_of
from core import clock
from core.acts import accepted, who
from core.query import refuse_unknown_query
from personnel.forms.staff import FindStaffForm
from personnel.forms.staff_lists import ForceForm, rows_of
from personnel.models import StaffMember, TaskForce
from personnel.permissions import (
    can_manage_staff_lists,
    check_can_manage_staff_lists,
    check_can_see_staff,
)
from personnel.queries import people as people_queries
from personnel.queries import teams as queries
from personnel.queries.terms import Lists
from personnel.services import taskforces
from personnel.views.staff import private


@require_safe
def forces_page(request: HttpRequest) -> HttpResponse:
    """The task forces in their own order."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    return _forces(request, ForceForm(lists=Lists(request.scope), people=[]))


@require_POST
def force_new(request: HttpRequest) -> HttpResponse:
    """A new task force; a refused form stands below the list."""
    check_can_manage_staff_lists(request.scope)
    lists = Lists(request.scope)
    form = ForceForm(request.POST, lists=lists, people=[])
    district = min(request.scope.districts)
    done = accepted(
        form,
        lambda _d: taskforces.add_task_force(
            district_id=district, details=form.details(), **who(request)
        ),
    )
    if done:
        return HttpResponseRedirect(reverse("staff:force", args=[done.value.pk]))
    return _forces(request, form, status=422)


def _forces(request: HttpRequest, form: ForceForm, *, status: int = 200) -> HttpResponse:
    context = {
        "rows": queries.force_lines(request.scope),
        "form": form,
        "may_keep_lists": can_manage_staff_lists(request.scope),
    }
    return private(render(request, "personnel/staff/forces.html", context, status=status))


@require_safe
def force_page(request: HttpRequest, force_id: int) -> HttpResponse:
    """One task force with its members."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _force(request, force_id))


@require_POST
def force_change(request: HttpRequest, force_id: int) -> HttpResponse:
    """Rename it, or give it another lead body or head."""
    check_can_manage_staff_lists(request.scope)
    force = _force(request, force_id)
    form = _form(request, force, request.POST)
    done = accepted(
        form,
        lambda _d: taskforces.change_task_force(
            force_id=force.pk, details=form.details(), **who(request)
        ),
    )
    return _to(force) if done else _page(request, force, form=form, status=422)


@require_POST
def force_add(request: HttpRequest, force_id: int) -> HttpResponse:
    """Find somebody by document and take them in; of several, one is chosen first."""
    check_can_manage_staff_lists(request.scope)
    force = _force(request, force_id)
    if (member_id := _chosen(request)) is not None:
        taskforces.add_to_task_force(force_id=force.pk, member_id=member_id, **who(request))
        return _to(force)
    find = FindStaffForm(request.POST)
    if not find.is_valid():
        return _page(request, force, find=find, status=422)
    said = find.cleaned_data
    found = people_queries.find_people(
        request.scope, clock.now(), whole=said.get("whole"), last4=said.get("last4", "")
    ).filter(district_id=force.district_id)
    ids = found.values_list("pk", flat=True)[: people_queries.MOST_FOUND]
    people = people_queries.masked_people(ids)
    if not people:
        find.add_error("number", _("Nobody on your list has this number."))
        return _page(request, force, find=find, status=422)
    if len(people) == 1:
        taskforces.add_to_task_force(force_id=force.pk, member_id=people[0].pk, **who(request))
        return _to(force)
    return _page(request, force, candidates=people)


@require_POST
def force_remove(request: HttpRequest, force_id: int) -> HttpResponse:
    """Let a member go."""
    check_can_manage_staff_lists(request.scope)
    force = _force(request, force_id)
    if (member_id := _chosen(request)) is not None:
        taskforces.take_from_task_force(force_id=force.pk, member_id=member_id, **who(request))
    return _to(force)


def _chosen(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("member", ""))
    except ValueError:
        return None


def _force(request: HttpRequest, force_id: int) -> TaskForce:
    mine = TaskForce.objects.filter(district_id__in=districts_of(request.scope))
    shown = mine.select_related("lead", "head").defer(
        "head__id_number", "head__name", "head__phone", "lead__phone"
    )
    force = shown.filter(pk=force_id).first()
    if force is None:
        raise Http404
    return force


def _form(request: HttpRequest, force: TaskForce, data: Any = None) -> ForceForm:
    members = force.members.filter(left_at__isnull=True).order_by("name_mask", "pk")
    initial = {
        "name": force.name,
        "name_en": force.name_en,
        "lead": force.lead_id,
        "head": force.head_id,
    }
    people = rows_of(people_queries.masked_people(members.values_list("pk", flat=True)))
    return ForceForm(data, lists=Lists(request.scope), people=people, initial=initial)


def _to(force: TaskForce) -> HttpResponse:
    return HttpResponseRedirect(reverse("staff:force", args=[force.pk]))


def _page(
    request: HttpRequest,
    force: TaskForce,
    *,
    form: ForceForm | None = None,
    find: FindStaffForm | None = None,
    candidates: list[StaffMember] | None = None,
    status: int = 200,
) -> HttpResponse:
    may = can_manage_staff_lists(request.scope)
    at = clock.now()
    members = StaffMember.objects.within(request.scope).filter(
        pk__in=force.members.values("pk"), left_at__isnull=True
    )
    context = {
        "force": force,
        "lines": people_queries.lines_of(
            people_queries.masked_people(
                members.order_by("name_mask", "pk").values_list("pk", flat=True)
            ),
            request.scope,
            at,
        ),
        "candidates": candidates,
        "faulty": form or find,
        "form": form or (_form(request, force) if may else None),
        "find_form": find or FindStaffForm(),
        "may_keep_lists": may,
        "now": at,
    }
    return private(render(request, "personnel/staff/force.html", context, status=status))
