"""Covered people are judged anew when the register or the frozen targets change under them.

A person is counted where they live, so a new home moves them to another cell, and their old and
new cells are marked in the transaction that moves them: a recount sees both or neither. Nothing is
computed from what was before, so running twice, or after kill -9, is harmless.

Coverage rows are locked in the order of their keys, as capture locks them. A capture that began
before the change may still store what it read then; it ends within seconds, and a second pass
finds its people (`SECOND_LOOK`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from campaigns.models import Mark, Rehoming
from core import audit
from core.clock import minute_of
from core.locks import LONG_WORK, sole_worker
from core.statements import run
from sites.models.coverage import Standing

AT_ONCE = 2_000
"""People judged in one transaction: capture of one of them waits that long at most."""
PASSES = 2
SECOND_LOOK = timedelta(seconds=40)
"""Real time: longer than any statement or idle transaction of the application's account."""

# People of a street whose coverage is not as the register and the current target would have it.
_ASTRAY = """
    SELECT c.person_key
    FROM sites_coverage c
    LEFT JOIN campaigns_resident r
      ON r.district_id = c.district_id AND r.person_key = c.person_key
    LEFT JOIN campaigns_roundtarget t
      ON t.community_id = r.community_id AND t.version_id = (
         SELECT v.id FROM campaigns_targetversion v
         WHERE v.round_id = %(round)b AND v.is_current)
    LEFT JOIN campaigns_exemption e
      ON e.round_id = %(round)b AND e.person_key = r.person_key AND e.frozen
    WHERE c.round_id = %(round)b AND c.street_id = %(street)b
      AND (c.standing, c.community_id) IS DISTINCT FROM
          (CASE WHEN r.id IS NULL THEN 'off_register' WHEN t.id IS NULL THEN 'outside'
                WHEN e.id IS NOT NULL THEN 'exempt' ELSE 'target' END, r.community_id)
    UNION
    SELECT s.person_key
    FROM sites_swab s
    LEFT JOIN campaigns_resident r
      ON r.district_id = s.district_id AND r.person_key = s.person_key
    WHERE s.round_id = %(round)b AND s.street_id = %(street)b
      AND s.off_register = (r.id IS NOT NULL)
    ORDER BY 1"""

_LOCK = """
    SELECT 1 FROM sites_coverage c
    WHERE c.round_id = %(round)b AND c.person_key = ANY(%(people)b::uuid[])
    ORDER BY c.person_key FOR UPDATE"""

# A later statement than the lock, so that it sees what whoever held the rows before has done.
# Who is not on the register stands where their first valid swab was taken.
_JUDGE = """
    WITH home AS MATERIALIZED (
        SELECT * FROM campaigns_find_residents(%(district)b::int, %(round)b::int,
                                               %(people)b::uuid[])
    ), before AS MATERIALIZED (
        SELECT c.person_key, c.street_id, c.community_id, c.standing, c.first_at
        FROM sites_coverage c
        WHERE c.round_id = %(round)b AND c.person_key = ANY(%(people)b::uuid[])
    ), judged AS MATERIALIZED (
        SELECT b.person_key, h.community_id, COALESCE(h.standing, 'off_register') AS standing,
               COALESCE(h.street_id, (
                   SELECT s.street_id FROM sites_swab s
                   WHERE s.round_id = %(round)b AND s.person_key = b.person_key AND s.valid
                   ORDER BY s.at, s.street_id LIMIT 1), b.street_id) AS street_id
        FROM before b LEFT JOIN home h ON h.person_key = b.person_key
    ), moved AS (
        UPDATE sites_coverage c
        SET street_id = j.street_id, community_id = j.community_id, standing = j.standing
        FROM judged j
        WHERE c.round_id = %(round)b AND c.person_key = j.person_key
          AND c.person_key = ANY(%(people)b::uuid[])
          AND (c.street_id, c.community_id, c.standing)
              IS DISTINCT FROM (j.street_id, j.community_id, j.standing)
        RETURNING c.person_key, c.street_id, c.community_id, c.standing, c.first_at
    )
    SELECT m.standing, m.street_id, m.community_id, m.first_at FROM moved m
    UNION ALL
    SELECT b.standing, b.street_id, b.community_id, b.first_at
    FROM before b JOIN moved m ON m.person_key = b.person_key"""

_SWABS = """
    WITH home AS MATERIALIZED (
        SELECT person_key FROM campaigns_find_residents(%(district)b::int, %(round)b::int,
                                                        %(people)b::uuid[]))
    UPDATE sites_swab s SET off_register = NOT s.off_register
    WHERE s.round_id = %(round)b AND s.person_key = ANY(%(people)b::uuid[])
      AND s.off_register = (s.person_key IN (SELECT person_key FROM home))
    RETURNING s.street_id, s.unit_id, s.at"""


def rehome_due(*, by: str, at: datetime) -> int:
    """Make the passes that are due; returns how many people were judged otherwise than before.

    Returns at once while another process does long work. Runs in the worker's role.
    """
    moved = 0
    with sole_worker(LONG_WORK) as mine:
        if not mine:
            return 0
        for round_id, district_id, due in _due():
            people = judge_round(round_id, district_id)
            _note(round_id, district_id, due, people, by, at)
            moved += people
    return moved


def judge_round(round_id: int, district_id: int) -> int:
    """One pass over everybody covered in a round, street by street; how many were moved."""
    moved = 0
    for street_id in _streets(round_id):
        astray = [row[0] for row in run(_ASTRAY, {"round": round_id, "street": street_id})]
        for start in range(0, len(astray), AT_ONCE):
            moved += _judge(round_id, district_id, astray[start : start + AT_ONCE])
    return moved


def _due() -> list[tuple[int, int, list[int]]]:
    """(round, district, requests) of the rounds with requests that are due."""
    return run(
        """SELECT round_id, district_id, array_agg(id ORDER BY id) FROM campaigns_rehoming
           WHERE done_at IS NULL AND due_at <= clock_timestamp()
           GROUP BY 1, 2 ORDER BY 1"""
    )


def _streets(round_id: int) -> list[int]:
    rows = run(
        """SELECT DISTINCT street_id FROM sites_coverage WHERE round_id = %b
           UNION SELECT DISTINCT street_id FROM sites_swab WHERE round_id = %b ORDER BY 1""",
        [round_id, round_id],
    )
    return [street_id for (street_id,) in rows]


@transaction.atomic
def _judge(round_id: int, district_id: int, people: Sequence[UUID]) -> int:
    """Judge these people anew and mark every cell that loses or gains one."""
    values: dict[str, Any] = {"round": round_id, "district": district_id, "people": list(people)}
    run(_LOCK, values)
    touched = run(_JUDGE, values)
    swabs = run(_SWABS, values)
    marks = {*_cells_of(round_id, touched)}
    marks |= {
        (street_id, round_id, str(Mark.Kind.UNIT), unit_id, minute_of(at))
        for street_id, unit_id, at in swabs
    }
    Mark.objects.bulk_create(
        [
            Mark(street_id=street, round_id=round_, kind=kind, key_id=key, minute=minute)
            for street, round_, kind, key, minute in sorted(marks)
        ]
    )
    return len(touched) // 2


def _cells_of(
    round_id: int, touched: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, int, str, int, datetime]]:
    for standing, street_id, community_id, first_at in touched:
        if first_at is None:
            continue
        if standing == Standing.OFF_REGISTER:
            kind, key = str(Mark.Kind.OFF_REGISTER), street_id
        else:
            kind, key = str(Mark.Kind.COMMUNITY), community_id
        yield street_id, round_id, kind, key, minute_of(first_at)


@transaction.atomic
def _note(
    round_id: int, district_id: int, due: Sequence[int], people: int, by: str, at: datetime
) -> None:
    """Requests that had their last pass are done; the others come again a little later."""
    for request in Rehoming.objects.select_for_update().filter(pk__in=due).order_by("pk"):
        request.passes += 1
        request.people += people
        if request.passes >= PASSES:
            request.done_at = at
        request.save()
    run(
        "UPDATE campaigns_rehoming SET due_at = clock_timestamp() + %s "
        "WHERE id = ANY(%b::int[]) AND done_at IS NULL",
        [SECOND_LOOK, list(due)],
    )
    if people:
        audit.record(
            by=by,
            at=at,
            act="coverage.rehome",
            object_type="round",
            object_id=round_id,
            district_id=district_id,
            people=people,
        )
