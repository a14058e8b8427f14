"""Courses of one's area, who is in them, and qualifications that run out (S034, S035)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.scope import Scope
from personnel.models import Attendance, Course, Organisation, Qualification, StaffMember

SEALED = ("member__id_number", "member__name", "member__phone", "member__home_unit__phone")
"""Encrypted columns: to open them for a list takes long, and lists show masks only."""
MANY = 300
"""People shown at once for a course to choose from."""


def seen_courses(scope: Scope) -> QuerySet[Course]:
    """Courses of one's area, and those of the district in which people of one's area take part.

    Of the latter one sees one's own people and changes nothing.
    """
    mine = Attendance.objects.filter(
        course=OuterRef("pk"), member__in=StaffMember.objects.filter(street_id__in=scope.streets)
    )
    own = Course.objects.within(scope).values("pk")
    return Course.objects.filter(Q(pk__in=own) | Exists(mine))


def courses_of(scope: Scope) -> QuerySet[Any]:
    """Courses with how many of one's people are in them, examined and passed, newest first."""
    # One's own people alone, of a course of the district too.
    people = Attendance.objects.filter(
        course=OuterRef("pk"), member__in=StaffMember.objects.within(scope)
    ).order_by()
    examined = people.filter(theory__isnull=False, practical__isnull=False)
    passed = people.filter(
        theory__gte=F("course__pass_theory"), practical__gte=F("course__pass_practical")
    )
    return (
        seen_courses(scope)
        .annotate(people=_number(people), examined=_number(examined), passed=_number(passed))
        .annotate(missing=F("people") - F("examined"))
        .prefetch_related("teaches")
        .order_by("-starts_on", "-pk")
    )


def _number(rows: QuerySet[Attendance]) -> Coalesce:
    counted = rows.values("course").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def attendances_of(course: Course, scope: Scope) -> QuerySet[Attendance]:
    """Everybody in a course whom one may see, by home unit, with the qualifications it gave."""
    given = Qualification.objects.filter(withdrawn_at__isnull=True).order_by("kind__position")
    return (
        Attendance.objects.filter(course=course, member__in=StaffMember.objects.within(scope))
        .select_related("member__home_unit")
        .defer(*SEALED)
        .prefetch_related(Prefetch("qualifications", queryset=given, to_attr="given"))
        .order_by("member__home_unit__name", "member__name_mask", "member__id_last4", "pk")
    )


def candidates(
    course: Course, scope: Scope, *, last4: str = "", unit: Organisation | None = None
) -> list[StaffMember]:
    """People who could be added to a course: by the last four of their document, or of a unit."""
    found = (
        StaffMember.objects.within(scope)
        .serving()
        .filter(district_id=course.district_id)
        .exclude(Exists(Attendance.objects.filter(course=course, member=OuterRef("pk"))))
    )
    if last4:
        found = found.filter(id_last4__iexact=last4)
    if unit is not None:
        found = found.filter(home_unit=unit)
    ordered = (
        found.select_related("home_unit")
        .defer("id_number", "name", "phone", "home_unit__phone")
        .prefetch_related("roles")
    )
    return list(ordered.order_by("name_mask", "id_last4")[: MANY + 1])


@dataclass(frozen=True)
class Running:
    """One qualification that runs out soon, or has run out and was not renewed."""

    held: Qualification
    days: int

    @property
    def expired(self) -> bool:
        return self.days < 0


def running_out(scope: Scope, *, on: date, days: int) -> QuerySet[Qualification]:
    """Qualifications of people in service that end within so many days, or ended already.

    Only each person's newest of a kind: who passed again is not listed.
    """
    newer = Qualification.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gt=OuterRef("expires_on")),
        member=OuterRef("member"),
        kind=OuterRef("kind"),
        withdrawn_at__isnull=True,
    )
    return (
        Qualification.objects.within(scope)
        .filter(
            withdrawn_at__isnull=True,
            expires_on__lte=on + timedelta(days=days),
            member__in=StaffMember.objects.within(scope).serving(),
        )
        .exclude(Exists(newer))
        .select_related("member__home_unit", "kind")
        .defer(*SEALED)
        .order_by("expires_on", "member__home_unit__name", "member__name_mask", "pk")
    )


def with_days(rows: Sequence[Qualification], on: date) -> list[Running]:
    """How many days each has left; below 0 once it has run out."""
    return [Running(row, (row.expires_on - on).days) for row in rows if row.expires_on is not None]
