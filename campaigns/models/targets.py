"""Targets frozen per round and versioned, nested deadlines, risk zones (S037, S067)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class TargetVersion(models.Model):
    """One freeze of a round's targets: who, when and why. Earlier versions stay readable."""

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="target_versions")
    version = models.PositiveSmallIntegerField(_("version"))
    is_current = models.BooleanField(default=True)
    frozen_at = models.DateTimeField(_("frozen at"))
    frozen_by = models.CharField(_("frozen by"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    # The form that asked for it: a second submission of the same form is the same freeze.
    client_key = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "version"], name="target_version_once"),
            models.UniqueConstraint(
                fields=["client_key"],
                name="target_version_once_per_form",
                violation_error_message=_("This form was sent already."),
            ),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(is_current=True),
                name="target_version_one_current",
                violation_error_message=_("Only one version of the targets can be current."),
            ),
        ]


class RoundTarget(models.Model):
    """People who should be sampled (应检人数) in one community, in one frozen version."""

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "community_id",
    }

    version = models.ForeignKey(TargetVersion, models.PROTECT, related_name="targets")
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="targets")
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    street_id = models.IntegerField()
    district_id = models.IntegerField()
    registered = models.PositiveIntegerField(_("registered"))
    exempt = models.PositiveIntegerField(_("exempt"))
    target = models.PositiveIntegerField(_("target"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "community"],
                name="round_target_once_per_community",
                violation_error_message=_("This community already has a target in this version."),
            ),
            models.CheckConstraint(
                condition=Q(target=models.F("registered") - models.F("exempt")),
                name="round_target_adds_up",
                violation_error_message=_("Target = registered less exempt."),
            ),
        ]
        indexes = [models.Index(fields=["round", "street_id"], name="round_target_by_street")]


class TargetGroup(models.Model):
    """People of a population group in one community's target: their tubes may be smaller."""

    version = models.ForeignKey(TargetVersion, models.PROTECT, related_name="group_counts")
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    group = models.ForeignKey("campaigns.PopulationGroup", models.PROTECT, related_name="+")
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "community", "group"], name="target_group_once"
            )
        ]


class Deadline(models.Model):
    """When an area must be done; several nest in one round (12, 24, 48 hours: S067)."""

    class Level(models.TextChoices):
        COMMUNITY = "community", _("key community")
        STREET = "street", _("street or town")
        DISTRICT = "district", _("district")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="deadlines")
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    due_at = models.DateTimeField(_("due at"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "division"],
                name="deadline_once_per_division",
                violation_error_message=_("This area already has a deadline in this round."),
            )
        ]


class RiskZone(models.Model):
    """A sealed, controlled or precaution zone of a round, with its own pool size (S037)."""

    class Kind(models.TextChoices):
        SEALED = "sealed", _("sealed zone")
        CONTROLLED = "controlled", _("control zone")
        PRECAUTION = "precaution", _("precaution zone")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="zones")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    pool_size = models.PositiveSmallIntegerField(_("people per tube"))
    divisions = models.ManyToManyField("campaigns.Division", related_name="zones")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name"],
                name="risk_zone_name_once",
                violation_error_message=_("This round already has a zone of this name."),
            ),
            models.CheckConstraint(
                condition=Q(pool_size__range=(1, 30)),
                name="risk_zone_pool_size_sane",
                violation_error_message=_("Between 1 and 30 people share a tube."),
            ),
        ]
