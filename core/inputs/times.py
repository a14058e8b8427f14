"""Rule R3: instants and days; an offset is required and nothing ambiguous is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from core.inputs.digits import fold_digits
from core.inputs.refusal import Refused

HERE = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 2000
LAST_YEAR = 2099

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,6})?))?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2})|/(\d{1,2})/(\d{1,2}))", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def today_here() -> date:
    """The real day in Asia/Shanghai (not the scenario day)."""
    return datetime.now(HERE).date()


def parse_instant(text: object) -> datetime:
    """Read `YYYY-MM-DDTHH:MM[:SS[.ffffff]]` followed by `Z` or an offset; returns aware UTC.

    24:00 is read as 00:00 of the next day. An instant without offset is refused (`time_offset`).
    """
    match = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise _unreadable_instant(text)
    day, clock, seconds, offset = match.groups()
    midnight = clock == "24:00" and float(seconds or 0) == 0
    whole = f"{day}T{'00:00' if midnight else clock}:{_seconds(seconds)}{offset}"
    try:
        instant = datetime.fromisoformat(whole)
        if midnight:
            instant += timedelta(days=1)
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_such_time() from None
    _refuse_odd_year(instant.year)
    return instant


def parse_local_day(text: object) -> date:
    """Read a day written `YYYY-MM-DD` or `YYYY/M/D`; 03/04/2026 is refused as ambiguous."""
    match = _DAY.fullmatch(fold_digits(text)) if isinstance(text, str) else None
    if not match:
        raise Refused("day_format", _("Write the day as 2021-11-04 or 2021/11/4."))
    year, *rest = (int(part) for part in match.groups() if part is not None)
    try:
        day = date(year, *rest)
    except ValueError:
        raise Refused("day_unknown", _("There is no such day in the calendar.")) from None
    _refuse_odd_year(day.year)
    return day


def parse_local_time(day: date, text: object) -> datetime:
    """Read `HH:MM` (00:00 to 24:00, Asia/Shanghai) on `day`; returns aware UTC.

    24:00 is the midnight that ends the day.
    """
    match = _CLOCK.fullmatch(fold_digits(text)) if isinstance(text, str) else None
    if not match:
        raise Refused("clock_format", _("Write the time as 08:30, from 00:00 to 24:00."))
    hours, minutes = int(match[1]), int(match[2])
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        raise Refused("clock_unknown", _("The day has the times 00:00 to 24:00."))
    start = datetime(day.year, day.month, day.day, tzinfo=HERE)
    return (start + timedelta(hours=hours, minutes=minutes)).astimezone(UTC)


def _seconds(text: str | None) -> str:
    if text is None:
        return "00"
    whole, point, fraction = text.partition(".")
    return f"{whole}.{fraction:0<6}" if point else whole


def _refuse_odd_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(
            "year_out_of_range",
            _("The year must lie between %(first)s and %(last)s."),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )


def _no_such_time() -> Refused:
    return Refused("time_unknown", _("There is no such day or time in the calendar."))


def _unreadable_instant(text: object) -> Refused:
    if isinstance(text, str) and re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[\d:.]*$", text):
        return Refused("time_offset", _("Add the offset from UTC, for example +08:00."))
    return Refused("time_format", _("Write the time as 2021-11-04T19:30:00+08:00."))
