"""The frame of the demo's round: when, where, how many units, who is exempt.

The round of 4-5 November 2021 took place in three streets and towns of Beibei, was to end at
16:00, had 163,900 swabs known at 18:00 and 204,100 at the end. Points, units and hours are
illustrative.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from demo import places
from demo.register import Person, age, community_sizes, scaled

SHANGHAI = timezone(timedelta(hours=8))
CAMPAIGN = "2021-11-04"
STARTS = datetime(2021, 11, 4, 21, 0, tzinfo=SHANGHAI)
PLANNED_END = datetime(2021, 11, 5, 16, 0, tzinfo=SHANGHAI)
KNOWN_AT = datetime(2021, 11, 5, 18, 0, tzinfo=SHANGHAI)
OVER = datetime(2021, 11, 5, 23, 0, tzinfo=SHANGHAI)
SWABS_KNOWN = 163_900
SWABS_END = 204_100
POOL_SIZE = 10
PEOPLE_PER_TUBE = 9.9

BIN = 1800
"""Seconds of one planning bin."""
BINS = int((OVER - STARTS).total_seconds()) // BIN
BINS_KNOWN = int((KNOWN_AT - STARTS).total_seconds()) // BIN

#: Share of all swabs per hour from the start on, in per cent: evening, lull, morning, long tail.
PER_HOUR = (
    *(3.2, 4.6, 3.4, 1.6, 0.5, 0.3, 0.3, 0.3, 0.7, 2.6, 5.6, 8.2, 9.2, 8.8, 7.0, 4.6),
    *(4.4, 4.8, 4.6, 3.2, 2.4, 5.7, 5.2, 3.8, 2.9, 2.1),
)

#: Points and units per street, and the hour by which each street should be done.
POINTS = {"500109006": (58, 402), "500109104": (11, 64), "500109108": (6, 30)}
STREET_DUE = {"500109006": 15, "500109104": 14, "500109108": 13}
#: Communities at risk, due at noon.
KEY_COMMUNITIES = ("500109103005", "500109103006", "500109104001")
COMMUNITY_DUE = 12

EXEMPT_SHARE = 0.025
YOUNGEST = 3


class UnitPlan(NamedTuple):
    """One unit: `hours` are the (first, last) bins in which it is open, last one excluded."""

    nth: int
    street: str
    community: int
    point: int
    number: int
    hours: tuple[tuple[int, int], ...]

    def open_in(self, bin_: int) -> bool:
        return any(first <= bin_ < last for first, last in self.hours)


def bin_of(hour: int, minute: int = 0, *, day: int = 5) -> int:
    """The planning bin that starts at this Shanghai time of 4 or 5 November."""
    at = datetime(2021, 11, day, hour, minute, tzinfo=SHANGHAI)
    return int((at - STARTS).total_seconds()) // BIN


def point_communities(street: str, fraction: float) -> list[int]:
    """The community of each point of a street, in proportion to the register, none left out."""
    members = [i for i, c in enumerate(places.COMMUNITIES) if c.street == street]
    sizes = [community_sizes(1.0)[i] for i in members]
    points = max(min(len(members), 3), round(POINTS[street][0] * fraction))
    spare = points - len(members)
    if spare < 0:
        largest = sorted(members, key=lambda i: -community_sizes(1.0)[i])[:points]
        return sorted(largest)
    shares = scaled([s * spare for s in sizes], 1 / sum(sizes)) if spare else [0] * len(members)
    return [i for i, extra in zip(members, shares, strict=True) for _ in range(1 + extra)]


def units(fraction: float = 1.0) -> list[UnitPlan]:
    """Every unit of the round in a fixed order, spread evenly over the points of its street."""
    out: list[UnitPlan] = []
    for street in places.ROUND_STREETS:
        homes = point_communities(street, fraction)
        count = max(len(homes), 4, round(POINTS[street][1] * fraction))
        numbers = [0] * len(homes)
        for nth in range(count):
            point = nth * len(homes) // count
            numbers[point] += 1
            out.append(UnitPlan(len(out), street, homes[point], point, numbers[point], _hours(nth)))
    return out


def _hours(nth: int) -> tuple[tuple[int, int], ...]:
    """Which shifts a unit works, so that few desks stand open with nobody in front of them."""
    at, share = bin_of, nth * 37 % 100
    evening = (0, at(0))
    if share < 3:
        return ((0, BINS),)
    if share < 15:
        return ((0, at(0, 30)), (at(6), BINS))
    if share < 25:
        return (evening, (at(6), at(21)))
    if share < 32:
        return ((at(7), at(12, 30)), (at(18), BINS))
    if share < 52:
        return (evening, (at(7), at(12)), (at(18), at(20)))
    if share < 75:
        return ((at(8), at(16)),)
    return ((at(8), at(12)),)


def exemptions(residents: list[Person], seed: int) -> dict[int, str]:
    """Exempt residents of the round's streets: person index -> reason (under three, and others)."""
    streets = set(places.ROUND_STREETS)
    inside = [p for p in residents if places.COMMUNITIES[p.community].street in streets]
    out = {p.nth: "age" for p in inside if age(p.birth) < YOUNGEST}
    rng = random.Random(f"exempt-{seed}")
    others = [p.nth for p in inside if p.nth not in out]
    missing = max(0, round(len(inside) * EXEMPT_SHARE) - len(out))
    for index in rng.sample(others, missing):
        out[index] = "quarantine" if rng.random() < 0.4 else "own_schedule"
    return out
