"""Courses and who takes part in them (S034)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope
from personnel.models import (
    Attendance,
    Course,
    Organisation,
    Qualification,
    QualificationKind,
    StaffMember,
)
from personnel.services.certification import is_passed, settle
from sites.services.finding import Unknown


@dataclass(frozen=True)
class CourseDetails:
    """What is said about a course; marks are of a hundred."""

    title: str
    teaches: Sequence[int]
    starts_on: date
    ends_on: date
    place: str = ""
    organiser_id: int | None = None
    pass_theory: int = 60
    pass_practical: int = 60


@transaction.atomic
def add_course(
    *,
    client_key: UUID,
    district_id: int,
    street_id: int | None,
    details: CourseDetails,
    scope: Scope,
    by: str,
    at: datetime,
) -> Course:
    """Add a course of a district or of one street; the same key again is the same course."""
    submission_lock(client_key)
    known = Course.objects.within(scope).filter(client_key=client_key).first()
    if known is not None:
        return known
    _refuse_elsewhere(district_id, street_id, scope)
    values, teaches = _checked(district_id, details)
    course = Course.objects.create(
        client_key=client_key, district_id=district_id, street_id=street_id, at=at, by=by, **values
    )
    course.teaches.set(teaches)
    _note(course, act="course.add", by=by, at=at, teaches=[kind.code for kind in teaches])
    return course


@transaction.atomic
def change_course(
    *, course_id: int, details: CourseDetails, scope: Scope, by: str, at: datetime
) -> Course:
    """Change a course; other pass marks or subjects certify and withdraw at once."""
    course = locked_course(course_id, scope)
    values, teaches = _checked(course.district_id, details)
    before = {name: getattr(course, name) for name in values}
    taught = {kind.pk for kind in course.teaches.all()}
    changed = audit.changes(before, values)
    kinds_changed = taught != {kind.pk for kind in teaches}
    if not changed and not kinds_changed:
        return course
    passed = {each.pk for each in course.attendances.all() if is_passed(each, course)}
    for name, value in values.items():
        setattr(course, name, value)
    course.save(update_fields=list(values))
    course.teaches.set(teaches)
    everybody = list(course.attendances.all())
    turned = [each for each in everybody if (each.pk in passed) != is_passed(each, course)]
    others = [each for each in everybody if each not in turned] if kinds_changed else []
    added = {kind.pk for kind in teaches} - taught
    certified, withdrawn = (
        sum(pair)
        for pair in zip(
            settle(course, turned, by=by, at=at),
            settle(course, others, gives=added, by=by, at=at),
            strict=True,
        )
    )
    _note(
        course, act="course.change", by=by, at=at, fields=sorted(changed),
        teaches=[kind.code for kind in teaches], certified=certified, withdrawn=withdrawn,
    )  # fmt: skip
    return course


@transaction.atomic
def add_people(
    *, course_id: int, member_ids: Collection[UUID], scope: Scope, by: str, at: datetime
) -> int:
    """Put people of one's area on a course's list; returns how many were not on it before."""
    course = locked_course(course_id, scope)
    people = StaffMember.objects.within(scope).serving().filter(district_id=course.district_id)
    found = set(people.filter(pk__in=list(member_ids)).values_list("pk", flat=True))
    if len(found) < len(set(member_ids)):
        raise Refused("member_unknown", _("Somebody of these is not on the list of your area."))
    there = set(course.attendances.values_list("member_id", flat=True))
    fresh = sorted(found - there)
    Attendance.objects.bulk_create(
        Attendance(course=course, member_id=pk, at=at, by=by) for pk in fresh
    )
    if fresh:
        _note(course, act="course.people", by=by, at=at, people=len(fresh))
    return len(fresh)


@transaction.atomic
def remove_person(*, attendance_id: int, scope: Scope, by: str, at: datetime) -> Course:
    """Take somebody off a course's list. Raises Conflict once a mark is noted."""
    attendance = Attendance.objects.within(scope).filter(pk=attendance_id).first()
    if attendance is None:
        raise Unknown("attendance_unknown", _("There is no such person in this course."))
    course = locked_course(attendance.course_id, scope)
    attendance.refresh_from_db()
    examined = attendance.theory is not None or attendance.practical is not None
    if examined or Qualification.objects.filter(attendance=attendance).exists():
        raise Conflict("has_marks", _("Marks are noted for this person, who stays on the list."))
    attendance.delete()
    _note(course, act="course.person_removed", by=by, at=at, member=str(attendance.member_id))
    return course


def locked_course(course_id: int, scope: Scope) -> Course:
    """The course, locked until the transaction ends. Raises Unknown outside the scope."""
    seen = Course.objects.within(scope).filter(pk=course_id).values("pk")
    course = Course.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if course is None:
        raise Unknown("course_unknown", _("There is no such course in your area."))
    return course


def _refuse_elsewhere(district_id: int, street_id: int | None, scope: Scope) -> None:
    if scope.everything or district_id in scope.districts:
        streets = Division.objects.filter(district_id=district_id, level=Level.STREET)
        known = street_id is None or streets.filter(pk=street_id).exists()
    else:
        known = street_id is not None and street_id in scope.streets
    if not known:
        raise Refused("street_unknown", _("Choose a street of your area.")).at("street")


def _checked(
    district_id: int, details: CourseDetails
) -> tuple[dict[str, Any], list[QualificationKind]]:
    """The columns of a course, and the kinds it teaches, all of this district."""
    kinds = QualificationKind.objects.filter(district_id=district_id, pk__in=details.teaches)
    teaches = list(kinds)
    if not teaches or len(teaches) < len(set(details.teaches)):
        raise Refused("teaches_unknown", _("Choose what the course teaches.")).at("teaches")
    bodies = Organisation.objects.filter(district_id=district_id)
    if details.organiser_id and not bodies.filter(pk=details.organiser_id).exists():
        raise Refused("organiser_unknown", _("Choose one of the organisations.")).at("organiser")
    values = asdict(details)
    del values["teaches"]
    return values, teaches


def _note(course: Course, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="course", object_id=course.pk,
        district_id=course.district_id, street_id=course.street_id, **summary,
    )  # fmt: skip
