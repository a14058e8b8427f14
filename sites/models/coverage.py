"""Who has been sampled in a round: one row per person, partitioned by round."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet


class Standing(models.TextChoices):
    """How a sampled person stands to the round's frozen target."""

    TARGET = "target", _("on the register, in the target")
    EXEMPT = "exempt", _("on the register, exempt")
    OUTSIDE = "outside", _("on the register, of a community outside the round")
    OFF_REGISTER = "off_register", _("not on the register")


class Coverage(models.Model):
    """A person's first valid swab in a round, at home: persons (人) are counted here.

    `first_at` is null when every swab of the person was voided. The street is the home street;
    for people off the register, that of the unit which sampled them first.
    """

    scope_lookups = {"district": "district_id", "street": "street_id", "community": "community_id"}

    person_key = models.UUIDField(primary_key=True)
    round_id = models.IntegerField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField(null=True)
    standing = models.CharField(max_length=12, choices=Standing.choices)
    first_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()


class OffRegisterPerson(models.Model):
    """Someone sampled who is not on the register (册外人员): kept so that they can be recalled."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    person_key = models.UUIDField()
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    id_type = models.CharField(max_length=16)
    id_number = EncryptedTextField(blank=True, default="")
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    first_seen_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "person_key"], name="off_register_person_once"
            )
        ]
