"""What boards cost: the full page, an idle pulse, and three hundred screens during capture."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from bench.load import district as districts
from bench.load.boards import commander_cookies, pages
from bench.load.bodies import POOL, Press, get
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.cpu import cpu_seconds
from bench.load.empty import requests_per_second
from bench.load.figures import line, median, percentile, step
from bench.load.firing import OPEN_LANES, Volley
from bench.load.history import fill
from bench.load.house import house, worker_dsn
from bench.load.screens import Page, Screens
from bench.load.wire import Wire
from launch.stack import Stack

SCREENS = 300
STEADY = 725
STREETS_OWN = 6
PAGE_EVERY = 0.5
HISTORY = timedelta(hours=2)


def run(*, quick: bool) -> int:
    """Print the figures; 1 when swabs were lost or doubled, or a pulse or page failed."""
    size = districts.Size(
        streets=30, communities=13, points=400, residents=60_000 if quick else 200_000
    )
    seconds, before = (10, 80_000) if quick else (60, 1_000_000)
    with house(fsync=False) as stack:
        district = districts.build(size, prepare=False)
        step("two hours of history")
        fill(
            district, district.round, swabs=before, start=districts.BEGINS - HISTORY,
            seconds=int(HISTORY.total_seconds()) - 60,
        )  # fmt: skip
        stack.wait_http()
        empty = requests_per_second(stack)
        cookies = commander_cookies(stack, district)
        watched = pages(stack, district, cookies, streets=STREETS_OWN)
        step("idle pulses")
        idle, idle_ms = _idle(stack, watched[0], 150 if quick else 600)
        from core import clock

        press = Press(district, next_person=1)
        begins = clock.now()
        rate = STEADY / POOL
        shots = press.shots(int((seconds + 3) * rate), begins, rate)
        step(f"{SCREENS} screens")
        screens = Screens(stack.web_port, watched, SCREENS).start()
        volley = Volley(stack.web_port, shots, lanes=OPEN_LANES, rate=rate, patience=20).start()
        time.sleep(3)
        since = time.time()
        loads = Loads(stack.web_port, cookies).start()
        volley.join()
        loads.stop()
        screens.stop()
        step("compare")
        dsn = worker_dsn(stack)
        wait_counted(dsn)
        ledger, toll = Ledger(), Toll()
        ledger.note(volley.deliveries)
        compare(dsn, district.round, ledger, toll, earlier=begins)
    beats = [beat for beat in screens.beats if beat.asked > since]
    failed = screens.faults + loads.faults + sum(d.status != 200 for d in volley.deliveries)
    print(
        line(
            page_p95_ms=percentile(loads.took, 95), pulse_cpu_ms=idle * 1000,
            pulse_p95_ms=percentile([(b.answered - b.asked) * 1000 for b in beats], 95),
            pulse_p50_ms=median([(b.answered - b.asked) * 1000 for b in beats]),
            page_p50_ms=median(loads.took), idle_pulse_ms=idle_ms, screens=SCREENS,
            pulses_per_s=len(beats) / max(time_span(beats), 1e-9),
            changed_share=sum(b.status == 200 for b in beats) / max(len(beats), 1),
            capture_p95_ms=percentile([(d.done - d.due) * 1000 for d in volley.deliveries], 95),
            lost=toll.lost, doubled=toll.doubled, failed=failed, base_empty_per_s=empty,
            fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if toll.lost + toll.doubled + failed else 0


def time_span(beats: list) -> float:
    """Seconds from the first question to the last answer."""
    if not beats:
        return 0.0
    return max(beat.answered for beat in beats) - min(beat.asked for beat in beats)


def _idle(stack: Stack, page: Page, count: int) -> tuple[float, float]:
    """(CPU seconds of the web processes, median milliseconds) of a pulse that finds nothing new."""
    wire = Wire(stack.web_port)
    took: list[float] = []
    pids = stack.pids("web")
    used, idle = 0.0, 0
    while idle < count:
        before, began = cpu_seconds(pids), time.perf_counter()
        answer = wire.ask(page.request())
        ended, after = time.perf_counter(), cpu_seconds(pids)
        page.take(answer)
        if answer.status == 204:  # not the one that a new minute draws anew
            idle += 1
            used += after - before
            took.append((ended - began) * 1000)
        elif answer.status != 200:
            raise LookupError(f"a pulse was answered {answer.status}")
    wire.close()
    return used / idle, median(took)


class Loads:
    """Somebody opens the full page twice a second."""

    def __init__(self, port: int, cookies: str) -> None:
        self.took: list[float] = []
        self.faults = 0
        self._port, self._cookies = port, cookies
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Loads:
        """Begin; returns at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Open no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        wire = Wire(self._port)
        request = get("127.0.0.1", "/", {"Cookie": self._cookies})
        while not self._stop.wait(PAGE_EVERY):
            began = time.perf_counter()
            try:
                answer = wire.ask(request)
            except OSError:
                self.faults += 1
                continue
            self.took.append((time.perf_counter() - began) * 1000)
            self.faults += answer.status != 200
        wire.close()
