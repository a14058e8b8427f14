"""Numbers as a newspaper prints them in a sentence. Never rounded up; exact ones stand in tables.

Small counts are printed exactly. From three hundred on they are cut to hundreds, from ten thousand
to thousands and from a hundred thousand to ten thousands, and say that they are more than that:
412 is "400余", 164,544 is "16余万". A count that is round already claims nothing beyond it.
"""

from __future__ import annotations

EXACT_BELOW = 300
WAN = 10_000


def floor_of(count: int) -> int:
    """The round number that a sentence prints for a count: never above it."""
    if count < EXACT_BELOW:
        return count
    step = 100 if count < WAN else 1_000 if count < 10 * WAN else WAN
    return count - count % step


def about_zh(count: int) -> str:
    """A count in Chinese prose: 137, 800, 400余, 2.9万余, 16余万, 1.2亿余."""
    low = floor_of(count)
    more = "余" if low < count else ""
    if low < WAN:
        return f"{low}{more}"
    if low < 10 * WAN:
        return f"{_tenths(low, WAN)}万{more}"
    if low < 10_000 * WAN:
        return f"{low // WAN}{more}万"
    low = count - count % (1_000 * WAN)
    return f"{_tenths(low, 10_000 * WAN)}亿{'余' if low < count else ''}"


def about_en(count: int) -> str:
    """A count in English prose: 137, 800, more than 400, more than 160,000."""
    low = floor_of(count)
    return f"more than {low:,}" if low < count else f"{low:,}"


def _tenths(value: int, unit: int) -> str:
    whole, tenth = value // unit, value % unit * 10 // unit
    return f"{whole}.{tenth}" if tenth else f"{whole}"
