"""The simulator's process: plays the round's devices by the scenario clock until it is over.

`python -m demo.devices --state FILE --url URL --speed N`, as the worker. It remembers how far the
server has taken everything; started again it goes on from there, and repeating is harmless.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo import officials, scenario, shifts, situation, stream
from demo.player import Player
from demo.seed import write_private

log = logging.getLogger("demo.devices")

TICK = 0.05
REMEMBER_EVERY = 1.0
SHIFTS_AT_ONCE = 20
"""So many units open or close before the devices are looked after again."""


def main() -> int:
    """Play until the round is over; 0 then, and after a signal."""
    parser = argparse.ArgumentParser(prog="python -m demo.devices")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--speed", type=float, default=60.0)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    state = json.loads(arguments.state.read_text())
    plan = scenario.build(seed=state["seed"], fraction=state["fraction"])
    progress = Progress(progress_file(arguments.state))
    player = Player(arguments.url, state["tokens"])
    from core import clock

    clock.set_clock(clock.now(), arguments.speed)
    play(plan, state, player, progress)
    log.warning("the round is over: %s", dict(player.verdicts))
    return 0


def progress_file(state: Path) -> Path:
    """Where the simulator remembers its position and the scenario's time."""
    return state.with_name("demo-progress.json")


class Progress:
    """How far the stream has been taken, and what the scenario's clock showed then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position, self.clock, self.over = 0, "", False
        if path.exists():
            kept = json.loads(path.read_text())
            self.position, self.clock = kept["position"], kept["clock"]
            self.over = kept["over"]
        self._written = 0.0

    def remember(self, position: int, now: datetime, *, over: bool = False) -> None:
        """Write it down at most once a second, and at the end."""
        if not over and time.monotonic() - self._written < REMEMBER_EVERY:
            return
        self._written = time.monotonic()
        self.position, self.clock, self.over = position, now.isoformat(), over
        write_private(self.path, {"position": position, "clock": self.clock, "over": over})


def play(
    plan: scenario.Scenario, state: dict[str, Any], player: Player, progress: Progress
) -> None:
    """Send what is due by the scenario's clock, and open and close units, until all is taken."""
    from core import clock

    everything = stream.steps(plan)
    position = progress.position
    kept = datetime.fromisoformat(progress.clock) if progress.clock else None
    cast = officials.Cast(state, done_until=kept)
    due_shifts: list[scenario.Shift] = []
    while position < len(everything) or player.waiting() or due_shifts:
        now = clock.now()
        for here, step in stream.between(everything, position, int(now.timestamp())):
            if isinstance(step.what, scenario.Shift):
                due_shifts.append(step.what)
            else:
                player.send(stream.message(plan, here, step, state["round"]))
            position = here + 1
        if due_shifts and _shift(due_shifts[:SHIFTS_AT_ONCE], state["units"]):
            del due_shifts[:SHIFTS_AT_ONCE]
        cast.act(now)
        taken = player.oldest()
        if not due_shifts:
            progress.remember(position if taken is None else taken, now)
        time.sleep(TICK)
    _end(state["round"], progress, position, cast)


def _shift(due: list[scenario.Shift], unit_ids: list[int]) -> bool:
    """Apply shifts; False while the database is away, they are tried again."""
    from django.db import DatabaseError, connection

    try:
        shifts.apply(due, unit_ids)
    except DatabaseError as error:
        log.warning("units could not be opened or closed yet: %s", type(error).__name__)
        connection.close()
        time.sleep(0.5)
        return False
    return True


def _end(round_id: int, progress: Progress, position: int, cast: officials.Cast) -> None:
    """The round is over: its last bulletins go out at midnight, the clock goes on at the pace of
    the world, the round waits for late data."""
    from campaigns.models import Round
    from core import clock

    over = situation.END_AT.astimezone(UTC)
    while (now := clock.now()) < over + situation.WRITING:
        time.sleep(TICK)
    situation.issue_end(cast, now)
    clock.set_clock(now, 1)
    Round.objects.filter(pk=round_id, state="running").update(state="closing")
    progress.remember(position, now, over=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
