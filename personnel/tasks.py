"""Doorbells of this room: no arguments, one service call each, harmless to ring twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core import clock
from personnel.services import secondments

ACTOR = "system:worker"


@shared_task(name="personnel.close_secondments", time_limit=30)
def close_secondments() -> None:
    """Take home whoever's lending has ended."""
    secondments.close_ended(by=ACTOR, at=clock.now(), real_at=timezone.now())
