"""Sampling points (采样点) and their units (采样单元), the atom of capacity (S032, S040, S065)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import Scope, ScopedQuerySet


class State(models.TextChoices):
    PLANNED = "planned", _("planned")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")


class QueueBand(models.TextChoices):
    """How long people wait, as published for residents: minutes at the desk's end of the queue."""

    SMOOTH = "smooth", _("up to 25 minutes")
    BUSY = "busy", _("26 to 49 minutes")
    JAMMED = "jammed", _("50 minutes or more")


class Channel(models.TextChoices):
    GENERAL = "general", _("general")
    YELLOW = "yellow", _("yellow code")
    PRIORITY = "priority", _("priority")


class SamplingPointQuerySet(ScopedQuerySet["SamplingPoint"]):
    def within(self, scope: Scope | None) -> SamplingPointQuerySet:
        """Points of one's area, and points that serve one's communities (S043)."""
        located = super().within(scope)
        if scope is None or scope.everything or not scope.communities:
            return located
        serving = SamplingPoint.serves.through.objects.filter(
            division_id__in=sorted(scope.communities)
        )
        return located | self.filter(pk__in=serving.values("samplingpoint_id"))

    def of_round(self, round_id: int) -> SamplingPointQuerySet:
        return self.filter(round_id=round_id)


# No personal columns in the history; queue reports have their own rows.
@pghistory.track(exclude=["lead_name", "lead_phone", "queue_band", "queue_at"])
class SamplingPoint(models.Model):
    """A place where people are sampled in one round; it holds units."""

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    class Kind(models.TextChoices):
        FIXED = "fixed", _("fixed")
        TEMPORARY = "temporary", _("temporary")
        MOBILE = "mobile", _("mobile")
        BOOTH = "booth", _("booth")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="points")
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="points")
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    code = models.CharField(_("code"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.TEMPORARY)
    address = models.CharField(_("address"), max_length=160, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    # Hours of a day; an end before the start lies on the next day (S003).
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    serves = models.ManyToManyField(
        "campaigns.Division", related_name="served_by", blank=True, verbose_name=_("serves")
    )
    lead_name = models.CharField(_("head of the point"), max_length=40, blank=True, default="")
    lead_phone = EncryptedTextField(_("telephone of the head"), blank=True, default="")
    has_power = models.BooleanField(_("power"), default=False)
    has_cover = models.BooleanField(_("cover from rain and sun"), default=False)
    has_network = models.BooleanField(_("network"), default=False)
    has_step_free_lane = models.BooleanField(_("step-free lane"), default=False)
    backup = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="backs_up",
        verbose_name=_("backup point"),
    )
    queue_band = models.CharField(
        _("queue"), max_length=8, choices=QueueBand.choices, blank=True, default=""
    )
    queue_at = models.DateTimeField(_("queue reported at"), null=True, blank=True)

    objects = SamplingPointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "code"],
                name="sampling_point_code_once",
                violation_error_message=_("This round already has a point of this code."),
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False),
                name="sampling_point_hours_together",
                violation_error_message=_("Give both the opening and the closing time, or none."),
            ),
            models.CheckConstraint(
                condition=Q(backup__isnull=True) | ~Q(backup=models.F("id")),
                name="sampling_point_not_own_backup",
                violation_error_message=_("A point cannot be its own backup."),
            ),
            models.CheckConstraint(
                condition=Q(queue_band="", queue_at__isnull=True)
                | (~Q(queue_band="") & Q(queue_at__isnull=False)),
                name="sampling_point_queue_has_time",
                violation_error_message=_("A queue report carries its time."),
            ),
        ]
        indexes = [models.Index(fields=["round", "street_id"], name="point_by_street")]

    def __str__(self) -> str:
        return self.name


class SamplingUnitQuerySet(ScopedQuerySet["SamplingUnit"]):
    def of_round(self, round_id: int) -> SamplingUnitQuerySet:
        return self.filter(point__round_id=round_id)

    def open(self) -> SamplingUnitQuerySet:
        return self.filter(state=State.OPEN)


@pghistory.track()
class SamplingUnit(models.Model):
    """One desk: a registrar and a sampler filling tubes one after another."""

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "point__community_id",
        "unit": "id",
    }

    point = models.ForeignKey(SamplingPoint, models.PROTECT, related_name="units")
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    number = models.PositiveSmallIntegerField(_("number"))
    channel = models.CharField(
        _("channel"), max_length=12, choices=Channel.choices, default=Channel.GENERAL
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)

    objects = SamplingUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["point", "number"],
                name="sampling_unit_number_once",
                violation_error_message=_("This point already has a unit of this number."),
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(opened_at__isnull=False),
                name="sampling_unit_open_has_time",
                violation_error_message=_("An open unit needs the time it opened."),
            ),
        ]
        indexes = [models.Index(fields=["street_id"], name="unit_by_street")]

    def __str__(self) -> str:
        return gettext("%(point)s, unit %(n)s") % {"point": self.point, "n": self.number}


class UnitStateChange(models.Model):
    """Opening, pausing, closing of a unit, with the reason: append-only."""

    scope_lookups = {
        "unit": "unit_id",
        "community": "unit__point__community_id",
        "street": "unit__street_id",
        "district": "unit__district_id",
    }

    unit = models.ForeignKey(SamplingUnit, models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=8, choices=State.choices)
    to_state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_state=models.F("to_state")),
                name="unit_state_change_moves",
                violation_error_message=_("The unit is already in this state."),
            )
        ]
