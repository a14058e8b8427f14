"""Template words of situation reports: state, issue, place, who, and how long until a cut-off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core import clock
from reporting.boards.formats import span
from reporting.boards.templatetags.boards import badge
from reporting.outlets.models import SituationFile, SituationReport, SituationState

register = template.Library()

_KINDS = {
    SituationState.DRAFT: "info",
    SituationState.SUBMITTED: "warn",
    SituationState.RETURNED: "crit",
    SituationState.ISSUED: "done",
    SituationState.WITHDRAWN: "stale",
}


@register.simple_tag
def state_badge(report: SituationReport, at: datetime) -> SafeString:
    """A report's state as a word and a shape; a draft ahead of its cut-off says so."""
    word = str(SituationState(report.state).label)
    if report.state == SituationState.DRAFT and report.frozen_at is None:
        word = gettext("waits for its cut-off") if report.cut_off > at else gettext("being counted")
        return badge("stale", word)
    return badge(_KINDS[SituationState(report.state)], word)


@register.simple_tag
def issue_word(number: int | None) -> str:
    """Issue 3."""
    return gettext("Issue %(number)s") % {"number": number}


@register.filter
def form_moment(moment: datetime) -> str:
    """An instant as the field of a form reads it."""
    return clock.local(moment).strftime("%Y-%m-%dT%H:%M")


@register.filter
def value_of(found: Mapping[str, str], key: str) -> str:
    """What stands under a key, or nothing."""
    return found.get(key, "")


@register.filter
def actor(names: Mapping[str, str], label: str) -> str:
    """Who did it: a person's name, or that the clock did."""
    return gettext("by the clock") if label.startswith("system:") else names.get(label, label)


@register.filter
def opened_by(names: Mapping[str, str], report: SituationReport) -> str:
    """Who opened a report."""
    return actor(names, report.opened_by)


@register.simple_tag
def time_to(moment: datetime, at: datetime) -> SafeString:
    """How long until an instant, or that it has come."""
    if moment <= at:
        return format_html("<b>{}</b>", gettext("now"))
    return format_html("<b>{}</b>", gettext("in %(span)s") % {"span": span(moment - at)})


@register.simple_tag
def file_kinds() -> list[tuple[str, str]]:
    """The forms in which an issue can be taken away."""
    return [(kind.value, str(kind.label)) for kind in SituationFile.Kind]
