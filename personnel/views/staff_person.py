"""One person: masked card, duties, qualifications, where lent; and what can be done from here."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.actors import names_of
from core.acts import Answer, accepted, attempt, who
from core.query import refuse_unknown_query
from personnel.forms.staff import PAPERS, LendForm, LinkForm, UnveilForm
from personnel.models import Qualification, Secondment, StaffMember
from personnel.permissions import (
    can_change_member,
    can_manage_staff,
    can_manage_staff_lists,
    can_note_reach,
    can_unveil_staff,
    check_can_change_member,
    check_can_manage_staff,
    check_can_manage_staff_lists,
    check_can_note_reach,
    check_can_see_staff,
    check_can_unveil_staff,
)
from personnel.queries import people as queries
from personnel.queries.fitness import standing_on
from personnel.queries.terms import Lists
from personnel.services import secondments, staff
from personnel.services.unveiling import unveil
from personnel.views.staff import member_of, private

MOST_SHOWN = 10


@require_safe
def person_page(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """The masked card."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, member_of(request, member_id))


@require_POST
def person_unveil(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Name and telephone in full, on this one answer: whoever reloads sees the masks again."""
    check_can_unveil_staff(request.scope)
    member = member_of(request, member_id)
    form = UnveilForm(request.POST)
    done = accepted(
        form, lambda data: unveil(member_id=member.pk, reason=data["reason"], **who(request))
    )
    if not done:
        status = done.refused.status if done.refused and form.is_valid() else 422
        return _page(request, member, unveil_form=form, status=status)
    return _page(request, member, opened=True)


@require_POST
def person_reach(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Keep whether the person was reached."""
    check_can_note_reach(request.scope)
    member = member_of(request, member_id)
    reached = request.POST.get("reached") == "1"
    staff.note_reach(member_id=member.pk, reached=reached, **who(request))
    return _to(member)


@require_POST
def person_leave(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Take the person off the list."""
    member = _changeable(request, member_id)
    done = attempt(lambda: staff.leave_list(member_id=member.pk, **who(request)))
    if done:
        messages.success(request, _("The person has left the list; past duties stay."))
    return _to(member) if done else _refused(request, member, done)


@require_POST
def person_account(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Link an account, or unlink it."""
    member = _changeable(request, member_id)
    form = LinkForm(request.POST)
    done = accepted(
        form,
        lambda data: staff.link_account(
            member_id=member.pk,
            username=data["username"].strip(),
            real_at=timezone.now(),
            **who(request),
        ),
    )
    return _to(member) if done else _page(request, member, link_form=form, status=422)


@require_POST
def person_lend(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Lend the person to a street."""
    check_can_manage_staff_lists(request.scope)
    member = member_of(request, member_id)
    form = _lend_form(request, member, request.POST)
    done = accepted(
        form,
        lambda data: secondments.lend(
            client_key=data["client_key"] or uuid.uuid4(),
            member_id=member.pk,
            street_id=data["street"],
            ends_at=data["ends_at"],
            role=data.get("role"),
            real_at=timezone.now(),
            **who(request),
        ),
    )
    return _to(member) if done else _page(request, member, lend_form=form, status=422)


@require_POST
def person_return(request: HttpRequest, member_id: uuid.UUID, secondment_id: int) -> HttpResponse:
    """Send a lent person back now."""
    check_can_manage_staff(request.scope)
    member = member_of(request, member_id)
    found = Secondment.objects.within(request.scope).filter(member=member)
    secondment = get_object_or_404(found, pk=secondment_id)
    secondments.send_back(secondment_id=secondment.pk, real_at=timezone.now(), **who(request))
    messages.success(request, _("Sent back: access to the street has ended."))
    # A street does not see people any more once they are back elsewhere.
    still = StaffMember.objects.within(request.scope).filter(pk=member.pk).exists()
    return _to(member) if still else HttpResponseRedirect(reverse("staff:people"))


def _changeable(request: HttpRequest, member_id: uuid.UUID) -> StaffMember:
    check_can_manage_staff(request.scope)
    member = member_of(request, member_id)
    check_can_change_member(
        request.scope, district_id=member.district_id, street_id=member.street_id
    )
    return member


def _lend_form(request: HttpRequest, member: StaffMember, data: Any = None) -> LendForm:
    streets = Lists(request.scope).own_streets
    roles = secondments.roles_to_lend(member, real_at=timezone.now())
    return LendForm(data, streets=streets, roles=roles)


def _to(member: StaffMember) -> HttpResponse:
    return HttpResponseRedirect(reverse("staff:person", args=[member.pk]))


def _refused(request: HttpRequest, member: StaffMember, answer: Answer[Any]) -> HttpResponse:
    assert answer.refused is not None
    return _page(request, member, fault=answer.refused.text, status=answer.refused.status)


def _page(
    request: HttpRequest,
    member: StaffMember,
    *,
    status: int = 200,
    opened: bool = False,
    fault: str = "",
    unveil_form: UnveilForm | None = None,
    link_form: LinkForm | None = None,
    lend_form: LendForm | None = None,
) -> HttpResponse:
    scope, at = request.scope, clock.now()
    may_change = can_change_member(
        scope, district_id=member.district_id, street_id=member.street_id
    )
    may_lend = can_manage_staff_lists(scope) and member.left_at is None
    # Who only helped out here once is named in the rosters of that time, and not called any more.
    near = StaffMember.objects.within(scope, since=at).filter(pk=member.pk).exists()
    context = _card(request, member, at) | {
        "opened": opened,
        "fault": fault,
        "form": unveil_form or link_form or lend_form,
        "unveil_form": unveil_form or UnveilForm(),
        "link_form": link_form or (LinkForm() if may_change else None),
        "lend_form": lend_form or (_lend_form(request, member) if may_lend else None),
        "may_unveil": near and can_unveil_staff(scope),
        "may_reach": near and can_note_reach(scope) and member.left_at is None,
        "may_change": may_change and member.left_at is None,
        "may_send_back": can_manage_staff(scope),
        "may_dispatch": scope.can("dispatch") and member.left_at is None,
        "now": at,
    }
    return private(render(request, "personnel/staff/person.html", context, status=status))


def _card(request: HttpRequest, member: StaffMember, at: Any) -> dict[str, Any]:
    scope = request.scope
    (line,) = queries.lines_of([member], scope, at)
    lendings = list(
        Secondment.objects.within(scope).filter(member=member).order_by("-starts_at")[:MOST_SHOWN]
    )
    places = queries.street_names(
        {each for row in lendings for each in (row.street_id, row.street_before)}
    )
    openings = list(member.unveilings.order_by("-pk")[:MOST_SHOWN])
    held = Qualification.objects.filter(member=member, withdrawn_at__isnull=True)
    good = held.filter(standing_on(clock.day_of(at))).values_list("pk", flat=True)
    return {
        "member": member,
        "line": line,
        "document": dict(PAPERS).get(member.id_type, member.id_type),
        "stints": queries.stints_of([member.pk], scope, at).get(member.pk, [])[:MOST_SHOWN],
        "qualifications": [
            (row, row.pk in set(good))
            for row in held.select_related("kind").order_by("kind__position", "-obtained_on")
        ],
        "lendings": [(row, places.get(row.street_id, "")) for row in lendings],
        "open_lending": next((row for row in lendings if row.closed_at is None), None),
        "openings": openings,
        "names": names_of([row.by for row in openings]),
        "forces": list(member.task_forces.order_by("position")),
    }
