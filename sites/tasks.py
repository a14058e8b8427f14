"""Doorbells of the waiting events and of the people who were swabbed twice."""

from __future__ import annotations

from celery import shared_task

from core import clock
from sites.services import conflicts
from sites.services.capture import sweep_pending as sweep
from sites.services.rehome import rehome_due

ACTOR = "system:worker"


@shared_task(name="sites.sweep_pending", time_limit=30)
def sweep_pending() -> None:
    """Try events again whose tube, swab or person may have come by another way."""
    sweep(by=ACTOR, at=clock.now())


@shared_task(name="sites.raise_duplicates", time_limit=60)
def raise_duplicates() -> None:
    """List people swabbed twice without a reason."""
    conflicts.raise_duplicates(at=clock.now())


@shared_task(name="sites.rehome", time_limit=900)
def rehome() -> None:
    """Judge covered people anew where the register or the targets changed."""
    rehome_due(by=ACTOR, at=clock.now())
