"""Everything that happens in the round, in one order: requests of devices, and units' shifts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from demo import bodies
from demo.player import Message
from demo.scenario import Delivery, PaperTally, Scenario, Shift

CAPTURE = "/api/v1/capture/"
TALLIES = "/api/v1/tallies/"


class Step(NamedTuple):
    """One thing due at `due` (seconds since 1970)."""

    due: int
    what: Delivery | PaperTally | Shift


def steps(plan: Scenario) -> list[Step]:
    """All steps in order of time; shifts before requests of the same second."""
    out = [Step(shift.at, shift) for shift in plan.shifts]
    out += [Step(row.due, row) for row in plan.deliveries]
    out += [Step(row.due, row) for row in plan.tallies]
    out.sort(key=lambda step: step.due)
    return out


def message(plan: Scenario, position: int, step: Step, round_id: int) -> Message:
    """The request of a step that is one; its body is made when it is sent."""
    what = step.what
    if isinstance(what, PaperTally):
        make = partial(bodies.tally, plan, what, round_id)
        return Message(position, what.unit, TALLIES, make)
    assert isinstance(what, Delivery)
    return Message(position, what.unit, CAPTURE, lambda: _capture(plan, what, round_id))


def _capture(plan: Scenario, what: Delivery, round_id: int) -> dict:
    return {"items": list(bodies.items(plan, what, round_id))}


def between(all_steps: list[Step], start: int, until: int) -> Iterator[tuple[int, Step]]:
    """(position, step) from position `start` while due at or before `until`."""
    position = start
    while position < len(all_steps) and all_steps[position].due <= until:
        yield position, all_steps[position]
        position += 1
