"""Fit for the task: courses, examinations, qualifications with their end, floors (S034, S080)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.scope import ScopedQuerySet
from personnel.models.organisations import DutyRole, Organisation, QualificationKind, Term, once
from personnel.models.people import StaffMember


class Course(models.Model):
    """A training with theory and practical examination; who passes both is certified."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    client_key = models.UUIDField(unique=True)
    district_id = models.IntegerField()
    street_id = models.IntegerField(null=True, blank=True)
    title = models.CharField(_("title"), max_length=120)
    teaches = models.ManyToManyField(
        QualificationKind, related_name="courses", verbose_name=_("teaches")
    )
    organiser = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="courses",
        verbose_name=_("organiser"),
    )  # fmt: skip
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    place = models.CharField(_("place"), max_length=120, blank=True, default="")
    pass_theory = models.PositiveSmallIntegerField(_("theory passed from"), default=60)
    pass_practical = models.PositiveSmallIntegerField(_("practical passed from"), default=60)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="course_ends_after_start",
                violation_error_message=_("The last day is not before the first."),
            ),
            models.CheckConstraint(
                condition=Q(pass_theory__lte=100, pass_practical__lte=100),
                name="course_marks_of_a_hundred",
                violation_error_message=_("Marks go up to 100."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """One person in one course, with the marks of both examinations once they are known."""

    scope_lookups = {"district": "course__district_id", "street": "course__street_id"}

    course = models.ForeignKey(Course, models.PROTECT, related_name="attendances")
    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="attendances")
    theory = models.PositiveSmallIntegerField(_("theory"), null=True, blank=True)
    practical = models.PositiveSmallIntegerField(_("practical"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "member"],
                name="attendance_once",
                violation_error_message=_("This person is already in this course."),
            ),
            models.CheckConstraint(
                condition=(Q(theory__isnull=True) | Q(theory__lte=100))
                & (Q(practical__isnull=True) | Q(practical__lte=100)),
                name="attendance_marks_of_a_hundred",
                violation_error_message=_("Marks go up to 100."),
            ),
        ]


class Qualification(models.Model):
    """A person masters something from a day on, until it runs out or is withdrawn."""

    scope_lookups = {"district": "member__district_id", "street": "member__street_id"}

    member = models.ForeignKey(StaffMember, models.PROTECT, related_name="qualifications")
    kind = models.ForeignKey(QualificationKind, models.PROTECT, related_name="held")
    obtained_on = models.DateField(_("obtained on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    attendance = models.ForeignKey(
        Attendance, models.PROTECT, null=True, blank=True, related_name="qualifications"
    )
    proof = models.CharField(_("proof"), max_length=120, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "obtained_on"],
                name="qualification_once_a_day",
                violation_error_message=_("This qualification is already noted for that day."),
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("obtained_on")),
                name="qualification_ends_after_start",
                violation_error_message=_("A qualification ends after it was obtained."),
            ),
        ]


class ReadinessFloor(Term):
    """The least a street must have ready (S080, S083): people who can be counted, or other things.

    With `qualification` or `role` the actual number is counted from the list of people; without
    them the street states it (`ReadinessCount`).
    """

    class Per(models.TextChoices):
        STREET = "street", _("for each street")
        COMMUNITY = "community", _("for each community")

    per = models.CharField(_("for"), max_length=10, choices=Per.choices, default=Per.STREET)
    required = models.PositiveSmallIntegerField(_("required"))
    qualification = models.ForeignKey(
        QualificationKind, models.PROTECT, null=True, blank=True, related_name="floors",
        verbose_name=_("counted by qualification"),
    )  # fmt: skip
    role = models.ForeignKey(
        DutyRole, models.PROTECT, null=True, blank=True, related_name="floors",
        verbose_name=_("counted by role"),
    )  # fmt: skip
    reference = models.CharField(_("source"), max_length=200)

    class Meta(Term.Meta):
        constraints = [
            once("readiness_floor_code_once"),
            models.CheckConstraint(
                condition=Q(qualification__isnull=True) | Q(role__isnull=True),
                name="readiness_floor_counts_one_way",
                violation_error_message=_("Count by qualification or by role, not by both."),
            ),
        ]


class ReadinessCount(models.Model):
    """What a street states it has of something that is not counted from the list. Append-only."""

    scope_lookups = {"district": "district_id", "street": "street_id"}

    floor = models.ForeignKey(ReadinessFloor, models.PROTECT, related_name="counts")
    district_id = models.IntegerField()
    street_id = models.IntegerField()
    actual = models.PositiveSmallIntegerField(_("actual"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["floor", "street_id", "-at"], name="readiness_latest")]
