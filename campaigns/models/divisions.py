"""Administrative divisions, from the district down to the building (requirements S071, S101)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Level(models.TextChoices):
    DISTRICT = "district", _("district")
    STREET = "street", _("street or town")
    COMMUNITY = "community", _("community or village")
    GRID = "grid", _("grid")
    COMPOUND = "compound", _("compound")
    BUILDING = "building", _("building")


class DivisionQuerySet(ScopedQuerySet["Division"]):
    def streets(self) -> DivisionQuerySet:
        return self.filter(level=Level.STREET)

    def communities(self) -> DivisionQuerySet:
        return self.filter(level=Level.COMMUNITY)

    def current(self) -> DivisionQuerySet:
        """Divisions that no successor has replaced."""
        return self.filter(valid_to__isnull=True)


class Division(models.Model):
    """One node of the tree; its ancestors' ids stand beside it so that scoping needs no join.

    `district_id`, `street_id` and `community_id` name the node itself at its own level and the
    ancestors above it; they are null below which no such ancestor exists.
    """

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "community_id",
    }

    code = models.CharField(_("code"), max_length=24)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True, default="")
    pinyin = models.CharField(_("pinyin"), max_length=160, blank=True, default="")
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    kind = models.CharField(_("kind"), max_length=24, blank=True, default="")
    # Names that people also write (S027); a sheet may use them instead of the code.
    aliases = ArrayField(
        models.CharField(max_length=80), verbose_name=_("other names"), default=list, blank=True
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    district_id = models.IntegerField(null=True, blank=True)
    street_id = models.IntegerField(null=True, blank=True)
    community_id = models.IntegerField(null=True, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_is_estimate = models.BooleanField(_("estimate"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_to__isnull=True),
                name="division_code_current_once",
                violation_error_message=_("This code already names a current division."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="division_ends_after_start",
                violation_error_message=_("A division must end after the day it began."),
            ),
            models.CheckConstraint(
                condition=Q(level="district", parent__isnull=True)
                | (~Q(level="district") & Q(parent__isnull=False)),
                name="division_only_district_is_root",
                violation_error_message=_("Every division below the district needs a parent."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "level", "code"], name="division_by_level"),
            models.Index(fields=["street_id", "level"], name="division_by_street"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> str:
        """The name in the reader's language; the field's own where there is no other."""
        english = (get_language() or "").startswith("en")
        return (english and self.name_en) or self.name
