"""From the commit of a tube to the roll-up, and to a screen: the server's own commit times."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import psycopg

from bench.load.screens import Beat

EVERY = 0.01
LOOK = """SELECT t.key_id, t.swabs, v.version FROM progress_total t
    JOIN progress_roundversion v ON v.round_id = t.round_id
    WHERE t.round_id = %s AND t.kind = 'street'"""
COMMITS = """SELECT street_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8, count(*)
    FROM sites_swab WHERE round_id = %s AND received_at >= %s
    GROUP BY street_id, xmin::text, 2 ORDER BY 2"""


class Look(NamedTuple):
    """What a street's total showed: wall clock (s), swabs, version of the round."""

    at: float
    swabs: int
    version: int


class Commit(NamedTuple):
    """A batch that was stored: its street, wall clock (s), swabs."""

    street: int
    at: float
    swabs: int


class Seen(NamedTuple):
    """When a commit could be read in its street's total, and in which version."""

    commit: Commit
    at: float
    version: int


@dataclass
class Watch:
    """Looks at the streets' totals a hundred times a second, over a connection of its own."""

    dsn: str
    round_id: int
    looks: dict[int, list[Look]] = field(default_factory=lambda: defaultdict(list))
    took: list[float] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> Watch:
        """Begin looking."""
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> Watch:
        """Look no more."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        return self

    def _look(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as link:
            while not self._stop.wait(EVERY):
                began = time.perf_counter()
                rows = link.execute(LOOK, [self.round_id], prepare=True).fetchall()
                now = time.time()
                self.took.append(time.perf_counter() - began)
                for street, swabs, version in rows:
                    known = self.looks[street]
                    if not known or known[-1].swabs != swabs:
                        known.append(Look(now, swabs, version))


def street_swabs(dsn: str, round_id: int) -> dict[int, int]:
    """What each street's total shows now."""
    with psycopg.connect(dsn, autocommit=True) as link:
        rows = link.execute(
            "SELECT key_id, swabs FROM progress_total WHERE round_id = %s AND kind = 'street'",
            [round_id],
        )
        return dict(rows.fetchall())


def commits_since(dsn: str, round_id: int, received_at: datetime) -> list[Commit]:
    """Every batch received from then on, in order of commit (needs track_commit_timestamp)."""
    with psycopg.connect(dsn, autocommit=True) as link:
        return [Commit(*row) for row in link.execute(COMMITS, [round_id, received_at])]


def seen(
    commits: Iterable[Commit], looks: dict[int, list[Look]], before: dict[int, int]
) -> tuple[list[Seen], int]:
    """(when each commit was first in its street's total, how many never were).

    `before` is what each street had. Commits come in order: the total that holds the n-th
    commit's swabs is the first that is not less than all up to it.
    """
    running = dict(before)
    found: list[Seen] = []
    never = 0
    totals = {street: [look.swabs for look in row] for street, row in looks.items()}
    for commit in commits:
        running[commit.street] = running.get(commit.street, 0) + commit.swabs
        k = bisect_left(totals.get(commit.street, []), running[commit.street])
        if k < len(totals.get(commit.street, [])):
            look = looks[commit.street][k]
            found.append(Seen(commit, look.at, look.version))
        else:
            never += 1
    return found, never


def to_screen(found: Sequence[Seen], beats: Sequence[Beat]) -> list[float]:
    """Seconds from each commit to the first answer a screen got that holds it.

    `beats` are one screen's. Commits after its last answer are left out.
    """
    ordered = sorted(beats, key=lambda beat: beat.answered)
    newest, versions = -1, []
    for beat in ordered:
        newest = max(newest, beat.version)
        versions.append(newest)
    out = []
    for each in found:
        k = bisect_left(versions, each.version)
        if k < len(ordered):
            out.append(max(ordered[k].answered - each.commit.at, 0.0))
    return out
