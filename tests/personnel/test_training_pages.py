"""Pages of training and readiness: typed values kept, own people alone, questions do not grow."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.scope import Scope, scoped
from personnel.models import Attendance, Course, Qualification, ReadinessCount
from personnel.roles import Role
from personnel.services.terms import add_builtin_terms
from tests.personnel.make import make_district, make_unit, make_user
from tests.personnel.people import START, make_kind, make_member
from tests.personnel.roster import Roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    place = make_district()
    clock.set_clock(START, rate=1)
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        yield place


def make_course(place, street=None, *, people=()) -> Course:
    course = Course.objects.create(
        client_key=uuid.uuid4(), district_id=place.district.pk,
        street_id=street.pk if street else None, title="两日培训", starts_on=date(2021, 11, 3),
        ends_on=date(2021, 11, 4), at=START, by="t",
    )  # fmt: skip
    course.teaches.set([make_kind(place.district)])
    for member in people:
        Attendance.objects.create(course=course, member=member, at=START, by="t")
    return course


def trainer(place, client, street=None):
    client.force_login(make_user(Role.TRAINER, street or place.district))
    return client


def test_a_wrong_mark_stays_as_typed_and_nothing_is_written(place, client):
    members = [make_member(place.district, place.here) for _ in range(2)]
    course = make_course(place, people=members)
    first, second = course.attendances.order_by("pk")
    answer = trainer(place, client).post(
        f"/training/{course.pk}/marks/",
        {f"theory-{first.pk}": "１２O", f"practical-{first.pk}": "80",
         f"theory-{second.pk}": "90", f"practical-{second.pk}": "90"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert 'value="１２O"' in answer.content.decode()
    assert not Attendance.objects.filter(theory__isnull=False).exists()


def test_full_width_marks_are_read_and_certify(place, client):
    course = make_course(place, people=[make_member(place.district, place.here)])
    row = course.attendances.get()
    answer = trainer(place, client).post(
        f"/training/{course.pk}/marks/", {f"theory-{row.pk}": "９０", f"practical-{row.pk}": "85"}
    )
    assert answer.status_code == 302
    assert Qualification.objects.get().attendance_id == row.pk


def test_what_somebody_else_noted_meanwhile_is_shown_and_then_overwritten(place, client):
    course = make_course(place, people=[make_member(place.district, place.here)])
    row = course.attendances.get()
    Attendance.objects.update(theory=55)
    typed = {f"theory-{row.pk}": "90", f"practical-{row.pk}": "", f"seen-theory-{row.pk}": ""}
    page = trainer(place, client).post(f"/training/{course.pk}/marks/", typed)

    assert page.status_code == 422
    text = page.content.decode()
    assert "55" in text
    seen = re.search(rf'name="seen-theory-{row.pk}"\s+value="(\d*)"', text)
    assert seen is not None
    again = client.post(f"/training/{course.pk}/marks/", typed | {f"seen-theory-{row.pk}": seen[1]})
    assert again.status_code == 302
    assert course.attendances.get().theory == 90


def test_marks_of_people_of_elsewhere_are_not_to_be_written(place, client):
    there = make_course(place, place.there, people=[make_member(place.district, place.there)])
    row = there.attendances.get()
    answer = trainer(place, client, place.here).post(
        f"/training/{there.pk}/marks/", {f"theory-{row.pk}": "90", f"practical-{row.pk}": "90"}
    )
    assert answer.status_code == 404
    assert there.attendances.get().theory is None


def test_a_street_sees_its_own_people_in_a_course_of_the_district(place, client):
    mine, theirs = make_member(place.district, place.here), make_member(place.district, place.there)
    course = make_course(place, people=[mine, theirs])
    unseen = make_course(place, people=[theirs])
    trainer(place, client, place.here)

    listed = client.get("/training/").content.decode()
    assert f"/training/{course.pk}/" in listed
    assert f"/training/{unseen.pk}/" not in listed
    page = client.get(f"/training/{course.pk}/").content.decode()
    assert mine.id_last4 in page
    assert theirs.id_last4 not in page
    assert "data-mark=" not in page
    row = course.attendances.get(member=mine)
    assert (
        client.post(f"/training/{course.pk}/marks/", {f"theory-{row.pk}": "90"}).status_code == 404
    )


def test_people_of_a_unit_are_found_and_added_without_a_number_in_the_address(place, client):
    course, member = make_course(place), make_member(place.district, place.here)
    trainer(place, client)
    found = client.post(f"/training/{course.pk}/find/", {"last4": member.id_last4})
    assert str(member.pk) in found.content.decode()
    client.post(f"/training/{course.pk}/people/", {"member": str(member.pk)})
    assert course.attendances.get().member_id == member.pk
    assert client.post(f"/training/{course.pk}/find/", {}).status_code == 422


def test_full_names_and_numbers_stand_on_no_page(place, client):
    member = make_member(place.district, place.here, name="欧阳测试", qualified=["swab"])
    Qualification.objects.update(expires_on=clock.day_of(START) + timedelta(days=3))
    course = make_course(place, people=[member])
    trainer(place, client)
    for path in ("/training/valid/", f"/training/{course.pk}/"):
        text = client.get(path).content.decode()
        assert member.id_last4 in text
        assert "欧阳测试" not in text
        assert member.id_number not in text


def test_pages_ask_as_often_for_many_as_for_few(place, client):
    trainer(place, client)

    def asked(path):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        # The clock is read once a second, whatever is asked.
        return sum("core_clock" not in query["sql"] for query in queries.captured_queries)

    def fill(number):
        for _each in range(number):
            course = make_course(place)
            for _other in range(number):
                member = make_member(place.district, place.here, qualified=["swab"])
                Attendance.objects.create(course=course, member=member, at=START, by="t")
        Qualification.objects.update(expires_on=clock.day_of(START) + timedelta(days=3))
        return course.pk

    few = fill(1)
    before = [asked(path) for path in ("/training/", f"/training/{few}/", "/training/valid/")]
    many = fill(6)
    after = [asked(path) for path in ("/training/", f"/training/{many}/", "/training/valid/")]
    assert after == before


def test_a_street_states_what_it_has_and_a_wrong_number_states_nothing(place, client):
    add_builtin_terms(district_id=place.district.pk, by="t", at=START)
    client.force_login(make_user(Role.STREET_OFFICIAL, place.here))
    page = client.get("/training/floors/").content.decode()
    names = re.findall(r'name="(floor-\d+)"', page)
    assert len(names) == 4, "two of six are counted from the list"

    bad = client.post(f"/training/floors/state/{place.here.pk}/", dict.fromkeys(names, "x"))
    assert bad.status_code == 422
    assert not ReadinessCount.objects.exists()
    client.post(f"/training/floors/state/{place.here.pk}/", {names[0]: "２", names[1]: ""})
    assert ReadinessCount.objects.get().actual == 2


def test_who_withdraws_is_told_what_rests_on_it(place, client):
    roster = Roster(place, make_unit(place), make_unit(place, street=place.there))
    add_builtin_terms(district_id=place.district.pk, by="test", at=START)
    member = roster.member(place.here)
    roster.book(member, roster.at_point(), 1, 4)
    row = Qualification.objects.get(member=member, kind__code="swab")
    web = trainer(place, client)
    url = f"/training/valid/{row.pk}/withdraw/"

    page = web.post(url, {"reason": "copied"}, follow=True).content.decode()

    assert f'href="/staff/{member.pk}/"' in page
    assert "1" in page[page.index("notice-warning") :][:120]
