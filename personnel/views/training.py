"""Courses: their list, their people, the marks of both examinations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models.divisions import Level
from core import clock
from core.acts import accepted, attempt, who
from core.query import refuse_unknown_query
from personnel.forms.training import CourseForm, FindPeopleForm, MarkTable
from personnel.models import Attendance, Course, StaffMember
from personnel.permissions import can_train, check_can_see_staff, check_can_train
from personnel.queries.courses import (
    MANY,
    attendances_of,
    candidates,
    courses_of,
    seen_courses,
)
from personnel.services.certification import Noted, is_passed, note_marks
from personnel.services.training import add_course, add_people, change_course, remove_person

PAGE_SIZE = 50


@require_safe
def courses_page(request: HttpRequest) -> HttpResponse:
    """Courses of one's area, the newest first."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ("page",))
    page = Paginator(courses_of(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "today": clock.day_of(clock.now()),
        "may_train": can_train(request.scope),
    }
    return render(request, "personnel/training/courses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course_add(request: HttpRequest) -> HttpResponse:
    """A new course."""
    check_can_train(request.scope)
    form = CourseForm(request.POST if request.method == "POST" else None, scope=request.scope)

    def act(data: dict[str, Any]) -> Course:
        area = data["area"]
        return add_course(
            client_key=data["client_key"],
            district_id=area.district_id,
            street_id=area.pk if area.level == Level.STREET else None,
            details=form.details(),
            **who(request),
        )

    if request.method == "POST" and (done := accepted(form, act)):
        return HttpResponseRedirect(reverse("training:course", args=[done.value.pk]))
    status = 422 if form.errors else 200
    return render(request, "personnel/training/course_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def course_change(request: HttpRequest, course_id: int) -> HttpResponse:
    """What is said about a course."""
    check_can_train(request.scope)
    course = get_object_or_404(Course.objects.within(request.scope), pk=course_id)
    form = CourseForm(
        request.POST if request.method == "POST" else None, scope=request.scope, course=course
    )

    def act(_data: dict[str, Any]) -> Course:
        return change_course(course_id=course.pk, details=form.details(), **who(request))

    if request.method == "POST" and accepted(form, act):
        return HttpResponseRedirect(reverse("training:course", args=[course.pk]))
    context = {"form": form, "course": course}
    status = 422 if form.errors else 200
    return render(request, "personnel/training/course_form.html", context, status=status)


@require_safe
def course_page(request: HttpRequest, course_id: int) -> HttpResponse:
    """One course: who is in it, with which marks."""
    check_can_see_staff(request.scope)
    refuse_unknown_query(request, ())
    return _page(request, course_id)


@require_POST
def course_find(request: HttpRequest, course_id: int) -> HttpResponse:
    """Show people who could be added; the last four stand in no address."""
    check_can_train(request.scope)
    course = get_object_or_404(Course.objects.within(request.scope), pk=course_id)
    form = FindPeopleForm(request.POST, district_id=course.district_id)
    if not form.is_valid():
        return _page(request, course_id, Shown(find=form), status=422)
    found = candidates(course, request.scope, **form.cleaned_data)
    return _page(request, course_id, Shown(find=form, found=found))


@require_POST
def course_people(request: HttpRequest, course_id: int) -> HttpResponse:
    """Add the ticked people."""
    check_can_train(request.scope)
    ticked = {pk for text in request.POST.getlist("member") if (pk := _uuid(text)) is not None}
    answer = attempt(lambda: add_people(course_id=course_id, member_ids=ticked, **who(request)))
    if answer.refused is not None:
        messages.error(request, answer.refused.text)
    elif ticked:
        added = answer.value
        messages.success(
            request, ngettext("%(n)s person added.", "%(n)s people added.", added) % {"n": added}
        )
    else:
        messages.warning(request, _("Nobody was ticked."))
    return HttpResponseRedirect(f"{reverse('training:course', args=[course_id])}#people")


@require_POST
def course_marks(request: HttpRequest, course_id: int) -> HttpResponse:
    """Note the marks of the page; what cannot be read stays as it was typed."""
    check_can_train(request.scope)
    course = get_object_or_404(Course.objects.within(request.scope), pk=course_id)
    ids = attendances_of(course, request.scope).values_list("pk", flat=True)
    table = MarkTable.read(request.POST, list(ids))
    if table.errors:
        return _page(request, course_id, Shown(table=table), status=422)
    answer = attempt(lambda: note_marks(course_id=course.pk, marks=table.marks, **who(request)))
    if answer.refused is not None:
        shown = Shown(table=table, refused=answer.refused.text)
        return _page(request, course_id, shown, status=422)
    noted = answer.value
    if noted.contested:
        return _page(request, course_id, Shown(table=table, noted=noted), status=422)
    messages.success(request, _said_of(noted))
    return HttpResponseRedirect(f"{reverse('training:course', args=[course_id])}#people")


@require_POST
def attendance_remove(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """Take somebody off the list who was never examined."""
    check_can_train(request.scope)
    attendance = get_object_or_404(Attendance.objects.within(request.scope), pk=attendance_id)
    answer = attempt(lambda: remove_person(attendance_id=attendance_id, **who(request)))
    if answer.refused is not None:
        messages.error(request, answer.refused.text)
    return HttpResponseRedirect(f"{reverse('training:course', args=[attendance.course_id])}#people")


@dataclass
class Shown:
    """What one answer shows besides the course itself."""

    find: FindPeopleForm | None = None
    found: list[StaffMember] | None = None
    table: MarkTable = field(default_factory=MarkTable)
    noted: Noted = field(default_factory=Noted)
    refused: str = ""


def _page(
    request: HttpRequest, course_id: int, shown: Shown | None = None, *, status: int = 200
) -> HttpResponse:
    shown = shown or Shown()
    course = get_object_or_404(
        seen_courses(request.scope).select_related("organiser"), pk=course_id
    )
    own = Course.objects.within(request.scope).filter(pk=course_id).exists()
    rows = [_row(each, course, shown) for each in attendances_of(course, request.scope)]
    context = {
        "course": course,
        "teaches": course.teaches.all(),
        "rows": rows,
        "passed": sum(row["state"] == "passed" for row in rows),
        "failed": sum(row["state"] == "failed" for row in rows),
        "waiting": sum(row["state"] == "waiting" for row in rows),
        "find": shown.find or FindPeopleForm(district_id=course.district_id),
        "found": None if shown.found is None else shown.found[:MANY],
        "too_many": shown.found is not None and len(shown.found) > MANY,
        "many": MANY,
        "errors": [row for row in rows if row["error"]],
        "refused": shown.refused,
        "own": own,
        "may_train": own and can_train(request.scope),
        "today": clock.day_of(clock.now()),
    }
    return render(request, "personnel/training/course.html", context, status=status)


def _row(attendance: Attendance, course: Course, shown: Shown) -> dict[str, Any]:
    typed = shown.table.typed.get(attendance.pk)
    stored = (_text(attendance.theory), _text(attendance.practical))
    if attendance.theory is None or attendance.practical is None:
        state = "waiting"
    else:
        state = "passed" if is_passed(attendance, course) else "failed"
    error = shown.table.errors.get(attendance.pk, "")
    if attendance.pk in shown.noted.contested:
        error = _("Noted meanwhile by somebody else: %(theory)s / %(practical)s.") % {
            "theory": stored[0] or "—",
            "practical": stored[1] or "—",
        }
    given = list(getattr(attendance, "given", ()))
    return {
        "attendance": attendance,
        "member": attendance.member,
        "theory": typed[0] if typed else stored[0],
        "practical": typed[1] if typed else stored[1],
        "seen": stored,
        "state": state,
        "until": min((each.expires_on for each in given if each.expires_on), default=None),
        "holds": bool(given),
        "error": error,
    }


def _said_of(noted: Noted) -> str:
    if not noted.changed:
        return _("No mark was different; nothing changed.")
    said = ngettext("Marks of %(n)s person noted", "Marks of %(n)s people noted", noted.changed) % {
        "n": noted.changed
    }
    return _("%(marks)s. Qualifications given: %(given)s, withdrawn: %(withdrawn)s.") % {
        "marks": said,
        "given": noted.certified,
        "withdrawn": noted.withdrawn,
    }


def _text(mark: int | None) -> str:
    return "" if mark is None else str(mark)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
