"""How fast units can send: tubes, hundreds, a steady 725/s, a backlog; nothing lost or doubled.

The whole product runs: two web processes, recount, row-level security, device tokens, boards
open. Answers are durable (fsync on). Each phase ends with the checker.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.load import district as districts
from bench.load.boards import commander_cookies, pages
from bench.load.bodies import POOL, Press, Shot, backlog_sizes
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.empty import requests_per_second
from bench.load.figures import line, percentile, step
from bench.load.firing import OPEN_LANES, Volley, fire
from bench.load.house import house, worker_dsn
from bench.load.screens import Screens
from bench.ratio import measure
from launch.stack import Stack

LANES = 32
STEADY = 725
BOARDS = 5


@dataclass(frozen=True)
class Length:
    """How long each phase is: seconds, and the backlog's devices of a hundred events each."""

    tubes: float
    hundreds: float
    steady: float
    devices: int
    ratio: float


FULL = Length(tubes=20, hundreds=20, steady=30, devices=500, ratio=4)
QUICK = Length(tubes=3, hundreds=2, steady=4, devices=200, ratio=0.5)
#: More requests a second than can be reached here: what is prepared for a timed phase.
TUBES_AT_MOST, HUNDREDS_AT_MOST = 700, 300


def run(*, quick: bool) -> int:
    """Print the figures; 1 when anything was lost or doubled or a request was refused."""
    length = QUICK if quick else FULL
    size = districts.QUICK if quick else districts.FULL
    with house(fsync=True) as stack:
        district = districts.build(size)
        stack.wait_http()
        phases = Phases(stack, district)
        watched = pages(stack, district, commander_cookies(stack, district), streets=0)
        screens = Screens(stack.web_port, watched, BOARDS).start()
        figures = phases.run(length)
        screens.stop()
        for name in ("beat", "worker", "web"):
            stack.stop(name)
        step("ratio to insert")
        rates = measure(stack, district, size, seconds=length.ratio)
    bad = phases.toll.lost + phases.toll.doubled + phases.refused + screens.faults
    print(
        line(
            **figures,
            ratio_to_insert=rates.ratio,
            lost=phases.toll.lost,
            doubled=phases.toll.doubled,
            refused=phases.refused,
            base_insert_rows_per_s=rates.insert,
            service_rows_per_s=rates.service,
            units=len(district.desks),
            fsync="on",
        ),
        flush=True,
    )
    return 1 if bad else 0


class Phases:
    """The phases on one running stack, one after another, each checked."""

    def __init__(self, stack: Stack, district: districts.District) -> None:
        self.stack, self.district = stack, district
        self.press = Press(district, next_person=1)
        self.ledger, self.toll = Ledger(), Toll()
        self.refused = 0
        self.dsn = worker_dsn(stack)

    def run(self, length: Length) -> dict[str, float | int]:
        """All phases; the figures by name."""
        step("empty web")
        figures: dict[str, float | int] = {"base_empty_per_s": requests_per_second(self.stack)}
        self._warm()
        step("tubes")
        shots = self.press.shots(int(length.tubes * TUBES_AT_MOST), self._now(), TUBES_AT_MOST)
        figures["swabs_per_s"] = self._closed(shots, length.tubes)
        step("hundreds")
        shots = self.press.shots(
            int(length.hundreds * HUNDREDS_AT_MOST), self._now(), HUNDREDS_AT_MOST, [POOL] * 10
        )
        figures["swabs_per_s_by_hundred"] = self._closed(shots, length.hundreds)
        step("725 a second")
        figures["p95_ms_at_725"] = self._steady(length.steady)
        step("backlog")
        figures["backlog_s"] = self._backlog(length.devices)
        figures["backlog_events"] = length.devices * 100
        return figures

    def _now(self) -> datetime:
        from core import clock

        return clock.now()

    def _warm(self) -> None:
        """The first requests of every process prepare its statements."""
        shots = self.press.shots(100, self._now(), 100)
        self._settle(fire(self.stack.web_port, shots, lanes=LANES, patience=20))

    def _closed(self, shots: list[Shot], seconds: float) -> float:
        """Swabs a second, answered and stored, as fast as answers come."""
        volley = fire(self.stack.web_port, shots, lanes=LANES, seconds=seconds)
        taken = self._settle(volley)
        if volley.exhausted:
            raise LookupError("more requests are needed than were prepared")
        return taken / (volley.ended - volley.began)

    def _steady(self, seconds: float) -> float:
        """p95 in milliseconds from when a tube was due to its answer, at 725 swabs a second."""
        rate = STEADY / POOL
        shots = self.press.shots(int(seconds * rate), self._now(), rate)
        volley = fire(self.stack.web_port, shots, lanes=OPEN_LANES, rate=rate, patience=20)
        self._settle(volley)
        return percentile([(each.done - each.due) * 1000 for each in volley.deliveries], 95)

    def _backlog(self, devices: int) -> float:
        """Seconds from the moment all devices send at once until the last event is counted."""
        sizes = backlog_sizes(100)
        earlier = self._now() - timedelta(minutes=90)
        shots = self.press.shots(devices, earlier, devices / 3600, sizes)
        volley = fire(self.stack.web_port, shots, lanes=devices, patience=60)
        wait_counted(self.dsn)
        seconds = time.monotonic() - volley.began
        self._settle(volley)
        return seconds

    def _settle(self, volley: Volley) -> int:
        """Check a phase; swabs that were answered as stored."""
        taken = self.ledger.note(volley.deliveries)
        self.refused += sum(each.status != 200 for each in volley.deliveries)
        wait_counted(self.dsn)
        compare(self.dsn, self.district.round, self.ledger, self.toll)
        return taken
