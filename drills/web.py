"""kill -9 of one web process, then of the master with all of them: requests are sent again."""

from __future__ import annotations

import os
import signal
import time

from bench.load.firing import Volley
from drills.scene import Scene, blows, finish, scene


def run(*, quick: bool) -> int:
    """One worker, then the master; several times in the long form."""
    with scene() as here:
        acts = [("one web process", _one(here)), ("the web master", _master(here))]
        blows(here, acts * (1 if quick else 5), first=3, every=5)
        return finish(here)


def _one(here: Scene):  # type: ignore[no-untyped-def]
    def act(volley: Volley) -> float:
        since = time.monotonic()
        os.kill(here.stack.pids("web")[1], signal.SIGKILL)
        return here.until_taken(volley, since)

    return act


def _master(here: Scene):  # type: ignore[no-untyped-def]
    def act(volley: Volley) -> float:
        since = time.monotonic()
        here.stack.kill("web", everything=True)
        return here.until_taken(volley, since)

    return act
