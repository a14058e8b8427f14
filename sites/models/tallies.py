"""Tallies: swabs counted on paper per quarter hour. Throughput only, never coverage."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class TallyQuerySet(ScopedQuerySet["Tally"]):
    def current(self) -> TallyQuerySet:
        return self.filter(superseded_at__isnull=True)


class Tally(models.Model):
    """One version of a unit's count for one quarter hour; a correction is a new version."""

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    id = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    unit = models.ForeignKey("sites.SamplingUnit", models.PROTECT, related_name="tallies")
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    quarter = models.DateTimeField(_("quarter hour"))
    version = models.PositiveSmallIntegerField(_("version"))
    swabs = models.PositiveIntegerField(_("swabs"))
    tubes = models.PositiveIntegerField(_("tubes"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.CharField(_("entered by"), max_length=80)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round_id", "unit", "quarter", "version"], name="tally_version_once"
            ),
            models.UniqueConstraint(
                fields=["round_id", "unit", "quarter"],
                condition=Q(superseded_at__isnull=True),
                name="tally_one_current",
                violation_error_message=_(
                    "This quarter hour already has a tally; correct that one instead."
                ),
            ),
            models.CheckConstraint(
                condition=Q(tubes__lte=models.F("swabs")),
                name="tally_tubes_within_swabs",
                violation_error_message=_("There cannot be more tubes than swabs."),
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""),
                name="tally_correction_has_reason",
                violation_error_message=_("A correction needs a reason."),
            ),
        ]
