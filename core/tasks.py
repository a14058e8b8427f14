"""Doorbells of the kernel."""

from __future__ import annotations

from celery import shared_task

from core import clock
from core.imports.services.ending import sweep_imports as sweep

ACTOR = "system:worker"


@shared_task(name="core.sweep_imports", time_limit=60)
def sweep_imports() -> None:
    """Erase what came in files whose import cannot be undone any more."""
    sweep(by=ACTOR, at=clock.now())
