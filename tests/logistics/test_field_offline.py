"""The own page in a real browser with the network cut: nothing tapped is lost or taken twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from core import clock
from logistics.models import Order, OrderStep, PhoneStep, Trip, TripStop
from logistics.services import orders
from personnel.roles import Role
from personnel.services import roll
from reporting.boards.source import forget_pictures
from tests.daily.conftest import sign_in, wait_for_helper, without_network
from tests.logistics.duty_call import BY, OnDuty, make_on_duty
from tests.logistics.wheels import HOUR, scope_of
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of

pytestmark = pytest.mark.browser


@pytest.fixture
def me(transactional_db: None) -> Iterator[OnDuty]:
    """A driver who is ordered to drive, committed for the live site; the clock stands at 20:00."""
    clock.forget()
    clock.set_clock(START)
    yield make_on_duty(make_district(), Role.DRIVER)
    for forget in (forget_pictures, clock.forget, roll.forget):
        forget()


@pytest.fixture
def phone(page: Page, live_server, me: OnDuty) -> Page:
    """The own page on a phone, with its helper for a lost network at work."""
    me.drive()
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page.context, me.client, live_server.url)
    opened(page, f"{live_server.url}/my/")
    wait_for_helper(page)
    opened(page, page.url)
    return page


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#field[data-ready]")


def card(page: Page, subject: str):
    return page.locator(f'[data-subject="{subject}"]')


def tap(page: Page, subject: str, act: str, number: int = 0) -> None:
    form = page.locator(f'form:has(input[name=subject][value="{subject}"])')
    form.filter(has=page.locator(f'input[name=act][value="{act}"]')).nth(number).locator(
        "button"
    ).click()


def state() -> str:
    return Order.objects.get().state


def test_steps_without_a_network_survive_reload_and_crash_and_are_taken_once(
    phone: Page, me: OnDuty
) -> None:
    context = phone.context
    with without_network(context):
        tap(phone, "order", "accepted")
        tap(phone, "trip", "depart")
        expect(phone.locator("[data-queue-word]")).to_contain_text("2")
        phone.fill('[data-subject="stop"] input[name=counted] >> nth=0', "３８")
        tap(phone, "stop", "reached")

        phone.reload()
        phone.wait_for_selector("#field[data-ready]")
        expect(phone.locator("[data-copy-notice]")).to_contain_text("20:0")
        expect(phone.locator("[data-queue-word]")).to_contain_text("3")
        # What was tapped shows, although the copy of the page is older.
        expect(card(phone, "trip")).to_have_attribute("data-shown", "en_route")
        expect(card(phone, "stop").first).to_have_attribute("data-shown", "reached")
        # All that the page held in memory is gone.
        url = phone.url
        phone.goto("about:blank")
        opened(phone, url)
        expect(phone.locator("[data-queue-word]")).to_contain_text("3")
        assert not PhoneStep.objects.exists()

    expect(phone.locator("[data-queue]")).to_be_hidden(timeout=15_000)
    expect(phone.locator("[data-copy-notice]")).to_be_hidden(timeout=15_000)
    assert state() == "en_route"
    assert Trip.objects.get().state == "en_route"
    stop = TripStop.objects.get(position=1)
    assert stop.counted == 38
    assert abs((stop.arrived_at - START).total_seconds()) < 120
    assert PhoneStep.objects.count() == 3


def test_a_lost_answer_is_sent_again_and_taken_once(phone: Page, me: OnDuty) -> None:
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has it, the phone does not know
        route.abort()

    phone.route("**/my/steps/", lose)
    tap(phone, "order", "accepted")

    expect(phone.locator("[data-queue]")).to_be_visible()
    expect(phone.locator("[data-queue]")).to_be_hidden(timeout=15_000)
    assert lost == [200]
    assert state() == "accepted"
    assert OrderStep.objects.filter(to_state="accepted").count() == 1


def test_a_withdrawn_order_is_told_after_the_network_is_back(phone: Page, me: OnDuty) -> None:
    with without_network(phone.context):
        tap(phone, "order", "accepted")
        with floor_of(me.place.district):
            orders.take_step(
                order_id=Order.objects.get().pk, to="withdrawn", reason="not needed any more",
                scope=scope_of(me.place), by=BY, at=START + HOUR / 60,
            )  # fmt: skip

    expect(phone.locator("[data-queue-list]")).to_contain_text(
        "not needed any more", timeout=15_000
    )
    expect(phone.locator("[data-queue]")).to_have_class("notice notice-crit")
    phone.locator("[data-queue-list] button").click()
    expect(phone.locator("[data-queue]")).to_be_hidden()
    assert state() == "withdrawn"


def test_the_queue_can_be_saved_as_a_file(phone: Page, tmp_path: Path) -> None:
    with without_network(phone.context):
        phone.locator("summary", has_text="我不能去").click()
        phone.locator("details[open] input[type=radio]").first.check()
        phone.locator("details[open] button").click()
        expect(phone.locator("[data-queue-word]")).to_contain_text("1")

        with phone.expect_download() as download:
            phone.locator("[data-queue-file]").click()

        path = tmp_path / "steps.csv"
        download.value.save_as(path)
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        assert len(rows) == 2
        assert "#1" in rows[1][0]
        assert rows[1][2]
    expect(phone.locator("[data-queue]")).to_be_hidden(timeout=15_000)
    assert state() == "declined"


def test_another_person_on_the_same_phone_sees_and_sends_nothing(
    phone: Page, me: OnDuty, live_server
) -> None:
    with without_network(phone.context):
        tap(phone, "order", "accepted")
        expect(phone.locator("[data-queue-word]")).to_contain_text("1")
        other = make_on_duty(me.place)
        sign_in(phone.context, other.client, live_server.url)

    # The page of the first is still open: its step is not sent under the other's name.
    expect(phone.locator("[data-queue-sign-in]")).to_be_visible(timeout=15_000)
    opened(phone, phone.url)
    expect(phone.locator("[data-queue]")).to_be_hidden()
    expect(card(phone, "order")).to_have_count(0)
    assert state() == "requested"
    sign_in(phone.context, me.client, live_server.url)
    opened(phone, phone.url)
    expect(card(phone, "order")).to_have_attribute("data-state", "accepted", timeout=15_000)


def test_signing_out_throws_the_kept_page_away(phone: Page) -> None:
    copies = "caches.open('jinjian-my-pages').then(c => c.keys()).then(k => k.length)"
    assert phone.evaluate(copies) == 1

    phone.locator("form[action$='/sign-out/'] button").click()
    phone.wait_for_url("**/sign-in/**")

    assert phone.evaluate(copies) == 0


def test_a_no_needs_a_reason(phone: Page) -> None:
    phone.locator("summary", has_text="我不能去").click()
    phone.locator("details[open] button").click()

    expect(phone.locator("details[open] form")).to_have_class("own-reasons own-missing")
    assert state() == "requested"
