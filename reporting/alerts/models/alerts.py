"""Alerts as rows: what a rule found, who sees to it, and every step, append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from reporting.alerts.models.rules import AlertRule, Severity


class AlertQuerySet(ScopedQuerySet["Alert"]):
    def standing(self) -> AlertQuerySet:
        """Neither cleared nor closed by a person."""
        return self.exclude(state=Alert.State.CLOSED)

    def uncleared(self) -> AlertQuerySet:
        """Whose condition has not ended, also where a person closed the alert."""
        return self.filter(cleared_at__isnull=True)


class Alert(models.Model):
    """A condition that a rule found at one subject, from its first sight until it stayed away.

    A person may close it while the condition lasts: the row then keeps its subject taken
    (`cleared_at` is empty), so that the same condition is not raised again every ten seconds.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class State(models.TextChoices):
        OPEN = "open", _("nobody on it yet")
        ACKNOWLEDGED = "acked", _("being handled")
        SNOOZED = "snoozed", _("snoozed")
        CLOSED = "closed", _("closed")

    class Subject(models.TextChoices):
        ROUND = "round", _("round")
        STREET = "street", _("street")
        POINT = "point", _("sampling point")
        UNIT = "unit", _("sampling unit")
        COMMUNITY = "community", _("community")

    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="alerts")
    rule = models.ForeignKey(AlertRule, models.PROTECT, related_name="alerts")
    detector = models.CharField(max_length=40)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True)
    subject_kind = models.CharField(max_length=12, choices=Subject.choices)
    subject_id = models.IntegerField()
    severity = models.CharField(max_length=4, choices=Severity.choices)
    # In the detector's unit, as last seen.
    value = models.IntegerField(null=True)
    # Names and counts of the sentence; put into words where it is shown. Nothing personal.
    params = models.JSONField(default=dict)
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    absent_since = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    # Another alert explains this one: not shown as work, does not escalate.
    inhibited = models.BooleanField(default=False)
    # The first of its street and rule: what an operator is disturbed by.
    leads = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    owner = models.CharField(max_length=80, blank=True, default="")
    # What will be done, or why it is snoozed; and by when, or until when.
    action = models.CharField(max_length=200, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    # What was decided holds for the whole group, also for alerts that join it later.
    for_group = models.BooleanField(default=False)
    waiting_since = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True, default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "rule", "subject_kind", "subject_id"],
                condition=Q(cleared_at__isnull=True),
                name="alert_one_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | Q(state="closed"),
                name="alert_cleared_is_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["acked", "snoozed"])
                | Q(due_at__isnull=False) & ~Q(owner="") & ~Q(action=""),
                name="alert_handled_says_how",
                violation_error_message=_("Say what will be done, and by when."),
            ),
            models.CheckConstraint(
                condition=Q(state="closed", ended_at__isnull=False) & ~Q(ended_by="")
                | ~Q(state="closed") & Q(ended_at__isnull=True, ended_by=""),
                name="alert_closed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["district_id", "street_id"],
                condition=~Q(state="closed"),
                name="alert_standing",
            ),
            models.Index(fields=["district_id", "-raised_at"], name="alert_by_raising"),
        ]

    def __str__(self) -> str:
        return f"{self.detector} {self.subject_kind} {self.subject_id}"


class AlertStep(models.Model):
    """One step in the life of an alert: append-only (a trigger refuses change)."""

    scope_lookups = {"district": "alert__district_id", "street": "alert__street_id"}

    class Act(models.TextChoices):
        RAISED = "raised", _("raised")
        ACKNOWLEDGED = "acked", _("taken on")
        TAKEN_OVER = "taken", _("taken over")
        SNOOZED = "snoozed", _("snoozed")
        WOKE = "woke", _("snooze ended")
        ESCALATED = "escalated", _("escalated")
        CLOSED = "closed", _("closed by hand")
        CLEARED = "cleared", _("condition ended")

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    act = models.CharField(max_length=10, choices=Act.choices)
    text = models.CharField(max_length=200, blank=True, default="")
    due_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alert_step_by_alert")]
