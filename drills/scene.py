"""The scene of every drill: the whole product, devices that send, blows, and the verdict.

Each device repeats a request with the same ids until it is answered 200. Afterwards what was
answered must be stored once, nothing else may be stored, the totals must equal the facts, and the
product's own audit of every street must find no drift.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from bench.load import district as districts
from bench.load.bodies import POOL, Press
from bench.load.checks import Ledger, Toll, compare, wait_counted
from bench.load.figures import line, step
from bench.load.firing import Volley
from bench.load.house import house, worker_dsn
from launch.stack import Stack

#: Swabs a second: above the five hundred that a drill must have.
RATE = 700
LANES = 16
PATIENCE = 90.0
#: Seconds of requests in store, for recoveries that take longer than their turn.
SPARE = 40.0
SIZE = districts.Size(points=216, residents=40_000)
FACTS = "SELECT count(*) FROM sites_swab WHERE round_id = %s AND valid"
TOTALS = """SELECT COALESCE(sum(swabs), 0) FROM progress_total
    WHERE round_id = %s AND kind = 'street'"""


@dataclass
class Scene:
    """A running product and its district. `recoveries` are in seconds, one for each blow."""

    stack: Stack
    district: districts.District
    press: Press
    dsn: str
    recoveries: list[float] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    toll: Toll = field(default_factory=Toll)
    refused: int = 0
    sent_per_s: float = 0.0
    tried_again: int = 0

    def volley(self, seconds: float) -> Volley:
        """Devices that send for so long, at `RATE`."""
        from core import clock

        rate = RATE / POOL
        shots = self.press.shots(int(seconds * rate), clock.now(), rate)
        return Volley(self.stack.web_port, shots, lanes=LANES, rate=rate, patience=PATIENCE)

    def settle(self, *volleys: Volley) -> None:
        """Wait for the last answer and the last recount, then compare everything."""
        for volley in volleys:
            volley.join()
            self.ledger.note(volley.deliveries)
            self.refused += sum(each.status != 200 for each in volley.deliveries)
            self.tried_again += sum(each.tries - 1 for each in volley.deliveries)
        swabs = sum(len(each.shot.swabs) for volley in volleys for each in volley.deliveries)
        ended, began = max(v.ended for v in volleys), min(v.began for v in volleys)
        self.sent_per_s = swabs / max(ended - began, 1e-9)
        wait_counted(self.dsn, PATIENCE)
        compare(self.dsn, self.district.round, self.ledger, self.toll)

    def drift(self) -> int:
        """Cells that the product's audit finds different from the facts, in all streets."""
        from django.db import connection

        from core import clock
        from reporting.progress.services.audit import audit_street

        connection.close()  # the server behind it may be another one by now
        found = 0
        for street in self.district.streets:
            found += audit_street(self.district.round, street, by="drill", at=clock.now())
        return found

    def until_taken(self, volley: Volley, since: float, timeout: float = 60.0) -> float:
        """Seconds from `since` (monotonic) until a request that was due later is answered 200."""
        while time.monotonic() - since < timeout:
            for each in volley.deliveries[-200:]:
                if each.status == 200 and each.due > since:
                    return each.done - since
            time.sleep(0.01)
        raise TimeoutError("no request was taken after the blow")

    def until_fresh(self, since: float, timeout: float = 60.0) -> float:
        """Seconds from `since` (monotonic) until the totals hold a swab stored after this call."""
        with psycopg.connect(self.dsn, autocommit=True) as link:
            stored = _number(link, FACTS, self.district.round)
            while time.monotonic() - since < timeout:
                if _number(link, TOTALS, self.district.round) > stored:
                    return time.monotonic() - since
                time.sleep(0.01)
        raise TimeoutError("no roll-up was renewed after the blow")


def _number(link: psycopg.Connection, query: str, round_id: int) -> int:
    row = link.execute(query, [round_id]).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def scene() -> Iterator[Scene]:
    """Everything running and warm, with durable answers."""
    with house(fsync=True) as stack:
        district = districts.build(SIZE)
        stack.wait_http()
        here = Scene(stack, district, Press(district, next_person=1), worker_dsn(stack))
        warm = here.volley(1.0)
        here.settle(warm.start())
        here.tried_again = 0
        yield here


def finish(here: Scene, **more: object) -> int:
    """Audit, print the figures, and give the exit code."""
    drift = here.drift()
    print(
        line(
            lost=here.toll.lost, doubled=here.toll.doubled, recovery_s=max(here.recoveries),
            blows=len(here.recoveries), swabs=len(here.ledger.taken), swabs_per_s=here.sent_per_s,
            sent_again=here.tried_again, refused=here.refused, drift=drift, **more, fsync="on",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if here.toll.lost + here.toll.doubled + here.refused + drift else 0


def blows(
    here: Scene,
    acts: list[tuple[str, Callable[[Volley], float]]],
    *,
    first: float,
    every: float,
    longest: float = 0.0,
) -> None:
    """Send steadily and act: each act strikes and gives the seconds until all was well again.

    `longest` are the seconds that an act takes by itself: there must be something to send after it.
    """
    volley = here.volley(first + every * len(acts) + longest + SPARE).start()
    time.sleep(first)
    for name, act in acts:
        began = time.monotonic()
        here.recoveries.append(act(volley))
        step(f"{name}: {here.recoveries[-1]:.2f} s")
        time.sleep(max(every - (time.monotonic() - began), 0))
    here.settle(volley.stop())
