"""Every request delivered twice, shuffled, from two connections at once.

Tubes are cut in two requests whose events are shuffled as well, so that people come before their
tube was opened and sealings before people; both deliveries race each other.
"""

from __future__ import annotations

import time

from bench.load.bodies import cut
from bench.load.firing import Volley
from drills.scene import LANES, PATIENCE, finish, scene

TUBES_A_SECOND = 120


def run(*, quick: bool) -> int:
    """Recovery is from the last answer until the last event is counted."""
    with scene() as here:
        from core import clock

        at, count = clock.now(), (6 if quick else 60) * TUBES_A_SECOND
        shots = [
            half
            for desk in here.press.some_desks(count)
            for half in cut(here.press, desk, *here.press.tube(desk, at))
        ]
        once, again = shots[:], shots[:]
        here.press.rng.shuffle(once)
        here.press.rng.shuffle(again)
        volleys = [
            Volley(here.stack.web_port, order, lanes=LANES // 2, patience=PATIENCE).start()
            for order in (once, again)
        ]
        for volley in volleys:
            volley.join()
        ended = time.monotonic()
        here.settle(*volleys)
        here.recoveries.append(time.monotonic() - ended)
        verdicts = here.ledger.verdicts
        return finish(
            here, tubes=count, **{f"verdict_{name}": verdicts[name] for name in sorted(verdicts)}
        )
