"""The own page fetches itself anew: what is typed stays, whose it is holds, and a page that could
not be renewed says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core import clock
from logistics.models import Order, PhoneStep
from personnel.roles import Role
from personnel.services import roll
from reporting.boards.source import forget_pictures
from tests.daily.conftest import sign_in, wait_for_helper
from tests.logistics.duty_call import OnDuty, make_on_duty
from tests.personnel.make import PASSWORD, make_district
from tests.personnel.people import START

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = """async () => {
    const pages = await caches.open("jinjian-my-pages");
    return await (await pages.match("/my/")).text();
}"""


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
    """The own page on a phone whose time a test can turn on."""
    me.drive()
    page.clock.install()
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page.context, me.client, live_server.url)
    opened(page, f"{live_server.url}/my/")
    return page


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#field[data-ready]")


def typed_in(page: Page, me: OnDuty, url: str) -> None:
    """Sign in by the form, as people do: that makes a new token against forgery."""
    page.goto(f"{url}/sign-in/?next=/my/")
    page.fill("#id_username", me.user.username)
    page.fill("#id_password", PASSWORD)
    page.click("main form button.btn-brand")
    page.wait_for_selector("#field[data-ready]")


def out(page: Page) -> None:
    page.locator("form[action$='/sign-out/'] button").click()
    page.wait_for_url("**/sign-in/**")


def tap(page: Page, subject: str, act: str) -> None:
    form = page.locator(f'form:has(input[name=subject][value="{subject}"])')
    form.filter(has=page.locator(f'input[name=act][value="{act}"]')).first.locator("button").click()


def card(page: Page, subject: str):
    return page.locator(f'[data-subject="{subject}"]').first


def test_steps_wait_while_somebody_else_is_signed_in_and_go_when_one_is_back(
    phone: Page, me: OnDuty, live_server
) -> None:
    other = make_on_duty(me.place)
    second = phone.context.new_page()
    opened(second, f"{live_server.url}/my/")
    out(second)
    typed_in(second, other, live_server.url)

    tap(phone, "order", "accepted")

    expect(phone.locator("[data-queue-sign-in]")).to_be_visible()
    expect(phone.locator("[data-queue]")).to_have_class("notice notice-stale")
    assert not PhoneStep.objects.exists()
    out(second)
    typed_in(second, me, live_server.url)
    expect(card(second, "order")).to_have_attribute("data-state", "accepted", timeout=15_000)
    assert Order.objects.get().state == "accepted"


def test_the_kept_copy_is_as_new_as_the_page(phone: Page, me: OnDuty) -> None:
    wait_for_helper(phone)
    opened(phone, phone.url)
    assert 'data-state="accepted"' not in phone.evaluate(KEPT)

    tap(phone, "order", "accepted")

    expect(card(phone, "order")).to_have_attribute("data-state", "accepted")
    for _try in range(50):
        if 'data-state="accepted"' in phone.evaluate(KEPT):
            break
        phone.wait_for_timeout(100)
    else:
        pytest.fail("the copy is older than the page")


def test_a_page_that_cannot_be_renewed_says_so_with_nothing_waiting(phone: Page) -> None:
    expect(phone.locator("[data-queue]")).to_be_hidden()
    phone.route("**/my/", lambda route: route.abort())
    phone.clock.run_for(21_000)

    expect(phone.locator("[data-queue-word]")).to_contain_text("20:0")
    expect(phone.locator("[data-queue-sign-in]")).to_be_hidden()
    expect(phone.locator("[data-queue-file]")).to_be_hidden()
    phone.unroute("**/my/")
    phone.clock.run_for(21_000)
    expect(phone.locator("[data-queue]")).to_be_hidden()

    phone.context.clear_cookies()
    phone.clock.run_for(21_000)
    expect(phone.locator("[data-queue-sign-in]")).to_be_visible()


def test_what_is_open_stays_while_a_step_is_sent_and_not_for_ever(phone: Page) -> None:
    card(phone, "order").locator("summary").click()
    reason = card(phone, "order").locator("input[name=reason]")
    reason.fill("发烧")

    tap(phone, "trip", "depart")

    expect(card(phone, "trip")).to_have_attribute("data-state", "en_route")
    expect(reason).to_have_value("发烧")
    expect(card(phone, "order").locator("details")).to_have_attribute("open", "")
    phone.clock.run_for(85_000)
    expect(card(phone, "order").locator("details[open]")).to_have_count(0)


def test_a_count_that_is_no_number_stays_in_its_box(phone: Page) -> None:
    count = card(phone, "stop").locator("input[name=counted]")
    count.fill("3x")
    tap(phone, "stop", "reached")

    expect(count).to_be_focused()
    expect(card(phone, "stop")).to_have_attribute("data-shown", "ahead")
    count.fill("３８")
    tap(phone, "stop", "reached")
    expect(card(phone, "stop")).to_have_attribute("data-state", "reached")
    assert PhoneStep.objects.count() == 1
