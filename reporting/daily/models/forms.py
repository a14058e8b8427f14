"""What is asked for: forms, their columns and checks, all as rows, so that a district adds a column
without a release (S074, S077)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.scope import ScopedQuerySet


class ReportForm(models.Model):
    """One set of numbers owed at a clock time each day, or each hour of a round.

    The cut-off is the moment that the numbers are of; it lies `due_after` minutes before they are
    due, and they may be corrected freely until `lock_after` minutes after that.
    """

    scope_lookups = {"district": "district_id"}

    class Cadence(models.TextChoices):
        DAILY = "daily", _("every day")
        HOURLY = "hourly", _("every hour of a round")

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=60)
    title_en = models.CharField(_("title in English"), max_length=60, blank=True, default="")
    cadence = models.CharField(_("how often"), max_length=6, choices=Cadence.choices)
    # Minutes after local midnight; 1440 is 24:00 and belongs to the day that ends with it.
    cutoff_minute = models.PositiveSmallIntegerField(_("cut-off"), default=15 * 60)
    due_after = models.PositiveSmallIntegerField(_("minutes from cut-off to due"), default=0)
    lock_after = models.PositiveSmallIntegerField(_("minutes from due to lock"), default=60)
    opens_before = models.PositiveSmallIntegerField(
        _("minutes from opening to cut-off"), default=180
    )
    active = models.BooleanField(_("in use"), default=True)
    # Out of use nothing is owed: what fell due until then is not asked for afterwards.
    asked_since = models.DateTimeField(_("in use again since"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "code"],
                name="report_form_code_once",
                violation_error_message=_("This district already has a form of this code."),
            ),
            models.CheckConstraint(
                condition=Q(cutoff_minute__range=(1, 1440)),
                name="report_form_cutoff_in_day",
                violation_error_message=_("The cut-off lies between 00:01 and 24:00."),
            ),
            models.CheckConstraint(
                condition=Q(lock_after__range=(1, 2880), due_after__range=(0, 1440)),
                name="report_form_times_sane",
                violation_error_message=_("Due within a day, locked within two days of that."),
            ),
        ]

    def __str__(self) -> str:
        return spoken(self.title, self.title_en)


class FormTimes(models.Model):
    """Other times of a form in one round alone, such as an earlier cut-off for a second round."""

    scope_lookups = {"district": "form__district_id"}

    form = models.ForeignKey(ReportForm, models.PROTECT, related_name="times")
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    cutoff_minute = models.PositiveSmallIntegerField(_("cut-off"))
    due_after = models.PositiveSmallIntegerField(_("minutes from cut-off to due"))
    lock_after = models.PositiveSmallIntegerField(_("minutes from due to lock"))
    opens_before = models.PositiveSmallIntegerField(_("minutes from opening to cut-off"))
    reason = models.CharField(_("reason"), max_length=200)
    set_at = models.DateTimeField(_("set at"))
    set_by = models.CharField(_("set by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "round"],
                name="form_times_once",
                violation_error_message=_("This form has its own times in this round already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    cutoff_minute__range=(1, 1440),
                    lock_after__range=(1, 2880),
                    due_after__range=(0, 1440),
                ),
                name="form_times_sane",
                violation_error_message=_("Due within a day, locked within two days of that."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="form_times_has_reason",
                violation_error_message=_("Say why this round has other times."),
            ),
        ]


class Unit(models.TextChoices):
    """What a column counts; a number without its unit is never shown."""

    PERSONS = "persons", pgettext_lazy("unit of count", "persons")
    SWABS = "swabs", pgettext_lazy("unit of count", "swabs")
    TUBES = "tubes", pgettext_lazy("unit of count", "tubes")
    UNITS = "units", pgettext_lazy("unit of count", "units")
    POINTS = "points", pgettext_lazy("unit of count", "points")
    REQUESTS = "requests", pgettext_lazy("unit of count", "requests")
    STAFF = "staff", pgettext_lazy("unit of count", "staff")
    VEHICLES = "vehicles", pgettext_lazy("unit of count", "vehicles")
    HOURLY = "hourly", pgettext_lazy("unit of count", "persons an hour")
    KILOGRAMS = "kilograms", pgettext_lazy("unit of count", "kg")
    DAYS = "days", pgettext_lazy("unit of count", "days")
    NOTE = "note", pgettext_lazy("unit of count", "text")


class Source(models.TextChoices):
    """Where a cell's figure comes from. Coverage counts residents of the community; throughput
    counts what was done at the points that stand in it."""

    REGISTERED = "registered", _("register")
    TARGET = "target", _("target, frozen")
    EXEMPT = "exempt", _("exemptions")
    PERSONS = "persons", _("persons scanned")
    REMAINING = "remaining", _("target less scanned and accepted reasons")
    ACCEPTED_REASONS = "accepted_reasons", _("accepted reasons")
    SWABS = "swabs", _("swabs scanned at points here")
    TUBES = "tubes", _("tubes scanned at points here")
    TALLIED = "tallied", _("paper tallies of points here")
    OFF_REGISTER = "off_register", _("off-register swabs at points here")
    POINTS_PLANNED = "points_planned", _("points planned here")
    POINTS_OPEN = "points_open", _("points open here")
    POINTS_NOT_OPEN = "points_not_open", _("points here that are not open")
    UNITS_PLANNED = "units_planned", _("units planned here")
    UNITS_OPEN = "units_open", _("units open here")
    RATE = "rate", _("persons an hour, last 60 minutes")
    HOME_REQUESTS = "home_requests", _("home visits asked for")
    HOME_DONE = "home_done", _("home visits done")
    STAFF = "staff", _("people on site at points here")
    VEHICLES = "vehicles", _("vehicles sent in the round")
    NONE = "", _("typed: the system does not know it")


@pghistory.track()
class ReportColumn(models.Model):
    """One indicator of a form: title, unit of count, pre-fill rule."""

    form = models.ForeignKey(ReportForm, models.PROTECT, related_name="columns")
    code = models.CharField(_("code"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=40)
    title_en = models.CharField(_("title in English"), max_length=40, blank=True, default="")
    unit = models.CharField(_("unit of count"), max_length=10, choices=Unit.choices)
    source = models.CharField(
        _("pre-filled from"), max_length=20, choices=Source.choices, blank=True, default=""
    )
    # False: asked once for the street, such as its vehicles or its problems.
    per_community = models.BooleanField(_("asked of each community"), default=True)
    cumulative = models.BooleanField(_("cumulative: never falls within a round"), default=False)
    required = models.BooleanField(_("must be filled"), default=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "code"],
                name="report_column_code_once",
                violation_error_message=_("This form already has a column of this code."),
            ),
            models.CheckConstraint(
                condition=~Q(unit="note") | Q(source="", cumulative=False),
                name="report_column_note_is_typed",
                violation_error_message=_("A text is typed and never falls."),
            ),
        ]

    def __str__(self) -> str:
        return spoken(self.title, self.title_en)

    @property
    def is_note(self) -> bool:
        return self.unit == Unit.NOTE


@pghistory.track()
class ReportCheck(models.Model):
    """A rule that a column's numbers must keep: hard ones block, soft ones ask for a reason.

    That a street's own total equals the sum of its communities is always checked and has no row.
    """

    class Kind(models.TextChoices):
        WITHIN = "within", _("not above another column")
        OVER_SHARE = "over_share", _("not above a share of another column, in percent")
        NEAR_SOURCE = "near_source", _("near the system's figure, within a share in percent")
        FALLS = "falls", _("not below what was accepted before")
        AS_BEFORE = "as_before", _("not exactly what was reported the day before")
        NOUGHT_WHILE_OPEN = "nought_while_open", _("not 0 while a point is open")

    class Weight(models.TextChoices):
        HARD = "hard", _("blocks")
        SOFT = "soft", _("asks for a reason")

    form = models.ForeignKey(ReportForm, models.PROTECT, related_name="checks")
    kind = models.CharField(_("rule"), max_length=20, choices=Kind.choices)
    weight = models.CharField(_("weight"), max_length=4, choices=Weight.choices)
    column = models.ForeignKey(ReportColumn, models.PROTECT, related_name="checks")
    other = models.ForeignKey(ReportColumn, models.PROTECT, related_name="+", null=True, blank=True)
    limit = models.PositiveSmallIntegerField(_("limit, percent"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["column", "kind", "other"],
                nulls_distinct=False,
                name="report_check_once",
                violation_error_message=_("This column already has this check."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["within", "over_share"]) | Q(other__isnull=False),
                name="report_check_names_the_other",
                violation_error_message=_("Say which column it is compared with."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["near_source", "over_share"]) | Q(limit__isnull=False),
                name="report_check_has_limit",
                violation_error_message=_("Say the limit in percent."),
            ),
        ]


def spoken(chinese: str, english: str) -> str:
    """A district's own words in the reader's language; Chinese where there are no others."""
    return ((translation.get_language() or "").startswith("en") and english) or chinese
