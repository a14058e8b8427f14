"""All arithmetic on figures: pure functions, used alike by page, fragment, API and export.

Nothing is clipped: coverage may exceed 100 %, remainders may be negative. Where a figure cannot
be had, the answer is None (or an Eta with its reason), never zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The one formula that pages of single units need too; it stands here with the others.
from sites.measures import people_per_tube as people_per_tube

HOUR = timedelta(hours=1)
STALE = timedelta(minutes=45)
"""Data older than this supports no estimate."""
WINDOWS = (timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=90))
"""Trailing windows of the estimate: fast, middle, slow."""
HORIZON = timedelta(days=7)
"""An estimate further away than this says only that sampling has all but stopped."""


@dataclass(frozen=True, slots=True)
class Eta:
    """When sampling will be done: best guess and range, or None with the reason."""

    at: datetime | None
    low: datetime | None = None
    high: datetime | None = None
    reason: str | Promise = ""


def percent(part: int, whole: int) -> Decimal | None:
    """Share in percent with one decimal; None of nothing. Used for coverage (采样率)."""
    if whole <= 0:
        return None
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def coverage(persons: int, target: int) -> Decimal | None:
    """采样率: sampled persons in the target / target, in percent; may exceed 100."""
    return percent(persons, target)


def closure(persons: int, accepted_reasons: int, target: int) -> Decimal | None:
    """应检尽检完成率: sampled in the target plus accepted reasons / target, in percent."""
    return percent(persons + accepted_reasons, target)


def per_hour(count: int, window: timedelta) -> int | None:
    """Count in a window as a rate per hour, rounded."""
    if window <= timedelta(0):
        return None
    return round(count * (HOUR / window))


def per_unit_hour(rate: int | None, units: int) -> Decimal | None:
    """单台时: rate per hour and open unit, one decimal."""
    if rate is None or units <= 0:
        return None
    return (Decimal(rate) / units).quantize(Decimal("0.1"), ROUND_HALF_UP)


def remaining(target: int, persons: int, accepted_reasons: int) -> int:
    """People still to sample; negative when more were sampled than the target holds."""
    return target - persons - accepted_reasons


def pace_needed(left: int, now: datetime, due: datetime | None) -> int | None:
    """Persons per hour needed from now to be done at the deadline; None once it has passed."""
    if due is None or due <= now:
        return None
    return max(0, math.ceil(left / ((due - now) / HOUR)))


def plan_share(now: datetime, start: datetime, due: datetime | None) -> Decimal | None:
    """Where an even pace from start to deadline would be now, in percent of the target."""
    if due is None or due <= start:
        return None
    share = Decimal((now - start) / (due - start)) * 100
    return min(max(share, Decimal(0)), Decimal(100)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def lateness(eta: Eta, now: datetime, due: datetime | None, left: int) -> timedelta | None:
    """How far the estimate lies behind the deadline (negative: ahead).

    Without an estimate: how far the deadline has passed already, else None.
    """
    if due is None:
        return None
    if eta.at is not None:
        return eta.at - due
    return now - due if left > 0 and now > due else None


def second_swabs(swabs: int, everybody: int) -> int:
    """Swabs beyond each person's first, in a whole district."""
    return swabs - everybody


def estimate(
    left: int,
    counts: Sequence[int],
    now: datetime,
    last_data_at: datetime | None,
    elapsed: timedelta,
) -> Eta:
    """预计完成: now + remaining / trailing rate; the range from the 30- and 90-minute rates.

    `counts` are persons sampled in each of WINDOWS, `elapsed` the time since sampling began.
    """
    if left <= 0:
        return Eta(None, reason=_("everybody in the target has been sampled"))
    if last_data_at is None:
        return Eta(None, reason=_("no data yet"))
    if elapsed < WINDOWS[1]:
        return Eta(None, reason=_("less than an hour of data"))
    if now - last_data_at > STALE:
        return Eta(None, reason=_("no data for over 45 minutes"))
    ends = [
        window * (left / count) for count, window in zip(counts, WINDOWS, strict=True) if count > 0
    ]
    middle = WINDOWS[1] * (left / counts[1]) if counts[1] > 0 else None
    if middle is None or middle > HORIZON:
        return Eta(None, reason=_("hardly anybody was sampled in the last hour"))
    return Eta(now + middle, now + min(ends), now + min(max(ends), HORIZON))
