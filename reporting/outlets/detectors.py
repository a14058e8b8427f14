"""What of the outlets is watched: issues that a superior waits for and has not got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from reporting.alerts.detectors import Ask, Condition, Detector, Judge, Measure, Page
from reporting.outlets.queries.upward import late_of

MINUTE = timedelta(minutes=1)


def _not_sent(ask: Ask) -> Judge:
    """Issues that are due within so many minutes, or were due, and are not sent."""
    ahead = ask.threshold * MINUTE
    owed = late_of(ask.round.pk, ask.since, ask.until, ahead)

    def judge(at: datetime) -> list[Condition]:
        standing = [
            each
            for each in owed
            if each[0] <= at
            and each[1] - ahead <= at
            and all(ended is None or ended > at for ended in each[2:4])
        ]
        if not standing:
            return []
        opened_at, due_at, _sent, _overtaken, superior, title, number = standing[0]
        params = {
            "superior": superior, "title": title, "issue": number, "issues": len(standing),
            "late": due_at < at,
        }  # fmt: skip
        minutes = abs(due_at - at) // MINUTE
        # One alert of the round: it names the issue that is owed for longest.
        since = max(due_at - ahead, opened_at)
        return [Condition("round", ask.round.pk, None, since, minutes, params)]

    return judge


def _words(params: Mapping[str, Any]) -> str:
    said = dict(params)
    if params["late"]:
        return (
            ngettext(
                "%(title)s no. %(issue)s for %(superior)s is %(value)s minute late and not sent",
                "%(title)s no. %(issue)s for %(superior)s is %(value)s minutes late and not sent",
                params["value"],
            )
            % said
        )
    return (
        ngettext(
            "%(title)s no. %(issue)s for %(superior)s is due in %(value)s minute and not sent",
            "%(title)s no. %(issue)s for %(superior)s is due in %(value)s minutes and not sent",
            params["value"],
        )
        % said
    )


def _page(subject: Any) -> Page:
    return reverse("upward:outlets"), "see_outlets"


OUTLET_LATE = Detector(
    code="outlet_late",
    title=_("Report to a superior not sent"),
    advice=_("Open the issue: send it by hand, note where it went, or see why it was not made."),
    question=_("Minutes before it is due"),
    measure=Measure.MINUTES,
    default=10,
    minimum=0,
    maximum=180,
    severity="crit",
    escalate_after=10,
    watch=_not_sent,
    words=_words,
    page=_page,
    ends_at_once=True,
)
ALL = [OUTLET_LATE]
