"""The review in a real browser: sound in both languages, by keyboard, and renewing itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from personnel.roles import Role
from reporting.daily.models import ReportColumn
from tests.browser.sound import unsound
from tests.daily.conftest import sign_in, without_network
from tests.daily.make import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHECKED_AT = {"zh-hans": 1366, "en": 360}


@pytest.fixture
def house(live_house: House) -> House:
    """One street submitted with a number of its own, the other did not."""
    live_house.save(live_house.cell("sampled"), "50", reason="paper", comment="two sheets")
    live_house.submit()
    return live_house


@pytest.fixture
def officer(page: Page, live_server, house: House) -> Page:
    sign_in(page.context, house.client(Role.REPORTING_OFFICER), live_server.url, "en")
    return page


def test_pages_are_sound(officer: Page, live_server, house: House) -> None:
    column = ReportColumn.objects.get(form=house.form, code="sampled")
    paths = [
        "/daily/review/", f"/daily/review/{house.report().pk}/", "/daily/unlocks/",
        "/daily/figures/", "/daily/forms/", f"/daily/forms/{house.form.pk}/",
        f"/daily/columns/{column.pk}/",
    ]  # fmt: skip
    wrong = []
    for language, width in CHECKED_AT.items():
        officer.context.add_cookies(
            [{"name": "jinjian_language", "value": language, "url": live_server.url}]
        )
        for path in paths:
            officer.set_viewport_size({"width": width, "height": 850})
            officer.goto(f"{live_server.url}{path}")
            assert officer.locator("html").get_attribute("lang") == language
            wrong += [f"{path} {fault}" for fault in unsound(officer, checked_at=width)]
    assert not wrong, "\n".join(wrong)


def test_a_review_needs_no_mouse(officer: Page, live_server, house: House) -> None:
    house.submit(house.place.there)
    officer.goto(f"{live_server.url}/daily/review/{house.report().pk}/")

    officer.keyboard.press("r")
    expect(officer.locator("#id_comment")).to_be_focused()
    officer.keyboard.type("ajk")  # while somebody types, keys are letters
    expect(officer.locator("#id_comment")).to_have_value("ajk")
    officer.locator("h1").click()
    officer.keyboard.press("a")
    expect(officer.get_by_role("button", name="Accept version 1")).to_be_focused()
    assert house.report().state == "submitted"  # the key alone decides nothing
    officer.keyboard.press("Enter")
    officer.wait_for_url(f"**/daily/review/{house.report(house.place.there).pk}/")
    assert house.report().state == "accepted"

    officer.locator("[data-keys]").uncheck()
    officer.locator("h1").click()
    officer.keyboard.press("r")
    expect(officer.locator("#id_comment")).not_to_be_focused()


def test_the_matrix_renews_itself_and_keeps_the_focus(
    officer: Page, live_server, house: House
) -> None:
    officer.goto(f"{live_server.url}/daily/review/")
    button = officer.get_by_role("button", name="Copy in English").first
    expect(button).to_be_visible()
    mark = f"mark-{house.report().pk}"
    officer.locator(f"#{mark}").focus()
    house.submit(house.place.there)

    expect(officer.get_by_text("all 2 in at 14:30")).to_be_visible(timeout=20_000)

    assert officer.evaluate("document.activeElement.id") == mark
    expect(button).to_have_count(0)  # nobody is left to be reminded


def test_a_lost_connection_is_said_and_the_page_stays(
    officer: Page, live_server, house: House
) -> None:
    officer.goto(f"{live_server.url}/daily/review/")
    with without_network(officer.context):
        expect(officer.locator("#review-offline")).to_be_visible(timeout=20_000)
        expect(officer.locator("#matrix-title")).to_be_visible()

    expect(officer.locator("#review-offline")).to_be_hidden(timeout=20_000)
