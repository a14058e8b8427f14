"""Dirty marks: which cells must be recounted. The only way a lower room speaks to reporting."""

from __future__ import annotations

from django.db import models


class Mark(models.Model):
    """A cell whose facts changed. Written in the transaction of the change, taken by the recount.

    `street_id` is the street whose lock guards the cell. `kind` says what `key_id` is: a unit,
    a community, or (off_register) the street itself. Cells are one minute wide.
    """

    class Kind(models.TextChoices):
        UNIT = "unit"
        COMMUNITY = "community"
        OFF_REGISTER = "off_register"

    id = models.BigAutoField(primary_key=True)
    street_id = models.IntegerField()
    round_id = models.IntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key_id = models.IntegerField()
    minute = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["street_id", "round_id"], name="mark_by_street")]
