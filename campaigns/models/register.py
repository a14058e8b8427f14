"""The register of residents (底册) and the exemptions of a round."""

from __future__ import annotations

import uuid

from django.db import models
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

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "person_key"],
                name="resident_once_per_district",
                violation_error_message=_("This person is already on the district's register."),
            ),
        ]
        indexes = [models.Index(fields=["community", "id_last4"], name="resident_by_last4")]

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
