"""Training, readiness, patches and vehicles in a browser: sound pages, and marks by keyboard."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core import clock
from core.scope import Scope, scoped
from logistics.models import Trip, TripStop, Vehicle, VehicleClass
from logistics.services.vehicles import Details, add_builtin_classes, add_vehicle
from personnel.models import Attendance, Course, Qualification, QualificationKind
from personnel.roles import Role
from personnel.services.certification import Marks, note_marks
from personnel.services.patches import assign
from personnel.services.terms import add_builtin_terms
from personnel.services.training import CourseDetails, add_course, add_people
from tests.browser.sound import unsound
from tests.personnel.make import District, make_district, make_division, make_user
from tests.personnel.people import START, make_member, make_organisation

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHECKED_AT = {"zh-hans": 1366, "en": 360}


@dataclass(frozen=True)
class Place:
    """A district in which something of everything is there."""

    district: District
    course: Course
    vehicle: Vehicle

    @property
    def scope(self) -> Scope:
        return Scope(districts=frozenset({self.district.district.pk}), actor="user:1:trainer")

    def pages(self) -> dict[Role, list[str]]:
        street = self.district.here.pk
        return {
            Role.TRAINER: [
                "/training/", "/training/new/", f"/training/{self.course.pk}/",
                f"/training/{self.course.pk}/change/", "/training/valid/?days=90",
            ],
            Role.STREET_OFFICIAL: ["/training/floors/", f"/patches/{street}/"],
            Role.DISPATCHER: [
                "/training/floors/", f"/training/floors/?street={street}", "/patches/",
                "/vehicles/", "/vehicles/new/", f"/vehicles/{self.vehicle.pk}/",
                "/vehicles/inventory/", "/imports/vehicles/",
            ],
        }  # fmt: skip


@pytest.fixture
def place(transactional_db: None) -> Iterator[Place]:
    clock.forget()
    district = make_district()
    clock.set_clock(START + timedelta(hours=2), rate=0.001)
    with scoped(Scope(districts=frozenset({district.district.pk}))):
        yield _furnished(district)
    clock.forget()


def _furnished(district: District) -> Place:
    area, here, now = district.district, district.here, clock.now()
    who = {"scope": Scope(districts=frozenset({area.pk})), "by": "user:1:trainer", "at": now}
    add_builtin_terms(district_id=area.pk, by="t", at=now)
    add_builtin_classes(district_id=area.pk, by="t", at=now)
    home = make_organisation(area, name="区中医医院")
    people = [make_member(area, here, home_unit=home) for _ in range(4)]
    swab = QualificationKind.objects.get(district_id=area.pk, code="swab")
    details = CourseDetails("采样人员培训班", [swab.pk], date(2021, 11, 3), date(2021, 11, 4))
    course = add_course(
        client_key=uuid.uuid4(), district_id=area.pk, street_id=here.pk, details=details, **who
    )
    add_people(course_id=course.pk, member_ids=[each.pk for each in people[:3]], **who)
    first = course.attendances.order_by("pk")[0]
    note_marks(course_id=course.pk, marks={first.pk: Marks(88, 92)}, **who)
    Qualification.objects.create(
        member=people[3], kind=swab, obtained_on=date(2020, 11, 30), expires_on=date(2021, 11, 30),
        at=now, by="t",
    )  # fmt: skip
    buildings = []
    for _each in range(4):
        building = make_division("building", district.community_here)
        building.community_id = district.community_here.pk
        building.save()
        buildings.append(building)
    assign(building_ids=[buildings[0].pk], owner_id=people[0].pk, **who)
    coach = VehicleClass.objects.get(district_id=area.pk, code="coach")
    vehicle = add_vehicle(
        district_id=area.pk, details=Details("渝A10001", coach.pk, home.pk), **who
    )
    trip = Trip.objects.create(
        client_key=uuid.uuid4(), district_id=area.pk, vehicle=vehicle, kind="staff",
        starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=3), people=40, seats=45,
        room=0, at=now, by="t",
    )  # fmt: skip
    TripStop.objects.create(trip=trip, position=1, place="市九院", planned_at=trip.starts_at)
    return Place(district, course, vehicle)


def _sign_in(page: Page, live_server, place: Place, role: Role, language: str = "en") -> None:
    at_street = role in (Role.STREET_OFFICIAL, Role.TRAINER)
    client = Client()
    client.force_login(
        make_user(role, place.district.here if at_street else place.district.district)
    )
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": language}).items()
        ]
    )


@pytest.mark.parametrize("role", [Role.TRAINER, Role.STREET_OFFICIAL, Role.DISPATCHER])
@pytest.mark.parametrize("language", CHECKED_AT)
def test_pages_are_sound(page: Page, live_server, place: Place, role: Role, language: str) -> None:
    _sign_in(page, live_server, place, role, language)
    wrong = []
    for path in place.pages()[role]:
        page.set_viewport_size({"width": 1366, "height": 850})
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        page.evaluate("document.querySelectorAll('details.ask').forEach((ask) => ask.open = true)")
        wrong += [f"{path} {fault}" for fault in unsound(page, checked_at=CHECKED_AT[language])]
    assert not wrong, "\n".join(wrong)


def test_marks_go_down_a_column_by_enter_and_certify(page: Page, live_server, place: Place) -> None:
    _sign_in(page, live_server, place, Role.TRAINER)
    page.goto(f"{live_server.url}/training/{place.course.pk}/")
    theory = page.locator("[data-mark=theory]")
    empty = [n for n in range(3) if not theory.nth(n).input_value()]

    theory.nth(0).focus()
    for number in range(3):
        if number in empty:
            page.keyboard.type("90")
        page.keyboard.press("Enter")
    # From the last theory on to the first practical.
    for number in range(3):
        if number in empty:
            page.keyboard.type("85")
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Note the marks").click()

    expect(page.locator(".badge-ok")).to_have_count(3)
    marks = set(Attendance.objects.values_list("theory", "practical"))
    assert marks == {(88, 92), (90, 85)}
    assert Qualification.objects.filter(attendance__isnull=False).count() == 3
