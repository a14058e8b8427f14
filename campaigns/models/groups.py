"""Groups of people who need something of their own, and who need not be sampled at all."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.register import Exemption
from core.scope import ScopedQuerySet


class PopulationGroup(models.Model):
    """A group of residents of one district (S048, S090): rows, so that a district adds its own.

    A resident carries the codes of their groups. `pool_size` is how many people of the group
    share a tube; empty means the round's or zone's. `needs_knock`: a loudspeaker does not reach
    them. `at_home`: they are sampled at home.
    """

    scope_lookups = {"district": "district_id"}

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="groups")
    code = models.CharField(_("code"), max_length=24)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60, blank=True, default="")
    pool_size = models.PositiveSmallIntegerField(_("people per tube"), null=True, blank=True)
    needs_knock = models.BooleanField(_("knock at the door"), default=False)
    at_home = models.BooleanField(_("sampled at home"), default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "code"],
                name="population_group_once",
                violation_error_message=_("This district already has a group of this code."),
            ),
            models.CheckConstraint(
                condition=Q(pool_size__isnull=True) | Q(pool_size__range=(1, 30)),
                name="population_group_pool_size_sane",
                violation_error_message=_("Between 1 and 30 people share a tube."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExemptionRule(models.Model):
    """Who is exempt when targets are frozen: below an age, or in a group (notices differ)."""

    scope_lookups = {"district": "district_id"}

    district = models.ForeignKey(
        "campaigns.Division", models.PROTECT, related_name="exemption_rules"
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Exemption.Reason.choices)
    under_age = models.PositiveSmallIntegerField(_("younger than, years"), null=True, blank=True)
    group = models.ForeignKey(
        PopulationGroup, models.PROTECT, null=True, blank=True, verbose_name=_("group")
    )
    is_active = models.BooleanField(_("in force"), default=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(under_age__isnull=False, group__isnull=True)
                | Q(under_age__isnull=True, group__isnull=False),
                name="exemption_rule_age_or_group",
                violation_error_message=_("A rule is about an age or about a group, not both."),
            ),
            models.UniqueConstraint(
                fields=["district", "group"],
                condition=Q(is_active=True, group__isnull=False),
                name="exemption_rule_group_once",
                violation_error_message=_("A rule about this group is already in force."),
            ),
            models.UniqueConstraint(
                fields=["district"],
                condition=Q(is_active=True, under_age__isnull=False),
                name="exemption_rule_age_once",
                violation_error_message=_("A rule about an age is already in force."),
            ),
        ]
