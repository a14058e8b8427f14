"""Visits: those who cannot come are sampled at home or fetched (S018, S026, S049-S050, S054)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.crypto import EncryptedTextField
from core.scope import ScopedQuerySet
from logistics.models.trips import Trip
from personnel.models import StaffMember


class VisitTeam(models.Model):
    """A pair or group that goes from door to door, such as staff with a volunteer (S018, S025)."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    district_id = models.IntegerField()
    street_id = models.IntegerField()
    name = models.CharField(_("name"), max_length=60)
    members = models.ManyToManyField(StaffMember, related_name="visit_teams", blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["street_id", "name"],
                condition=Q(closed_at__isnull=True),
                name="visit_team_name_once",
                violation_error_message=_("The street already has a visit team of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class VisitState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("visit", "asked for")
    ASSIGNED = "assigned", pgettext_lazy("visit", "given to a team")
    DONE = "done", pgettext_lazy("visit", "done")
    REFUSED = "refused", pgettext_lazy("visit", "refused")
    ABSENT = "absent", pgettext_lazy("visit", "nobody there")
    AGAIN = "again", pgettext_lazy("visit", "to be tried again")
    MERGED = "merged", pgettext_lazy("visit", "merged with another")
    WITHDRAWN = "withdrawn", pgettext_lazy("visit", "withdrawn")


VISIT_ENDED = [VisitState.DONE, VisitState.REFUSED, VisitState.MERGED, VisitState.WITHDRAWN]


class Visit(models.Model):
    """One person who cannot come to a point in a round, and what was done about it.

    Address and notes are for the team alone and are purged after the round. Row-level security
    hides the visits of other streets. A refusal goes to a person to handle, never to a score.
    """

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "community_id",
    }

    class Way(models.TextChoices):
        HOME = "home", _("sampled at home")
        FETCH = "fetch", _("fetched by car")

    class Reason(models.TextChoices):
        OLD = "old", _("very old")
        DISABLED = "disabled", _("disabled")
        BEDRIDDEN = "bedridden", _("bedridden")
        INFANT = "infant", _("infant")
        PREGNANT = "pregnant", _("pregnant")
        ILL = "ill", _("ill or weak")
        SEALED = "sealed", _("may not leave home")
        OTHER = "other", pgettext_lazy("visit", "other reason")

    class Source(models.TextChoices):
        STREET = "street", _("street or community")
        HOTLINE = "hotline", _("telephone line")
        FAMILY = "family", _("family or neighbour")
        TEAM = "team", _("visit team")

    client_key = models.UUIDField(unique=True)
    round = models.ForeignKey("campaigns.Round", models.PROTECT, related_name="visits")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="visits")
    building = models.CharField(_("building"), max_length=60, blank=True, default="")
    # Known where the document was given: two requests for one person are then one.
    person_key = models.UUIDField(null=True, blank=True, editable=False)
    name = EncryptedTextField()
    name_mask = models.CharField(_("name, masked"), max_length=20)
    phone = EncryptedTextField(blank=True, default="")
    phone_mask = models.CharField(_("telephone, masked"), max_length=20, blank=True, default="")
    # A keyed digest of the telephone within the district: finds likely doubles without reading it.
    phone_print = models.BigIntegerField(null=True, blank=True, editable=False)
    address = EncryptedTextField(blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    way = models.CharField(_("how"), max_length=6, choices=Way.choices, default=Way.HOME)
    reason = models.CharField(_("why the person cannot come"), max_length=10,
                              choices=Reason.choices)  # fmt: skip
    source = models.CharField(_("asked by"), max_length=8, choices=Source.choices)
    urgent = models.BooleanField(_("urgent"), default=False)
    window_starts = models.DateTimeField(_("from"), null=True, blank=True)
    window_ends = models.DateTimeField(_("to"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=VisitState.choices, default=VisitState.ASKED
    )
    state_at = models.DateTimeField(_("in this state since"))
    team = models.ForeignKey(
        VisitTeam, models.PROTECT, null=True, blank=True, related_name="visits"
    )
    position = models.PositiveSmallIntegerField(_("place in the list"), null=True, blank=True)
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, blank=True, related_name="visits")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    # Looked like one person's, and somebody decided that they are two people's.
    distinct_from = models.ManyToManyField("self", blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(_("asked at"))
    by = models.CharField(_("entered by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person_key"],
                condition=Q(person_key__isnull=False) & ~Q(state__in=["merged", "withdrawn"]),
                name="visit_once_per_round",
                violation_error_message=_("A visit to this person is already asked for."),
            ),
            models.CheckConstraint(
                condition=Q(window_starts__isnull=True)
                | Q(window_ends__isnull=True)
                | Q(window_ends__gt=F("window_starts")),
                name="visit_window_ends_after_start",
                violation_error_message=_("The time for the visit ends after it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(team__isnull=False) | Q(trip__isnull=False),
                name="visit_assigned_to_somebody",
                violation_error_message=_("Choose the team or the car."),
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="visit_merged_names_other",
                violation_error_message=_("A merged request names the one that stays."),
            ),
        ]
        indexes = [models.Index(fields=["round", "street_id", "state"], name="visit_by_street")]


class VisitStep(models.Model):
    """What happened to a visit: append-only; a phone's step carries its own key and time."""

    scope_lookups = {
        "district": "visit__district_id",
        "street": "visit__street_id",
        "community": "visit__community_id",
    }

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="steps")
    client_key = models.UUIDField(null=True, blank=True, unique=True)
    from_state = models.CharField(max_length=10, blank=True, default="")
    to_state = models.CharField(max_length=10, choices=VisitState.choices)
    # The team it was given to with this step: what a phone noted offline counts from any team
    # that had the visit, also after it was given to another.
    team = models.ForeignKey(VisitTeam, models.PROTECT, null=True, blank=True, related_name="steps")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    device_at = models.DateTimeField(_("time on the phone"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()
