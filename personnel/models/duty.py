"""Duty: where it is done, how many are needed when, and who is booked for it.

Need and supply meet at (place, role, time): `Shift` is the need; `Duty` (one person) and
`TeamPlace` (part of a team) are the supply. What is missing is computed, never stored.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from personnel.models.organisations import DutyRole
from personnel.models.people import Span, StaffMember, SupportTeam

_ENDS_AFTER_START = Q(ends_at__gt=F("starts_at"))
_BY_PLACE = {"district": "district_id", "street": "street_id"}


class DutyPlace(models.Model):
    """A place where people are on duty: point, unit, vehicle, checkpoint, command post, street.

    What a point needs is stated at the point and never at its units; people may be booked at
    either, and both count for the point.
    """

    scope_lookups = _BY_PLACE

    class Kind(models.TextChoices):
        POINT = "point", _("sampling point")
        UNIT = "unit", _("sampling unit")
        VEHICLE = "vehicle", _("vehicle")
        CHECKPOINT = "checkpoint", _("checkpoint")
        COMMAND = "command", _("command post")
        STREET = "street", _("street or town")

    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    point = models.ForeignKey(
        "sites.SamplingPoint", models.PROTECT, null=True, blank=True, related_name="duty_places"
    )
    unit = models.OneToOneField(
        "sites.SamplingUnit", models.PROTECT, null=True, blank=True, related_name="duty_place"
    )
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    # A post that must never be empty (S006, S073): gaps in its days are shown.
    around_the_clock = models.BooleanField(_("around the clock"), default=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="unit", point__isnull=False, unit__isnull=False)
                | Q(kind="point", point__isnull=False, unit__isnull=True)
                | (~Q(kind__in=["unit", "point"]) & Q(point__isnull=True, unit__isnull=True)),
                name="duty_place_is_what_it_says",
                violation_error_message=_("A place at a point names its point, another does not."),
            ),
            models.UniqueConstraint(
                fields=["point"],
                condition=Q(kind="point"),
                name="duty_place_of_point_once",
                violation_error_message=_("This point already is a place of duty."),
            ),
            models.UniqueConstraint(
                fields=["street_id"],
                condition=Q(kind="street"),
                name="duty_place_of_street_once",
                violation_error_message=_("This street already is a place of duty."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["checkpoint", "command", "vehicle"]) | ~Q(name=""),
                name="duty_place_has_name",
                violation_error_message=_("Give the place a name."),
            ),
        ]
        indexes = [models.Index(fields=["street_id", "kind"], name="duty_place_by_street")]

    def __str__(self) -> str:
        if self.unit is not None:
            return str(self.unit)
        if self.point is not None:
            return str(self.point)
        return self.name or gettext("whole street")


class Shift(models.Model):
    """So many people of one role are needed at a place from one time to another."""

    scope_lookups = _BY_PLACE

    place = models.ForeignKey(DutyPlace, models.PROTECT, related_name="shifts")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    round = models.ForeignKey(
        "campaigns.Round", models.PROTECT, null=True, blank=True, related_name="shifts"
    )
    role = models.ForeignKey(DutyRole, models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    needed = models.PositiveSmallIntegerField(_("needed"))
    basis = models.CharField(_("reckoned from"), max_length=200, blank=True, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_ENDS_AFTER_START,
                name="shift_ends_after_start",
                violation_error_message=_("A shift ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(needed__gte=1),
                name="shift_needs_somebody",
                violation_error_message=_("A shift needs one person at least."),
            ),
            # Two statements of one need would count it twice.
            ExclusionConstraint(
                name="shift_need_stated_once",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "The need of this role is already stated for part of that time."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["street_id", "ends_at"], name="shift_by_street"),
            models.Index(fields=["district_id", "ends_at"], name="shift_by_district"),
        ]


class DutyState(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("person or vehicle", "booked")
    PRESENT = "present", _("on site")
    DONE = "done", pgettext_lazy("duty", "finished")
    CANCELLED = "cancelled", _("cancelled")


STANDING = [DutyState.BOOKED, DutyState.PRESENT, DutyState.DONE]
"""States that take up a person's or team's time; a cancelled duty takes none."""


class TeamDuty(models.Model):
    """A whole team is booked, for one street or the district, from one time to another.

    Its parts stand at places (`TeamPlace`); listed members have a `Duty` each, so that nobody is
    booked twice as a person and as part of a team.
    """

    scope_lookups = _BY_PLACE

    client_key = models.UUIDField(unique=True)
    team = models.ForeignKey(SupportTeam, models.PROTECT, related_name="duties")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    round = models.ForeignKey(
        "campaigns.Round", models.PROTECT, null=True, blank=True, related_name="team_duties"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    headcount = models.PositiveSmallIntegerField(_("headcount"))
    state = models.CharField(
        _("state"), max_length=10, choices=DutyState.choices, default=DutyState.BOOKED
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("booked at"))
    by = models.CharField(_("booked by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_ENDS_AFTER_START,
                name="team_duty_ends_after_start",
                violation_error_message=_("A duty ends after it starts."),
            ),
            ExclusionConstraint(
                name="team_booked_once",
                expressions=[("team", RangeOperators.EQUAL), (Span(), RangeOperators.OVERLAPS)],
                condition=~Q(state="cancelled"),
                violation_error_message=_("This team is already booked for part of that time."),
            ),
        ]
        indexes = [models.Index(fields=["district_id", "ends_at"], name="team_duty_by_end")]


class TeamPlace(models.Model):
    """So many of a booked team stand at one place in one role (S052: one team, many points)."""

    scope_lookups = {"district": "duty__district_id", "street": "place__street_id"}

    duty = models.ForeignKey(TeamDuty, models.CASCADE, related_name="places")
    place = models.ForeignKey(DutyPlace, models.PROTECT, related_name="team_places")
    role = models.ForeignKey(DutyRole, models.PROTECT, related_name="+")
    people = models.PositiveSmallIntegerField(_("people"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["duty", "place", "role"],
                name="team_place_once",
                violation_error_message=_("This part of the team already stands there."),
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1),
                name="team_place_has_people",
                violation_error_message=_("A part of a team has one person at least."),
            ),
        ]


class Duty(models.Model):
    """One person is booked at one place in one role; never twice at a time.

    "Arrived" and "left" say where a resource is; nobody is rated by them. Leaving early moves
    `ends_at` to that moment, so that the person is free again.
    """

    scope_lookups = _BY_PLACE

    client_key = models.UUIDField(unique=True)
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="duties")
    place = models.ForeignKey(DutyPlace, models.PROTECT, related_name="duties")
    role = models.ForeignKey(DutyRole, models.PROTECT, related_name="duties")
    team_duty = models.ForeignKey(
        TeamDuty, models.PROTECT, null=True, blank=True, related_name="member_duties"
    )
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    round = models.ForeignKey(
        "campaigns.Round", models.PROTECT, null=True, blank=True, related_name="duties"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    state = models.CharField(
        _("state"), max_length=10, choices=DutyState.choices, default=DutyState.BOOKED
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    # Why a limit of hours, rest or travel was passed over, or why the duty was cancelled.
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    at = models.DateTimeField(_("booked at"))
    by = models.CharField(_("booked by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_ENDS_AFTER_START,
                name="duty_ends_after_start",
                violation_error_message=_("A duty ends after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["present", "done"]) | Q(arrived_at__isnull=False),
                name="duty_present_has_time",
                violation_error_message=_("Who is on site arrived at some time."),
            ),
            ExclusionConstraint(
                name="staff_booked_once",
                expressions=[("member", RangeOperators.EQUAL), (Span(), RangeOperators.OVERLAPS)],
                condition=~Q(state="cancelled"),
                violation_error_message=_("This person is already booked for part of that time."),
            ),
        ]
        indexes = [
            models.Index(fields=["street_id", "ends_at"], name="duty_by_street"),
            models.Index(fields=["district_id", "ends_at"], name="duty_by_district"),
            models.Index(fields=["place", "ends_at"], name="duty_by_place"),
        ]


class PatchAssignment(models.Model):
    """Who answers for a building: exactly one person at a time (S029)."""

    scope_lookups = {
        "district": "district_id",
        "street": "street_id",
        "community": "community_id",
    }

    building = models.ForeignKey("campaigns.Division", models.PROTECT, related_name="patches")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    community_id = models.IntegerField()
    owner = models.ForeignKey(StaffMember, models.PROTECT, related_name="patches")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | _ENDS_AFTER_START,
                name="patch_ends_after_start",
                violation_error_message=_("An assignment ends after it starts."),
            ),
            ExclusionConstraint(
                name="patch_one_owner",
                expressions=[
                    ("building", RangeOperators.EQUAL),
                    (Span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This building already has somebody who answers for it."),
            ),
        ]
