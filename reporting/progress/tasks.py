"""Doorbells of the recount: no arguments, one service call each, harmless to run twice."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import shared_task

from campaigns.models import Round
from core import clock
from reporting.progress.models import Total
from reporting.progress.services import audit, recount, snapshots

ACTOR = "system:worker"


@shared_task(name="progress.recount_marked", time_limit=30)
def recount_marked() -> None:
    """Recount whatever is marked. Beat rings five times a second."""
    recount.recount_marked(at=clock.now())


@shared_task(name="progress.take_due_snapshots", time_limit=30)
def take_due_snapshots() -> None:
    """Keep what is known at each quarter hour of the scenario clock."""
    snapshots.take_due_snapshots(at=clock.now())


@shared_task(name="progress.audit_next_street", time_limit=60)
def audit_next_street() -> None:
    """Audit one street, in turn, so that every street is compared every few minutes."""
    rounds = Round.objects.taking_samples().values_list("pk", flat=True)
    streets = list(
        Total.objects.filter(round_id__in=rounds, kind="street")
        .order_by("round_id", "key_id")
        .values_list("round_id", "key_id")
    )
    if streets:
        turn = int(datetime.now(UTC).timestamp() // 30) % len(streets)
        round_id, street_id = streets[turn]
        audit.audit_street(round_id, street_id, by=ACTOR, at=clock.now())
