"""kill -9 of every PostgreSQL process: 503 meanwhile, crash recovery, pools heal by themselves."""

from __future__ import annotations

import time

from bench.load.firing import Volley
from drills.scene import blows, finish, scene


def run(*, quick: bool) -> int:
    """Once, or five times in the long form."""
    with scene() as here:

        def act(volley: Volley) -> float:
            since = time.monotonic()
            here.stack.kill("postgres", everything=True)
            return here.until_taken(volley, since)

        blows(here, [("killed", act)] * (1 if quick else 5), first=4, every=8)
        return finish(here)
