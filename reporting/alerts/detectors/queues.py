"""Queues: a point that reports fifty minutes and more again and again (S046, X10)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from reporting.alerts.detectors.registry import (
    Ask,
    Condition,
    Detector,
    Judge,
    Measure,
    Page,
)
from reporting.alerts.detectors.stretches import inside, open_points
from sites.models import QueueReport
from sites.models.points import QueueBand

REPORT_HOLDS = timedelta(hours=2)
"""An older queue report says nothing about now."""


@dataclass(slots=True)
class Said:
    """What one point reported, in the order of time."""

    point: str
    street_id: int
    times: list[datetime]
    bands: list[str]

    def known(self, at: datetime) -> int:
        """How many reports were known at an instant; 0 once the last of them is too old."""
        count = bisect_right(self.times, at)
        return count if count and at - self.times[count - 1] <= REPORT_HOLDS else 0


def _reports(ask: Ask) -> dict[int, Said]:
    rows = QueueReport.objects.filter(
        point__round_id=ask.round.pk, at__gt=ask.since - 2 * REPORT_HOLDS, at__lte=ask.until
    )
    found: dict[int, Said] = {}
    for pk, name, street, band, at in rows.order_by("point_id", "at", "pk").values_list(
        "point_id", "point__name", "point__street_id", "band", "at"
    ):
        said = found.setdefault(pk, Said(name, street, [], []))
        said.times.append(at)
        said.bands.append(band)
    return found


def busy_points(ask: Ask) -> Callable[[datetime], dict[int, datetime]]:
    """Points where people waited more than 25 minutes by the last report that still holds, with
    the time of that report."""
    reports = _reports(ask)

    def busy(at: datetime) -> dict[int, datetime]:
        return {
            pk: said.times[known - 1]
            for pk, said in reports.items()
            if (known := said.known(at)) and said.bands[known - 1] != QueueBand.SMOOTH
        }

    return busy


def _jammed(ask: Ask) -> Judge:
    reports, points = _reports(ask), open_points(ask)
    streaks: defaultdict[int, list[int]] = defaultdict(list)
    for pk, said in reports.items():
        for band in said.bands:
            before = streaks[pk][-1] if streaks[pk] else 0
            streaks[pk].append(before + 1 if band == QueueBand.JAMMED else 0)

    def judge(at: datetime) -> list[Condition]:
        found = []
        for pk, said in reports.items():
            known = said.known(at)
            streak = streaks[pk][known - 1] if known else 0
            if streak < ask.threshold or inside(points.get(pk, []), at) is None:
                continue
            since = said.times[known - streak]
            params = {"point": said.point}
            found.append(Condition("point", pk, said.street_id, since, streak, params))
        return found

    return judge


def _words(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(point)s: people wait 50 minutes or more, reported %(value)s time",
        "%(point)s: people wait 50 minutes or more, reported %(value)s times in a row",
        params["value"],
    ) % dict(params)


def _page(subject: Any) -> Page:
    return reverse("sites:point", args=[subject.subject_id]), "see_points"


QUEUE_LONG = Detector(
    code="queue_long",
    title=_("Queue over 50 minutes"),
    advice=_("Open another unit there, or send people to a point nearby where nobody waits."),
    question=_("Reports of 50 minutes and more in a row"),
    measure=Measure.COUNT,
    default=2,
    minimum=1,
    maximum=6,
    severity="crit",
    escalate_after=20,
    watch=_jammed,
    words=_words,
    page=_page,
)
