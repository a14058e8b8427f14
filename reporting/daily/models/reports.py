"""What is owed and what was said: cut-offs, reports, their lines and cells, kept for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import Scope, ScopedQuerySet
from reporting.daily.models.forms import ReportColumn, ReportForm


class Cutoff(models.Model):
    """One moment that every street of a round owes its numbers of."""

    scope_lookups = {"district": "form__district_id"}

    form = models.ForeignKey(ReportForm, models.PROTECT, related_name="cutoffs")
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="+")
    as_of = models.DateTimeField(_("cut-off"))
    opens_at = models.DateTimeField(_("opens"))
    due_at = models.DateTimeField(_("due"))
    lock_at = models.DateTimeField(_("locks"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "round", "as_of"],
                name="cutoff_once",
                violation_error_message=_("This cut-off exists already."),
            ),
            models.CheckConstraint(
                condition=Q(as_of__lte=F("due_at"), lock_at__gt=F("due_at")),
                name="cutoff_times_in_order",
                violation_error_message=_("Cut-off, due and lock follow each other."),
            ),
        ]
        indexes = [models.Index(fields=["round", "due_at"], name="cutoff_by_due")]


class State(models.TextChoices):
    """How far a report is. Late is not a state: it follows from when it was first submitted."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")
    LOCKED = "locked", _("locked")


OWING = [State.DRAFT, State.RETURNED]
"""States in which the street has yet to say something."""


class ReportQuerySet(ScopedQuerySet["Report"]):
    def within(self, scope: Scope | None) -> ReportQuerySet:
        """Reports of one's districts and streets, and those that hold a line of one's community."""
        own = super().within(scope)
        if scope is None or scope.everything or not scope.communities:
            return own
        lines = ReportLine.objects.filter(community_id__in=sorted(scope.communities))
        return self.filter(
            Q(pk__in=lines.values("report_id"))
            | Q(street_id__in=sorted(scope.streets))
            | Q(district_id__in=sorted(scope.districts))
        )

    def owing(self) -> ReportQuerySet:
        """Reports that somebody in the street has yet to submit (again)."""
        return self.filter(state__in=OWING)

    def open_at(self, at: datetime) -> ReportQuerySet:
        """Reports whose numbers may be entered at a moment, as `Report.is_open` says of one."""
        return self.owing().filter(lock_at__gt=at)


class Report(models.Model):
    """What one street owes at one cut-off. It exists from the moment it is owed, so that on time,
    late and missing always add up to expected."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    cutoff = models.ForeignKey(Cutoff, models.PROTECT, related_name="reports")
    street = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    district_id = models.IntegerField()
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    version = models.PositiveSmallIntegerField(_("version"), default=0)
    # The version that the district stands by; higher levels see no other.
    accepted_version = models.PositiveSmallIntegerField(
        _("accepted version"), null=True, blank=True
    )
    # Grows with every change of any cell: whoever submits names the edition that they saw.
    edition = models.PositiveIntegerField(_("edition"), default=0)
    prefilled_at = models.DateTimeField(_("system's figures as of"), null=True, blank=True)
    touched_at = models.DateTimeField(_("first edited at"), null=True, blank=True)
    first_submitted_at = models.DateTimeField(_("first submitted at"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    # The cut-off's own, or later where a second person unlocked the report.
    lock_at = models.DateTimeField(_("locks"))

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cutoff", "street"],
                name="report_once",
                violation_error_message=_("This street already has a report at this cut-off."),
            ),
            models.CheckConstraint(
                condition=Q(version=0, first_submitted_at__isnull=True, submitted_at__isnull=True)
                | Q(version__gt=0, first_submitted_at__isnull=False, submitted_at__isnull=False),
                name="report_version_has_time",
                violation_error_message=_("A submitted report says when it was submitted."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_version__isnull=True)
                | Q(accepted_version__gt=0, accepted_version__lte=F("version")),
                name="report_accepted_was_submitted",
                violation_error_message=_("Only a submitted version can be accepted."),
            ),
            models.CheckConstraint(
                condition=Q(version__gt=0) | Q(state=State.DRAFT),
                name="report_unsubmitted_is_draft",
                violation_error_message=_("Nothing was submitted yet."),
            ),
        ]
        indexes = [models.Index(fields=["street", "state"], name="report_by_street")]

    def is_open(self, at: datetime) -> bool:
        """Whether its numbers may be entered at a moment."""
        return self.state in OWING and at < self.lock_at


class ReportLine(models.Model):
    """One community of a street's report, or (without community) the street's own line."""

    scope_lookups = {
        "district": "report__district_id",
        "street": "report__street_id",
        "community": "community_id",
    }

    report = models.ForeignKey(Report, models.PROTECT, related_name="lines")
    community = models.ForeignKey(
        "campaigns.Division", models.PROTECT, related_name="+", null=True, blank=True
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "community"],
                nulls_distinct=False,
                name="report_line_once",
                violation_error_message=_("This community already has its line."),
            )
        ]


class Reason(models.TextChoices):
    """Why a number differs from what is expected: the short list."""

    PAPER = "paper", _("paper tallies not entered yet")
    UNSYNCED = "unsynced", _("devices not synchronised yet")
    HOME_VISITS = "home_visits", _("sampled at home, entered later")
    FLOATING = "floating", _("more people live here than are registered")
    MOVED = "moved", _("people moved away or are counted elsewhere")
    VOIDED = "voided", _("samples were voided")
    REGISTER = "register", _("the register is wrong")
    NO_CHANGE = "no_change", _("nothing changed: checked")
    OTHER = "other", _("other: see the comment")


class ReportCell(models.Model):
    """One number (or text) as it stands now. `revision` grows with every change, so that whoever
    writes over somebody else's change is told first."""

    scope_lookups = {
        "district": "line__report__district_id",
        "street": "line__report__street_id",
        "community": "line__community_id",
    }

    line = models.ForeignKey(ReportLine, models.PROTECT, related_name="cells")
    column = models.ForeignKey(ReportColumn, models.PROTECT, related_name="+")
    value = models.IntegerField(_("value"), null=True, blank=True)
    note = models.CharField(_("text"), max_length=500, blank=True, default="")
    # What the system knew, and as of when; the cell's value follows it until somebody overrides.
    system_value = models.IntegerField(_("system's figure"), null=True, blank=True)
    system_at = models.DateTimeField(_("system's figure as of"), null=True, blank=True)
    reason = models.CharField(
        _("reason"), max_length=12, choices=Reason.choices, blank=True, default=""
    )
    comment = models.CharField(_("comment"), max_length=200, blank=True, default="")
    revision = models.PositiveIntegerField(_("revision"), default=0)
    saved_at = models.DateTimeField(_("saved at"), null=True, blank=True)
    saved_by = models.CharField(_("saved by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "column"],
                name="report_cell_once",
                violation_error_message=_("This cell exists already."),
            ),
            # More may be sampled than the target holds: then what remains is below nought.
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0) | Q(value=F("system_value")),
                name="report_cell_not_negative",
                violation_error_message=_("A count cannot be negative."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=Reason.OTHER) | ~Q(comment=""),
                name="report_cell_other_has_comment",
                violation_error_message=_("Say in the comment what the other reason is."),
            ),
        ]

    @property
    def overridden(self) -> bool:
        """Whether a person's number stands where the system had another."""
        return self.system_value is not None and self.value != self.system_value
