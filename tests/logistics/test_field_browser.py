"""The own page looks right on a phone and a desk, in both languages, with everything on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core import clock
from logistics.models import Order, Visit, VisitTeam
from personnel.roles import Role
from personnel.services import duty as duties
from personnel.services import roll
from reporting.boards.source import forget_pictures
from tests.browser.sound import unsound
from tests.daily.conftest import sign_in
from tests.logistics.duty_call import BY, OnDuty, make_on_duty
from tests.logistics.wheels import HOUR, scope_of
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of

pytestmark = pytest.mark.browser


@pytest.fixture
def me(transactional_db: None) -> Iterator[OnDuty]:
    """Somebody with an order, a trip, a duty and a visit."""
    clock.forget()
    clock.set_clock(START)
    me = make_on_duty(make_district(), Role.DRIVER)
    order = me.order(starts_at=START + 12 * HOUR, ends_at=START + 16 * HOUR, at=START)
    me.drive()
    with floor_of(me.place.district):
        duties.book(
            client_key=uuid.uuid4(), member_id=me.member.pk, place_id=order.duty.place_id,
            role_id=order.duty.role_id, starts_at=START + 36 * HOUR, ends_at=START + 40 * HOUR,
            scope=scope_of(me.place), by=BY, at=START,
        )  # fmt: skip
        make_visit(me)
    yield me
    for forget in (forget_pictures, clock.forget, roll.forget):
        forget()


def make_visit(me: OnDuty) -> Visit:
    street = {"district_id": me.place.district.pk, "street_id": me.place.here.pk}
    team = VisitTeam.objects.create(**street, name="一组")
    team.members.add(me.member)
    return Visit.objects.create(
        **street, client_key=uuid.uuid4(), round=me.place.round, community=me.place.community_here,
        building="12 幢", name="王老太", name_mask="王*", phone_mask="138****0000",
        address="3 单元 401", note="听力不好", reason="old", source="street", state="assigned",
        state_at=START, team=team, position=1, urgent=True, at=START, by=BY,
    )  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1366), ("en", 360)])
def test_the_page_is_sound(page: Page, live_server, me: OnDuty, language: str, width: int) -> None:
    sign_in(page.context, me.client, live_server.url, language)
    page.goto(f"{live_server.url}/my/")
    page.wait_for_selector("#field[data-ready]")
    expect(page.locator("[data-subject]")).to_have_count(7)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")

    assert unsound(page, checked_at=width) == []


def test_a_tap_is_answered_without_leaving_the_page(page: Page, live_server, me: OnDuty) -> None:
    sign_in(page.context, me.client, live_server.url)
    page.goto(f"{live_server.url}/my/")
    page.wait_for_selector("#field[data-ready]")
    visit = page.locator('[data-subject="visit"]')

    visit.locator("summary").click()
    visit.locator('input[value="absent"]').check()
    visit.locator("details button").click()

    expect(visit).to_have_attribute("data-state", "absent")
    with floor_of(me.place.district):
        assert Visit.objects.get().state == "absent"
    page.locator('[data-subject="order"] form:has(input[value="accepted"]) button').first.click()
    expect(page.locator('[data-subject="order"][data-state="accepted"]')).to_have_count(1)
    assert Order.objects.filter(state="accepted").count() == 1
