"""Recount: cells from facts, totals from cells, each written whole; safe to run twice.

For all marked streets of one round, in one transaction:
1. take the streets' locks, leaving out those that somebody else holds;
2. take their marks (a statement after the locks: an older count can never win);
3. recount the marked minutes from the facts, in a later statement that sees all they marked;
4. fold the quarter hours and totals that those minutes belong to, and the streets' own;
5. bump the round's version last, so that its row is held for a moment only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from campaigns.models import Mark
from core.clock import quarter_of
from core.locks import try_street_locks
from core.statements import run
from reporting.progress.services import folds
from reporting.progress.services.folds import Stretch

MARKS_AT_ONCE = 20_000


def recount_marked(*, at: datetime) -> int:
    """Recount every street that has marks; returns how many streets were recounted.

    `at` is the scenario time written as the time of computation. The heartbeat is real time.
    """
    waiting: dict[int, list[int]] = {}
    for round_id, street_id in run(
        "SELECT DISTINCT round_id, street_id FROM campaigns_mark ORDER BY 1, 2"
    ):
        waiting.setdefault(round_id, []).append(street_id)
    done = sum(recount_streets(round_id, streets, at=at) for round_id, streets in waiting.items())
    _beat()
    return done


def recount_streets(round_id: int, street_ids: Sequence[int], *, at: datetime) -> int:
    """Recount the marked cells of these streets; returns how many streets had any.

    Streets that somebody else is recounting are left to them.
    """
    with transaction.atomic():
        ours = try_street_locks(round_id, street_ids)
        if not ours:
            return 0
        # Plans made while a round was young, and its tables empty, must not scan them later.
        run("SELECT set_config('enable_seqscan', 'off', true)")
        cells = _take_marks(round_id, ours)
        if cells:
            _recount(round_id, cells, at)
        return len({street_id for street_id, _kind, _key, _minute in cells})


def _take_marks(round_id: int, street_ids: Sequence[int]) -> list[Stretch]:
    return run(
        """WITH taken AS (
               DELETE FROM campaigns_mark WHERE id IN (
                   SELECT id FROM campaigns_mark
                   WHERE street_id = ANY(%b::int[]) AND round_id = %b
                   ORDER BY id LIMIT %b FOR UPDATE SKIP LOCKED)
               RETURNING street_id, kind, key_id, minute)
           SELECT DISTINCT street_id, kind, key_id, minute FROM taken ORDER BY 1, 2, 3, 4""",
        [list(street_ids), round_id, MARKS_AT_ONCE],
    )


def _recount(round_id: int, cells: list[Stretch], at: datetime) -> None:
    quarters = sorted(
        {(street, kind, key, quarter_of(minute)) for street, kind, key, minute in cells}
    )
    subjects = {(street, kind, key) for street, kind, key, _minute in cells}
    subjects |= {(street, "street", street) for street, _kind, _key, _minute in cells}
    units = [(key, minute) for _street, kind, key, minute in cells if kind == Mark.Kind.UNIT]
    folds.minutes(round_id, cells)
    folds.street_cells(round_id, 1, cells)
    folds.quarters(round_id, quarters)
    folds.street_cells(round_id, 15, quarters)
    folds.totals(round_id, sorted(subjects), at)
    folds.point_totals(round_id, sorted({key for key, _minute in units}), at)
    folds.raise_tally_conflicts(round_id, units, at)
    folds.bump_version(round_id, at)


def _beat() -> None:
    run(
        """INSERT INTO progress_heartbeat (id, beaten_at) VALUES (1, %b)
           ON CONFLICT (id) DO UPDATE SET beaten_at = EXCLUDED.beaten_at""",
        [datetime.now(UTC)],
    )
