"""What a point needs before it opens, and what happens around it on the day (S032, S046, S081)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from sites.models.points import QueueBand, SamplingPoint, State

_BY_POINT = {
    "district": "point__district_id",
    "street": "point__street_id",
    "community": "point__community_id",
}


class PointArea(models.Model):
    """A zone of a point, with how many are required and how many are there (S032)."""

    scope_lookups = _BY_POINT

    class Kind(models.TextChoices):
        TEMPERATURE = "temperature", _("temperature check")
        WAITING = "waiting", _("waiting")
        REGISTRATION = "registration", _("registration")
        SAMPLING = "sampling", _("sampling")
        BUFFER = "buffer", _("buffer")
        ISOLATION = "isolation", _("temporary isolation")
        SPECIMEN = "specimen", _("specimen sorting")
        WASTE = "waste", _("medical waste store")

    point = models.ForeignKey(SamplingPoint, models.CASCADE, related_name="areas")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    required = models.PositiveSmallIntegerField(_("required"))
    ready = models.PositiveSmallIntegerField(_("ready"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["point", "kind"],
                name="point_area_once",
                violation_error_message=_("This point already has an area of this kind."),
            )
        ]


class PointCheck(models.Model):
    """One line of a point's opening checklist: met or not, by whom and when."""

    scope_lookups = _BY_POINT

    point = models.ForeignKey(SamplingPoint, models.CASCADE, related_name="checks")
    code = models.CharField(max_length=24)
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    met_by = models.CharField(_("met by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["point", "code"], name="point_check_once"),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, met_by="")
                | (Q(met_at__isnull=False) & ~Q(met_by="")),
                name="point_check_met_by_someone",
                violation_error_message=_("A line that is met names who met it and when."),
            ),
        ]


class PointStateChange(models.Model):
    """Opening, pausing, closing of a point, with the reason: append-only."""

    scope_lookups = _BY_POINT

    point = models.ForeignKey(SamplingPoint, models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=8, choices=State.choices)
    to_state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")),
                name="point_state_change_moves",
                violation_error_message=_("The point is already in this state."),
            )
        ]


class QueueReport(models.Model):
    """One tap on how long people wait at a point: append-only; the last one stands at the point."""

    scope_lookups = _BY_POINT

    point = models.ForeignKey(SamplingPoint, models.PROTECT, related_name="queue_reports")
    band = models.CharField(_("queue"), max_length=8, choices=QueueBand.choices)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["point", "-at"], name="queue_report_by_point")]


class ReservedSite(models.Model):
    """A place kept for sampling in a residential compound; at least three each (S081)."""

    scope_lookups = {
        "district": "compound__district_id",
        "street": "compound__street_id",
        "community": "compound__community_id",
    }

    compound = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="reserved")
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("note"), max_length=160, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "name"],
                name="reserved_site_once",
                violation_error_message=_("This compound already reserves a site of this name."),
            )
        ]
