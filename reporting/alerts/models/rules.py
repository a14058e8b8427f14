"""Rules as rows: which detector is watched in a district, from which figure on, how urgent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Severity(models.TextChoices):
    CRIT = "crit", _("act now")
    WARN = "warn", _("act soon")
    INFO = "info", _("keep in mind")


class AlertRule(models.Model):
    """One detector in one district. What it was before stands in the audit trail."""

    scope_lookups = {"district": "district_id"}

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="alert_rules")
    detector = models.CharField(_("rule"), max_length=40)
    # In the detector's own unit: minutes, percent, a count.
    threshold = models.PositiveIntegerField(_("threshold"))
    severity = models.CharField(_("urgency"), max_length=4, choices=Severity.choices)
    escalate_after = models.PositiveSmallIntegerField(_("escalates after (minutes)"))
    enabled = models.BooleanField(_("watched"), default=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "detector"],
                name="alert_rule_once",
                violation_error_message=_("This district already has this rule."),
            ),
            models.CheckConstraint(
                condition=Q(escalate_after__gte=1, escalate_after__lte=1440),
                name="alert_rule_escalates_within_a_day",
                violation_error_message=_("An alert escalates after 1 to 1,440 minutes."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.detector} {self.threshold}"


class AlertRun(models.Model):
    """When the rules of a round were last run: one row per round, written by every run.

    `at` is the scenario time the conditions were judged at, `ran_at` the real time, by which a
    page tells silence from calm. `problems` names the detectors that could not be run.
    """

    scope_lookups = {"district": "round__campaign__district_id"}

    round = models.OneToOneField(
        "campaigns.Round", models.PROTECT, primary_key=True, related_name="alert_run"
    )
    at = models.DateTimeField()
    ran_at = models.DateTimeField()
    raised = models.PositiveIntegerField(default=0)
    cleared = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)

    objects = ScopedQuerySet.as_manager()
