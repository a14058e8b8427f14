"""Requests to judge covered people anew: a row written with the change that makes it necessary."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Rehoming(models.Model):
    """The standing of people covered in a round must be judged again (`sites/services/rehome.py`).

    Asked for where the register or the frozen targets of a round that takes samples change. Done
    after two passes: a capture that began before the change may still store what it read then,
    and the second pass finds it. `due_at` is real time, the other times are the scenario's.
    """

    scope_lookups = {"district": "district_id"}

    class Reason(models.TextChoices):
        REGISTER = "register", _("the register changed")
        TARGETS = "targets", _("the targets were frozen anew")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="rehomings")
    district_id = models.IntegerField()
    reason = models.CharField(max_length=8, choices=Reason.choices)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    due_at = models.DateTimeField(db_default=Now())
    passes = models.PositiveSmallIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="rehoming_to_do",
                condition=models.Q(done_at__isnull=True),
            )
        ]
