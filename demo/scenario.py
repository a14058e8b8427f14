"""The whole round as a deterministic stream of deliveries: same seed, same events.

Nothing here looks at a clock. Each delivery says when it reaches the server (`due`), from which
unit, and which parts of the plan it carries; `demo.bodies` turns it into the API's JSON.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import NamedTuple

from demo import register, roundplan, tubes, visits
from demo.register import Person
from demo.roundplan import BIN, BINS, BINS_KNOWN, UnitPlan
from demo.tubes import EPOCH, Oddities, Tube
from demo.visits import Visit

VOIDED_TUBES, VOIDED_SWABS, MOVES = 25, 60, 40


class Delivery(NamedTuple):
    """What one unit sends at `due`. Parts: (tube number, first item, last item excluded) of the
    tube's own events, or ("void", n), ("unswab", n, k), ("move", n, k)."""

    due: int
    order: int
    unit: int
    parts: tuple[tuple, ...]


class PaperTally(NamedTuple):
    """A quarter hour counted on paper, posted at `due`; times in seconds since 1970."""

    due: int
    unit: int
    quarter: int
    swabs: int
    tubes: int


class Shift(NamedTuple):
    """A unit opens, pauses or closes at `at`."""

    at: int
    unit: int
    state: str
    reason: str


@dataclass(frozen=True)
class Scenario:
    """Everything the demo plays, and the plan from which expected figures follow."""

    seed: int
    fraction: float
    residents: list[Person]
    exempt: dict[int, str]
    units: list[UnitPlan]
    odd: Oddities
    tubes: list[Tube]
    deliveries: list[Delivery]
    tallies: list[PaperTally]
    shifts: list[Shift]


def build(*, seed: int = 7, fraction: float = 1.0) -> Scenario:
    """Plan the round at `fraction` of its size; totals scale exactly (rounded)."""
    residents = list(register.people(seed=seed, fraction=fraction))
    exempt = roundplan.exemptions(residents, seed)
    units = roundplan.units(fraction)
    odd = tubes.odd_units(units)
    crowd = visits.crowd(residents, exempt, seed=seed, fraction=fraction)
    homes = [person.community for person in residents]
    plan = tubes.cut(crowd.by_bin, units, homes, odd, seed)
    silent = tubes.silence(plan, odd)
    rng = random.Random(f"mishaps-{seed}")
    _void_tubes(rng, plan, units, odd, max(1, round(VOIDED_TUBES * fraction)))
    _void_swabs(rng, plan, max(1, round(VOIDED_SWABS * fraction)))
    tubes.set_times(plan, odd, seed)
    plan.sort(key=lambda t: (t.opened, t.unit))
    for number, tube in enumerate(plan):
        tube.number = number
    _void_times(rng, plan)
    _move(rng, plan, silent, max(1, round(MOVES * fraction)))
    deliveries = _deliveries(rng, plan, silent)
    tallies = _tallies(plan, odd)
    return Scenario(
        *(seed, fraction, residents, exempt, units, odd, plan, deliveries, tallies),
        shifts=_shifts(units, odd),
    )


def _settled(tube: Tube) -> bool:
    return not (tube.times or tube.voided or tube.voided_swabs)


def _void_tubes(rng, plan: list[Tube], units: list[UnitPlan], odd: Oddities, count: int) -> None:
    """Spoil some tubes; their people queue at the same unit an hour later and fill a new one."""
    done = 0
    for tube in rng.sample(plan, len(plan)):
        again = tube.bin + 2
        if done == count:
            break
        if not _settled(tube) or not _same_part(tube.bin, again) or tube.unit == odd.silent:
            continue
        if not units[tube.unit].open_in(again) or tubes.away(tube.unit, again, odd):
            continue
        if not units[tube.unit].open_in(tube.bin + 1):
            continue
        tube.voided = 1
        plan.append(Tube(tube.unit, again, list(tube.visits), replaces=True))
        done += 1


def _same_part(first: int, second: int) -> bool:
    return second < (BINS_KNOWN if first < BINS_KNOWN else BINS)


def _void_swabs(rng, plan: list[Tube], count: int) -> None:
    """Spoil some single swabs; the person is swabbed again in a later tube that has room."""
    room: dict[tuple[int, int], list[Tube]] = {}
    for tube in plan:
        if _settled(tube) and not tube.replaces and len(tube.visits) < roundplan.POOL_SIZE:
            room.setdefault((tube.unit, tube.bin), []).append(tube)
    for tube in rng.sample(plan, len(plan)):
        if count == 0:
            break
        later = room.get((tube.unit, tube.bin + 2), [])
        if not later or not _settled(tube) or tube.replaces:
            continue
        if not _same_part(tube.bin, tube.bin + 2):
            continue
        other = later.pop()
        spoiled = rng.randrange(len(tube.visits))
        if not _settled(other) or tube.visits[spoiled].person in {v.person for v in other.visits}:
            continue
        tube.voided_swabs[spoiled] = 1
        other.visits.append(Visit(tube.visits[spoiled].person, tube.visits[spoiled].repeat_reason))
        other.replaces = True
        count -= 1


def _void_times(rng, plan: list[Tube]) -> None:
    for tube in plan:
        if tube.voided:
            tube.voided = tube.sealed + rng.randint(300, 900)
        for spoiled in tube.voided_swabs:
            tube.voided_swabs[spoiled] = tube.sealed + rng.randint(300, 900)


def _move(rng, plan: list[Tube], silent: list[Tube], count: int) -> None:
    """Move single people to the unit's next tube (a scan into the wrong tube, put right)."""
    by_unit: dict[int, list[Tube]] = {}
    for tube in plan:
        by_unit.setdefault(tube.unit, []).append(tube)
    taken: set[int] = {id(t) for t in silent}
    for tube in rng.sample(plan, len(plan)):
        if count == 0:
            break
        mates = by_unit[tube.unit]
        position = mates.index(tube) + 1
        if position == len(mates):
            continue
        target = mates[position]
        if {id(tube), id(target)} & taken or tube.part != target.part:
            continue
        if tube.bin in (BINS_KNOWN - 1, BINS - 1) or target.bin in (BINS_KNOWN - 1, BINS - 1):
            continue
        if tube.voided or target.voided or tube.voided_swabs or len(tube.visits) < 2:
            continue
        which = rng.randrange(len(tube.visits))
        person = tube.visits[which].person
        if len(target.visits) > 9 or person in {v.person for v in target.visits}:
            continue
        tube.moved[which] = (target.number, target.sealed + rng.randint(60, 240))
        taken |= {id(tube), id(target)}
        count -= 1


def _deliveries(rng, plan: list[Tube], silent: list[Tube]) -> list[Delivery]:
    """When each tube's events reach the server: mostly at once, some split, shuffled or twice."""
    out: list[tuple[int, int, tuple]] = []
    quiet = {id(t) for t in silent}
    for tube in plan:
        if id(tube) not in quiet:
            out += _tube_deliveries(rng, tube)
        if tube.voided:
            out.append((tube.voided + rng.randint(2, 9), tube.unit, (("void", tube.number),)))
        for k, at in tube.voided_swabs.items():
            out.append((at + rng.randint(2, 9), tube.unit, (("unswab", tube.number, k),)))
        for k, (_target, at) in tube.moved.items():
            out.append((at + rng.randint(2, 9), tube.unit, (("move", tube.number, k),)))
    if silent:
        back = EPOCH + BINS_KNOWN * BIN + 22 * 60
        parts = tuple((t.number, 0, len(t.visits) + 2) for t in silent)
        out.append((back, silent[0].unit, parts))
    out.sort(key=lambda row: row[:2])
    return [Delivery(due, order, unit, parts) for order, (due, unit, parts) in enumerate(out)]


def _tube_deliveries(rng, tube: Tube) -> list[tuple[int, int, tuple]]:
    whole, half = len(tube.visits) + 2, 1 + len(tube.visits) // 2
    soon, kind = tube.sealed + rng.randint(2, 25), rng.random()
    head, tail = (tube.number, 0, half), (tube.number, half, whole)
    late_bin = tube.bin in (BINS_KNOWN - 1, BINS - 1)
    if kind < 0.03:  # the device had network in the middle of the tube
        return [(tube.times[half - 2] + 2, tube.unit, (head,)), (soon, tube.unit, (tail,))]
    if kind < 0.04 and not late_bin and not tube.replaces:  # the second half arrives first
        after = soon + rng.randint(10, 60)
        return [(soon, tube.unit, (tail,)), (after, tube.unit, (head,))]
    both = (soon, tube.unit, ((tube.number, 0, whole),))
    if kind < 0.05:  # the answer was lost, so the device sends the same again
        return [both, (soon + rng.randint(20, 45), *both[1:])]
    return [both]


def _tallies(plan: list[Tube], odd: Oddities) -> list[PaperTally]:
    """Two quarter hours on paper only, and one that another unit both scanned and tallied."""
    start = EPOCH + tubes.PAPER_BIN * BIN
    out = [
        PaperTally(start + 2400, odd.paper, start, 21, 3),
        PaperTally(start + 2460, odd.paper, start + 900, 18, 2),
    ]
    low = EPOCH + roundplan.bin_of(11) * BIN
    for tube in plan:
        if tube.times and low <= tube.times[0] and tube.times[-1] < low + 900 and not tube.voided:
            out.append(PaperTally(low + 1500, tube.unit, low, 11, 2))
            break
    return out


def _shifts(units: list[UnitPlan], odd: Oddities) -> list[Shift]:
    out = []
    for unit in units:
        for nth, (first, last) in enumerate(unit.hours):
            final = nth == len(unit.hours) - 1
            opens = min(tubes.starts(unit.nth, first, odd), EPOCH + first * BIN + 300)
            out.append(Shift(opens, unit.nth, "open", ""))
            reason = "end of the shift" if final else "break between shifts"
            state = "closed" if final else "paused"
            ends = tubes.starts(unit.nth, last, odd) if last < BINS else EPOCH + last * BIN
            out.append(Shift(ends, unit.nth, state, reason))
    return sorted(out)
