"""How figures, times and spans are written for people: one place for pages, walls and charts.

Counts are always exact, with a comma every three digits in both languages; only axes are shortened.
Times are shown in Asia/Shanghai and on the 24-hour clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, ngettext

NOTHING = "—"
ZONE = ZoneInfo("Asia/Shanghai")


def count(value: int | None) -> str:
    """A whole number with thousands separators; a dash where there is no figure."""
    return NOTHING if value is None else f"{int(value):,}"


def signed(value: int | None) -> str:
    """A difference with its sign (a real minus), such as ``+36`` or ``−506``."""
    if value is None:
        return NOTHING
    return f"+{value:,}" if value > 0 else f"{value:,}".replace("-", "−")


def percent(value: Decimal | float | None) -> str:
    """A percentage with one decimal; may exceed 100."""
    if value is None:
        return NOTHING
    return f"{Decimal(value).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def clock(moment: datetime | None) -> str:
    """Hour and minute, for example ``18:00``."""
    return NOTHING if moment is None else moment.astimezone(ZONE).strftime("%H:%M")


def stamp(moment: datetime | None) -> str:
    """Month, day, hour and minute, for example ``11-05 18:00``."""
    return NOTHING if moment is None else moment.astimezone(ZONE).strftime("%m-%d %H:%M")


def moment_near(moment: datetime | None, reference: datetime | None) -> str:
    """The hour alone when the moment is on the reference's local day, else with its date."""
    if moment is None or reference is None:
        return stamp(moment)
    same_day = moment.astimezone(ZONE).date() == reference.astimezone(ZONE).date()
    return clock(moment) if same_day else stamp(moment)


def hours(length: timedelta | None) -> str:
    """Hours and minutes as ``2:05``, from two days on in words; the sign is left to the context."""
    if length is None:
        return NOTHING
    if abs(length) >= timedelta(days=2):
        return span(length)
    minutes = int(abs(length).total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def span(length: timedelta | None) -> str:
    """A span in words: seconds under a minute, minutes under two hours, then hours."""
    if length is None:
        return NOTHING
    seconds = max(0, int(abs(length).total_seconds()))
    if seconds < 60:
        return gettext("%(n)d s") % {"n": seconds}
    minutes = seconds // 60
    if minutes < 120:
        return gettext("%(n)d min") % {"n": minutes}
    if minutes < 60 * 48:
        return gettext("%(hours)d h %(minutes)02d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    days = minutes // (60 * 24)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def axis(value: int) -> str:
    """A short axis label: thousands in English, ten thousands (万) in Chinese."""
    if (get_language() or "").startswith("zh"):
        return f"{value / 10_000:.3g}万" if value >= 10_000 else f"{value:,}"
    return f"{value / 1_000:.3g}k" if value >= 1_000 else str(value)
