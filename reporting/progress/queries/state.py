"""Which rounds there are, how fresh one is, and what was kept of it."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings

from campaigns.models import Round
from campaigns.models.campaigns import RoundQuerySet
from core.scope import Scope
from core.statements import run
from reporting.progress.models import Snapshot


def visible_rounds(scope: Scope) -> RoundQuerySet:
    """Rounds in one's scope that are past drafting, newest first."""
    rounds = Round.objects.within(scope).visible()
    return rounds.select_related("campaign__district")


def current_round(scope: Scope) -> Round | None:
    """The round a board opens with: the newest that takes samples, else the newest of all."""
    rounds = visible_rounds(scope)
    return rounds.taking_samples().first() or rounds.first()


# How long one process believes what it read: hundreds of screens ask it in the same second.
RECENT_SECONDS = settings.PICTURE_SECONDS / 10
_recent: dict[int, tuple[float, tuple[int, datetime | None]]] = {}


def recent_pulse_state(round_id: int) -> tuple[int, datetime | None]:
    """As `pulse_state`, at most `RECENT_SECONDS` old: for what every screen asks."""
    known = _recent.get(round_id)
    if known is None or time.monotonic() - known[0] > RECENT_SECONDS:
        known = _recent[round_id] = time.monotonic(), pulse_state(round_id)
    return known[1]


def pulse_state(round_id: int) -> tuple[int, datetime | None]:
    """(version, real time of the recount's last heartbeat), in one query."""
    [(version, beaten_at)] = run(
        """SELECT (SELECT version FROM progress_roundversion WHERE round_id = %s),
                  (SELECT beaten_at FROM progress_heartbeat WHERE id = 1)""",
        [round_id],
    )
    return version or 0, beaten_at


def snapshot_at(round_id: int, as_of: datetime) -> Snapshot | None:
    """The last snapshot due at or before an instant."""
    kept = Snapshot.objects.filter(round_id=round_id, as_of__lte=as_of)
    return kept.order_by("-as_of").first()
