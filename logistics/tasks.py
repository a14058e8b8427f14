"""Doorbells of logistics: no arguments, one service call each, harmless to ring twice."""

from __future__ import annotations

from celery import shared_task

from core import clock
from logistics.services import orders
from logistics.services.visit_purge import purge_due

ACTOR = "system:worker"


@shared_task(name="logistics.purge_visits", time_limit=60)
def purge_visits() -> None:
    """Erase who visits were for, some days after their round is closed."""
    purge_due(by=ACTOR, at=clock.now())


@shared_task(name="logistics.follow_orders", time_limit=60)
def follow_orders() -> None:
    """Let orders follow what the roster says, and pass on those that nobody answered."""
    at = clock.now()
    orders.follow_bookings(at)
    orders.escalate_unanswered(at)
