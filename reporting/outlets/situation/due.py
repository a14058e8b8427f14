"""When situation reports fall due: every so many minutes from local midnight, and once a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from core import clock

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def next_due(
    every_minutes: int | None, daily_minute: int | None, after: datetime
) -> datetime | None:
    """The first cut-off later than an instant; None where nothing is scheduled."""
    found = []
    midnight = clock.start_of_day(clock.day_of(after))
    if every_minutes:
        turns = int((after - midnight) / (every_minutes * MINUTE)) + 1
        found.append(midnight + turns * every_minutes * MINUTE)
    if daily_minute:
        today = midnight + daily_minute * MINUTE
        found.append(today if today > after else today + DAY)
        # 24:00 of yesterday is this very midnight, and so never later than now.
    return min(found, default=None)


def is_daily(daily_minute: int | None, moment: datetime) -> bool:
    """Whether a cut-off is the one of once a day; 24:00 is the midnight that ends the day."""
    if not daily_minute:
        return False
    return moment - clock.start_of_day(clock.day_of(moment)) == daily_minute % 1440 * MINUTE


def due_between(
    every_minutes: int | None, daily_minute: int | None, after: datetime, until: datetime
) -> list[datetime]:
    """Every cut-off later than `after` and not later than `until`, in order."""
    found: list[datetime] = []
    moment = next_due(every_minutes, daily_minute, after)
    while moment is not None and moment <= until:
        found.append(moment)
        moment = next_due(every_minutes, daily_minute, moment)
    return found
