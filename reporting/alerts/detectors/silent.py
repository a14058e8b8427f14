"""Silence: points without data, units that stand idle beside busy ones (S046), cut networks."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from reporting.alerts.detectors.queues import busy_points
from reporting.alerts.detectors.registry import (
    Ask,
    Condition,
    Detector,
    Judge,
    Page,
    nothing,
)
from reporting.alerts.detectors.stretches import Desk, Silence, desks, silence

NETWORK_SILENT = timedelta(minutes=10)
"""Units silent for this long, and since the same ten minutes, hint at the network."""
NETWORK_UNITS = 3
"""Fewer units than this fall silent together by chance."""

Quiet = tuple[Desk, datetime]


def _quiet_and_heard(
    rows: Sequence[Desk], ears: Silence, at: datetime
) -> tuple[list[Quiet], list[Desk]]:
    """Open units that are silent, with the instant since when, and open units that are not."""
    quiet: list[Quiet] = []
    heard: list[Desk] = []
    for desk in rows:
        if not desk.scheduled(at) or desk.open_since(at) is None:
            continue
        since = ears.since(desk, at)
        if since is None:
            heard.append(desk)
        else:
            quiet.append((desk, since))
    return quiet, heard


def _asleep(ask: Ask) -> bool:
    """A round that is not running any more is expected to be silent."""
    return ask.live and ask.round.state != Round.State.RUNNING


def _silent_points(ask: Ask) -> Judge:
    if _asleep(ask):
        return nothing
    rows, ears = desks(ask), silence(ask, timedelta(minutes=ask.threshold))

    def judge(at: datetime) -> list[Condition]:
        quiet, heard = _quiet_and_heard(rows, ears, at)
        speaking = {desk.point_id for desk in heard}
        points: defaultdict[int, list[Quiet]] = defaultdict(list)
        for desk, since in quiet:
            if desk.point_id not in speaking:
                points[desk.point_id].append((desk, since))
        return [_silent_point(point_id, units, at) for point_id, units in points.items()]

    return judge


def _silent_point(point_id: int, units: list[Quiet], at: datetime) -> Condition:
    desk = units[0][0]
    since = max(since for _desk, since in units)
    params = {"point": desk.point, "units": len(units)}
    return Condition("point", point_id, desk.street_id, since, _minutes(at - since), params)


def _idle_units(ask: Ask) -> Judge:
    if _asleep(ask):
        return nothing
    rows, ears = desks(ask), silence(ask, timedelta(minutes=ask.threshold))
    busy = busy_points(ask)

    def judge(at: datetime) -> list[Condition]:
        quiet, heard = _quiet_and_heard(rows, ears, at)
        working = {desk.point_id for desk in heard}
        crowded = busy(at)
        return [
            Condition(
                "unit",
                desk.unit_id,
                desk.street_id,
                since,
                _minutes(at - since),
                {"point": desk.point, "n": desk.number, "queue": desk.point_id in crowded},
            )
            for desk, since in quiet
            if desk.point_id in working or desk.point_id in crowded
        ]

    return judge


def _cut_networks(ask: Ask) -> Judge:
    if _asleep(ask):
        return nothing
    rows, ears = desks(ask), silence(ask, NETWORK_SILENT)

    def judge(at: datetime) -> list[Condition]:
        quiet, heard = _quiet_and_heard(rows, ears, at)
        open_units: defaultdict[int, int] = defaultdict(int)
        silent: defaultdict[int, list[datetime]] = defaultdict(list)
        for desk, since in quiet:
            open_units[desk.street_id] += 1
            silent[desk.street_id].append(since)
        for desk in heard:
            open_units[desk.street_id] += 1
        found = []
        for street_id, times in silent.items():
            together, since = _together(times)
            share = together * 100 // open_units[street_id]
            if together >= NETWORK_UNITS and share >= ask.threshold:
                params = {"units": together, "open": open_units[street_id]}
                found.append(Condition("street", street_id, street_id, since, share, params))
        return found

    return judge


def _together(times: Iterable[datetime]) -> tuple[int, datetime]:
    """The most units that fell silent within the same ten minutes, and the last of these times."""
    ordered = sorted(times)
    best, since = 0, ordered[0]
    for index, start in enumerate(ordered):
        end = bisect_right(ordered, start + NETWORK_SILENT)
        if end - index > best:
            best, since = end - index, ordered[end - 1]
    return best, since


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def _point_page(subject: Any) -> Page:
    return reverse("sites:point", args=[subject.subject_id]), "see_points"


def _unit_page(subject: Any) -> Page:
    return reverse("sites:unit", args=[subject.subject_id]), "see_points"


def _street_page(subject: Any) -> Page:
    return reverse("boards:street", args=[subject.street_id]), "see_street"


def _silent_words(params: Mapping[str, Any]) -> str:
    return gettext("no data from %(point)s for %(value)s minutes") % params


def _idle_words(params: Mapping[str, Any]) -> str:
    if params.get("queue"):
        words = gettext("%(point)s, unit %(n)s: nobody for %(value)s minutes while people queue")
    else:
        words = gettext(
            "%(point)s, unit %(n)s: nobody for %(value)s minutes while others there are sampling"
        )
    return words % params


def _network_words(params: Mapping[str, Any]) -> str:
    return gettext("%(units)s of %(open)s open units fell silent at once") % params


SILENT_POINT = Detector(
    code="silent_point",
    title=_("Silent sampling point"),
    advice=_("Call the head of the point: is sampling going on, and do the devices have network?"),
    question=_("Minutes without data from any open unit of a point, within its hours"),
    measure="minutes",  # type: ignore[arg-type]
    default=30,
    minimum=5,
    maximum=240,
    severity="warn",
    escalate_after=30,
    watch=_silent_points,
    words=_silent_words,
    page=_point_page,
)
UNIT_IDLE = Detector(
    code="unit_idle",
    title=_("Unit idle"),
    advice=_("Send people of the queue to this unit, or close it and move its staff."),
    question=_("Minutes without a capture while the point has a queue or other units work"),
    measure="minutes",  # type: ignore[arg-type]
    default=15,
    minimum=5,
    maximum=240,
    severity="info",
    escalate_after=60,
    watch=_idle_units,
    words=_idle_words,
    page=_unit_page,
)
NETWORK_DOWN = Detector(
    code="network_down",
    title=_("Network down"),
    advice=_(
        "Ask the street whether its network is cut. Devices go on by themselves and send later."
    ),
    question=_("Percent of a street's open units that fell silent within the same ten minutes"),
    measure="percent",  # type: ignore[arg-type]
    default=60,
    minimum=30,
    maximum=100,
    severity="crit",
    escalate_after=15,
    inhibits=frozenset({"silent_point", "unit_idle"}),
    watch=_cut_networks,
    words=_network_words,
    page=_street_page,
)
