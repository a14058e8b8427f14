"""Who works in the demo's round: invented people in the numbers that were published.

In Caijiagang served 137 street officials, 161 community workers, 120 auxiliaries, 800 volunteers
and more than 400 borrowed officials (here 412); more than 500 medics came from two hospitals in
fifteen coaches. What each of them did, and all figures of the two towns, are illustrative.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple

from demo import places, roundplan
from demo.register import id_number, invented_name
from demo.roundplan import UnitPlan, bin_of

CAIJIAGANG = "500109006"
PUBLISHED = {
    "street_official": 137,
    "community_worker": 161,
    "auxiliary": 120,
    "volunteer": 800,
    "borrowed_official": 412,
}
COACHES, SEATS_TAKEN = 15, 34
#: The hospitals that sent medics, with the coaches that left from each.
HOSPITALS = (("cq9", "市第九人民医院", 9), ("bbtcm", "区中医院", 6))
#: Coaches, and so teams, of each street.
TEAMS = {"500109006": 12, "500109104": 2, "500109108": 1}

MINUTE = timedelta(minutes=1)
EVENING, NIGHT, MORNING, DAY, LATE = "evening", "night", "morning", "day", "late"
EARLY_ROUNDS, NOON_ROUNDS, LATE_ROUNDS = "early rounds", "noon rounds", "late rounds"


def _at(hour: int, minute: int = 0, *, day: int = 5) -> datetime:
    return datetime(2021, 11, day, hour, minute, tzinfo=roundplan.SHANGHAI)


#: Stretches of the round in which the same people serve.
STRETCHES: dict[str, tuple[datetime, datetime]] = {
    EVENING: (_at(20, 30, day=4), _at(0)),
    NIGHT: (_at(0), _at(6)),
    MORNING: (_at(6), _at(8)),
    DAY: (_at(8), _at(16)),
    LATE: (_at(16), roundplan.OVER),
    # Who disinfects is in protective clothing: four hours at most.
    EARLY_ROUNDS: (_at(6), _at(10)),
    NOON_ROUNDS: (_at(12), _at(16)),
    LATE_ROUNDS: (_at(16), _at(20)),
}
#: People take turns in these; nobody serves in two groups.
GROUPS = ((EVENING, LATE), (MORNING, DAY))
ROUNDS = ((EVENING, LATE_ROUNDS), (EARLY_ROUNDS, NOON_ROUNDS))


class Worker(NamedTuple):
    """One invented person. `point` is the place in the street's points, None for the street."""

    nth: int
    street: str
    category: str
    role: str
    point: int | None
    stretches: tuple[str, ...]
    name: str
    id_number: str
    phone: str


def units_open(units: list[UnitPlan], stretch: str) -> Counter[int]:
    """The most units of each point that are open at once in a stretch, by place in the street."""
    starts, ends = STRETCHES[stretch]
    first = max(0, bin_of(starts.hour, starts.minute, day=starts.day))
    last = bin_of(ends.hour, ends.minute, day=ends.day)
    most: Counter[int] = Counter()
    for bin_ in range(first, last):
        now = Counter(unit.point for unit in units if unit.open_in(bin_))
        for point, count in now.items():
            most[point] = max(most[point], count)
    return most


def needs(street: str, fraction: float, stretch: str) -> dict[int, dict[str, int]]:
    """People needed by point and role in a stretch: three at each open unit, and who is needed
    once at each open point."""
    units = [unit for unit in roundplan.units(fraction) if unit.street == street]
    found: dict[int, dict[str, int]] = {}
    for point, count in sorted(units_open(units, stretch).items()):
        if stretch in (EARLY_ROUNDS, NOON_ROUNDS, LATE_ROUNDS):
            found[point] = {"disinfector": 1}
            continue
        found[point] = {"sampler": count, "registrar": count, "usher": count}
        if stretch != NIGHT:
            found[point]["head"] = 1
        if stretch == EVENING:
            found[point]["disinfector"] = 1
    return found


def workers(*, seed: int, fraction: float) -> Iterator[Worker]:
    """Everybody but the medics, street by street, in a fixed order."""
    rng = random.Random(f"crew-{seed}")
    nth = 0
    for street in places.ROUND_STREETS:
        for category, role, point, stretches in _posts(street, fraction):
            name, number, phone = _identity(rng, nth)
            yield Worker(nth, street, category, role, point, stretches, name, number, phone)
            nth += 1


def leaders(*, seed: int) -> Iterator[tuple[str, str, str]]:
    """Name, document number and telephone of people who are known by themselves: the leaders of
    teams, then drivers, then duty officers; as many as are taken."""
    rng = random.Random(f"leaders-{seed}")
    nth = 5_000
    while True:
        yield _identity(rng, nth)
        nth += 1


def _identity(rng: random.Random, nth: int) -> tuple[str, str, str]:
    birth = date(1968, 1, 1) + timedelta(days=nth * 7 % 11_500)
    # Serials from 900 on are nobody's of the register.
    serial = 900 + nth * 7 // 11_500 % 100
    number = id_number(places.DISTRICT.code, birth, serial)
    return invented_name(rng), number, f"1990001{nth:04d}"


Post = tuple[str, str, int | None, tuple[str, ...]]


def _posts(street: str, fraction: float) -> list[Post]:
    """(category, role, point, stretches) of each person of a street."""
    seats: dict[str, list[tuple[int | None, tuple[str, ...]]]] = {}
    for group in (*GROUPS, *ROUNDS):
        most: Counter[tuple[int, str]] = Counter()
        for stretch in group:
            for point, roles in needs(street, fraction, stretch).items():
                for role, count in roles.items():
                    if (role == "disinfector") == (group in ROUNDS) and role != "sampler":
                        most[point, role] = max(most[point, role], count)
        for (point, role), count in sorted(most.items()):
            seats.setdefault(role, []).extend([(point, group)] * count)
    for point, roles in needs(street, fraction, NIGHT).items():
        for role in ("registrar", "usher"):
            seats[role].extend([(point, (NIGHT,))] * roles[role])
    return _filled(street, fraction, seats)


#: From which categories a role is taken, in this order.
SOURCES = {
    "head": ("street_official",),
    "disinfector": ("auxiliary", "volunteer"),
    "registrar": ("borrowed_official", "community_worker", "street_official", "volunteer"),
    "usher": ("volunteer", "community_worker", "auxiliary"),
}
SPARE = {
    "street_official": "duty_officer",
    "community_worker": "surveyor",
    "auxiliary": "gate_guard",
    "volunteer": "broadcaster",
    "borrowed_official": "surveyor",
}


def _filled(
    street: str, fraction: float, seats: dict[str, list[tuple[int | None, tuple[str, ...]]]]
) -> list[Post]:
    """Seats with a category each, and whoever is left over at the street's disposal."""
    left = Counter(_strength(street, fraction, sum(map(len, seats.values()))))
    posts: list[Post] = []
    for role, sources in SOURCES.items():
        for point, stretches in seats.get(role, []):
            category = next((each for each in sources if left[each] > 0), sources[-1])
            left[category] -= 1
            posts.append((category, role, point, stretches))
    for category, role in SPARE.items():
        posts += [(category, role, None, GROUPS[1])] * max(left[category], 0)
    return posts


def _strength(street: str, fraction: float, seats: int) -> dict[str, int]:
    """How many of each category serve: as published in Caijiagang, elsewhere in like shares."""
    if street == CAIJIAGANG:
        return {code: ceil(people * fraction) for code, people in PUBLISHED.items()}
    whole = sum(PUBLISHED.values())
    return {code: ceil(seats * 1.08 * people / whole) for code, people in PUBLISHED.items()}
