"""Who comes, to which street's units, in which half hour: the first half of the scenario."""

from __future__ import annotations

import random
from typing import NamedTuple

from demo import places, roundplan
from demo.register import Person
from demo.roundplan import BINS, BINS_KNOWN, PER_HOUR

REPEATS, OFF_REGISTER, OUTSIDE, EXEMPT_COMERS = 1_300, 4_000, 420, 40
#: How early the streets come along, as a factor on the order of arrival.
PACE = {"500109006": 1.02, "500109104": 0.96, "500109108": 0.88}
CROSSING = 0.006
REPEAT_REASONS = ("recall", "home control", "key job")


class Visit(NamedTuple):
    """One person at a unit of a street. Negative `person`: off the register, number -1-person."""

    person: int
    repeat_reason: str = ""


class Crowd(NamedTuple):
    """Visits per (street code, bin), and how many off-register people there are."""

    by_bin: dict[tuple[str, int], list[Visit]]
    off_register: int


def crowd(residents: list[Person], exempt: dict[int, str], *, seed: int, fraction: float) -> Crowd:
    """Lay out all visits so that the known and the final totals come out exactly.

    Without repeats every person comes once. The first `round(163,900 f)` visits fall before
    18:00, the rest after it; within each part the half hours follow the profile.
    """
    rng = random.Random(f"visits-{seed}")
    end, known = round(roundplan.SWABS_END * fraction), round(roundplan.SWABS_KNOWN * fraction)
    repeats = round(REPEATS * fraction)
    repeats_known = round(repeats * 0.7)
    arrivals, off_register = _arrivals(rng, residents, exempt, end - repeats, fraction)
    early, late = arrivals[: known - repeats_known], arrivals[known - repeats_known :]
    by_bin: dict[tuple[str, int], list[Visit]] = {}
    placed = _place(by_bin, early, 0, BINS_KNOWN)
    _place(by_bin, late, BINS_KNOWN, BINS)
    _add_repeats(rng, by_bin, placed, repeats_known, repeats - repeats_known)
    return Crowd(by_bin, off_register)


def _arrivals(rng, residents, exempt, wanted, fraction) -> tuple[list[tuple[int, str]], int]:
    """(person, street of the unit) of everybody's first visit in order of arrival."""
    homes = [places.COMMUNITIES[p.community].street for p in residents]
    inside = [i for i, home in enumerate(homes) if home in PACE and i not in exempt]
    others = [i for i, home in enumerate(homes) if home not in PACE]
    passers = rng.sample(others, min(len(others), round(OUTSIDE * fraction)))
    comers = rng.sample(sorted(exempt), round(EXEMPT_COMERS * fraction))
    off = round(OFF_REGISTER * fraction)
    spare = len(inside) - (wanted - off - len(passers) - len(comers))
    off += max(0, -spare)  # a small fraction may leave too few in the target
    absent = set(rng.sample(inside, max(0, spare)))
    streets = list(PACE)
    weights = [places.street(code).population for code in streets]
    moods: dict[tuple[int, str], float] = {}
    keyed = []
    for i in [*inside, *comers]:
        if i in absent:
            continue
        person, street = residents[i], homes[i]
        mood = moods.setdefault((person.community, person.building), rng.random())
        if rng.random() < CROSSING:
            street = rng.choice([code for code in streets if code != homes[i]])
        keyed.append(((0.5 * mood + 0.5 * rng.random()) * PACE[street], i, street))
    for i in [*passers, *(-1 - n for n in range(off))]:
        street = rng.choices(streets, weights)[0]
        keyed.append((rng.betavariate(2, 2), i, street))
    keyed.sort()
    return [(person, street) for _key, person, street in keyed], off


def _place(by_bin, arrivals, first: int, last: int) -> list[tuple[int, str, int]]:
    """Cut each street's arrivals into bins first..last along the profile."""
    shares = [PER_HOUR[b // 2] * (0.96 + 0.08 * (b % 2)) for b in range(first, last)]
    placed = []
    for street in PACE:
        people = [person for person, at in arrivals if at == street]
        done, level = 0, 0.0
        for b, share in zip(range(first, last), shares, strict=True):
            level += share / sum(shares) * len(people)
            upto = len(people) if b == last - 1 else round(level)
            by_bin[street, b] = [Visit(person) for person in people[done:upto]]
            placed += [(person, street, b) for person in people[done:upto]]
            done = upto
    return placed


def _add_repeats(rng, by_bin, placed, known: int, after: int) -> None:
    """Let some residents come twice; two in five with a reason that allows it."""
    able = [row for row in placed if row[0] >= 0 and row[2] < BINS_KNOWN - 8]
    for nth, (person, street, b) in enumerate(rng.sample(able, known + after)):
        second = (
            rng.randrange(b + 4, BINS_KNOWN) if nth < known else rng.randrange(BINS_KNOWN, BINS)
        )
        reason = rng.choice(REPEAT_REASONS) if rng.random() < 0.4 else ""
        by_bin[street, second].append(Visit(person, reason))
