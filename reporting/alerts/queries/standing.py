"""What stood at a moment, for whoever tells of it: lists of now, and reports of a time past."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from core.scope import Scope
from reporting.alerts.models import Alert, Severity
from reporting.alerts.models.alerts import AlertQuerySet

SEVERITIES = tuple(Severity.values)
"""Worst first."""


def standing_at(scope: Scope, round_id: int, at: datetime) -> AlertQuerySet:
    """A round's alerts that stood at a moment; what another one explains is left out."""
    rows: AlertQuerySet = Alert.objects.within(scope).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at), round=round_id, raised_at__lte=at,
        inhibited=False,
    )  # fmt: skip
    return rows
