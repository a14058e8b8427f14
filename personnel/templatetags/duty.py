"""Who is on duty at a unit, for pages of rooms that know nothing of people."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core import clock
from personnel.models import DutyPlace
from personnel.permissions import can_see_duty
from personnel.queries.roster import present_at
from personnel.services.attendance import is_noted
from sites.models import SamplingPoint, SamplingUnit

register = template.Library()


@register.simple_tag(takes_context=True)
def roster_link(context: dict[str, Any], point: SamplingPoint) -> SafeString:
    """The button that leads to a point's roster; nothing for who may not see rosters."""
    if not can_see_duty(context["request"].scope):
        return SafeString("")
    return format_html(
        '<a class="btn btn-quiet btn-small" href="{}">{}</a>',
        reverse("duty:point", args=[point.pk]),
        gettext("Roster"),
    )


@register.inclusion_tag("personnel/duty/unit_people.html", takes_context=True)
def unit_people(context: dict[str, Any], unit: SamplingUnit) -> dict[str, Any]:
    """People booked at a unit now, masked; nothing for who may not see rosters."""
    request = context["request"]
    if not can_see_duty(request.scope):
        return {"may_see_duty": False}
    now = clock.now()
    places = DutyPlace.objects.within(request.scope).filter(unit=unit)
    duties = present_at(places.values_list("pk", flat=True), request.scope, at=now)
    return {
        "may_see_duty": True,
        "duties": duties,
        "unit": unit,
        "noted": is_noted(unit.district_id),
        "now": now,
    }
