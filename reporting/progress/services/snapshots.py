"""Totals kept as they were known, every quarter hour: "163,900 known at 18:00" stays true."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from campaigns.models import Round
from core.clock import quarter_of
from reporting.progress.models import RoundVersion, Snapshot
from reporting.progress.models.cells import LATEST, SUMMED

COLUMNS = ", ".join((*SUMMED, *LATEST, "accepted_reasons"))


def take_due_snapshots(*, at: datetime) -> int:
    """Keep the totals of every running round for the quarter hour just begun; returns how many.

    A quarter hour is kept once, by the first call after it began; `taken_at` says when that was.
    """
    as_of = quarter_of(at)
    kept = set(Snapshot.objects.filter(as_of=as_of).values_list("round_id", flat=True))
    running = Round.objects.taking_samples().filter(starts_at__lte=as_of)
    due = [pk for pk in running.order_by("pk").values_list("pk", flat=True) if pk not in kept]
    return sum(_take(round_id, as_of, at) for round_id in due)


@transaction.atomic
def _take(round_id: int, as_of: datetime, at: datetime) -> bool:
    version = RoundVersion.objects.filter(pk=round_id).values_list("version", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO progress_snapshot (round_id, as_of, taken_at, version)
               VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id""",
            [round_id, as_of, at, version or 0],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        cursor.execute(
            f"""INSERT INTO progress_snapshottotal
                    (snapshot_id, kind, key_id, street_id, {COLUMNS})
                SELECT %s, kind, key_id, street_id, {COLUMNS}
                FROM progress_total WHERE round_id = %s""",  # noqa: S608 (column names of ours)
            [row[0], round_id],
        )
    return True
