"""Where people come from: organisations, source categories, roles on duty, qualifications.

All of them are rows, so that a district names its own bodies and jobs without a release.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet


class Term(models.Model):
    """A word of the district's own list, in both languages, in the district's own order."""

    scope_lookups = {"district": "district_id"}

    district_id = models.IntegerField()
    code = models.CharField(_("code"), max_length=24)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True, default="")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        return self.name if chinese or not self.name_en else self.name_en


def once(name: str) -> models.UniqueConstraint:
    """A district uses a code once in each of its lists."""
    return models.UniqueConstraint(
        fields=["district_id", "code"],
        name=name,
        violation_error_message=_("The district already uses this code."),
    )


class Organisation(Term):
    """A body that people or vehicles belong to: hospital, bureau, street, sending county …"""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", _("hospital or health centre")
        BUREAU = "bureau", _("district bureau")
        STREET = "street", _("street or town office")
        COMMUNITY = "community", _("community or village body")
        SENDING = "sending", _("sending county")
        CARRIER = "carrier", _("transport firm")
        OTHER = "other", _("other")

    # The order of the list is by code; a street's own bodies are known by their street.
    scope_lookups = {"district": "district_id", "street": "street_id"}

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OTHER)
    street_id = models.IntegerField(null=True, blank=True)
    phone = EncryptedTextField(_("telephone of its duty desk"), blank=True, default="")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta(Term.Meta):
        constraints = [once("organisation_code_once")]


class SourceCategory(Term):
    """Where a person comes from when heads are counted (S020): street official, volunteer …"""

    medical = models.BooleanField(_("counts as medical staff"), default=False)

    class Meta(Term.Meta):
        constraints = [once("source_category_code_once")]


class QualificationKind(Term):
    """Something a person must master (S035); `valid_days` null means it does not run out."""

    valid_days = models.PositiveSmallIntegerField(_("valid for days"), null=True, blank=True)

    class Meta(Term.Meta):
        constraints = [
            once("qualification_kind_code_once"),
            models.CheckConstraint(
                condition=Q(valid_days__isnull=True) | Q(valid_days__gte=1),
                name="qualification_kind_lasts",
                violation_error_message=_("A qualification is valid for a day at least."),
            ),
        ]


class DutyRole(Term):
    """What a person does on duty (S023, S042); only who has all it `requires` may be rostered."""

    class Function(models.TextChoices):
        """Which half of a point's team the role belongs to (S021: 12 medical, 24 support)."""

        MEDICAL = "medical", _("medical")
        SUPPORT = "support", _("support")
        TRANSPORT = "transport", _("transport")
        COMMAND = "command", _("command")

    function = models.CharField(
        _("function"), max_length=10, choices=Function.choices, default=Function.SUPPORT
    )
    in_ppe = models.BooleanField(_("works in protective clothing"), default=False)
    requires = models.ManyToManyField(
        QualificationKind, related_name="roles", blank=True, verbose_name=_("requires")
    )

    class Meta(Term.Meta):
        constraints = [once("duty_role_code_once")]


class StaffingNorm(models.Model):
    """How many people of a role a point needs: so many for each unit, or for each point.

    Settings with their source, never constants: notices of different years disagree.
    """

    class Per(models.TextChoices):
        UNIT = "unit", _("for each unit")
        POINT = "point", _("for each point")

    scope_lookups = {"district": "district_id"}

    district_id = models.IntegerField()
    role = models.ForeignKey(DutyRole, models.PROTECT, related_name="norms")
    per = models.CharField(_("for"), max_length=6, choices=Per.choices)
    people = models.DecimalField(_("people"), max_digits=5, decimal_places=2)
    source = models.CharField(_("source"), max_length=200)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["role", "per"],
                name="staffing_norm_once",
                violation_error_message=_("This role already has such a norm."),
            ),
            models.CheckConstraint(
                condition=Q(people__gt=0),
                name="staffing_norm_positive",
                violation_error_message=_("A norm is greater than nought."),
            ),
        ]
