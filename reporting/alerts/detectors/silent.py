"""Silence: points without data, units that stand idle beside busy ones (S046), cut networks."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from math import sqrt
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
    Measure,
    Page,
    nothing,
)
from reporting.alerts.detectors.stretches import (
    Desk,
    Moments,
    Receipts,
    Spell,
    Spells,
    desks,
    spells,
)

NETWORK_SILENT = timedelta(minutes=10)
"""Units silent for this long, and since the same ten minutes, hint at the network."""
NETWORK_UNITS = 3
"""Fewer units than this fall silent together by chance."""
DUE, DUE_WITH_QUEUE = 8, 4
"""So often others at the point sent meanwhile, each: by chance no unit is silent for as long."""

Quiet = tuple[Desk, datetime]


def _asleep(ask: Ask) -> bool:
    """A round that is not running any more is expected to be silent."""
    return ask.live and ask.round.state != Round.State.RUNNING


def _silent_points(ask: Ask) -> Judge:
    if _asleep(ask):
        return nothing
    units = desks(ask)
    silences = spells(ask, units, timedelta(minutes=ask.threshold))
    open_units = Moments.by(units, "point_id")

    def judge(at: datetime) -> list[Condition]:
        points: defaultdict[int, list[Quiet]] = defaultdict(list)
        for spell in silences.at(at):
            points[spell.desk.point_id].append((spell.desk, spell.since))
        return [
            _silent_point(point_id, quiet, at)
            for point_id, quiet in points.items()
            if len(quiet) == open_units[point_id].lasting(at)
        ]

    return judge


def _silent_point(point_id: int, units: list[Quiet], at: datetime) -> Condition:
    desk = units[0][0]
    since = max(since for _desk, since in units)
    params = {"point": desk.point, "units": len(units)}
    return Condition("point", point_id, desk.street_id, since, _minutes(at - since), params)


def _idle_units(ask: Ask) -> Judge:
    """Units that should have been heard, by what came from the others of their point meanwhile.

    A point of few people leaves each unit silent for long: that is no idle unit. Where nobody else
    works at the point, only a queue reported since tells.
    """
    if _asleep(ask):
        return nothing
    units = desks(ask)
    silences = spells(ask, units, timedelta(minutes=ask.threshold))
    watched = {spell.desk.point_id for spell in silences.at(ask.until)} if ask.live else None
    came = Receipts(ask, _keys(units, "point_id", watched))
    open_units = Moments.by(units, "point_id")
    busy = busy_points(ask)

    def judge(at: datetime) -> list[Condition]:
        quiet = silences.at(at)
        silent = Counter(spell.desk.point_id for spell in quiet)
        crowded = busy(at) if quiet else {}
        found = []
        for spell in quiet:
            point = spell.desk.point_id
            working = open_units[point].lasting(at) - silent[point]
            queue = crowded.get(point)
            if working > 0:
                due = DUE if queue is None else DUE_WITH_QUEUE
                idle = came.after(point, spell.since, at)[0] >= due * working
            else:
                idle = queue is not None and queue > spell.since
            if idle:
                found.append(_idle_unit(spell, at, queue=queue is not None))
        return found

    return judge


def _idle_unit(spell: Spell, at: datetime, *, queue: bool) -> Condition:
    desk = spell.desk
    params = {"point": desk.point, "n": desk.number, "queue": queue}
    minutes = _minutes(at - spell.since)
    return Condition("unit", desk.unit_id, desk.street_id, spell.since, minutes, params)


def _cut_networks(ask: Ask) -> Judge:
    """Streets whose units fell silent at once, and from which far less came than was due."""
    if _asleep(ask):
        return nothing
    units = desks(ask)
    silences = spells(ask, units, NETWORK_SILENT)
    open_units = Moments.by(units, "street_id")
    silent = _silent_streets(silences, open_units, ask.threshold)
    watched, begin = None, ask.since
    if ask.live:
        # A cut may be hours old: what came before it is read for the streets concerned alone.
        now = silent(ask.until)
        watched, begin = set(now), min((since for _n, since in now.values()), default=ask.since)
    came = Receipts(ask, _keys(units, "street_id", watched), begin)

    def judge(at: datetime) -> list[Condition]:
        found = []
        for street_id, (together, since) in silent(at).items():
            count = open_units[street_id].lasting(at)
            before = open_units[street_id].lasting(since)
            if _far_less(came, street_id, since, at, count / max(before, 1), ask.threshold):
                params = {"units": together, "open": count}
                share = together * 100 // count
                found.append(Condition("street", street_id, street_id, since, share, params))
        return found

    return judge


def _silent_streets(
    silences: Spells, open_units: dict[int, Moments], percent: int
) -> Callable[[datetime], dict[int, tuple[int, datetime]]]:
    """Streets where so many of the open units fell silent together: how many, and since when."""

    def silent(at: datetime) -> dict[int, tuple[int, datetime]]:
        times: defaultdict[int, list[datetime]] = defaultdict(list)
        for spell in silences.at(at):
            times[spell.desk.street_id].append(spell.since)
        together = {street_id: _together(found) for street_id, found in times.items()}
        return {
            street_id: (count, since)
            for street_id, (count, since) in together.items()
            if count >= NETWORK_UNITS
            and count * 100 // open_units[street_id].lasting(at) >= percent
        }

    return silent


def _far_less(
    came: Receipts, street_id: int, since: datetime, at: datetime, units: float, percent: int
) -> bool:
    """Whether so little came since then, by the pace of the half hour before, as no chance gives.

    Four standard deviations of a count. `units`: those open now for each that was open then.
    """
    earlier, slots_then = came.before(street_id, since)
    got, slots = came.after(street_id, since, at)
    due = earlier * units * slots / slots_then
    return got * 100 <= due * (100 - percent) and due - got >= 4 * sqrt(due) and due > 0


def _keys(units: list[Desk], key: str, watched: set[int] | None) -> dict[int, int]:
    """The point or street of each unit: of those that are watched now, or of all, looking back."""
    keys = {desk.unit_id: getattr(desk, key) for desk in units}
    return {pk: found for pk, found in keys.items() if watched is None or found in watched}


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
    measure=Measure.MINUTES,
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
    question=_("Minutes without a capture while people queue there or others have much to do"),
    measure=Measure.MINUTES,
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
    measure=Measure.PERCENT,
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
