"""`./dev demo --selfcheck`: the whole round compressed, then every figure compared.

In a throw-away data folder the scenario's clock jumps from hour to hour; devices send what is due
in between as fast as the server takes it. What the plan says is then compared with the facts in
the database, the roll-ups, the overview page and the API, at 18:00 as known then and at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo import compare, officials, roundplan, scenario, shifts, situation, stream
from demo.player import Player
from launch.stack import Stack

HOURS = 5
AROUND_THE_REPORT = (-23, -4, 13, 22, 28, 39, 41, 47)
"""Minutes from the daily report's cut-off at which its officials have something to do."""
CLOCK_REACHES_ALL = 1.2
"""Seconds after which every process has read a clock that was set: it is cached for one."""
PATIENCE = 600.0
WRITTEN_WITHIN = 60.0
"""Seconds of patience for a bulletin, which the clock may be opening at the same moment."""


def run(*, seed: int, fraction: float) -> int:
    """Start everything in a folder of its own, play, compare; 0 when all figures agree."""
    from demo.__main__ import prepare

    folder = Path(tempfile.mkdtemp(prefix="jinjian-selfcheck-"))
    folder.chmod(0o755)
    try:
        with Stack(
            folder, fsync=False, database="jinjian_selfcheck", fresh=True, web_port=None
        ) as stack:
            stack.start_servers()
            stack.migrate()
            state = folder / "demo.json"
            prepare(stack, state, seed=seed, fraction=fraction)
            for name in ("web", "worker", "beat"):
                stack.start(name)
            stack.wait_http()
            argv = [sys.executable, "-m", "demo.selfcheck", "--state", str(state)]
            argv += ["--url", stack.url]
            code = subprocess.run(argv, env=stack.env_for("worker"), check=False).returncode
            if code:
                _show_logs(stack)
            return code
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show_logs(stack: Stack) -> None:
    for path in sorted(stack.logs.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()
        if lines:
            print(f"--- {path.name}", *lines[-15:], sep="\n", file=sys.stderr)


def main() -> int:
    """Play and compare, inside the stack that `run` started; as the worker."""
    parser = argparse.ArgumentParser(prog="python -m demo.selfcheck")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--url", required=True)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    state = json.loads(arguments.state.read_text())
    plan = scenario.build(seed=state["seed"], fraction=state["fraction"])
    began = time.monotonic()
    play = Play(plan, state, Player(arguments.url, state["tokens"]))
    at_six = roundplan.KNOWN_AT.astimezone(UTC)
    for instant in _instants():
        play.until(instant)
    play.jump(at_six + timedelta(seconds=1))
    compare.wait_for_snapshot(state["round"], at_six, PATIENCE)
    six_written = at_six + situation.WRITING
    compare.wait_until(lambda: situation.issue_known(play.cast, six_written), WRITTEN_WITHIN)
    for instant in _instants(after=True):
        play.until(instant)
    midnight = situation.END_AT.astimezone(UTC)
    play.jump(midnight + timedelta(seconds=1))
    compare.wait_for_snapshot(state["round"], midnight, PATIENCE)
    end_written = midnight + situation.WRITING
    compare.wait_until(lambda: situation.issue_end(play.cast, end_written), WRITTEN_WITHIN)
    seconds = time.monotonic() - began
    print(
        f"played {sum(play.player.verdicts.values()):,} events in {seconds:.0f} s:"
        f" {dict(play.player.verdicts)}, requests {dict(play.player.requests)}",
        file=sys.stderr,
    )
    report = compare.everything(plan, state, arguments.url)
    report.fault(play.player.refusals, "events or requests were refused")
    play.player.close()
    for line in report.faults:
        print(line, file=sys.stderr)
    print(report.summary(), flush=True)
    return 1 if report.faults else 0


def _instants(*, after: bool = False) -> list[datetime]:
    """The instants to jump to: every few hours up to 17:59 and around the daily report, or from
    then on to the end."""
    first = roundplan.KNOWN_AT if after else roundplan.STARTS
    last = roundplan.OVER if after else roundplan.KNOWN_AT - timedelta(minutes=1)
    out = [] if after else [officials.DAILY_AT + timedelta(minutes=m) for m in AROUND_THE_REPORT]
    while (first := first + timedelta(hours=HOURS)) < last:
        out.append(first)
    return sorted(instant.astimezone(UTC) for instant in [*out, last])


class Play:
    """Plays the stream step by step, with the clock standing at the end of each step."""

    def __init__(self, plan: scenario.Scenario, state: dict[str, Any], player: Player) -> None:
        self.plan, self.state, self.player = plan, state, player
        self.steps = stream.steps(plan)
        self.position = 0
        self.cast = officials.Cast(state)

    def jump(self, instant: datetime) -> None:
        """Set the scenario's clock, and wait until every process has seen it."""
        from core import clock

        clock.set_clock(instant, 1)
        time.sleep(CLOCK_REACHES_ALL)

    def until(self, instant: datetime) -> None:
        """Jump, send everything due by then, and wait until all of it has been counted."""
        self.jump(instant)
        due = []
        for here, step in stream.between(self.steps, self.position, int(instant.timestamp())):
            self.position = here + 1
            if isinstance(step.what, scenario.Shift):
                due.append(step.what)
            else:
                message = stream.message(self.plan, here, step, self.state["round"])
                self.player.send(message)
        shifts.apply(due, self.state["units"])
        if not self.player.drain(PATIENCE):
            raise SystemExit("the server did not take everything")
        compare.wait_until_counted(PATIENCE)
        self.cast.act(instant)


if __name__ == "__main__":
    sys.exit(main())
