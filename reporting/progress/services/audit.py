"""The audit: does every cell equal its facts? One snapshot, marked cells left out, repaired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.models import Mark
from core import audit as trail
from core.locks import named_lock
from reporting.progress.models import DriftFinding

UNIT = """
    SELECT unit_id AS key_id, date_trunc('minute', at) AS minute,
           count(*) FILTER (WHERE valid) AS a, count(*) FILTER (WHERE NOT valid) AS b,
           count(*) FILTER (WHERE valid AND off_register) AS c, 0 AS d
    FROM sites_swab WHERE round_id = %(round)s AND street_id = %(street)s GROUP BY 1, 2"""
TUBES = """
    SELECT unit_id AS key_id, date_trunc('minute', opened_at) AS minute,
           count(*) FILTER (WHERE voided_at IS NULL) AS a,
           count(*) FILTER (WHERE voided_at IS NULL AND sealed_at IS NOT NULL) AS b,
           0 AS c, 0 AS d
    FROM sites_tube WHERE round_id = %(round)s AND street_id = %(street)s GROUP BY 1, 2"""
PERSONS = """
    SELECT {key} AS key_id, date_trunc('minute', first_at) AS minute,
           count(*) FILTER (WHERE standing = 'target') AS a,
           count(*) FILTER (WHERE standing = 'exempt') AS b,
           count(*) FILTER (WHERE standing = 'outside') AS c,
           count(*) FILTER (WHERE standing = 'off_register') AS d
    FROM sites_coverage
    WHERE round_id = %(round)s AND street_id = %(street)s AND first_at IS NOT NULL
      AND community_id IS {home} NULL GROUP BY 1, 2"""

# kind of mark, facts, the four stored columns they must equal
CHECKS: list[tuple[str, str, tuple[str, str, str, str]]] = [
    (Mark.Kind.UNIT, UNIT, ("swabs", "voided", "off_register_swabs", "0")),
    (Mark.Kind.UNIT, TUBES, ("tubes", "sealed", "0", "0")),
    (
        Mark.Kind.COMMUNITY,
        PERSONS.format(key="community_id", home="NOT"),
        ("persons", "exempt_persons", "outside_persons", "off_register_persons"),
    ),
    (
        Mark.Kind.OFF_REGISTER,
        PERSONS.format(key="street_id", home=""),
        ("persons", "exempt_persons", "outside_persons", "off_register_persons"),
    ),
]

COMPARE = """
    SELECT %(kind)s::text, COALESCE(f.key_id, s.key_id), COALESCE(f.minute, s.minute),
           ARRAY[COALESCE(s.a, 0), COALESCE(s.b, 0), COALESCE(s.c, 0), COALESCE(s.d, 0)],
           ARRAY[COALESCE(f.a, 0), COALESCE(f.b, 0), COALESCE(f.c, 0), COALESCE(f.d, 0)]::int[]
    FROM ({facts}) f
    FULL JOIN (SELECT key_id, start AS minute, {columns} FROM progress_cell
               WHERE round_id = %(round)s AND street_id = %(street)s
                 AND kind = %(kind)s AND width = 1) s
      ON s.key_id = f.key_id AND s.minute = f.minute
    WHERE (COALESCE(f.a, 0), COALESCE(f.b, 0), COALESCE(f.c, 0), COALESCE(f.d, 0))
          <> (COALESCE(s.a, 0), COALESCE(s.b, 0), COALESCE(s.c, 0), COALESCE(s.d, 0))
      AND NOT EXISTS (
          SELECT 1 FROM campaigns_mark m
          WHERE m.round_id = %(round)s AND m.street_id = %(street)s AND m.kind = %(kind)s
            AND m.key_id = COALESCE(f.key_id, s.key_id)
            AND m.minute = COALESCE(f.minute, s.minute))"""

# Every level must be the sum of the one beneath: quarters of minutes, totals of quarters.
FOLDS = """
    SELECT t.kind, t.key_id, %(at)s::timestamptz,
           ARRAY[t.swabs, t.tubes, t.persons, t.off_register_persons],
           ARRAY[c.swabs, c.tubes, c.persons, c.off_register_persons]
    FROM progress_total t
    JOIN (SELECT kind, key_id, sum(swabs)::int AS swabs, sum(tubes)::int AS tubes,
                 sum(persons)::int AS persons,
                 sum(off_register_persons)::int AS off_register_persons
          FROM progress_cell
          WHERE round_id = %(round)s AND street_id = %(street)s AND width = 1
          GROUP BY 1, 2) c ON c.kind = t.kind AND c.key_id = t.key_id
    WHERE t.round_id = %(round)s AND t.street_id = %(street)s
      AND (t.swabs, t.tubes, t.persons, t.off_register_persons)
          <> (c.swabs, c.tubes, c.persons, c.off_register_persons)"""


def audit_street(round_id: int, street_id: int, *, by: str, at: datetime) -> int:
    """Compare a street's roll-ups with its facts in one snapshot; returns the drifts found.

    Cells with waiting marks are left out: they are known to be behind. Every drift is kept as a
    finding and repaired by marking its cell anew; where a sum is wrong though its minutes are
    right, nobody knows which stretch of it, and the whole street is marked.
    """
    cells, sums = _compare(round_id, street_id, at)
    if cells or sums:
        _keep(round_id, street_id, cells, sums, by, at)
    if sums:
        rebuild_street(round_id, street_id, by=by, at=at)
    return len(cells) + len(sums)


def _compare(
    round_id: int, street_id: int, at: datetime
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """(cells that differ from the facts, totals that differ from their cells)."""
    found: list[tuple[Any, ...]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        # Nested in a caller's transaction there is a snapshot already, or the test's own.
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for kind, facts, columns in CHECKS:
            names = ", ".join(
                f"{column} AS {name}" for column, name in zip(columns, "abcd", strict=True)
            )
            cursor.execute(
                COMPARE.format(facts=facts, columns=names),
                {"round": round_id, "street": street_id, "kind": str(kind)},
            )
            found += cursor.fetchall()
        cursor.execute(FOLDS, {"round": round_id, "street": street_id, "at": at})
        return found, cursor.fetchall()


@transaction.atomic
def _keep(
    round_id: int,
    street_id: int,
    cells: list[tuple[Any, ...]],
    sums: list[tuple[Any, ...]],
    by: str,
    at: datetime,
) -> None:
    DriftFinding.objects.bulk_create(
        DriftFinding(
            round_id=round_id,
            street_id=street_id,
            kind=kind,
            key_id=key_id,
            minute=minute,
            stored=stored,
            counted=counted,
            found_at=at,
        )
        for kind, key_id, minute, stored, counted in [*cells, *sums]
    )
    Mark.objects.bulk_create(
        Mark(street_id=street_id, round_id=round_id, kind=kind, key_id=key_id, minute=minute)
        for kind, key_id, minute, _stored, _counted in cells
    )
    trail.record(
        by=by,
        at=at,
        act="progress.drift",
        object_type="round",
        object_id=str(round_id),
        street_id=street_id,
        cells=len(cells) + len(sums),
    )


@transaction.atomic
def rebuild_street(round_id: int, street_id: int, *, by: str, at: datetime) -> int:
    """Mark every cell of a street that has facts, so that the next recount writes all anew.

    Returns the marks written. For a restore, or after a repair by hand.
    """
    named_lock(f"rebuild/{round_id}/{street_id}")
    with connection.cursor() as cursor:
        written = 0
        for kind, facts, _columns in CHECKS:
            cursor.execute(
                f"""INSERT INTO campaigns_mark (street_id, round_id, kind, key_id, minute)
                    SELECT %(street)s, %(round)s, %(kind)s, f.key_id, f.minute FROM ({facts}) f
                    UNION SELECT %(street)s, %(round)s, %(kind)s, key_id, start
                    FROM progress_cell WHERE round_id = %(round)s AND street_id = %(street)s
                     AND kind = %(kind)s AND width = 1""",  # noqa: S608 (statements of ours)
                {"round": round_id, "street": street_id, "kind": str(kind)},
            )
            written += cursor.rowcount
    trail.record(
        by=by,
        at=at,
        act="progress.rebuild",
        object_type="round",
        object_id=str(round_id),
        street_id=street_id,
        marks=written,
    )
    return written
