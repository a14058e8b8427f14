"""Three o'clock: twenty streets type and submit while three hundred screens watch and units send.

Each official opens the report at some time before, saves numbers as a page does when a cell is
left, and submits when all do, within the same one and a half seconds, twice, as an impatient
finger does. Their requests are what is timed.
"""

from __future__ import annotations

import time
from datetime import timedelta

from bench.load import district as districts
from bench.load.boards import commander_cookies, pages
from bench.load.bodies import POOL, Press
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.empty import requests_per_second
from bench.load.figures import line, percentile, step
from bench.load.firing import OPEN_LANES, Volley
from bench.load.history import fill
from bench.load.house import house, worker_dsn
from bench.load.reporters import Reporter, all_at_once, reports_of, typed_cells
from bench.load.reporters import compare as compare_reports
from bench.load.screens import Screens, sign_in

STREETS = 20
SCREENS = 300
STEADY = 725
HISTORY = timedelta(hours=2)
#: 14:58 in Shanghai.
BEGINS = districts.STARTS + timedelta(hours=6, minutes=58)
CELLS = 12
PAUSE = 1.5


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a number or a swab was lost or doubled, or a request failed."""
    size = districts.Size(
        streets=STREETS, communities=13, points=260, residents=40_000 if quick else 200_000
    )
    with house(fsync=False) as stack:
        district = districts.build(size, begins=BEGINS, prepare=False)
        step("two hours of history")
        fill(
            district, district.round, swabs=40_000 if quick else 400_000,
            start=BEGINS - HISTORY, seconds=int(HISTORY.total_seconds()) - 60,
        )  # fmt: skip
        stack.wait_http()
        empty = requests_per_second(stack)
        reports = reports_of("daily", STREETS)
        step("officials sign in")
        reporters = [
            Reporter(
                stack.web_port, sign_in(stack.web_port, *districts.street_official(street)),
                reports[street], typed_cells(reports[street], CELLS), seed=street,
            )
            for street in district.streets
        ]  # fmt: skip
        watched = pages(stack, district, commander_cookies(stack, district), streets=0)
        from core import clock

        press = Press(district, next_person=1)
        begins, rate = clock.now(), STEADY / POOL
        shots = press.shots(int((60 if quick else 120) * rate), begins, rate)
        step(f"{SCREENS} screens, {STEADY} swabs a second, {STREETS} streets")
        screens = Screens(stack.web_port, watched, 100 if quick else SCREENS).start()
        volley = Volley(stack.web_port, shots, lanes=OPEN_LANES, rate=rate, patience=20).start()
        time.sleep(3)
        all_at_once(reporters, pause=PAUSE)
        volley.stop().join()
        screens.stop()
        step("compare")
        dsn = worker_dsn(stack)
        wait_counted(dsn)
        ledger, toll = Ledger(), Toll()
        ledger.note(volley.deliveries)
        compare(dsn, district.round, ledger, toll, earlier=begins)
        toll.add(*compare_reports(reporters), "daily numbers")
    return _print(reporters, screens, volley, toll, empty)


def _print(
    reporters: list[Reporter], screens: Screens, volley: Volley, toll: Toll, empty: float
) -> int:
    took = [pair for reporter in reporters for pair in reporter.took]
    failures = [fault for reporter in reporters for fault in reporter.failed]
    for fault in failures[:5]:
        step(fault)
    failed = len(failures) + screens.faults + sum(d.status != 200 for d in volley.deliveries)
    by_kind = {
        f"{kind}_p95_ms": percentile([ms for k, ms in took if k == kind], 95)
        for kind in ("page", "save", "submit")
    }
    submitted = sum(bool(reporter.receipts) for reporter in reporters)
    print(
        line(
            p95_ms=percentile([ms for _kind, ms in took], 95), lost=toll.lost,
            doubled=toll.doubled, requests=len(took), **by_kind, submitted=submitted,
            streets=len(reporters), screens=screens.count,
            pulse_p95_ms=percentile([(b.answered - b.asked) * 1000 for b in screens.beats], 95),
            capture_p95_ms=percentile([(d.done - d.due) * 1000 for d in volley.deliveries], 95),
            failed=failed, base_empty_per_s=empty, fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if toll.lost + toll.doubled + failed or submitted < len(reporters) else 0
