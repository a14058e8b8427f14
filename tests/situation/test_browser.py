"""A report in a real browser: written, submitted and read at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core import clock
from personnel.roles import Role
from personnel.services import roll
from reporting.boards.source import forget_pictures
from tests.boards.make import signed_in
from tests.browser.sound import unsound
from tests.daily.conftest import sign_in
from tests.personnel.make import make_user
from tests.situation.make import Desk, make_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(transactional_db: None) -> Iterator[Desk]:
    """A running round with its first quarter hour kept, committed for the live site."""
    clock.forget()
    yield make_desk()
    for forget in (forget_pictures, clock.forget, roll.forget):
        forget()


def test_a_report_is_written_read_and_handed_on(
    desk: Desk, browser_context: BrowserContext, page: Page, live_server
) -> None:
    issued = desk.issue(division=desk.board.desk.place.here)
    report = desk.open()
    client = signed_in(make_user(Role.REPORTING_OFFICER, desk.district))
    sign_in(browser_context, client, live_server.url)

    page.goto(f"{live_server.url}/situation/{report.pk}/")
    page.fill("#id_actions_zh", "连夜补采。")
    page.click("form[action$='/words/'] button")
    expect(page.locator("ins", has_text="连夜补采。")).to_be_visible()
    assert unsound(page, checked_at=1366) == []

    for path in (f"/situation/{report.pk}/", f"/situation/{issued.pk}/?language=en", "/situation/"):
        page.goto(live_server.url + path)
        assert unsound(page, checked_at=360) == [], path
    page.goto(f"{live_server.url}/situation/{issued.pk}/?language=zh")
    expect(page.locator("[data-copy]")).to_be_visible()
