"""The register of residents (底册) and the exemptions of a round."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet


class Resident(models.Model):
    """A person on a district's register.

    `person_key` is the keyed blind index of the identity document: it is how every swab of this
    person is matched, within one district. `id` is the opaque roster id that devices may carry.
    Row-level security hides residents of streets outside the caller's scope.
    """

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "community_id",
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_key = models.UUIDField(editable=False)
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="residents")
    building = models.CharField(_("building"), max_length=60, blank=True, default="")
    id_type = models.CharField(_("document type"), max_length=16, default="resident")
    id_number = EncryptedTextField()
    name = EncryptedTextField()
    phone = EncryptedTextField(blank=True, default="")
    id_last4 = models.CharField(_("last four"), max_length=4)
    name_mask = models.CharField(_("name, masked"), max_length=20)
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    groups = models.JSONField(_("population groups"), default=list, blank=True)
    # Keyed digests that tell whether a name or phone differs; null where no import wrote the row.
    name_print = models.BigIntegerField(null=True, blank=True, editable=False)
    phone_print = models.BigIntegerField(null=True, blank=True, editable=False)
    # The import whose statements are in force, and when the row was last written.
    source_run = models.UUIDField(null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "person_key"],
                name="resident_once_per_district",
                violation_error_message=_("This person is already on the district's register."),
            ),
        ]
        # A search names the district as well, whatever the caller's level.
        indexes = [models.Index(fields=["district_id", "id_last4"], name="resident_by_last4")]

    def __str__(self) -> str:
        return self.name_mask


class Exemption(models.Model):
    """A resident who need not be sampled in a round, and why (ages, quarantine, own schedule).

    Exemptions present when the targets are frozen lower the target; those accepted afterwards
    count towards closure instead (domain: closure rate = sampled + accepted reasons).
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    class Reason(models.TextChoices):
        AGE = "age", _("below the age of sampling")
        QUARANTINE = "quarantine", _("in quarantine, sampled there")
        OWN_SCHEDULE = "own_schedule", _("sampled on a schedule of their own")
        VACCINATED = "vaccinated", _("just vaccinated")
        AWAY = "away", _("away, sampled elsewhere")
        MEDICAL = "medical", _("medical reason")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="exemptions")
    person_key = models.UUIDField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    frozen = models.BooleanField(_("counted when the target was frozen"), default=True)
    accepted_at = models.DateTimeField(_("accepted at"))
    accepted_by = models.CharField(_("accepted by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person_key"],
                name="exemption_once_per_round",
                violation_error_message=_("This person is already exempt in this round."),
            ),
        ]
        indexes = [models.Index(fields=["round", "community"], name="exemption_by_community")]


class RegisterCount(models.Model):
    """How many people of a community are on the register, kept so that a page need not count.

    `group` is the code of a population group, or "" for everybody. Rewritten whole by whoever
    changes the register in bulk, and every few minutes.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    group = models.CharField(max_length=24, blank=True, default="")
    people = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "community_id", "group"], name="register_count_once"
            )
        ]


class Unmasking(models.Model):
    """Somebody read a resident's full data: who, whose, why. Append-only.

    `at` follows the scenario clock; `opened_at` is real, because the limit on how many people
    one may open within ten minutes is.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    class Reason(models.TextChoices):
        RECALL = "recall", _("recall of a positive tube")
        VISIT = "visit", _("door-to-door visit or telephone call")
        MEND = "mend", _("check or mend the register")
        AID = "aid", _("medical or daily-life aid")
        INQUIRY = "inquiry", _("inquiry by the person")

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="unmaskings")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    opened_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "opened_at"], name="unmasking_by_reader")]
