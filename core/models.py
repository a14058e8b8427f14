"""The kernel's tables: the audit trail, the one row of the scenario clock, and the imports."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from core.imports.models import ColumnMemory, ImportRow, ImportRun
from core.scope import ScopedQuerySet

__all__ = ["AuditEvent", "Clock", "ColumnMemory", "ImportRow", "ImportRun"]


class AuditEvent(models.Model):
    """One act or one batch. Append-only (a trigger refuses change), no keys to live rows.

    `at` follows the scenario clock, `recorded_at` the real one. `summary` is small and never
    holds personal data.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=150)
    act = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    district_id = models.IntegerField(null=True)
    street_id = models.IntegerField(null=True)
    summary = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="auditevent_object"),
            models.Index(fields=["at"], name="auditevent_at"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.object_type} {self.object_id}".strip()


class Clock(models.Model):
    """The scenario clock: one row, or none for real time. Written by `core.clock.set_clock`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    anchor_real = models.DateTimeField()
    anchor_scenario = models.DateTimeField()
    rate = models.DecimalField(max_digits=9, decimal_places=3)

    class Meta:
        db_table = "core_clock"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="clock_one_row"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="clock_runs_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.anchor_scenario} x{self.rate}"
