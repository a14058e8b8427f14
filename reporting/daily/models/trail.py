"""What was done to reports: changes of cells, versions, steps and unlocks. Append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from core.actors import Account
from core.scope import ScopedQuerySet
from reporting.daily.models.forms import ReportColumn
from reporting.daily.models.reports import Reason, Report, ReportCell, State


class CellChange(models.Model):
    """One accepted change of one cell. Its id is made where it was typed, so that a change that is
    sent again is the same change."""

    id = models.UUIDField(primary_key=True)
    cell = models.ForeignKey(ReportCell, models.PROTECT, related_name="changes")
    revision = models.PositiveIntegerField(_("revision"))
    old_value = models.IntegerField(null=True)
    new_value = models.IntegerField(null=True)
    old_note = models.CharField(max_length=500, blank=True, default="")
    new_note = models.CharField(max_length=500, blank=True, default="")
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, default="")
    comment = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cell", "revision"], name="cell_change_in_turn")
        ]


class ReportVersion(models.Model):
    """One submission, whole and never changed: what a street answered for, and when."""

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    receipt = models.CharField(_("receipt"), max_length=24, unique=True)
    late = models.BooleanField(_("late"))
    # Why it is late, or (from the second version on) why the numbers changed.
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="report_version_once"),
            models.CheckConstraint(
                condition=Q(late=False, number=1) | ~Q(reason=""),
                name="report_version_has_reason",
                violation_error_message=_("A late report and a correction need a reason."),
            ),
        ]


class VersionCell(models.Model):
    """One number of a submitted version, with what the system knew beside it."""

    version = models.ForeignKey(ReportVersion, models.PROTECT, related_name="cells")
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+", null=True)
    column = models.ForeignKey(ReportColumn, models.PROTECT, related_name="+")
    value = models.IntegerField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")
    system_value = models.IntegerField(null=True)
    system_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, default="")
    comment = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "community", "column"],
                nulls_distinct=False,
                name="version_cell_once",
            )
        ]


class ReportStep(models.Model):
    """A report going from one state to the next."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="steps")
    from_state = models.CharField(max_length=9, choices=State.choices)
    to_state = models.CharField(max_length=9, choices=State.choices)
    version = models.PositiveSmallIntegerField(_("version"))
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_state=State.RETURNED) | ~Q(comment=""),
                name="report_step_return_has_comment",
                violation_error_message=_("Say what has to be mended."),
            )
        ]


class Unlock(models.Model):
    """A request to correct a locked report, decided by somebody else."""

    scope_lookups = {"district": "report__district_id", "street": "report__street_id"}

    report = models.ForeignKey(Report, models.PROTECT, related_name="unlocks")
    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.CharField(_("asked by"), max_length=80)
    granted = models.BooleanField(_("granted"), null=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="")
    until = models.DateTimeField(_("unlocked until"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(granted__isnull=True),
                name="unlock_one_open",
                violation_error_message=_(
                    "Somebody asked for this already: it waits for an answer."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(Exact(Account("decided_by"), Account("asked_by"))),
                name="unlock_second_person",
                violation_error_message=_("Whoever asked cannot also decide."),
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided_at__isnull=True, decided_by="")
                | Q(granted__isnull=False, decided_at__isnull=False) & ~Q(decided_by=""),
                name="unlock_decided_by_someone",
                violation_error_message=_("A decision names who decided and when."),
            ),
        ]
