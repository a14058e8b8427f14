"""kill -9 of every Celery process: facts keep coming, and the recount takes up where it was."""

from __future__ import annotations

import time

from bench.load.firing import Volley
from drills.scene import blows, finish, scene


def run(*, quick: bool) -> int:
    """The worker with its children, then the beat; several times in the long form."""
    with scene() as here:

        def act_on(name: str):  # type: ignore[no-untyped-def]
            def act(volley: Volley) -> float:
                since = time.monotonic()
                here.stack.kill(name, everything=True)
                return here.until_fresh(since)

            return act

        acts = [("all of the worker", act_on("worker")), ("beat", act_on("beat"))]
        blows(here, acts * (1 if quick else 5), first=3, every=6)
        return finish(here)
