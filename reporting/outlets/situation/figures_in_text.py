"""Numbers that a passage claims, so that a headline can be held against the table beneath it.

Times, dates, rounds and issues are not claims. What is left must be a figure of the report, or a
figure cut down as prose cuts it; 16余万 claims 160,000 and something, so at least one figure must
lie there.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from core.inputs import fold

# An hour of the day; 24点位 counts points and 3时段 stretches of time.
_HOUR = r"(?<!\d)(?<!\d[,.])(?:[01]?\d|2[0-4])\s*(?:时(?![段间])|点(?![位次]))(?:\s*\d{1,2}\s*分)?"
_NOT_CLAIMS = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\s*月\s*\d{1,2}\s*日|" + _HOUR + r"|\d{1,2}:\d{2}"
    r"|第\s*\d+\s*[轮期次]|(?:round|issue|no\.)\s*\d+|\d{4}\s*年"
    r"|\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)|(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December) \d{1,2}",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"(?P<more>more than |over )?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\s*(?P<percent>[%％])?"
    r"(?P<over>余|多)?(?P<unit>万|亿)?(?P<after>余|多)?",
    re.IGNORECASE,
)
_ROUND = re.compile(r"第\s*(\d+|[一二三四五六七八九十]{1,3})\s*轮|\bround\s+(\d+)", re.IGNORECASE)
_DIGITS = "零一二三四五六七八九"
_UNIT = {"万": 10_000, "亿": 100_000_000, None: 1}


@dataclass(frozen=True, slots=True)
class Claim:
    """One number of a passage: as it is written, and the figures that would bear it out."""

    words: str
    low: Decimal
    high: Decimal
    percent: bool = False

    def borne_out_by(self, figures: Collection[int], shares: Collection[str]) -> bool:
        """Whether some figure of the report is what is claimed."""
        if self.percent:
            return any(Decimal(share) == self.low for share in shares)
        return any(self.low <= figure <= self.high for figure in figures)


def claims(text: str) -> list[Claim]:
    """Every number that a passage claims, in its order."""
    # Blanked rather than dropped: what stood on both sides must not become one number.
    plain = _NOT_CLAIMS.sub(lambda match: "；" * len(match[0]), fold(text))
    return [_claim(match) for match in _CLAIM.finditer(plain)]


def rounds_named(text: str) -> list[int]:
    """Every round that a passage names, in its order: 第2轮, 第二轮, round 2."""
    named = (_whole(match[1] or match[2]) for match in _ROUND.finditer(fold(text)))
    return [number for number in named if number]


def _whole(words: str) -> int:
    """A number below a hundred in digits or in Chinese numerals; 0 where it is none."""
    if words.isdigit():
        return int(words)
    tens, ten, ones = words.partition("十")
    if not all(len(part) <= 1 and part in _DIGITS for part in (tens, ones)):
        return 0
    if not ten:
        return _DIGITS.index(tens)
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def _claim(match: re.Match[str]) -> Claim:
    number = Decimal(match["number"].replace(",", ""))
    low = number * _UNIT[match["unit"]]
    words = match[0].strip()
    if match["percent"]:
        return Claim(words, low, low, percent=True)
    if not (match["more"] or match["over"] or match["after"]):
        return Claim(words, low, low)
    return Claim(words, low + 1, low + _step(low) - 1)


def _step(low: Decimal) -> int:
    """How far "more than" reaches: to the next number that prose would print instead."""
    if low < 10_000:
        return 100
    if low < 100_000:
        return 1_000
    return 10_000 if low < 100_000_000 else 10_000_000
