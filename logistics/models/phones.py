"""What people send from their own phones, kept under the phone's key (S006, S026)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from personnel.models import StaffMember


class PhoneStep(models.Model):
    """One step somebody took on the own phone: sent again under its key, it is taken once.

    Append-only. What the step changed stands with the order, trip, visit or duty; this row says
    when the phone had it happen, and when it came.
    """

    scope_lookups = {"district": "district_id"}

    class Subject(models.TextChoices):
        ORDER = "order", _("order")
        TRIP = "trip", _("trip")
        STOP = "stop", _("stop")
        VISIT = "visit", _("visit")
        DUTY = "duty", _("duty")

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="phone_steps")
    subject = models.CharField(max_length=6, choices=Subject.choices)
    object_id = models.BigIntegerField()
    act = models.CharField(max_length=10)
    # The order or visit had gone on before the step came: told to the phone each time it asks.
    too_late = models.BooleanField(default=False)
    device_at = models.DateTimeField(_("time on the phone"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["member", "-at"], name="phone_step_by_member")]
