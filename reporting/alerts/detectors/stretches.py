"""When units and points stood open, and when units were silent: facts as they were known then."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from core import clock
from core.statements import run
from reporting.alerts.detectors.registry import Ask
from reporting.progress.models import Total
from sites.models import PointStateChange, SamplingPoint, SamplingUnit, UnitStateChange
from sites.models.points import State

LOOK_BACK = timedelta(hours=12)
"""Data older than this before the stretch asked for counts as none: it bounds what is read."""

Stretch = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Desk:
    """A unit with the stretches in which it was open."""

    unit_id: int
    number: int
    point_id: int
    point: str
    street_id: int
    opens: time | None
    closes: time | None
    stretches: list[Stretch]

    def open_since(self, at: datetime) -> datetime | None:
        """When the stretch began that `at` lies in; None if the unit was not open."""
        return inside(self.stretches, at)

    def scheduled(self, at: datetime) -> bool:
        """Whether the point's hours hold `at`; a point without hours is always scheduled."""
        if self.opens is None or self.closes is None:
            return True
        here = clock.local(at).time()
        if self.opens < self.closes:
            return self.opens <= here < self.closes
        return here >= self.opens or here < self.closes


def inside(stretches: list[Stretch], at: datetime) -> datetime | None:
    """The start of the stretch that holds `at`."""
    for start, end in reversed(stretches):
        if start <= at:
            return start if end is None or at < end else None
    return None


def desks(ask: Ask) -> list[Desk]:
    """Units of the round that are open (live), or were open at some time, by point and number."""
    units = SamplingUnit.objects.of_round(ask.round.pk)
    if ask.live:
        units = units.open()
    rows = units.order_by("point__code", "number").values_list(
        "pk",
        "number",
        "point_id",
        "point__name",
        "street_id",
        "point__opens",
        "point__closes",
        "state",
        "opened_at",
    )
    changes: dict[int, list[Stretch]] = {}
    if not ask.live:
        steps = UnitStateChange.objects.filter(unit__point__round_id=ask.round.pk)
        changes = _open_stretches(steps, "unit_id", ask)
    return [
        Desk(*row[:7], _stretches(changes.get(row[0]), row[7], row[8]))  # type: ignore[misc]
        for row in rows
    ]


def open_points(ask: Ask) -> dict[int, list[Stretch]]:
    """The stretches in which each point stood open, by point."""
    points = SamplingPoint.objects.of_round(ask.round.pk)
    if ask.live:
        return {
            pk: [(ask.round.starts_at, None)]
            for pk in points.filter(state=State.OPEN).values_list("pk", flat=True)
        }
    steps = PointStateChange.objects.filter(point__round_id=ask.round.pk)
    changes = _open_stretches(steps, "point_id", ask)
    return {
        pk: _stretches(changes.get(pk), state, ask.round.starts_at)
        for pk, state in points.values_list("pk", "state")
    }


def _open_stretches(steps: Any, key: str, ask: Ask) -> dict[int, list[Stretch]]:
    """From the steps of a state: [opened, not open any more) by key."""
    found: defaultdict[int, list[Stretch]] = defaultdict(list)
    rows = steps.order_by(key, "at", "pk").values_list(key, "from_state", "to_state", "at")
    for pk, before, after, at in rows:
        stretches = found[pk]
        if before == State.OPEN:
            # Opened before steps were kept: open from the start of the round.
            start = stretches.pop()[0] if stretches and stretches[-1][1] is None else None
            stretches.append((start or ask.round.starts_at, at))
        if after == State.OPEN:
            stretches.append((at, None))
    return found


def _stretches(
    known: list[Stretch] | None, state: str, opened_at: datetime | None
) -> list[Stretch]:
    if known is not None:
        return known
    return [(opened_at, None)] if state == State.OPEN and opened_at else []


@dataclass(frozen=True, slots=True)
class Silence:
    """For each unit the stretches of `length` and more in which nothing came from it.

    A unit counts as heard when the server received something of it, whatever time it was taken.
    """

    length: timedelta
    quiet: dict[int, list[Stretch]] = field(default_factory=dict)
    first: dict[int, datetime] = field(default_factory=dict)

    def since(self, desk: Desk, at: datetime) -> datetime | None:
        """Since when this open unit has been silent; None if it is closed, or was heard."""
        opened = desk.open_since(at)
        if opened is None or at - opened < self.length:
            return None
        first = self.first.get(desk.unit_id)
        if first is None or at < first:
            return opened
        heard = inside(self.quiet.get(desk.unit_id, []), at)
        if heard is None or at - heard < self.length:
            return None
        return max(heard, opened)


def silence(ask: Ask, length: timedelta) -> Silence:
    """Silent stretches of the units: live from the totals, looking back from the minutes kept.

    A minute tells when it was last added to. Where late data was added to a minute that had data
    already, its earlier receipt is not known any more, and the unit counts as heard later.
    """
    if ask.live:
        totals = Total.objects.filter(
            round_id=ask.round.pk, kind="unit", last_received_at__isnull=False
        )
        # Data may come while this is read: nothing was heard later than now.
        heard = {
            pk: min(received_at, ask.until)
            for pk, received_at in totals.values_list("key_id", "last_received_at")
            if received_at is not None
        }
        return Silence(length, {pk: [(at, None)] for pk, at in heard.items()}, heard)
    rows = run(
        """SELECT key_id, heard, next, before IS NULL FROM (
               SELECT key_id, last_received_at AS heard,
                      lead(last_received_at) OVER w AS next, lag(last_received_at) OVER w AS before
               FROM progress_cell
               WHERE round_id = %b AND kind = 'unit' AND width = 1 AND start >= %b AND start <= %b
                 AND last_received_at IS NOT NULL
               WINDOW w AS (PARTITION BY key_id ORDER BY last_received_at)) g
           WHERE before IS NULL OR next IS NULL OR next - heard >= %b
           ORDER BY key_id, heard""",
        [ask.round.pk, ask.since - LOOK_BACK, ask.until, length],
    )
    return _silence_of(rows, length)


def _silence_of(
    rows: Iterable[tuple[int, datetime, datetime | None, bool]], length: timedelta
) -> Silence:
    found = Silence(length)
    for key, heard, following, is_first in rows:
        if is_first:
            found.first[key] = heard
        if following is None or following - heard >= length:
            found.quiet.setdefault(key, []).append((heard, following))
    return found


@dataclass(frozen=True, slots=True)
class Moments:
    """Things of one street that began and may have ended, for counting how many last at a time."""

    starts: list[datetime]
    ends: list[datetime]

    @classmethod
    def of(cls, spans: Iterable[Stretch]) -> Moments:
        known = list(spans)
        return cls(sorted(s for s, _e in known), sorted(e for _s, e in known if e is not None))

    def lasting(self, at: datetime) -> int:
        """How many began at or before `at` and had not ended by then."""
        return bisect_right(self.starts, at) - bisect_right(self.ends, at)
