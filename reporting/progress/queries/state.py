"""Which rounds there are, how fresh one is, and what was kept of it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from campaigns.models import Round
from campaigns.models.campaigns import RoundQuerySet
from core.scope import Scope
from reporting.progress.models import Snapshot


def visible_rounds(scope: Scope) -> RoundQuerySet:
    """Rounds in one's scope that are past drafting, newest first."""
    rounds = Round.objects.within(scope).visible()
    return rounds.select_related("campaign__district")


def current_round(scope: Scope) -> Round | None:
    """The round a board opens with: the newest that takes samples, else the newest of all."""
    rounds = visible_rounds(scope)
    return rounds.taking_samples().first() or rounds.first()


def pulse_state(round_id: int) -> tuple[int, datetime | None]:
    """(version, real time of the recount's last heartbeat), in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT version FROM progress_roundversion WHERE round_id = %s),
                      (SELECT beaten_at FROM progress_heartbeat WHERE id = 1)""",
            [round_id],
        )
        version, beaten_at = cursor.fetchone()
    return version or 0, beaten_at


def snapshot_at(round_id: int, as_of: datetime) -> Snapshot | None:
    """The last snapshot due at or before an instant."""
    kept = Snapshot.objects.filter(round_id=round_id, as_of__lte=as_of)
    return kept.order_by("-as_of").first()
