"""Population groups, who is exempt, and the district's own norms: the settings of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.forms import AgeRuleForm, GroupForm, GroupRuleForm, NormForm
from campaigns.models import Division, ExemptionRule, PopulationGroup
from campaigns.norms import norms_of
from campaigns.permissions import can_plan_round, check_can_plan_round, check_can_see_rounds
from campaigns.services import groups as services
from core import clock
from core.acts import accepted
from core.query import refuse_unknown_query


@require_safe
def groups_page(request: HttpRequest) -> HttpResponse:
    """Groups, exemption rules and norms of the district."""
    check_can_see_rounds(request.scope)
    refuse_unknown_query(request, ())
    return _page(request)


@require_POST
def group_add(request: HttpRequest) -> HttpResponse:
    """Add a group."""
    check_can_plan_round(request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        return services.add_group(district=_district(request), **data, **who)

    return _submit(request, "group", GroupForm(request.POST), act)


@require_POST
def age_rule(request: HttpRequest) -> HttpResponse:
    """Set the age below which people are exempt."""
    check_can_plan_round(request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        return services.set_age_rule(district=_district(request), **data, **who)

    return _submit(request, "age", AgeRuleForm(request.POST), act)


@require_POST
def group_rule(request: HttpRequest, group_id: int) -> HttpResponse:
    """Say whether and why a group is exempt."""
    check_can_plan_round(request.scope)
    group = get_object_or_404(PopulationGroup.objects.within(request.scope), pk=group_id)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        return services.set_group_rule(district=_district(request), group=group, **data, **who)

    return _submit(request, "rule", GroupRuleForm(request.POST), act)


@require_POST
def norm_set(request: HttpRequest, code: str) -> HttpResponse:
    """Set one of the district's norms, with the reason."""
    check_can_plan_round(request.scope)

    def act(data: dict[str, Any], who: dict[str, Any]) -> Any:
        return services.set_norm(district=_district(request), code=code, **data, **who)

    return _submit(request, f"norm-{code}", NormForm(request.POST), act)


def _district(request: HttpRequest) -> Division:
    return Division.objects.get(pk=min(request.scope.districts))


def _submit(
    request: HttpRequest, section: str, form: Form,
    act: Callable[[dict[str, Any], dict[str, Any]], Any],
) -> HttpResponse:  # fmt: skip
    who = {"by": request.scope.actor, "at": clock.now()}
    if accepted(form, lambda data: act(data, who)):
        messages.success(request, _("Done."))
        return HttpResponseRedirect(reverse("campaigns:groups"))
    return _page(request, failed=section, form=form, status=422)


def _page(
    request: HttpRequest, *, failed: str = "", form: Form | None = None, status: int = 200
) -> HttpResponse:
    district = _district(request)
    rules = ExemptionRule.objects.filter(district=district, is_active=True)
    by_group = {rule.group_id: rule for rule in rules}
    age = by_group.get(None)
    groups = PopulationGroup.objects.filter(district=district).order_by("pk")
    initial = {"under_age": age.under_age if age else None}
    context = {
        "district": district,
        "groups": [
            {
                "row": group,
                "rule": by_group.get(group.pk),
                "form": GroupRuleForm(
                    auto_id=f"rule-{group.pk}-%s",
                    initial={"reason": by_group[group.pk].reason if group.pk in by_group else ""},
                ),
            }
            for group in groups
        ],
        "age_form": form if failed == "age" else AgeRuleForm(initial=initial),
        "group_form": form if failed == "group" else GroupForm(),
        "norms": norms_of(district.pk).values(),
        "may_plan": can_plan_round(request.scope),
        "failed": failed,
        "form": form,
        "as_of": clock.now(),
    }
    return render(request, "campaigns/groups.html", context, status=status)
