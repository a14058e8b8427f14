"""Conflicts that no single event shows: found by the recount and by a sweep, raised once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaigns.models import Round
from core.clock import quarter_of
from core.statements import run
from sites.models import Conflict, Tally


def raise_tally_conflicts(
    round_id: int, unit_minutes: Sequence[tuple[int, datetime]], at: datetime
) -> None:
    """List quarter hours that were both scanned and tallied: the scans count meanwhile."""
    touched = sorted({(unit_id, quarter_of(minute)) for unit_id, minute in unit_minutes})
    if not touched:
        return
    both = run(
        """SELECT t.id FROM unnest(%b::int[], %b::timestamptz[]) AS q(unit_id, start)
           JOIN sites_tally t ON t.round_id = %b AND t.unit_id = q.unit_id
            AND t.quarter = q.start AND t.superseded_at IS NULL AND t.swabs > 0
           WHERE EXISTS (SELECT 1 FROM sites_swab s
                         WHERE s.round_id = %b AND s.unit_id = q.unit_id AND s.valid
                           AND s.at >= q.start AND s.at < q.start + interval '15 minutes')""",
        [
            [unit_id for unit_id, _start in touched],
            [start for _unit_id, start in touched],
            round_id,
            round_id,
        ],
    )
    if not both:
        return
    Conflict.objects.bulk_create(
        [
            Conflict(
                event_id=tally.pk,
                code=Conflict.Code.TALLY_AND_SCANS,
                round_id=round_id,
                district_id=tally.district_id,
                street_id=tally.street_id,
                unit_id=tally.unit_id,
                raised_at=at,
            )
            for tally in Tally.objects.filter(pk__in=[tally_id for (tally_id,) in both])
        ],
        ignore_conflicts=True,
    )


TWICE = """
    SELECT s.id, s.district_id, s.street_id, s.unit_id, s.device_id
    FROM (SELECT person_key FROM sites_swab WHERE round_id = %(round)b AND valid
          GROUP BY person_key HAVING count(*) > 1) d
    JOIN sites_swab s ON s.round_id = %(round)b AND s.person_key = d.person_key AND s.valid
     AND s.repeat_reason = ''
    WHERE EXISTS (SELECT 1 FROM sites_swab e
                  WHERE e.round_id = %(round)b AND e.person_key = s.person_key AND e.valid
                    AND (e.at, e.id) < (s.at, s.id))
      AND NOT EXISTS (SELECT 1 FROM sites_conflict k
                      WHERE k.event_id = s.id AND k.code = %(code)s)"""


def raise_duplicates(*, at: datetime) -> int:
    """List second swabs without a reason, of the rounds that take samples; returns how many.

    Both swabs go on counting as throughput, and the person once. Reads a round whole, hence by
    the worker and seldom.
    """
    code = Conflict.Code.DUPLICATE_PERSON
    raised = 0
    for round_id in Round.objects.taking_samples().values_list("pk", flat=True):
        rows = run(TWICE, {"round": round_id, "code": code.value})
        Conflict.objects.bulk_create(
            [
                Conflict(
                    event_id=swab_id,
                    code=code,
                    round_id=round_id,
                    district_id=district_id,
                    street_id=street_id,
                    unit_id=unit_id,
                    device_id=device_id,
                    raised_at=at,
                )
                for swab_id, district_id, street_id, unit_id, device_id in rows
            ],
            batch_size=500,
            ignore_conflicts=True,
        )
        raised += len(rows)
    return raised
