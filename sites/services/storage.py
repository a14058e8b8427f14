"""Room for a round's facts: each round has its own partition of tubes, swabs and coverage."""

from __future__ import annotations

from django.db import connection


def prepare_round(round_id: int) -> None:
    """Make the round's partitions where they are missing; runs in the caller's transaction.

    Called when a round gets its first units: without units nothing is captured.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sites_prepare_round(%s)", [round_id])
