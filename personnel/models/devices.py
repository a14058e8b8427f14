"""Devices: phones and computers that register people for one sampling unit."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class DeviceQuerySet(ScopedQuerySet["Device"]):
    def working_at(self, at: datetime) -> DeviceQuerySet:
        """Devices whose token is good at `at` (real time)."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class Device(models.Model):
    """One device, bound to one unit. Only digests of its code and token are kept.

    It begins as a code that lives ten minutes; spending the code makes the token. All times are
    real time, whatever the scenario's clock says: a token must expire in a rehearsal too.
    """

    scope_lookups = {
        "district": "unit__district_id",
        "street": "unit__street_id",
        "unit": "unit_id",
    }

    unit = models.ForeignKey("sites.SamplingUnit", models.PROTECT, related_name="devices")
    label = models.CharField(_("label"), max_length=40)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)
    code_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    code_expires_at = models.DateTimeField(_("code valid until"), null=True, blank=True)
    token_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    enrolled_at = models.DateTimeField(_("enrolled at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.CharField(_("revoked by"), max_length=80, blank=True, default="")

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code_hash__isnull=True, code_expires_at__isnull=True)
                | Q(code_hash__isnull=False, code_expires_at__isnull=False),
                name="device_code_has_end",
                violation_error_message=_("An enrolment code needs an end."),
            ),
            models.CheckConstraint(
                condition=Q(
                    token_hash__isnull=True, enrolled_at__isnull=True, expires_at__isnull=True
                )
                | Q(token_hash__isnull=False, enrolled_at__isnull=False, expires_at__isnull=False),
                name="device_token_has_end",
                violation_error_message=_("An enrolled device needs a token and an end."),
            ),
            models.CheckConstraint(
                condition=Q(token_hash__isnull=True) | Q(code_hash__isnull=True),
                name="device_code_spent_once",
                violation_error_message=_("The enrolment code of this device is already spent."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("enrolled_at")),
                name="device_ends_after_enrolment",
                violation_error_message=_("A device's token must end after its enrolment."),
            ),
            models.CheckConstraint(
                condition=(Q(revoked_at__isnull=True) & Q(revoked_by=""))
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                name="device_revoked_by_someone",
                violation_error_message=_("A revoked device needs the person who revoked it."),
            ),
        ]

    def __str__(self) -> str:
        return self.label
