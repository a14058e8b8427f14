"""When each building's turn is: a pure plan from people, desks and the hours of the point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from core import clock

STEP = timedelta(minutes=5)
"""Slots begin and end on five minutes, as they are announced."""


def plan_slots(
    people: Iterable[int],
    *,
    per_hour: float,
    start: datetime,
    opens: time | None = None,
    closes: time | None = None,
) -> Iterator[tuple[datetime, datetime]]:
    """A slot for each building in turn: its people at `per_hour` people an hour, at least 5 min.

    Slots keep to the hours of the point where it has any; a building is not split over two days
    unless it takes longer than a day's hours.
    """
    at = _on_the_step(start)
    for count in people:
        length = max(math.ceil(count * 60 / per_hour / 5), 1) * STEP
        at = _first_that_fits(at, length, opens, closes)
        yield at, at + length
        at += length


def _first_that_fits(
    at: datetime, length: timedelta, opens: time | None, closes: time | None
) -> datetime:
    if opens is None or closes is None:
        return at
    day = clock.day_of(at) - timedelta(days=1)  # yesterday's hours may reach over midnight
    while True:
        hours = clock.Window.on(day, f"{opens:%H:%M}", f"{closes:%H:%M}")
        begin = max(at, hours.start)
        if begin + length <= hours.end or (begin == hours.start and length > hours.length):
            return begin
        day += timedelta(days=1)


def _on_the_step(at: datetime) -> datetime:
    minute = clock.minute_of(at)
    if minute < at:
        minute += timedelta(minutes=1)
    return minute + timedelta(minutes=-minute.minute % 5)
