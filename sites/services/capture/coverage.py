"""Who is covered: the two database functions that keep one row per person, and their marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from campaigns.models import Mark
from core.statements import run
from sites.models.coverage import Standing
from sites.services.capture.batch import Batch, packed


class PersonRow(msgspec.Struct):
    """A person to be covered: where they count, how they stand, when they were swabbed."""

    person: UUID
    street: int
    community: int | None
    standing: str
    at: datetime


def cover(batch: Batch, round_id: int, district_id: int, people: Sequence[PersonRow]) -> None:
    """Count people as covered from their swab's time, if it is their first valid one.

    The function is the owner's: a unit covers residents of every street, whose rows its own
    scope does not show.
    """
    if people:
        _mark(
            batch,
            round_id,
            run(
                "SELECT * FROM sites_cover(%b::int, %b::int, %b::timestamptz, %s::json)",
                [round_id, district_id, batch.received_at, packed(people)],
            ),
        )


def recover(batch: Batch, round_id: int, person_keys: Sequence[UUID]) -> None:
    """Derive people's first valid swab anew, after a void or a move."""
    if person_keys:
        _mark(
            batch,
            round_id,
            run(
                "SELECT * FROM sites_recover(%b::int, %b::timestamptz, %b::uuid[])",
                [round_id, batch.received_at, sorted(set(person_keys))],
            ),
        )


def _mark(batch: Batch, round_id: int, touched: list[tuple]) -> None:
    for street_id, community_id, standing, at in touched:
        if standing == Standing.OFF_REGISTER:
            batch.mark(street_id, round_id, Mark.Kind.OFF_REGISTER, street_id, at)
        else:
            batch.mark(street_id, round_id, Mark.Kind.COMMUNITY, community_id, at)
