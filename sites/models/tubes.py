"""Tubes (采样管), partitioned by round. The id of a tube is the client UUID of its opening."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from sites.models.points import Channel


class TubeState(models.TextChoices):
    """Main line of the chain 采-送-检-报; side states of custody come with the boxes."""

    OPEN = "open", _("open")
    SEALED = "sealed", _("sealed")
    BOXED = "boxed", _("boxed")
    DISPATCHED = "dispatched", _("dispatched")
    AT_HUB = "at_hub", _("at the hub")
    RECEIVED = "received", _("received by the laboratory")
    TESTING = "testing", _("in testing")
    RESULTED = "resulted", _("resulted")
    VOID = "void", _("void")


class Tube(models.Model):
    """A tube of one round. The database's key is (round, id); Django is told `id` alone."""

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    id = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    code = models.CharField(_("code"), max_length=32)
    unit_id = models.IntegerField()
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    device_id = models.IntegerField()
    pool_size = models.PositiveSmallIntegerField(_("people per tube"))
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=12, choices=TubeState.choices)
    opened_at = models.DateTimeField(_("opened at"))
    device_at = models.DateTimeField(_("device's own time, where it was odd"), null=True)
    received_at = models.DateTimeField(_("received at"))
    sealed_at = models.DateTimeField(_("sealed at"), null=True)
    voided_at = models.DateTimeField(_("voided at"), null=True)

    objects = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.code


class TubeCode(models.Model):
    """A code printed on a tube belongs to one tube of one round, for ever (not partitioned)."""

    district_id = models.IntegerField()
    code = models.CharField(max_length=32)
    round_id = models.IntegerField()
    tube_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "code"],
                name="tube_code_once",
                violation_error_message=_("This tube code is already in use."),
            )
        ]


class TubeEvent(models.Model):
    """What befell a tube or a swab after it was opened or taken: append-only, client UUID.

    The present state of tubes and swabs is a function of the set of these events, whatever
    their order: a void is for ever, the latest move by (at, id) wins.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    class Kind(models.TextChoices):
        SEAL = "seal", _("sealed")
        VOID_TUBE = "void_tube", _("tube voided")
        VOID_SWAB = "void_swab", _("swab voided")
        MOVE = "move", _("moved to another tube")

    id = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    tube_id = models.UUIDField(null=True)
    swab_id = models.UUIDField(null=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    unit_id = models.IntegerField()
    device_id = models.IntegerField()
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    received_at = models.DateTimeField(_("received at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["seal", "void_tube"], tube_id__isnull=False)
                | models.Q(kind="void_swab", swab_id__isnull=False)
                | models.Q(kind="move", tube_id__isnull=False, swab_id__isnull=False),
                name="tube_event_names_its_object",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="seal") | ~models.Q(reason=""),
                name="tube_event_has_reason",
                violation_error_message=_("A void or a move needs a reason."),
            ),
        ]
        indexes = [
            models.Index(fields=["round_id", "tube_id"], name="tube_event_by_tube"),
            models.Index(fields=["round_id", "swab_id"], name="tube_event_by_swab"),
        ]
