"""Template words of outlets to superiors: how an issue and a delivery stand, and schedules."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from reporting.boards.templatetags.boards import badge
from reporting.outlets.models import UNSENT, Delivery, Outlet, OutletRun, RunState

register = template.Library()

_RUN = {
    RunState.DUE: "info", RunState.FAILED: "crit", RunState.MADE: "warn", RunState.SENT: "ok",
    RunState.ACKNOWLEDGED: "done",
}  # fmt: skip
_DELIVERY = {"waiting": "info", "sent": "done", "dead": "crit"}


@register.simple_tag
def run_badge(run: OutletRun, at: datetime) -> SafeString:
    """How an issue stands; late is told before everything else."""
    if run.state in UNSENT and run.due_at < at:
        return badge("crit", gettext("late: %(state)s") % {"state": run.get_state_display()})
    return badge(_RUN[RunState(run.state)], run.get_state_display())


@register.simple_tag
def delivery_badge(delivery: Delivery) -> SafeString:
    """How a message stands."""
    return badge(_DELIVERY[delivery.state], delivery.get_state_display())


@register.filter
def schedule(outlet: Outlet) -> str:
    """When it is owed, in words: every 2 h from 20:00, or daily at 15:30."""
    said = {
        "time": f"{outlet.first_minute // 60:02}:{outlet.first_minute % 60:02}",
        "due": outlet.due_after,
    }
    if outlet.every_minutes is None:
        return gettext("daily at %(time)s, due %(due)s min later") % said
    if outlet.every_minutes % 60:
        said["gap"] = outlet.every_minutes
        return gettext("every %(gap)s min from %(time)s, due %(due)s min later") % said
    said["gap"] = outlet.every_minutes // 60
    return gettext("every %(gap)s h from %(time)s, due %(due)s min later") % said
