"""One resident: masked card, sources, groups, exemption; full data for a reason."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Exemption, PopulationGroup, Resident
from campaigns.permissions import (
    can_decide_exemption,
    can_unmask_resident,
    check_can_decide_exemption,
    check_can_see_register,
    check_can_unmask_resident,
)
from campaigns.queries import register as queries
from campaigns.register_forms import EndExemptionForm, ExemptForm, GroupsForm, UnmaskForm
from campaigns.register_import import DOCUMENT_NAMES
from campaigns.services import exemptions, residents
from core import clock
from core.actors import names_of
from core.acts import Answer, attempt
from core.query import refuse_unknown_query


@require_safe
def resident_page(request: HttpRequest, resident_id: uuid.UUID) -> HttpResponse:
    """The masked card."""
    check_can_see_register(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, _find(request, resident_id))


@require_POST
def resident_unmask(request: HttpRequest, resident_id: uuid.UUID) -> HttpResponse:
    """Full data, on this one answer: whoever reloads sees the masks again."""
    check_can_unmask_resident(request.scope)
    resident = _find(request, resident_id)
    form = UnmaskForm(request.POST)
    if not form.is_valid():
        return _page(request, resident, unmask_form=form, status=422)
    done = attempt(
        lambda: residents.unmask(
            resident=resident,
            reason=form.cleaned_data["reason"],
            by=request.scope.actor,
            at=clock.now(),
        )
    )
    if done.refused:
        return _page(request, resident, fault=done.refused.text, status=done.refused.status)
    return _page(request, resident, opened=True)


@require_POST
def resident_groups(request: HttpRequest, resident_id: uuid.UUID) -> HttpResponse:
    """Which groups the person belongs to."""
    check_can_decide_exemption(request.scope)
    resident = _find(request, resident_id)
    form = GroupsForm(request.POST, groups=_groups(resident))
    if not form.is_valid():
        return _page(request, resident, groups_form=form, status=422)
    residents.set_groups(
        resident=resident,
        groups=form.cleaned_data["groups"],
        by=request.scope.actor,
        at=clock.now(),
    )
    return _to(resident)


@require_POST
def resident_exempt(request: HttpRequest, resident_id: uuid.UUID, round_id: int) -> HttpResponse:
    """Accept a reason why the person need not be sampled in this round."""
    check_can_decide_exemption(request.scope)
    resident = _find(request, resident_id)
    form = ExemptForm(request.POST)
    if not form.is_valid():
        return _page(request, resident, exempt_form=form, status=422)
    done = attempt(
        lambda: exemptions.accept(
            resident=resident,
            round_id=round_id,
            reason=form.cleaned_data["reason"],
            by=request.scope.actor,
            at=clock.now(),
        )
    )
    return _to(resident) if done else _refused(request, resident, done)


@require_POST
def resident_exempt_end(
    request: HttpRequest, resident_id: uuid.UUID, exemption_id: int
) -> HttpResponse:
    """End a reason that was accepted after the freeze."""
    check_can_decide_exemption(request.scope)
    resident = _find(request, resident_id)
    exemption = (
        Exemption.objects.within(request.scope)
        .filter(pk=exemption_id, person_key=resident.person_key)
        .first()
    )
    if exemption is None:
        raise Http404
    form = EndExemptionForm(request.POST)
    if not form.is_valid():
        return _page(request, resident, end_form=form, status=422)
    done = attempt(
        lambda: exemptions.end(
            exemption=exemption,
            resident=resident,
            why=form.cleaned_data["why"],
            by=request.scope.actor,
            at=clock.now(),
        )
    )
    return _to(resident) if done else _refused(request, resident, done)


def _refused(request: HttpRequest, resident: Resident, answer: Answer[Any]) -> HttpResponse:
    return _page(request, resident, fault=str(answer.refused), status=409)


def _find(request: HttpRequest, resident_id: uuid.UUID) -> Resident:
    people = Resident.objects.within(request.scope).select_related("community")
    found = people.filter(pk=resident_id).first()
    if found is None:
        raise Http404
    return found


def _groups(resident: Resident) -> list[PopulationGroup]:
    found = PopulationGroup.objects.filter(district_id=resident.district_id)
    return list(found.order_by("code"))


def _to(resident: Resident) -> HttpResponse:
    return HttpResponseRedirect(reverse("campaigns:resident", args=[resident.pk]))


def _page(
    request: HttpRequest,
    resident: Resident,
    *,
    status: int = 200,
    opened: bool = False,
    fault: str = "",
    unmask_form: UnmaskForm | None = None,
    groups_form: GroupsForm | None = None,
    exempt_form: ExemptForm | None = None,
    end_form: EndExemptionForm | None = None,
) -> HttpResponse:
    groups = _groups(resident)
    words = {group.code: group.name for group in groups}
    (masked,) = queries.masked([resident], request.scope)
    sources = queries.sources_of(resident)
    openings = queries.openings_of(resident)
    names = names_of([row.by for row in openings])
    context: dict[str, Any] = {
        "resident": resident,
        "masked": masked,
        "document": dict(DOCUMENT_NAMES).get(resident.id_type, resident.id_type),
        "opened": opened,
        "fault": fault,
        "groups": [words.get(code, code) for code in resident.groups],
        "sources": sources,
        "contradictions": queries.contradictions_of(resident),
        "rounds": queries.rounds_to_exempt_in(resident),
        "openings": [(row, names[row.by]) for row in openings],
        "unmask_form": unmask_form or UnmaskForm(),
        "groups_form": groups_form
        or GroupsForm(groups=groups, initial={"groups": list(resident.groups)}),
        "exempt_form": exempt_form or ExemptForm(),
        "end_form": end_form or EndExemptionForm(),
        "form": unmask_form or groups_form or exempt_form or end_form,
        "may_unmask": can_unmask_resident(request.scope),
        "may_decide": can_decide_exemption(request.scope),
        "as_of": clock.now(),
    }
    response = render(request, "campaigns/resident.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
