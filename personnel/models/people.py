"""People on duty, the teams they come in, and the task forces they serve (S020, S038, S088)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.crypto import EncryptedTextField
from core.scope import Scope, ScopedQuerySet
from personnel.models.organisations import DutyRole, Organisation, SourceCategory, Term, once


class Span(Func):
    """The stretch from `starts_at` to `ends_at`, its end not included, as PostgreSQL's range."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()

    def __init__(self, start: str = "starts_at", end: str = "ends_at") -> None:
        super().__init__(F(start), F(end), RangeBoundary())


class StaffMemberQuerySet(ScopedQuerySet["StaffMember"]):
    def within(self, scope: Scope | None, *, since: datetime | None = None) -> StaffMemberQuerySet:
        """People who work in one's area, those on duty in it, and leaders of teams booked for it;
        the floor in the database says the same.

        With `since` only duties that end later count: who helped out once is named in the rosters
        of that time, and neither listed nor called for ever.
        """
        working = super().within(scope)
        if scope is None or scope.everything or not scope.streets:
            return working
        streets = sorted(scope.streets)
        duties = apps.get_model("personnel", "Duty").objects.exclude(state="cancelled")
        teams = apps.get_model("personnel", "TeamDuty").objects.exclude(state="cancelled")
        if since is not None:
            duties, teams = duties.filter(ends_at__gt=since), teams.filter(ends_at__gt=since)
        return (
            working
            | self.filter(pk__in=duties.filter(street_id__in=streets).values("member"))
            | self.filter(pk__in=teams.filter(street_id__in=streets).values("team__leader"))
        )

    def serving(self) -> StaffMemberQuerySet:
        """People who have not left the district's list."""
        return self.filter(left_at__isnull=True)


class StaffMember(models.Model):
    """A person who works in the campaign; once per district, found by the blind index.

    `street_id` is the street where the person works now: the home street, or the one that
    borrows. Null for people of the whole district. Row-level security hides people of streets
    outside the caller's scope.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class Reach(models.TextChoices):
        REACHED = "reached", pgettext_lazy("person", "reached")
        UNREACHED = "unreached", _("not reached")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_key = models.UUIDField(editable=False)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    id_type = models.CharField(_("document type"), max_length=16, default="resident")
    id_number = EncryptedTextField()
    name = EncryptedTextField()
    phone = EncryptedTextField(blank=True, default="")
    id_last4 = models.CharField(_("last four"), max_length=4)
    name_mask = models.CharField(_("name, masked"), max_length=20)
    phone_mask = models.CharField(_("telephone, masked"), max_length=20, blank=True, default="")
    # Keyed digests that tell whether a name or phone differs from a newer list.
    name_print = models.BigIntegerField(editable=False)
    phone_print = models.BigIntegerField(editable=False)
    home_unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="staff", verbose_name=_("home unit")
    )
    source = models.ForeignKey(
        SourceCategory, models.PROTECT, related_name="staff", verbose_name=_("source category")
    )
    team = models.ForeignKey(
        "personnel.SupportTeam",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("support team"),
    )
    roles = models.ManyToManyField(
        DutyRole, related_name="staff", blank=True, verbose_name=_("roles")
    )
    user = models.OneToOneField(
        "personnel.User", models.PROTECT, null=True, blank=True, related_name="staff_member"
    )
    reach = models.CharField(
        _("reachable"), max_length=10, choices=Reach.choices, blank=True, default=""
    )
    reach_at = models.DateTimeField(_("last tried at"), null=True, blank=True)
    added_at = models.DateTimeField(_("added at"))
    left_at = models.DateTimeField(_("left the list at"), null=True, blank=True)

    objects = StaffMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "person_key"],
                name="staff_member_once_per_district",
                violation_error_message=_("This person is already on the district's list."),
            ),
            models.CheckConstraint(
                condition=Q(reach="", reach_at__isnull=True)
                | (~Q(reach="") & Q(reach_at__isnull=False)),
                name="staff_member_reach_has_time",
                violation_error_message=_("A try to reach somebody carries its time."),
            ),
        ]
        indexes = [
            models.Index(fields=["district_id", "id_last4"], name="staff_by_last4"),
            models.Index(fields=["street_id"], name="staff_by_street"),
        ]

    def __str__(self) -> str:
        return self.name_mask


class SupportTeam(Term):
    """A team sent to help: from which body, how many, from when to when, under whom (S038).

    `headcount` is what its sender states; members need not be listed one by one. The district's
    own hospitals send teams as well.
    """

    name = models.CharField(_("name"), max_length=120)
    sent_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="teams", verbose_name=_("sent by")
    )
    source = models.ForeignKey(
        SourceCategory, models.PROTECT, related_name="teams", verbose_name=_("source category")
    )
    leader = models.ForeignKey(
        StaffMember,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("leader"),
    )
    headcount = models.PositiveSmallIntegerField(_("headcount"))
    arrives_at = models.DateTimeField(_("arrives at"))
    returns_at = models.DateTimeField(_("returns at"), null=True, blank=True)

    class Meta(Term.Meta):
        constraints = [
            once("support_team_code_once"),
            models.CheckConstraint(
                condition=Q(headcount__gte=1),
                name="support_team_has_people",
                violation_error_message=_("A team has one person at least."),
            ),
            models.CheckConstraint(
                condition=Q(returns_at__isnull=True) | Q(returns_at__gt=F("arrives_at")),
                name="support_team_returns_after_arrival",
                violation_error_message=_("A team returns after it arrives."),
            ),
        ]


class TaskForce(Term):
    """A working group of the command (工作专班); any number, each with its lead body (S088)."""

    lead = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="task_forces",
        verbose_name=_("lead body"),
    )
    head = models.ForeignKey(
        StaffMember,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head"),
    )
    members = models.ManyToManyField(
        StaffMember, related_name="task_forces", blank=True, verbose_name=_("members")
    )

    class Meta(Term.Meta):
        constraints = [once("task_force_code_once")]


class Secondment(models.Model):
    """A person lent to a street until a stated time (S020); access there ends with it.

    `ends_at` is the agreed return; sending somebody back early moves it to that moment.
    """

    scope_lookups = {"district": "district_id", "street": "street_id"}

    client_key = models.UUIDField(unique=True)
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="secondments")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    # The account's posting that this secondment opened, if the person signs in.
    posting = models.OneToOneField(
        "personnel.Posting", models.PROTECT, null=True, blank=True, related_name="secondment"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("returns at"))
    # Where the person worked before, to go back to.
    street_before = models.IntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(_("back at"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="secondment_ends_after_start",
                violation_error_message=_("The return lies after the beginning."),
            ),
            ExclusionConstraint(
                name="secondment_one_at_a_time",
                expressions=[("member", RangeOperators.EQUAL), (Span(), RangeOperators.OVERLAPS)],
                violation_error_message=_("This person is already lent to a street at that time."),
            ),
        ]


class Unveiling(models.Model):
    """Somebody read a staff member's full name and telephone: who, whose, why. Append-only."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    class Reason(models.TextChoices):
        CALL = "call", _("to call the person")
        MEND = "mend", _("to check or mend the list")
        AID = "aid", _("accident or illness on duty")

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="unveilings")
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    objects = ScopedQuerySet.as_manager()
