"""Doorbell of the rules: no arguments, harmless to run twice."""

from __future__ import annotations

from celery import shared_task

from core import clock
from reporting.alerts.services import evaluation


@shared_task(name="alerts.evaluate", time_limit=30)
def evaluate() -> None:
    """Run the rules of every round that takes samples. Beat rings every ten seconds."""
    for round_id in evaluation.rounds_to_evaluate():
        evaluation.evaluate(round_id=round_id, at=clock.now())
