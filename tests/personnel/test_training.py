"""Courses, marks that certify at once, corrections that withdraw, and who is fit for a role."""

import uuid
from datetime import date, datetime, timedelta

import pytest

from core.clock import HERE
from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope, scoped
from personnel.models import Attendance, Course, Qualification, StaffMember
from personnel.queries.courses import candidates, running_out
from personnel.queries.fitness import certified, certified_for
from personnel.services.certification import Marks, note_marks, withdraw
from personnel.services.training import (
    CourseDetails,
    add_course,
    add_people,
    change_course,
    remove_person,
)
from tests.personnel.make import make_district
from tests.personnel.people import make_kind, make_member, make_organisation, make_role

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 11, 5, 9, tzinfo=HERE)


@pytest.fixture
def place():
    place = make_district()
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        yield place


def who(place, *, street=None, at=NOW):
    scope = (
        Scope(streets=frozenset({street.pk}), actor="user:1:trainer")
        if street
        else Scope(districts=frozenset({place.district.pk}), actor="user:1:trainer")
    )
    return {"scope": scope, "by": scope.actor, "at": at}


def details(place, *codes, **over):
    kinds = [make_kind(place.district, code).pk for code in codes or ("swab", "ppe")]
    return CourseDetails(
        **{
            "title": "两日培训",
            "teaches": kinds,
            "starts_on": date(2021, 11, 3),
            "ends_on": date(2021, 11, 4),
        }
        | over
    )


def make_course(place, *codes, street=None, **over) -> Course:
    return add_course(
        client_key=uuid.uuid4(),
        district_id=place.district.pk,
        street_id=street.pk if street else None,
        details=details(place, *codes, **over),
        **who(place),
    )


def attend(place, course, member) -> Attendance:
    add_people(course_id=course.pk, member_ids=[member.pk], **who(place))
    return Attendance.objects.get(course=course, member=member)


def mark(place, attendance, theory, practical, *, seen=(None, None), at=NOW):
    return note_marks(
        course_id=attendance.course_id,
        marks={attendance.pk: Marks(theory, practical, *seen)},
        **who(place, at=at),
    )


def held(member):
    return set(
        Qualification.objects.filter(member=member, withdrawn_at=None).values_list(
            "kind__code", flat=True
        )
    )


def test_the_same_form_sent_twice_is_one_course(place):
    key, said = uuid.uuid4(), details(place)
    made = [
        add_course(
            client_key=key, district_id=place.district.pk, street_id=None, details=said,
            **who(place),
        ).pk
        for _each in range(2)
    ]  # fmt: skip

    assert made[0] == made[1]
    assert Course.objects.count() == 1


def test_who_passes_both_holds_all_the_course_teaches_from_its_last_day(place):
    course = make_course(place)
    attendance = attend(place, course, make_member(place.district))

    assert mark(place, attendance, 59, 90).certified == 0
    assert held(attendance.member) == set()

    noted = mark(place, attendance, 60, 90, seen=(59, 90))
    assert (noted.certified, noted.withdrawn) == (2, 0)
    rows = Qualification.objects.filter(member=attendance.member)
    assert {(row.obtained_on, row.expires_on) for row in rows} == {
        (date(2021, 11, 4), date(2022, 11, 4))
    }


def test_a_mark_corrected_below_the_pass_withdraws_and_a_new_pass_gives_back(place):
    attendance = attend(place, make_course(place), make_member(place.district))
    mark(place, attendance, 80, 80)

    noted = mark(place, attendance, 80, 30, seen=(80, 80))
    assert (noted.certified, noted.withdrawn) == (0, 2)
    assert held(attendance.member) == set()
    acts = AuditEvent.objects.filter(act="qualification.withdraw")
    assert acts.count() == 2
    assert acts[0].by == "user:1:trainer"

    assert mark(place, attendance, 80, 75, seen=(80, 30)).certified == 2
    assert held(attendance.member) == {"swab", "ppe"}
    assert Qualification.objects.count() == 2, "revived, not doubled"


def test_clearing_a_mark_withdraws_too(place):
    attendance = attend(place, make_course(place, "swab"), make_member(place.district))
    mark(place, attendance, 80, 80)

    assert mark(place, attendance, None, 80, seen=(80, 80)).withdrawn == 1


def test_a_better_mark_does_not_bring_back_what_was_withdrawn_by_hand(place):
    attendance = attend(place, make_course(place, "swab"), make_member(place.district))
    mark(place, attendance, 80, 80)
    row = Qualification.objects.get()
    withdraw(qualification_id=row.pk, reason="copied", **who(place))

    assert mark(place, attendance, 95, 80, seen=(80, 80)).certified == 0
    assert held(attendance.member) == set()


def test_withdrawing_needs_a_reason_and_is_done_once(place):
    attendance = attend(place, make_course(place, "swab"), make_member(place.district))
    mark(place, attendance, 80, 80)
    row = Qualification.objects.get()

    with pytest.raises(Refused) as refused:
        withdraw(qualification_id=row.pk, reason=" ", **who(place))
    assert refused.value.code == "reason_missing"
    for _twice in range(2):
        withdraw(qualification_id=row.pk, reason="copied", **who(place))
    assert AuditEvent.objects.filter(act="qualification.withdraw").count() == 1


def test_two_people_marking_at_once_overwrite_nothing_of_each_other(place):
    course = make_course(place, "swab")
    attendance = attend(place, course, make_member(place.district))
    # Both opened the empty table; the first notes theory, the second practical and another theory.
    mark(place, attendance, 85, None)
    noted = mark(place, attendance, 40, 70)

    attendance.refresh_from_db()
    assert (attendance.theory, attendance.practical) == (85, 70)
    assert noted.contested == [attendance.pk]
    assert noted.certified == 1

    # An untouched blank cell clears nothing.
    assert mark(place, attendance, None, None).changed == 0


@pytest.mark.parametrize("theory", [101, -1])
def test_marks_are_of_a_hundred(place, theory):
    attendance = attend(place, make_course(place), make_member(place.district))
    with pytest.raises(Refused) as refused:
        mark(place, attendance, theory, 50)
    assert refused.value.code == "mark_range"


def test_nobody_is_marked_before_the_course_begins(place):
    course = make_course(place, starts_on=date(2021, 11, 8), ends_on=date(2021, 11, 9))
    attendance = attend(place, course, make_member(place.district))
    with pytest.raises(Conflict) as refused:
        mark(place, attendance, 80, 80)
    assert refused.value.code == "course_ahead"
    attendance.refresh_from_db()
    assert attendance.theory is None


def test_other_pass_marks_and_subjects_settle_everybody_at_once(place):
    course = make_course(place, "swab")
    good, middling = (attend(place, course, make_member(place.district)) for _ in range(2))
    mark(place, good, 90, 90)
    mark(place, middling, 65, 90)

    change_course(course_id=course.pk, details=details(place, "swab", pass_theory=70), **who(place))
    assert (held(good.member), held(middling.member)) == ({"swab"}, set())

    change_course(course_id=course.pk, details=details(place, "ppe", pass_theory=60), **who(place))
    assert (held(good.member), held(middling.member)) == ({"ppe"}, {"ppe"})


def test_another_subject_brings_back_nothing_that_was_withdrawn_by_hand(place):
    course = make_course(place, "swab")
    attendance = attend(place, course, make_member(place.district))
    mark(place, attendance, 90, 90)
    withdraw(qualification_id=Qualification.objects.get().pk, reason="copied", **who(place))

    change_course(course_id=course.pk, details=details(place, "swab", "ppe"), **who(place))
    assert held(attendance.member) == {"ppe"}


def test_people_are_added_once_and_only_of_ones_area(place):
    course = make_course(place, street=place.here)
    mine, theirs = make_member(place.district, place.here), make_member(place.district, place.there)

    assert add_people(course_id=course.pk, member_ids=[mine.pk], **who(place)) == 1
    assert add_people(course_id=course.pk, member_ids=[mine.pk], **who(place)) == 0
    with pytest.raises(Refused) as refused:
        add_people(course_id=course.pk, member_ids=[theirs.pk], **who(place, street=place.here))
    assert refused.value.code == "member_unknown"


def test_who_has_a_mark_stays_on_the_list(place):
    course = make_course(place)
    marked, unmarked = (attend(place, course, make_member(place.district)) for _ in range(2))
    mark(place, marked, 10, None)

    remove_person(attendance_id=unmarked.pk, **who(place))
    with pytest.raises(Conflict):
        remove_person(attendance_id=marked.pk, **who(place))
    assert list(course.attendances.values_list("pk", flat=True)) == [marked.pk]


def test_a_neighbours_course_does_not_exist_for_a_street(place):
    course = make_course(place, street=place.there)
    with pytest.raises(Refused) as refused:
        add_people(course_id=course.pk, member_ids=[], **who(place, street=place.here))
    assert refused.value.status == 404
    with pytest.raises(Refused):
        add_course(
            client_key=uuid.uuid4(), district_id=place.district.pk, street_id=place.there.pk,
            details=details(place), **who(place, street=place.here),
        )  # fmt: skip


def test_candidates_by_last_four_or_unit_are_those_not_in_the_course(place):
    course, unit = make_course(place), make_organisation(place.district)
    one, two = (make_member(place.district, home_unit=unit) for _ in range(2))
    make_member(place.district)
    scope = who(place)["scope"]

    assert {m.pk for m in candidates(course, scope, unit=unit)} == {one.pk, two.pk}
    assert one.pk in {m.pk for m in candidates(course, scope, last4=one.id_last4.lower())}
    attend(place, course, one)
    assert {m.pk for m in candidates(course, scope, unit=unit)} == {two.pk}


# --- fit for a role -------------------------------------------------------------------------------
def qualify(member, kind, obtained=date(2021, 1, 1), until=None, **over):
    return Qualification.objects.create(
        member=member, kind=kind, obtained_on=obtained, expires_on=until, at=NOW, by="t", **over
    )


def test_fit_is_who_holds_everything_on_that_very_day(place):
    role = make_role(place.district, "sampler", requires=["swab", "ppe"])
    swab, ppe = make_kind(place.district, "swab"), make_kind(place.district, "ppe")
    fit, half, late, gone, ahead = (make_member(place.district) for _ in range(5))
    day = date(2021, 11, 5)
    for member in (fit, late, gone, ahead):
        qualify(member, ppe)
    qualify(fit, swab, until=day)
    qualify(half, swab)
    qualify(late, swab, until=day - timedelta(days=1))
    qualify(gone, swab, withdrawn_at=NOW)
    qualify(ahead, swab, obtained=day + timedelta(days=1))
    everybody = [fit, half, late, gone, ahead]

    found = certified([m.pk for m in everybody], role.pk, day)

    assert [found[m.pk].fit for m in everybody] == [True, False, False, False, False]
    assert found[half.pk].lacks == (ppe,)
    assert (found[late.pk].lacks, found[late.pk].expired) == ((), (swab,))
    assert found[gone.pk].lacks == found[ahead.pk].lacks == (swab,)
    rows = certified_for(StaffMember.objects.all(), role, day)
    assert set(rows) == {fit}


def test_a_role_that_requires_nothing_fits_everybody(place):
    member = make_member(place.district)
    role = make_role(place.district, "usher")
    assert certified([member.pk], role.pk, date(2021, 11, 5))[member.pk].fit


def test_running_out_lists_the_newest_of_a_kind_only(place):
    swab, ppe = make_kind(place.district, "swab"), make_kind(place.district, "ppe")
    renewed, ending, other = (make_member(place.district) for _ in range(3))
    today = date(2021, 11, 5)
    qualify(renewed, swab, until=today)
    qualify(renewed, swab, obtained=today, until=today + timedelta(days=365))
    qualify(ending, swab, until=today + timedelta(days=30))
    qualify(other, ppe, until=today + timedelta(days=31))
    qualify(other, swab, until=today - timedelta(days=9))
    scope = who(place)["scope"]

    def found(days):
        rows = running_out(scope, on=today, days=days)
        return [(row.member_id, row.kind.code) for row in rows]

    assert found(0) == [(other.pk, "swab")]
    assert found(30) == [(other.pk, "swab"), (ending.pk, "swab")]
    assert len(found(31)) == 3


def test_a_street_corrects_a_mark_of_somebody_who_works_elsewhere_now(place):
    member = make_member(place.district, place.here)
    course = make_course(place, "swab", street=place.here)
    attendance = attend(place, course, member)
    mark(place, attendance, 80, 80)
    StaffMember.objects.filter(pk=member.pk).update(street_id=place.there.pk)

    said = who(place, street=place.here)
    with scoped(said["scope"]):
        noted = note_marks(
            course_id=course.pk, marks={attendance.pk: Marks(30, 80, 80, 80)}, **said
        )

    assert noted.withdrawn == 1
    told = AuditEvent.objects.get(act="qualification.withdraw")
    assert (told.street_id, told.summary["member"]) == (place.here.pk, str(member.pk))


def test_a_reason_of_numbers_alone_withdraws_nothing(place):
    attendance = attend(place, make_course(place, "swab"), make_member(place.district))
    mark(place, attendance, 80, 80)
    with pytest.raises(Refused) as refused:
        withdraw(
            qualification_id=Qualification.objects.get().pk, reason="13800001111", **who(place)
        )
    assert refused.value.code == "reason_missing"
