"""Marks make qualifications, and corrected marks take them back (S034, S035).

Whoever passes both examinations holds at once what the course teaches. A correction below the
pass withdraws it again; a qualification withdrawn by hand comes back by a new pass alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.clock import day_of
from core.inputs import Conflict, Refused
from core.scope import Scope
from personnel.models import Attendance, Course, Qualification, QualificationKind
from personnel.services.duty_rules import in_words
from sites.services.finding import Unknown

HIGHEST = 100


@dataclass(frozen=True)
class Marks:
    """Both marks of one person as they were typed, and as the page showed them before.

    A mark that was not touched is not written: another person may have noted it meanwhile.
    """

    theory: int | None
    practical: int | None
    seen_theory: int | None = None
    seen_practical: int | None = None


@dataclass
class Noted:
    """What became of a table of marks. `contested` are attendances somebody else changed."""

    changed: int = 0
    certified: int = 0
    withdrawn: int = 0
    contested: list[int] = field(default_factory=list)


@transaction.atomic
def note_marks(
    *, course_id: int, marks: Mapping[int, Marks], scope: Scope, by: str, at: datetime
) -> Noted:
    """Write the marks that were touched, by attendance; certify and withdraw at once.

    Raises Refused for marks above 100, for a course that has not begun, and for a person who is
    not in it. Where somebody else noted another mark meanwhile, theirs stays (`contested`).
    """
    seen = Course.objects.within(scope).filter(pk=course_id).values("pk")
    course = Course.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if course is None:
        raise Unknown("course_unknown", _("There is no such course in your area."))
    rows = {each.pk: each for each in course.attendances.filter(pk__in=list(marks))}
    if len(rows) < len(marks):
        raise Refused("attendance_unknown", _("Somebody of these is not in this course any more."))
    noted, turned = Noted(), []
    for pk, given in marks.items():
        before = is_passed(rows[pk], course)
        if not _take(rows[pk], given, noted):
            continue
        rows[pk].at, rows[pk].by = at, by
        rows[pk].save(update_fields=["theory", "practical", "at", "by"])
        noted.changed += 1
        if before != is_passed(rows[pk], course):
            turned.append(rows[pk])
    if noted.changed and day_of(at) < course.starts_on:
        raise Conflict("course_ahead", _("The course has not begun; there is nothing to mark yet."))
    noted.certified, noted.withdrawn = settle(course, turned, by=by, at=at)
    if noted.changed:
        audit.record(
            by=by, at=at, act="course.marks", object_type="course", object_id=course.pk,
            district_id=course.district_id, street_id=course.street_id,
            changed=noted.changed, certified=noted.certified, withdrawn=noted.withdrawn,
        )  # fmt: skip
    return noted


def _take(attendance: Attendance, given: Marks, noted: Noted) -> bool:
    """Set the touched marks; whether anything is to be written."""
    changed = contested = False
    for name in ("theory", "practical"):
        typed, seen = getattr(given, name), getattr(given, f"seen_{name}")
        stored = getattr(attendance, name)
        if typed is not None and not 0 <= typed <= HIGHEST:
            raise Refused("mark_range", _("Marks are whole numbers from 0 to 100.")).at(
                f"{name}-{attendance.pk}"
            )
        if typed in (seen, stored):
            continue
        if stored != seen:
            contested = True
            continue
        setattr(attendance, name, typed)
        changed = True
    if contested:
        noted.contested.append(attendance.pk)
    return changed


def settle(
    course: Course,
    attendances: Iterable[Attendance],
    *,
    gives: Collection[int] | None = None,
    by: str,
    at: datetime,
) -> tuple[int, int]:
    """Bring the qualifications of these people in line with their marks.

    With `gives`, who passed gets these kinds alone: what was withdrawn by hand from somebody who
    passed long ago stays so. Returns how many were given and how many withdrawn. Belongs in the
    caller's transaction.
    """
    rows = list(attendances)
    if not rows:
        return 0, 0
    kinds = list(course.teaches.all())
    held = Qualification.objects.filter(attendance__in=rows, withdrawn_at__isnull=True)
    passed = [each for each in rows if is_passed(each, course)]
    failed = [each for each in rows if not is_passed(each, course)]
    wrong = list(held.filter(attendance__in=failed))
    wrong += list(held.filter(attendance__in=passed).exclude(kind__in=kinds))
    for each in wrong:
        # Where the person works now is not always the course's area, nor seen from it.
        _withdraw(each, course.district_id, course.street_id, by=by, at=at, why="marks")
    new = [kind for kind in kinds if gives is None or kind.pk in gives]
    return _certify(course, passed, new, by=by, at=at), len(wrong)


def _certify(
    course: Course,
    passed: Sequence[Attendance],
    kinds: Sequence[QualificationKind],
    *,
    by: str,
    at: datetime,
) -> int:
    """Give what the course teaches, from the day of the examination on."""
    on = min(course.ends_on, day_of(at))
    people = [each.member_id for each in passed]
    existing = {
        (each.member_id, each.kind_id): each
        for each in Qualification.objects.filter(
            member__in=people, kind__in=kinds, obtained_on=on
        ).select_for_update(of=("self",), no_key=True)
    }
    given = 0
    for attendance in passed:
        for kind in kinds:
            row = existing.get((attendance.member_id, kind.pk))
            if row is not None and row.withdrawn_at is None:
                continue
            row = row or Qualification(member_id=attendance.member_id, kind=kind, obtained_on=on)
            row.expires_on = on + timedelta(days=kind.valid_days) if kind.valid_days else None
            row.attendance, row.withdrawn_at = attendance, None
            row.proof, row.at, row.by = course.title[:120], at, by
            row.save()
            given += 1
    return given


@transaction.atomic
def withdraw(
    *, qualification_id: int, reason: str, scope: Scope, by: str, at: datetime
) -> Qualification:
    """Take one qualification away by hand; withdrawing it twice changes nothing.

    Raises Unknown for a person of elsewhere, Refused without a reason.
    """
    seen = Qualification.objects.within(scope).filter(pk=qualification_id).values("pk")
    row = Qualification.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if row is None:
        raise Unknown("qualification_unknown", _("There is no such qualification in your area."))
    words = in_words(reason)
    if not words:
        raise Refused("reason_missing", _("Say why it is withdrawn.")).at("reason")
    if row.withdrawn_at is None:
        place = (row.member.district_id, row.member.street_id)
        _withdraw(row, *place, by=by, at=at, why="by hand", reason=words)
    return row


def _withdraw(
    row: Qualification,
    district_id: int,
    street_id: int | None,
    *,
    by: str,
    at: datetime,
    why: str,
    **summary: Any,
) -> None:
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    audit.record(
        by=by, at=at, act="qualification.withdraw", object_type="qualification", object_id=row.pk,
        district_id=district_id, street_id=street_id,
        member=str(row.member_id), kind=row.kind_id, why=why, **summary,
    )  # fmt: skip


def is_passed(attendance: Attendance, course: Course) -> bool:
    """Both examinations are noted and passed."""
    return (
        attendance.theory is not None
        and attendance.practical is not None
        and attendance.theory >= course.pass_theory
        and attendance.practical >= course.pass_practical
    )
