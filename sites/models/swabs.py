"""Swabs (采样人次): one row per person put into a tube, partitioned by round."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Swab(models.Model):
    """The fact that a unit took a swab of a person into a tube.

    `tube_id`, `person_key`, `unit_id` and `at` are as captured and never change (a trigger
    refuses). `tube_now_id` and `valid` are derived from the tube events. The database's key is
    (round, id); (round, tube, person) is unique as well, so no scan can count twice.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    id = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    tube_id = models.UUIDField()
    person_key = models.UUIDField()
    unit_id = models.IntegerField()
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    device_id = models.IntegerField()
    at = models.DateTimeField(_("taken at"))
    device_at = models.DateTimeField(_("device's own time, where it was odd"), null=True)
    received_at = models.DateTimeField(_("received at"))
    off_register = models.BooleanField(_("not on the register"))
    repeat_reason = models.CharField(_("reason for a repeat"), max_length=40, default="")
    tube_now_id = models.UUIDField()
    valid = models.BooleanField(default=True)

    objects = ScopedQuerySet.as_manager()
