"""Campaigns and their rounds. Rounds may overlap: the round belongs to the sample (X11, X19)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models.targets import RoundTarget
from core.scope import Scope, ScopedQuerySet


@pghistory.track()
class Campaign(models.Model):
    """A testing campaign of one district; routine sampling is one without a deadline."""

    scope_lookups = {"district": "district_id"}

    class Kind(models.TextChoices):
        FULL = "full", _("whole population")
        AREA = "area", _("designated area")
        ROUTINE = "routine", _("routine sampling")

    district = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="campaigns")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.AREA)
    trigger = models.CharField(_("trigger"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "name"],
                name="campaign_name_once_per_district",
                violation_error_message=_("This district already has a campaign of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


TAKING_SAMPLES = ["running", "closing"]
"""States of a round in which swabs are accepted: running, or closing with late data."""


class RoundQuerySet(ScopedQuerySet["Round"]):
    def within(self, scope: Scope | None) -> RoundQuerySet:
        """Rounds of one's districts, and rounds whose targets touch one's streets."""
        if scope is None:
            return self.none()
        if scope.everything:
            return self.all()
        touched = RoundTarget.objects.filter(round=OuterRef("pk")).within(scope)
        return self.filter(Q(campaign__district_id__in=scope.districts) | Exists(touched))

    def planned_within(self, scope: Scope | None) -> RoundQuerySet:
        """Rounds of one's own districts, to be planned and changed.

        Fewer than `within`: who watches a street of another district does not plan its round.
        """
        return super().within(scope)

    def taking_samples(self) -> RoundQuerySet:
        """Rounds whose swabs are still accepted."""
        return self.filter(state__in=TAKING_SAMPLES)

    def visible(self) -> RoundQuerySet:
        return self.exclude(state=Round.State.DRAFT).order_by("-starts_at", "-pk")


@pghistory.track()
class Round(models.Model):
    """One round of a campaign: when it starts, when it should end, how people are pooled."""

    scope_lookups = {"district": "campaign__district_id"}

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        READY = "ready", _("ready")
        RUNNING = "running", _("running")
        CLOSING = "closing", _("closing")
        CLOSED = "closed", _("closed")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(_("starts at"))
    planned_end_at = models.DateTimeField(_("planned end"), null=True, blank=True)
    pool_size = models.PositiveSmallIntegerField(_("people per tube"), default=10)
    # Swabs that devices send later than this are still kept, and listed as late data (X12).
    late_data_until = models.DateTimeField(_("late data until"), null=True, blank=True)
    open_hours = models.PositiveSmallIntegerField(_("hours of sampling planned"), default=10)
    lab_tubes_per_day = models.PositiveIntegerField(
        _("laboratory capacity, tubes a day"), null=True, blank=True
    )
    # A plan made beforehand (S097): never run itself, copied and started in one step.
    is_template = models.BooleanField(_("pre-made plan"), default=False)
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies"
    )
    # The form that made it: a second submission of the same form is the same round.
    client_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"],
                name="round_number_once",
                violation_error_message=_("This campaign already has a round of this number."),
            ),
            models.UniqueConstraint(
                fields=["client_key"],
                name="round_once_per_form",
                violation_error_message=_("This form was sent already."),
            ),
            models.CheckConstraint(
                condition=Q(planned_end_at__isnull=True) | Q(planned_end_at__gt=F("starts_at")),
                name="round_ends_after_start",
                violation_error_message=_("A round must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(pool_size__range=(1, 30)),
                name="round_pool_size_sane",
                violation_error_message=_("Between 1 and 30 people share a tube."),
            ),
            models.CheckConstraint(
                condition=Q(late_data_until__isnull=True) | Q(late_data_until__gt=F("starts_at")),
                name="round_late_data_after_start",
                violation_error_message=_("Late data is awaited until after the round began."),
            ),
            models.CheckConstraint(
                condition=Q(open_hours__range=(1, 120)),
                name="round_open_hours_sane",
                violation_error_message=_("Between 1 and 120 hours of sampling are planned."),
            ),
            models.CheckConstraint(
                condition=Q(is_template=False) | Q(state="draft"),
                name="round_template_stays_draft",
                violation_error_message=_("A pre-made plan is copied to be run, never run itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("%(campaign)s, round %(n)s") % {
            "campaign": self.campaign,
            "n": self.number,
        }
