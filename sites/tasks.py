"""Doorbell of the waiting events."""

from __future__ import annotations

from celery import shared_task

from core import clock
from sites.services.capture import sweep_pending as sweep

ACTOR = "system:worker"


@shared_task(name="sites.sweep_pending", time_limit=30)
def sweep_pending() -> None:
    """Try events again whose tube, swab or person may have come by another way."""
    sweep(by=ACTOR, at=clock.now())
