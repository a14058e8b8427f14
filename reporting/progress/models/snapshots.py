"""What was known when: totals kept every quarter hour, and never written again."""

from __future__ import annotations

from django.db import models

from core.scope import ScopedQuerySet
from reporting.progress.models.cells import Counts, Key


class Snapshot(models.Model):
    """One quarter hour of one round: due at `as_of`, in fact taken at `taken_at`."""

    round_id = models.IntegerField()
    as_of = models.DateTimeField()
    taken_at = models.DateTimeField()
    version = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round_id", "as_of"], name="snapshot_once")]


class SnapshotTotal(Counts):
    """A total as it was known at a snapshot."""

    scope_lookups = {"street": "street_id"}

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="totals")
    kind = models.CharField(max_length=12, choices=Key.choices)
    key_id = models.IntegerField()
    street_id = models.IntegerField()
    accepted_reasons = models.IntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "kind", "key_id"], name="snapshot_total_once"
            )
        ]
