"""The scenario clock, which web, workers, simulator and all ages follow.

One database row says that at the real instant `anchor_real` the scenario showed `anchor_scenario`
and has run at `rate` since; no row means real time. Sessions, tokens and lockouts do not use it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import DatabaseError

from core.inputs.times import HERE, parse_instant, parse_local_day, parse_local_time

__all__ = [
    "HERE",
    "Reading",
    "Window",
    "day_of",
    "deadline_day",
    "end_of_day",
    "forget",
    "local",
    "minute_of",
    "now",
    "parse_instant",
    "parse_local_day",
    "parse_local_time",
    "quarter_of",
    "rate",
    "reading",
    "set_clock",
    "start_of_day",
]

_CACHE_SECONDS = 1.0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock's anchor: scenario time is `scenario + (real now - real) * rate`."""

    real: datetime
    scenario: datetime
    rate: float

    def at(self, real_now: datetime) -> datetime:
        """Scenario instant (UTC) at a real instant."""
        if self.rate == 1.0:
            return self.scenario + (real_now - self.real)
        return self.scenario + (real_now - self.real) * self.rate


_REAL_TIME = Reading(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC), 1.0)
_lock = threading.Lock()
_cached: Reading | None = None
_cached_until = 0.0


def now() -> datetime:
    """The scenario instant, aware, in UTC."""
    return reading().at(datetime.now(UTC))


def rate() -> float:
    """Scenario seconds per real second; 1.0 without a scenario."""
    return reading().rate


def reading() -> Reading:
    """The anchor, read from the database at most once a second per process.

    While the database is away the last known anchor goes on: it is still right.
    """
    global _cached, _cached_until
    known = _cached
    if known is not None and time.monotonic() < _cached_until:
        return known
    with _lock:
        if _cached is not None and time.monotonic() < _cached_until:
            return _cached
        try:
            fresh = _load()
        except DatabaseError:
            if _cached is None:
                raise
            fresh = _cached
        _cached, _cached_until = fresh, time.monotonic() + _CACHE_SECONDS
        return fresh


def set_clock(anchor_scenario: datetime, rate: Decimal | float | int = 1) -> Reading:
    """Let the scenario show `anchor_scenario` now and run at `rate` (above 0)."""
    from core.models import Clock  # models need the app registry, the pure functions here do not

    Clock.objects.update_or_create(
        id=1,
        defaults={
            "anchor_real": datetime.now(UTC),
            "anchor_scenario": anchor_scenario,
            "rate": Decimal(str(rate)),
        },
    )
    forget()
    return reading()


def forget() -> None:
    """Drop the cached anchor (after a change, and between tests)."""
    global _cached, _cached_until
    with _lock:
        _cached, _cached_until = None, 0.0


def _load() -> Reading:
    from core.models import Clock  # models need the app registry, the pure functions here do not

    row = Clock.objects.filter(id=1).values_list("anchor_real", "anchor_scenario", "rate").first()
    return Reading(row[0], row[1], float(row[2])) if row else _REAL_TIME


def local(instant: datetime) -> datetime:
    """The same instant in Asia/Shanghai."""
    return instant.astimezone(HERE)


def day_of(instant: datetime) -> date:
    """The local day an instant falls on."""
    return local(instant).date()


def start_of_day(day: date) -> datetime:
    """Local midnight that begins `day`, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=HERE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """24:00 of `day`: local midnight that begins the next day, in UTC."""
    return start_of_day(day + _DAY)


def deadline_day(instant: datetime) -> tuple[date, str]:
    """The day a deadline belongs to and its clock text; midnight is 24:00 of the day before."""
    here = local(instant)
    if here.hour == here.minute == here.second == here.microsecond == 0:
        return here.date() - _DAY, "24:00"
    return here.date(), here.strftime("%H:%M")


def minute_of(instant: datetime) -> datetime:
    """The start of the minute an instant lies in (UTC)."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.replace(second=0, microsecond=0)


def quarter_of(instant: datetime) -> datetime:
    """The start of the quarter hour an instant lies in (UTC; the offset here is whole hours)."""
    minute = minute_of(instant)
    return minute.replace(minute=minute.minute - minute.minute % 15)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time [start, end), which may lie across midnight."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs aware instants")
        if self.end <= self.start:
            raise ValueError("a window must end after it starts")

    @classmethod
    def on(cls, day: date, start: str, end: str) -> Window:
        """Local times on `day`; an end at or before the start is on the next day (19:00-02:00)."""
        begins, ends = parse_local_time(day, start), parse_local_time(day, end)
        if ends <= begins:
            ends = parse_local_time(day + _DAY, end)
        return cls(begins, ends)

    @property
    def length(self) -> timedelta:
        """Duration."""
        return self.end - self.start

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def overlaps(self, other: Window) -> bool:
        """Whether the two share any instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def clip(self, other: Window) -> Window | None:
        """The part both share, or None."""
        if not self.overlaps(other):
            return None
        return Window(max(self.start, other.start), min(self.end, other.end))

    def days(self) -> Iterator[tuple[date, Window]]:
        """The window cut at local midnights: (day, its part)."""
        start = self.start
        while start < self.end:
            day = day_of(start)
            end = min(end_of_day(day), self.end)
            yield day, Window(start, end)
            start = end
