"""The activity log of every position, and the major events (大事记) picked from it: append-only."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet


class Phrase(models.TextChoices):
    """What is noted most often, in one tap and in both languages; details follow in words."""

    TAKEN_OVER = "taken_over", _("Took over the shift")
    HANDED_OVER = "handed_over", _("Handed over the shift")
    ORDER_RECEIVED = "order_received", _("Instruction received")
    ORDER_PASSED_ON = "order_passed_on", _("Instruction passed on")
    REPORTED_UP = "reported_up", _("Reported to the higher level")
    MEETING = "meeting", _("Meeting held")
    STAFF_SENT = "staff_sent", _("Staff sent")
    SUPPLIES_SENT = "supplies_sent", _("Supplies sent")
    POINT_OPENED = "point_opened", _("Sampling point opened")
    POINT_PAUSED = "point_paused", _("Sampling point paused")
    POINT_MOVED = "point_moved", _("Sampling point moved")
    FAULT = "fault", _("Fault noticed")
    FAULT_MENDED = "fault_mended", _("Fault mended")
    VISIT = "visit", _("Inspection on site")


class LogEntryQuerySet(ScopedQuerySet["LogEntry"]):
    def originals(self) -> LogEntryQuerySet:
        """Entries themselves, without those that amend another."""
        return self.filter(amends__isnull=True)

    def with_event(self, as_of: datetime | None = None) -> LogEntryQuerySet:
        """`event_title`: under which title an entry stands among the major events, or empty; with
        `as_of` that of then."""
        marks = EventMark.objects.filter(entry=OuterRef("pk"))
        if as_of is not None:
            marks = marks.filter(at__lte=as_of)
        last = marks.order_by("-pk").values("title")[:1]
        return self.annotate(event_title=Coalesce(Subquery(last), models.Value("")))

    def events(self) -> LogEntryQuerySet:
        """Entries that stand among the major events now."""
        last = EventMark.objects.filter(entry=OuterRef("pk")).order_by("-pk")
        return (
            self.filter(Exists(last))
            .annotate(event_title=Coalesce(Subquery(last.values("title")[:1]), models.Value("")))
            .exclude(Q(event_title=""))
        )


class LogEntry(models.Model):
    """One line of the log: who (position, account), what, when it happened and when it was noted.

    A line is never edited. What was wrong or missing is added by a line that `amends` it and is
    shown beneath it. `client_key` comes from the form that was sent: sent twice it is one line.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    # The position: a role at a place, as the account acted when it wrote.
    role = models.CharField(_("role"), max_length=24)
    place = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="+")
    phrase = models.CharField(_("quick phrase"), max_length=16, choices=Phrase.choices, blank=True)
    text = models.CharField(_("what happened"), max_length=500, blank=True)
    happened_at = models.DateTimeField(_("happened at"))
    at = models.DateTimeField(_("noted at"))
    by = models.CharField(_("by"), max_length=80)
    amends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="amendments"
    )

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(phrase="", text=""),
                name="log_entry_says_something",
                violation_error_message=_("Choose a phrase or write what happened."),
            ),
            models.CheckConstraint(
                condition=Q(amends__isnull=True) | ~Q(text=""),
                name="log_entry_amendment_has_words",
                violation_error_message=_("Say what is corrected or added."),
            ),
            models.CheckConstraint(
                condition=Q(happened_at__lte=F("at")),
                name="log_entry_has_happened",
                violation_error_message=_("What has not happened yet is not logged."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "-happened_at"], name="log_by_district"),
            models.Index(fields=["street_id", "-happened_at"], name="log_by_street"),
        ]

    def __str__(self) -> str:
        return f"log {self.pk}"


class EventMark(models.Model):
    """An entry put among the major events under a title, or taken off them with the reason.

    The newest mark of an entry is in force; an empty title takes it off.
    """

    scope_lookups = {"district": "entry__district_id", "street": "entry__street_id"}

    entry = models.ForeignKey(LogEntry, models.PROTECT, related_name="event_marks")
    title = models.CharField(_("title"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="", reason=""),
                name="event_mark_says_why",
                violation_error_message=_("Say why it is taken off the major events."),
            )
        ]
