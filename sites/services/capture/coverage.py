"""Who is covered: one row per person, kept by functions of the database, and their marks.

The functions are the owner's: a unit covers residents of every street, whose rows its own scope
does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from campaigns.models import Mark
from core.statements import run
from sites.models.coverage import Standing
from sites.services.capture.batch import Batch


def recover(batch: Batch, round_id: int, person_keys: Sequence[UUID]) -> None:
    """Derive people's first valid swab anew, after a void or a move."""
    if person_keys:
        touched = run(
            """SELECT standing, street_id, community_id, at
               FROM sites_recover(%b::int, %b::timestamptz, %b::uuid[])""",
            [round_id, batch.received_at, sorted(set(person_keys))],
        )
        mark_covered(batch, round_id, touched)


def mark_covered(batch: Batch, round_id: int, touched: Sequence[tuple]) -> None:
    """Mark where people are counted now and where they were: (standing, street, community, at)."""
    for standing, street_id, community_id, at in touched:
        if standing == Standing.OFF_REGISTER:
            batch.mark(street_id, round_id, Mark.Kind.OFF_REGISTER, street_id, at)
        else:
            batch.mark(street_id, round_id, Mark.Kind.COMMUNITY, community_id, at)
