"""The checker: what was answered `created` is stored once, and the totals equal the facts."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg

from bench.load.firing import Delivery

#: Verdicts after which an event must be a fact in the end, and once.
KEPT = frozenset({"created", "duplicate", "pending"})
STORED = """SELECT id, tube_id, person_key FROM sites_swab
    WHERE round_id = %s AND (%s::timestamptz IS NULL OR received_at >= %s)"""
WAITING = """SELECT EXISTS (SELECT 1 FROM sites_pendingevent),
    EXISTS (SELECT 1 FROM campaigns_mark)"""
TOTALS = """SELECT
    (SELECT count(*) FROM sites_swab WHERE round_id = %(round)s AND valid),
    (SELECT COALESCE(sum(swabs), 0) FROM progress_total
     WHERE round_id = %(round)s AND kind = 'street'),
    (SELECT COALESCE(sum(swabs), 0) FROM progress_total
     WHERE round_id = %(round)s AND kind = 'unit'),
    (SELECT count(*) FROM sites_coverage WHERE round_id = %(round)s AND first_at IS NOT NULL),
    (SELECT COALESCE(sum(persons + exempt_persons + outside_persons + off_register_persons), 0)
     FROM progress_total WHERE round_id = %(round)s AND kind = 'street')"""


@dataclass
class Toll:
    """Swabs lost (answered, yet not stored or not counted) and doubled (stored or counted more)."""

    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, lost: int, doubled: int, what: str) -> None:
        """Take over a difference; it is said on standard error."""
        if lost or doubled:
            self.faults.append(f"{what}: lost {lost}, doubled {doubled}")
            print(self.faults[-1], file=sys.stderr)
        self.lost += lost
        self.doubled += doubled


@dataclass
class Ledger:
    """What clients know: every swab sent, and those that the server answered for."""

    sent: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    verdicts: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)

    def note(self, deliveries: Iterable[Delivery]) -> int:
        """Enter deliveries; returns how many swabs they were answered for as stored."""
        before = len(self.taken)
        for each in deliveries:
            self.sent.update(each.shot.swabs)
            self.statuses[each.status] = self.statuses.get(each.status, 0) + 1
            if each.status == 200:
                stored = self._stored(each.body)
                self.taken.update(swab for swab in each.shot.swabs if swab in stored)
        return len(self.taken) - before

    def _stored(self, body: bytes) -> set[str]:
        out = set()
        for row in json.loads(body)["results"]:
            verdict = row["verdict"]
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
            if verdict in KEPT:
                out.add(row["id"])
        return out


def compare(
    dsn: str, round_id: int, ledger: Ledger, toll: Toll, *, earlier: datetime | None = None
) -> None:
    """Hold the clients' ledger against the database, and the totals against the facts.

    Call it when no marks are left (`wait_counted`). `dsn` must see every row. What was received
    before `earlier` is not the clients' and only counts in the totals.
    """
    with psycopg.connect(dsn, autocommit=True) as link:
        rows = link.execute(STORED, [round_id, earlier, earlier]).fetchall()
        counts = link.execute(TOTALS, {"round": round_id}).fetchone()
    stored = {row[0] for row in rows}
    taken, sent = set(map(UUID, ledger.taken)), set(map(UUID, ledger.sent))
    toll.add(len(taken - stored), 0, "answered, but not stored")
    toll.add(0, len(stored - sent), "stored, but never sent")
    toll.add(0, len(rows) - len({row[1:] for row in rows}), "one scan stored twice")
    assert counts is not None
    facts, by_street, by_unit, covered, persons = counts
    for name, fact, total in (
        ("swabs of streets", facts, by_street),
        ("swabs of units", facts, by_unit),
        ("persons of streets", covered, persons),
    ):
        toll.add(max(fact - total, 0), max(total - fact, 0), f"totals: {name}")


def wait_counted(dsn: str, timeout: float = 60.0) -> float:
    """Wait until no event waits for its tube and no mark for the recount; seconds that took.

    An event that raced the opening of its tube waits for the sweep, ten seconds at most.

    Raises:
        TimeoutError: something was still waiting.
    """
    began = time.monotonic()
    with psycopg.connect(dsn, autocommit=True) as link:
        while time.monotonic() - began < timeout:
            row = link.execute(WAITING).fetchone()
            if row == (False, False):
                return time.monotonic() - began
            time.sleep(0.02)
    raise TimeoutError("events or marks still wait")
