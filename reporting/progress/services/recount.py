"""Recount: cells from facts, totals from cells, each written whole; safe to run twice.

For one street of one round, in one transaction:
1. take the street's lock, or leave it to whoever holds it;
2. take the street's marks (a statement after the lock: an older count can never win);
3. recount the marked minutes from the facts, in a later statement that sees all they marked;
4. fold the quarter hours and totals that those minutes belong to, and the street's own;
5. bump the round's version last, so that its row is held for a moment only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from campaigns.models import Mark
from core.clock import quarter_of
from core.locks import try_street_lock
from core.statements import run
from reporting.progress.models import Heartbeat
from reporting.progress.services import folds

MARKS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Touched:
    """The marks of one take: distinct (kind, key, minute)."""

    cells: list[tuple[str, int, datetime]]

    def of(self, kind: str) -> list[tuple[int, datetime]]:
        return [(key, minute) for k, key, minute in self.cells if k == kind]

    def quarters(self) -> list[tuple[str, int, datetime]]:
        return sorted({(kind, key, quarter_of(minute)) for kind, key, minute in self.cells})

    def keys(self, kind: str) -> list[int]:
        return sorted({key for k, key, _minute in self.cells if k == kind})


def recount_marked(*, at: datetime) -> int:
    """Recount every street that has marks; returns how many streets were recounted.

    `at` is the scenario time written as the time of computation. The heartbeat is real time.
    """
    waiting = list(
        Mark.objects.order_by("round_id", "street_id")
        .values_list("round_id", "street_id")
        .distinct()
    )
    done = sum(recount_street(round_id, street_id, at=at) for round_id, street_id in waiting)
    _beat()
    return done


def recount_street(round_id: int, street_id: int, *, at: datetime) -> bool:
    """Recount one street's marked cells; False if it was busy elsewhere or had no marks."""
    with transaction.atomic():
        if not try_street_lock(round_id, street_id):
            return False
        # Plans made while a round was young, and its tables empty, must not scan them later.
        run("SELECT set_config('enable_seqscan', 'off', true)")
        touched = _take_marks(round_id, street_id)
        if not touched.cells:
            return False
        _recount(round_id, street_id, touched, at)
    return True


def _take_marks(round_id: int, street_id: int) -> Touched:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH taken AS (
                   DELETE FROM campaigns_mark WHERE id IN (
                       SELECT id FROM campaigns_mark WHERE street_id = %s AND round_id = %s
                       ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
                   RETURNING kind, key_id, minute)
               SELECT DISTINCT kind, key_id, minute FROM taken ORDER BY 1, 2, 3""",
            [street_id, round_id, MARKS_AT_ONCE],
        )
        return Touched(cursor.fetchall())


def _recount(round_id: int, street_id: int, touched: Touched, at: datetime) -> None:
    folds.unit_minutes(round_id, street_id, touched.of(Mark.Kind.UNIT))
    folds.community_minutes(round_id, street_id, touched.of(Mark.Kind.COMMUNITY))
    folds.off_register_minutes(round_id, street_id, touched.of(Mark.Kind.OFF_REGISTER))
    minutes = sorted({minute for _kind, _key, minute in touched.cells})
    folds.street_cells(round_id, street_id, 1, minutes)
    folds.quarters(round_id, street_id, touched.quarters())
    folds.street_cells(round_id, street_id, 15, sorted({quarter_of(m) for m in minutes}))
    for kind in Mark.Kind.values:
        folds.totals(round_id, street_id, kind, touched.keys(kind), at)
    folds.accepted_reasons(round_id, touched.keys(Mark.Kind.COMMUNITY))
    folds.point_totals(round_id, street_id, touched.keys(Mark.Kind.UNIT), at)
    folds.street_total(round_id, street_id, at)
    folds.raise_tally_conflicts(round_id, touched.of(Mark.Kind.UNIT), at)
    folds.bump_version(round_id, at)


def _beat() -> None:
    Heartbeat.objects.update_or_create(id=1, defaults={"beaten_at": datetime.now(UTC)})
