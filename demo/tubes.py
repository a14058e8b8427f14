"""Tubes: the half-hourly crowds cut into tubes, given to units and times."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from demo import roundplan
from demo.roundplan import BIN, BINS, BINS_KNOWN, POOL_SIZE, UnitPlan
from demo.visits import Visit

EPOCH = int(roundplan.STARTS.timestamp())


@dataclass(slots=True)
class Tube:
    """One tube of the plan; times are whole seconds since 1970. `times[k]` is visit k's swab."""

    unit: int
    bin: int
    visits: list[Visit]
    number: int = 0
    opened: int = 0
    sealed: int = 0
    times: list[int] = field(default_factory=list)
    replaces: bool = False
    voided: int = 0
    voided_swabs: dict[int, int] = field(default_factory=dict)
    moved: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def part(self) -> int:
        """0 for the tubes known by 18:00, 1 for those after it."""
        return int(self.bin >= BINS_KNOWN)


@dataclass(slots=True)
class Oddities:
    """Units with a part of their own: see the scenario."""

    silent: int
    paper: int


SILENT_BINS = (roundplan.bin_of(17, 30), roundplan.bin_of(18, 0))
PAPER_BIN = roundplan.bin_of(10, 0)


def odd_units(units: list[UnitPlan]) -> Oddities:
    """The first two units of the largest street that work through the day but not the night."""
    first = roundplan.places.ROUND_STREETS[0]
    able = [u.nth for u in units if u.street == first and u.open_in(PAPER_BIN)]
    able = [i for i in able if all(units[i].open_in(b) for b in SILENT_BINS)]
    return Oddities(silent=able[1 % len(able)], paper=able[2 % len(able)])


def cut(
    by_bin: dict[tuple[str, int], list[Visit]],
    units: list[UnitPlan],
    homes: list[int],
    odd: Oddities,
    seed: int,
) -> list[Tube]:
    """Cut every (street, bin) into tubes of about 9.9 and give them to the units open then.

    People of one community stand together and go to the units nearest to it in the list.
    `homes[i]` is the community of resident i.
    """
    rng = random.Random(f"tubes-{seed}")
    tubes: list[Tube] = []
    for (street, bin_), visits in by_bin.items():
        if not visits:
            continue
        able = [u for u in units if u.street == street and u.open_in(bin_)]
        able = [u for u in able if not away(u.nth, bin_, odd)]
        able.sort(key=lambda u: (u.community, u.nth))
        where = sorted({u.community for u in able})
        order = sorted(
            visits,
            key=lambda v: (homes[v.person] if v.person >= 0 else rng.choice(where), v.person),
        )
        sizes = _sizes(rng, len(order))
        start, first = 0, rng.randrange(len(able))
        for nth, size in enumerate(sizes):
            if len(sizes) < len(able):
                unit = able[(first + nth * len(able) // len(sizes)) % len(able)]
            else:
                unit = able[nth * len(able) // len(sizes)]
            tubes.append(Tube(unit.nth, bin_, order[start : start + size]))
            start += size
    return tubes


def away(unit: int, bin_: int, odd: Oddities) -> bool:
    return (unit == odd.silent and bin_ in SILENT_BINS) or (unit == odd.paper and bin_ == PAPER_BIN)


def _sizes(rng: random.Random, people: int) -> list[int]:
    count = max(round(people / roundplan.PEOPLE_PER_TUBE), -(-people // POOL_SIZE))
    least, more = divmod(people, count)
    sizes = [least + 1] * more + [least] * (count - more)
    rng.shuffle(sizes)
    for a in range(0, count - 1, 2):  # real queues end unevenly: 8 and 10 beside 9 and 9
        if rng.random() < 0.3 and sizes[a] > 1 and sizes[a + 1] < POOL_SIZE:
            sizes[a], sizes[a + 1] = sizes[a] - 1, sizes[a + 1] + 1
    return sizes


def silence(tubes: list[Tube], odd: Oddities) -> list[Tube]:
    """Give up to three of the street's tubes after 18:00 to the unit that has lost its network.

    They are filled before 18:00 and heard of after it. Returned with their bin unchanged (it
    says when they become known), and with their times set.
    """
    chosen = [t for t in tubes if t.bin == SILENT_BINS[1] and len(t.visits) >= 8][:3]
    chosen = [t for t in chosen if all(not v.repeat_reason for v in t.visits)]
    for nth, tube in enumerate(chosen):
        tube.unit = odd.silent
        _fill(tube, EPOCH + SILENT_BINS[0] * BIN + 60 + nth * 540, 40)
    return chosen


def starts(unit: int, bin_: int, odd: Oddities) -> int:
    """When a unit's planning bin begins: units are out of step, so that the curve is smooth.

    All of them fall into step again at 18:00 and at the end.
    """
    offset = 0 if unit in (odd.silent, odd.paper) else unit * 617 % 1500
    first, last = (0, BINS_KNOWN) if bin_ < BINS_KNOWN else (BINS_KNOWN, BINS)
    width = ((last - first) * BIN - offset) / (last - first)
    return EPOCH + first * BIN + offset + int((bin_ - first) * width)


def set_times(tubes: list[Tube], odd: Oddities, seed: int) -> None:
    """Space the tubes of each unit evenly over their half hour, one after another."""
    rng = random.Random(f"times-{seed}")
    slots: dict[tuple[int, int], list[Tube]] = {}
    for tube in tubes:
        if not tube.times:
            slots.setdefault((tube.unit, tube.bin), []).append(tube)
    for (unit, bin_), members in slots.items():
        start, last = starts(unit, bin_, odd), bin_ in (BINS_KNOWN - 1, BINS - 1)
        # The last half hour before 18:00 and before the end stops early: all of it arrives.
        end = EPOCH + (bin_ + 1) * BIN - 180 if last else starts(unit, bin_ + 1, odd)
        slot = (end - start) / len(members)
        for nth, tube in enumerate(members):
            pace = max(1, min(rng.randint(25, 65), int((slot * 0.8 - 12) / len(tube.visits))))
            lead = rng.random() * (slot - 8 - pace * len(tube.visits))
            _fill(tube, start + int(nth * slot + lead), pace)


def _fill(tube: Tube, opened: int, pace: int) -> None:
    tube.opened = opened
    tube.times = [opened + 5 + pace * (nth + 1) for nth in range(len(tube.visits))]
    tube.sealed = tube.times[-1] + 3
