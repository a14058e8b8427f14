"""Doorbells of the register: no arguments, one service call each, harmless to ring twice."""

from __future__ import annotations

from celery import shared_task

from campaigns.services.register import jobs, tallies
from core import clock

ACTOR = "system:worker"


@shared_task(name="campaigns.work_register", time_limit=3600)
def work_register() -> None:
    """Check, write or undo whatever register files wait. Beat rings every two seconds."""
    jobs.work(by=ACTOR, now=clock.now)


@shared_task(name="campaigns.count_register", time_limit=120)
def count_register() -> None:
    """Keep the counts of the register's page true, whoever wrote to it."""
    tallies.recount_all(at=clock.now())
