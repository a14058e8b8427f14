"""How old is a figure: from the commit of a tube to the roll-up, and to a screen.

Two thousand swabs a second arrive in the last minute of a quarter hour whose first fourteen are
full: what a recount must fold is then as much as it ever is.
"""

from __future__ import annotations

import time
from datetime import timedelta

from bench.load import district as districts
from bench.load.boards import commander_cookies, pages
from bench.load.bodies import POOL, Press
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.figures import line, median, percentile, step
from bench.load.firing import OPEN_LANES, Volley
from bench.load.freshness import Watch, commits_since, seen, street_swabs, to_screen
from bench.load.history import fill
from bench.load.house import house, worker_dsn
from bench.load.screens import EVERY, Screens

RATE = 2_000
SCREENS = 6
FILLED = 14 * 60
#: Seconds of load before the measured ones: statements are prepared, the clock is read anew.
WARM = 4


def run(*, quick: bool) -> int:
    """Print the figures; 1 when anything was lost, doubled, or never reached the roll-up."""
    size = districts.QUICK if quick else districts.FULL
    seconds, before = (10, 168_000) if quick else (50, FILLED * RATE)
    settings = {"track_commit_timestamp": "on", "max_wal_size": "8GB"}
    with house(fsync=True, postgres_settings=settings) as stack:
        district = districts.build(size, prepare=False)
        step(f"{before:,} swabs in fourteen minutes")
        fill(district, district.round, swabs=before, start=districts.BEGINS, seconds=FILLED)
        stack.wait_http()
        dsn = worker_dsn(stack)
        watched = pages(stack, district, commander_cookies(stack, district), streets=2)
        from core import clock

        begins = districts.BEGINS + timedelta(seconds=FILLED)
        press = Press(district, next_person=1)
        tubes = RATE / POOL
        shots = press.shots(int((WARM + seconds) * tubes), begins, tubes)
        counted = street_swabs(dsn, district.round)
        watch = Watch(dsn, district.round).start()
        screens = Screens(stack.web_port, watched, SCREENS).start()
        clock.set_clock(begins, 1)
        time.sleep(1.2)  # every process reads the clock anew once a second
        step(f"{RATE} swabs a second")
        volley = Volley(stack.web_port, shots, lanes=OPEN_LANES, rate=tubes, patience=20).start()
        volley.join()
        drained = wait_counted(dsn)
        step("compare")
        time.sleep(EVERY * 1.3)  # every screen has asked once more
        screens.stop()
        watch.stop()
        commits = commits_since(dsn, district.round, begins)
        ledger, toll = Ledger(), Toll()
        ledger.note(volley.deliveries)
        compare(dsn, district.round, ledger, toll, earlier=begins)
    found, never = seen(commits, watch.looks, counted)
    measured = [each for each in found if each.commit.at - commits[0].at > WARM]
    ages = [each.at - each.commit.at for each in measured]
    to_screens = [age for own in screens.heard for age in to_screen(measured, own)]
    refused = sum(each.status != 200 for each in volley.deliveries)
    print(
        line(
            p50_s=median(ages), p95_s=percentile(ages, 95), screen_s=percentile(to_screens, 95),
            swabs_per_s=sum(c.swabs for c in commits) / (commits[-1].at - commits[0].at),
            answer_p95_ms=percentile([(d.done - d.due) * 1000 for d in volley.deliveries], 95),
            drained_s=drained, filled=before, lost=toll.lost, doubled=toll.doubled,
            never_seen=never, refused=refused, base_look_ms=median(watch.took) * 1000,
            fsync="on",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if toll.lost + toll.doubled + never + refused else 0
