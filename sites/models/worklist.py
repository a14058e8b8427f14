"""What could not be settled by itself: events waiting for their tube, conflicts for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet


class PendingEvent(models.Model):
    """An accepted event whose tube or swab has not arrived yet; applied when it comes."""

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    id = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    unit_id = models.IntegerField()
    device_id = models.IntegerField()
    kind = models.CharField(max_length=12)
    tube_code = models.CharField(max_length=32, blank=True, default="")
    swab_id = models.UUIDField(null=True)
    item = EncryptedTextField()
    received_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tube_code"], name="pending_by_tube"),
            models.Index(fields=["swab_id"], name="pending_by_swab"),
        ]


class ConflictQuerySet(ScopedQuerySet["Conflict"]):
    def open(self) -> ConflictQuerySet:
        return self.filter(decided_at__isnull=True)


class Conflict(models.Model):
    """Two accounts of one thing. Kept until a person decides; nothing is dropped."""

    scope_lookups = {"district": "district_id", "street": "street_id", "unit": "unit_id"}

    class Code(models.TextChoices):
        ID_REUSED = "id_reused", _("the same event id came with other content")
        TUBE_CODE_USED = "tube_code_used", _("two devices opened the same tube code")
        TUBE_OTHER_ROUND = "tube_other_round", _("the tube code belongs to another round")
        ALREADY_IN_TUBE = "already_in_tube", _("the person is already in the target tube")
        OTHER_UNIT = "other_unit", _("the tube belongs to another unit")
        TALLY_AND_SCANS = "tally_and_scans", _("a quarter hour was both scanned and tallied")
        OVERFULL = "overfull", _("more people than the tube takes")
        DUPLICATE_PERSON = "duplicate_person", _("the person was swabbed twice without a reason")
        PENDING_TOO_LONG = "pending_too_long", _("the tube of this event never came")

    event_id = models.UUIDField()
    code = models.CharField(max_length=20, choices=Code.choices)
    round_id = models.IntegerField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    unit_id = models.IntegerField()
    device_id = models.IntegerField(null=True)
    tube_code = models.CharField(max_length=32, blank=True, default="")
    item = EncryptedTextField(blank=True, default="")
    raised_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decision = models.CharField(max_length=200, blank=True, default="")

    objects = ConflictQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "code"], name="conflict_once_per_event"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | ~Q(decided_by="") & ~Q(decision=""),
                name="conflict_decision_has_author",
                violation_error_message=_("A decision needs its author and its words."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["round_id", "street_id"],
                condition=Q(decided_at__isnull=True),
                name="conflict_open",
            )
        ]
