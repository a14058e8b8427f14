"""How a round comes about and ends: area, states, extensions, checklists (S067, S093)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Round
from core.scope import ScopedQuerySet


class RoundArea(models.Model):
    """A street, town or community that a round covers; its risk zones add theirs (S002, S037)."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="areas")
    division = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "division"],
                name="round_area_once",
                violation_error_message=_("The round already covers this division."),
            )
        ]


class RoundStateChange(models.Model):
    """One step of a round from state to state: append-only."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=8, choices=Round.State.choices)
    to_state = models.CharField(max_length=8, choices=Round.State.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")),
                name="round_state_change_moves",
                violation_error_message=_("The round is already in this state."),
            )
        ]


class RoundExtension(models.Model):
    """A planned end put off, with who decided and why (X12): append-only."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    from_end = models.DateTimeField(_("planned end before"))
    to_end = models.DateTimeField(_("planned end now"))
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_end__gt=F("from_end")),
                name="round_extension_is_later",
                violation_error_message=_("An extension ends later than the plan did."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="round_extension_has_reason",
                violation_error_message=_("Say why the round is extended."),
            ),
        ]


class ChecklistItem(models.Model):
    """Something to be done before a round may start, or before it may be closed.

    An item is open until it is done, or waived with a reason. Items that the system can see for
    itself (targets frozen, points planned) are computed and have no row.
    """

    scope_lookups = {"district": "round__campaign__district_id"}

    class Phase(models.TextChoices):
        START = "start", _("before the start")
        CLOSE = "close", _("before closing")

    round = models.ForeignKey(Round, models.CASCADE, related_name="checklist")
    phase = models.CharField(_("phase"), max_length=5, choices=Phase.choices)
    title = models.CharField(_("what"), max_length=120)
    owner = models.CharField(_("owner"), max_length=80, blank=True, default="")
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=80, blank=True, default="")
    waived_because = models.CharField(_("waived because"), max_length=200, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "phase", "title"],
                name="checklist_item_once",
                violation_error_message=_("This item is already on the list."),
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by="", waived_because="")
                | Q(done_at__isnull=False) & ~Q(done_by=""),
                name="checklist_item_done_by_someone",
                violation_error_message=_("A finished item names who finished it and when."),
            ),
        ]


class NormSetting(models.Model):
    """A planning norm that this district sets otherwise than the published one."""

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    code = models.CharField(_("norm"), max_length=40)
    value = models.DecimalField(_("value"), max_digits=9, decimal_places=3)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "code"], name="norm_setting_once"),
            models.CheckConstraint(
                condition=Q(value__gt=0),
                name="norm_setting_positive",
                violation_error_message=_("A norm is greater than nought."),
            ),
        ]
