"""The roll-ups: counts per key and stretch of time, each recounted whole and written whole."""

from __future__ import annotations

from django.db import models

from core.scope import ScopedQuerySet


class Key(models.TextChoices):
    """What a cell or total counts for. Throughput: unit, point. Coverage: community,
    off_register (keyed by street). Both: street, the sum of its parts."""

    UNIT = "unit"
    COMMUNITY = "community"
    OFF_REGISTER = "off_register"
    POINT = "point"
    STREET = "street"


class Counts(models.Model):
    """The columns every roll-up has. Throughput in swabs (人次) and tubes (管), coverage in
    persons (人); the two are never added."""

    swabs = models.IntegerField(default=0)
    off_register_swabs = models.IntegerField(default=0)
    voided = models.IntegerField(default=0)
    tubes = models.IntegerField(default=0)
    sealed = models.IntegerField(default=0)
    tallied = models.IntegerField(default=0)
    tallied_tubes = models.IntegerField(default=0)
    persons = models.IntegerField(default=0)
    exempt_persons = models.IntegerField(default=0)
    outside_persons = models.IntegerField(default=0)
    off_register_persons = models.IntegerField(default=0)
    last_swab_at = models.DateTimeField(null=True)
    last_received_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


SUMMED = (
    "swabs",
    "off_register_swabs",
    "voided",
    "tubes",
    "sealed",
    "tallied",
    "tallied_tubes",
    "persons",
    "exempt_persons",
    "outside_persons",
    "off_register_persons",
)
LATEST = ("last_swab_at", "last_received_at")


class Cell(Counts):
    """Counts of one key in one minute or one quarter hour, by time of swab."""

    scope_lookups = {"street": "street_id"}

    pk = models.CompositePrimaryKey("round_id", "kind", "key_id", "width", "start")
    round_id = models.IntegerField()
    kind = models.CharField(max_length=12, choices=Key.choices)
    key_id = models.IntegerField()
    width = models.PositiveSmallIntegerField()
    start = models.DateTimeField()
    street_id = models.IntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(width__in=[1, 15]), name="cell_width_minute_or_quarter"
            ),
        ]
        indexes = [
            models.Index(fields=["round_id", "street_id", "width", "start"], name="cell_by_street")
        ]


class Total(Counts):
    """Counts of one key in the whole round: what boards and the API read."""

    scope_lookups = {"street": "street_id"}

    pk = models.CompositePrimaryKey("round_id", "kind", "key_id")
    round_id = models.IntegerField()
    kind = models.CharField(max_length=12, choices=Key.choices)
    key_id = models.IntegerField()
    street_id = models.IntegerField()
    accepted_reasons = models.IntegerField(default=0)
    computed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["round_id", "street_id"], name="total_by_street")]
