"""Bulk exports: what was asked for, who agreed, how far it is, and the file in encrypted parts."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.actors import Account
from core.scope import ScopedQuerySet


class ExportState(models.TextChoices):
    ASKED = "asked", _("waits for a second person")
    WAITING = "waiting", _("waits for its turn")
    RUNNING = "running", _("being written")
    DONE = "done", pgettext_lazy("file", "ready")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", pgettext_lazy("file", "erased")


UNFINISHED = [ExportState.ASKED, ExportState.WAITING, ExportState.RUNNING]
_WITHOUT_FILE = Q(sha256="", finished_at__isnull=True, expires_at__isnull=True)


class ExportJob(models.Model):
    """One file asked for. The id comes from the form, so that a double submit is one job.

    `personal` is the kind's, kept here so that the database itself holds back a file of people
    until another account has agreed. `at`, `decided_at` and `as_of` follow the scenario clock;
    `beat_at`, `finished_at` and `expires_at` are real, because a file lies here for real hours.
    `rows_digest` is that of the rows alone and stands in the file; `sha256` is that of the file.
    """

    scope_lookups = {"district": "district_id"}

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX (Excel, WPS)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("table"), max_length=16)
    personal = models.BooleanField(default=False)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="exports")
    district_id = models.IntegerField()
    street = models.ForeignKey(
        "campaigns.Division", models.PROTECT, null=True, blank=True, related_name="+"
    )
    level = models.CharField(max_length=12, blank=True, default="")
    width = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(max_length=8)
    reason = models.CharField(_("what it is needed for"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=ExportState.choices)
    at = models.DateTimeField(_("asked at"))
    by = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="")
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True, blank=True)
    failure = models.JSONField(default=list, blank=True)
    as_of = models.DateTimeField(_("cut-off"), null=True, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    rows_digest = models.CharField(max_length=64, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(personal=False)
                | ~Q(state__in=["waiting", "running", "done", "expired"])
                | (Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="export_of_people_was_agreed",
                violation_error_message=_("A second person must agree to a file of people."),
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(state="asked"),
                name="export_decided_is_not_asked",
            ),
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(Exact(Account("decided_by"), Account("by"))),
                name="export_decided_by_another",
                violation_error_message=_("Somebody else than who asked for the file decides."),
            ),
            models.CheckConstraint(
                condition=Q(personal=False) | (~Q(reason="") & Q(street__isnull=False)),
                name="export_of_people_has_reason_and_street",
                violation_error_message=_("Say what the file is needed for, and of which street."),
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["done", "expired"],
                    finished_at__isnull=False,
                    expires_at__isnull=False,
                    as_of__isnull=False,
                )
                & ~Q(sha256="")
                | ~Q(state__in=["done", "expired"]) & _WITHOUT_FILE,
                name="export_done_has_file",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "expired"]) | Q(rows_done=F("rows_total")),
                name="export_done_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed"]) | ~Q(failure=[]),
                name="export_failed_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "-at"], name="export_of_district"),
            models.Index(
                fields=["state", "asked_at"],
                condition=Q(state__in=["waiting", "running", "done"]),
                name="export_to_work_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.format} {self.pk}"


class ExportPart(models.Model):
    """A piece of a job's file: compressed, then encrypted. Gone when the file expires."""

    scope_lookups = {"district": "district_id"}

    job = models.ForeignKey(ExportJob, models.CASCADE, related_name="parts")
    district_id = models.IntegerField()
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="export_part_once"),
        ]
