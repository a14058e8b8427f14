"""Doorbells of the daily numbers: no arguments, harmless to run twice."""

from __future__ import annotations

from celery import shared_task

from core import clock
from reporting.daily.services import cutoffs

ACTOR = "system:worker"


@shared_task(name="daily.keep_time", time_limit=60)
def keep_time() -> None:
    """Open the reports whose time has come, and lock those whose time is over."""
    at = clock.now()
    cutoffs.open_due_reports(by=ACTOR, at=at)
    cutoffs.lock_due(by=ACTOR, at=at)
