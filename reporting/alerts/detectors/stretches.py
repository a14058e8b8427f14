"""When units and points stood open, and when units were silent: as it was known then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
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
    """A unit with the stretches in which it was open, within the hours of its point."""

    unit_id: int
    number: int
    point_id: int
    point: str
    street_id: int
    stretches: list[Stretch]


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
    hours = _Hours(ask)
    found = []
    for pk, number, point_id, point, street_id, opens, closes, state, opened_at in rows:
        stretches = hours.clip(_stretches(changes.get(pk), state, opened_at), opens, closes)
        found.append(Desk(pk, number, point_id, point, street_id, stretches))
    return found


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


class _Hours:
    """The hours of points as stretches of the days asked for; many points share theirs."""

    def __init__(self, ask: Ask) -> None:
        first, last = clock.day_of(ask.since - LOOK_BACK), clock.day_of(ask.until)
        self.days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
        self.known: dict[tuple[time, time], list[clock.Window]] = {}

    def clip(
        self, stretches: list[Stretch], opens: time | None, closes: time | None
    ) -> list[Stretch]:
        """What of the stretches lies within the hours; a point without hours keeps them whole."""
        if opens is None or closes is None or opens == closes:
            return stretches
        if (opens, closes) not in self.known:
            begin, end = opens.strftime("%H:%M"), closes.strftime("%H:%M")
            self.known[opens, closes] = [clock.Window.on(day, begin, end) for day in self.days]
        return [
            (max(start, window.start), window.end if end is None else min(end, window.end))
            for start, end in stretches
            for window in self.known[opens, closes]
            if start < window.end and (end is None or window.start < end)
        ]


@dataclass(frozen=True, slots=True)
class Spell:
    """A unit's silence since `since`, long enough from `start` on, until it ended."""

    desk: Desk
    since: datetime
    start: datetime
    end: datetime | None


SLOT = 300
"""Seconds of one slot, by which spells are found and receipts are counted."""


def slot_of(at: datetime) -> int:
    """The number of the five minutes that hold an instant."""
    return int(at.timestamp()) // SLOT


class Spells:
    """Silences of open units, found by instant without looking through all of them."""

    def __init__(self, found: Iterable[Spell], until: datetime) -> None:
        self.by_slot: defaultdict[int, list[Spell]] = defaultdict(list)
        last = slot_of(until)
        for spell in found:
            end = last if spell.end is None else min(slot_of(spell.end), last)
            for slot in range(slot_of(spell.start), end + 1):
                self.by_slot[slot].append(spell)

    def at(self, at: datetime) -> list[Spell]:
        """The silences that hold an instant."""
        return [
            spell
            for spell in self.by_slot.get(slot_of(at), [])
            if spell.start <= at and (spell.end is None or at < spell.end)
        ]


def spells(ask: Ask, units: list[Desk], length: timedelta) -> Spells:
    """Silences of open units of at least `length`.

    A unit counts as heard when the server received something of it, whatever time it was taken.
    """
    quiet = _quiet_live(ask) if ask.live else _quiet_then(ask, length)
    found = []
    for desk in units:
        for opened, closed in desk.stretches:
            for heard, following in quiet.get(desk.unit_id, [(None, None)]):
                since = opened if heard is None else max(heard, opened)
                end = closed if following is None else min(following, closed or following)
                if end is None or since + length < end:
                    found.append(Spell(desk, since, since + length, end))
    return Spells(found, ask.until)


class Receipts:
    """How often data came in, by point or street and five minutes of its receipt.

    Data that came half an hour late and later says nothing about the pace. The slot that an
    instant lies in is never counted for it: it is not over.
    """

    LATEST = timedelta(hours=2)
    FRESH = timedelta(minutes=30)

    def __init__(self, ask: Ask, key_of: dict[int, int], begin: datetime | None = None) -> None:
        """Receipts of the units in `key_of`, each counted for its key there; from four hours before
        the stretch asked for, or from two before `begin` where that is earlier."""
        earliest = min(ask.since, (begin or ask.since) + self.LATEST) - 2 * self.LATEST
        # No join with the units' table: its size is misjudged while a round is young.
        rows = run(
            """SELECT u.key, (extract(epoch FROM c.last_received_at)::bigint / %b)::int, count(*)
               FROM unnest(%b::int[], %b::int[]) AS u(id, key)
               JOIN progress_cell c ON c.round_id = %b AND c.kind = 'unit' AND c.key_id = u.id
                AND c.width = 1 AND c.start >= %b AND c.start <= %b
               WHERE c.last_received_at < c.start + %b
               GROUP BY 1, 2 ORDER BY 1, 2""",
            [
                SLOT,
                list(key_of),
                list(key_of.values()),
                ask.round.pk,
                max(earliest, ask.since - LOOK_BACK),
                ask.until,
                self.FRESH,
            ],
        )
        self.slots: dict[int, list[int]] = {}
        self.sums: dict[int, list[int]] = {}
        for key, slot, count in rows:
            sums = self.sums.setdefault(key, [0])
            self.slots.setdefault(key, []).append(slot)
            sums.append(sums[-1] + count)

    def _between(self, key: int, first: int, last: int) -> int:
        """Receipts in the slots from `first` to `last`, the last one excluded."""
        slots = self.slots.get(key, [])
        low, high = bisect_left(slots, first), bisect_left(slots, max(first, last))
        return self.sums[key][high] - self.sums[key][low] if slots else 0

    def after(self, key: int, since: datetime, at: datetime) -> tuple[int, int]:
        """(receipts, slots) after `since` and before `at`, at most two hours of them."""
        since = max(since, at - self.LATEST)
        first, last = slot_of(since) + 1, slot_of(at)
        return self._between(key, first, last), max(last - first, 0)

    def before(self, key: int, since: datetime) -> tuple[int, int]:
        """(receipts, slots) of the half hour that ends with the slot of `since`."""
        last = slot_of(since) + 1
        return self._between(key, last - 6, last), 6


def _quiet_live(ask: Ask) -> dict[int, list[tuple[datetime | None, datetime | None]]]:
    totals = Total.objects.filter(
        round_id=ask.round.pk, kind="unit", last_received_at__isnull=False
    )
    # Data may come while this is read: nothing was heard later than now.
    return {
        pk: [(min(received_at, ask.until), None)]
        for pk, received_at in totals.values_list("key_id", "last_received_at")
        if received_at is not None
    }


def _quiet_then(
    ask: Ask, length: timedelta
) -> dict[int, list[tuple[datetime | None, datetime | None]]]:
    """Stretches without data by unit: before the first, the long ones between, after the last.

    A minute tells when it was last added to. Where late data was added to a minute that had data
    already, its earlier receipt is not known any more, and the unit counts as heard later.
    """
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
    found: dict[int, list[tuple[datetime | None, datetime | None]]] = {}
    for key, heard, following, is_first in rows:
        stretches = found.setdefault(key, [])
        if is_first:
            stretches.append((None, heard))
        if following is None or following - heard >= length:
            stretches.append((heard, following))
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

    @classmethod
    def by(cls, units: Iterable[Desk], key: str) -> dict[int, Moments]:
        """The open stretches of units by point or street: how many were open at a time."""
        spans: defaultdict[int, list[Stretch]] = defaultdict(list)
        for desk in units:
            spans[getattr(desk, key)] += desk.stretches
        return {found: cls.of(stretches) for found, stretches in spans.items()}

    def lasting(self, at: datetime) -> int:
        """How many began at or before `at` and had not ended by then."""
        return bisect_right(self.starts, at) - bisect_right(self.ends, at)
