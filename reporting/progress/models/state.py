"""How fresh and how true the roll-ups are: version, heartbeat, drift."""

from __future__ import annotations

from django.db import models

from core.scope import ScopedQuerySet


class RoundVersion(models.Model):
    """Bumped last in every recount; the pulse's tag. The only row that all streets write."""

    round_id = models.IntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    bumped_at = models.DateTimeField()


class Heartbeat(models.Model):
    """When the recount last looked for work, in real time, so that silence is not mistaken."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    beaten_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="heartbeat_one_row")]


class DriftFinding(models.Model):
    """A cell that did not equal its facts when audited. There must be none; each is repaired."""

    scope_lookups = {"street": "street_id"}

    round_id = models.IntegerField()
    street_id = models.IntegerField()
    kind = models.CharField(max_length=12)
    key_id = models.IntegerField()
    minute = models.DateTimeField()
    stored = models.JSONField()
    counted = models.JSONField()
    found_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["round_id", "street_id"], name="drift_by_street")]
