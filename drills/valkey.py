"""Valkey killed, emptied, frozen: writes go on, and the recount comes back by itself."""

from __future__ import annotations

import signal
import time

import redis

from bench.load.figures import percentile
from bench.load.firing import Volley
from drills.scene import Scene, blows, finish, scene

FROZEN, FROZEN_QUICK = 60.0, 5.0


def run(*, quick: bool) -> int:
    """kill -9, FLUSHALL, SIGSTOP; longer frozen in the long form."""
    answers: list[float] = []
    frozen = FROZEN_QUICK if quick else FROZEN
    with scene() as here:
        acts = [
            ("killed", _killed(here)),
            ("emptied", _emptied(here)),
            ("frozen", _frozen(here, frozen, answers)),
        ]
        every = 6 if quick else 20
        blows(here, acts, first=3, every=every, longest=frozen)
        return finish(here, answer_p95_ms_while_frozen=percentile(answers, 95))


def _killed(here: Scene):  # type: ignore[no-untyped-def]
    def act(volley: Volley) -> float:
        since = time.monotonic()
        here.stack.kill("valkey")
        return here.until_fresh(since)

    return act


def _emptied(here: Scene):  # type: ignore[no-untyped-def]
    def act(volley: Volley) -> float:
        since = time.monotonic()
        redis.Redis.from_url(here.stack.redis_url).flushall()
        return here.until_fresh(since)

    return act


def _frozen(here: Scene, seconds: float, answers: list[float]):  # type: ignore[no-untyped-def]
    """Recovery counts from the thaw; capture must not have noticed anything."""

    def act(volley: Volley) -> float:
        before = len(volley.deliveries)
        here.stack.kill("valkey", signal.SIGSTOP)
        time.sleep(seconds)
        answers.extend((each.done - each.due) * 1000 for each in volley.deliveries[before:])
        since = time.monotonic()
        here.stack.kill("valkey", signal.SIGCONT)
        return here.until_fresh(since)

    return act
