"""The network is cut: nothing that was typed is lost, doubled, or sent under another's name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, Route, expect

from personnel.roles import Role
from reporting.daily.models import CellChange, ReportVersion, State
from reporting.daily.services import cutoffs
from tests.daily.conftest import open_sheet, sign_in, wait_for_helper, without_network
from tests.daily.make import DUE, House, set_time

pytestmark = pytest.mark.browser


@pytest.fixture
def sheet(page: Page, live_server, live_house: House) -> Page:
    """The street official's open report, with its helper for a lost network at work."""
    sign_in(page.context, live_house.client(Role.STREET_OFFICIAL), live_server.url)
    open_sheet(page, f"{live_server.url}/daily/{live_house.report().pk}/")
    wait_for_helper(page)
    open_sheet(page, page.url)
    return page


def type_into(page: Page, cell, text: str) -> None:
    page.fill(f"#c{cell.pk}", text)
    page.keyboard.press("Tab")


def queue(page: Page):
    return page.locator("[data-queue-word]")


def all_saved(page: Page) -> None:
    expect(page.locator("[data-bar-state]")).to_contain_text("均已保存", timeout=15_000)


def test_what_was_typed_survives_reload_and_crash_and_is_sent_once(
    sheet: Page, live_house: House
) -> None:
    staff, asked = live_house.cell("staff"), live_house.cell("home_requests")
    context = sheet.context
    with without_network(context):
        type_into(sheet, staff, "１２")
        type_into(sheet, asked, "7")
        expect(queue(sheet)).to_contain_text("2")
        expect(sheet.locator(f'[data-cell="{staff.pk}"]')).to_have_attribute("data-mark", "waiting")

        sheet.reload()
        sheet.wait_for_selector("#daily[data-ready]")
        expect(sheet.locator("[data-copy-notice]")).to_contain_text("14:30")
        expect(sheet.locator(f"#c{staff.pk}")).to_have_value("12")
        type_into(sheet, staff, "13")
        expect(queue(sheet)).to_contain_text("3")  # it is kept
        url = sheet.url
        # All that the page held in memory is gone.
        sheet.goto("about:blank")
        open_sheet(sheet, url)
        # The first was tried, so nobody can know whether it arrived: both go, in their order.
        expect(queue(sheet)).to_contain_text("3")
        assert not CellChange.objects.exists()

    all_saved(sheet)
    assert (live_house.cell("staff").value, live_house.cell("home_requests").value) == (13, 7)
    changes = CellChange.objects.filter(cell=staff).order_by("revision")
    assert [change.new_value for change in changes] == [12, 13]
    assert CellChange.objects.count() == 3
    expect(sheet.locator("[data-copy-notice]")).to_be_hidden()


def test_changes_of_one_cell_arrive_in_the_order_they_were_typed(
    sheet: Page, live_house: House
) -> None:
    """The first one's answer is lost, the second is typed meanwhile: both count, in turn."""
    staff = live_house.cell("staff")
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has it, the browser does not know
        route.abort()

    sheet.route("**/cells/", lose)
    type_into(sheet, staff, "12")
    expect(queue(sheet)).to_contain_text("1")
    type_into(sheet, staff, "14")

    all_saved(sheet)
    changes = CellChange.objects.filter(cell=staff).order_by("revision")
    assert [change.new_value for change in changes] == [12, 14]
    assert lost == [200]
    # It was this page itself that moved the edition: nobody is told to look again.
    expect(sheet.locator("[data-moved]")).to_be_hidden()
    sheet.keyboard.press("Control+Enter")
    sheet.keyboard.press("Enter")
    expect(sheet.locator("[data-receipt]")).to_be_visible()


def test_a_submission_waits_behind_its_changes_and_the_receipt_follows(
    sheet: Page, live_house: House
) -> None:
    with without_network(sheet.context):
        type_into(sheet, live_house.cell("staff"), "12")
        sheet.keyboard.press("Control+Enter")
        expect(sheet.locator("[data-submit]")).to_be_focused()
        sheet.keyboard.press("Enter")
        expect(queue(sheet)).to_contain_text("回执稍后给出")
        sheet.reload()
        sheet.wait_for_selector("#daily[data-ready]")
        expect(queue(sheet)).to_contain_text("回执稍后给出")

    expect(sheet.locator("[data-receipt]")).to_be_visible(timeout=15_000)
    assert live_house.cell("staff").value == 12
    assert ReportVersion.objects.get().number == 1


def test_a_submission_stops_where_somebody_else_changed_numbers(
    sheet: Page, live_house: House
) -> None:
    with without_network(sheet.context):
        type_into(sheet, live_house.cell("staff"), "12")
        sheet.keyboard.press("Control+Enter")
        expect(sheet.locator("[data-submit]")).to_be_focused()
        sheet.keyboard.press("Enter")
        expect(queue(sheet)).to_contain_text("回执稍后给出")
        live_house.save(live_house.cell("home_requests"), "5")

    expect(sheet.locator("[data-said-word]")).to_contain_text("未提交", timeout=15_000)
    expect(sheet.locator("[data-moved]")).to_be_visible()
    assert live_house.report().state == State.DRAFT
    assert live_house.cell("staff").value == 12  # what was typed is saved all the same


def test_a_lost_receipt_is_one_submission(sheet: Page, live_house: House) -> None:
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    sheet.route("**/submit/", lose)
    sheet.keyboard.press("Control+Enter")
    expect(sheet.locator("[data-submit]")).to_be_focused()
    sheet.keyboard.press("Enter")

    expect(sheet.locator("[data-receipt]")).to_be_visible(timeout=15_000)
    assert (lost, ReportVersion.objects.count()) == ([200], 1)


def test_what_comes_after_the_lock_stays_listed_with_the_reason(
    sheet: Page, live_house: House
) -> None:
    with without_network(sheet.context):
        type_into(sheet, live_house.cell("staff"), "12")
        expect(queue(sheet)).to_contain_text("1")
        set_time(DUE.replace(hour=16, minute=5))
        cutoffs.lock_due(by="test", at=DUE.replace(hour=16, minute=5))

    kept = sheet.locator("[data-queue-kept] li")
    expect(kept).to_contain_text("锁定", timeout=15_000)
    open_sheet(sheet, sheet.url)
    expect(kept).to_contain_text("12")  # also on the closed page
    with sheet.expect_download() as saved:
        sheet.click("[data-queue-file]")
    rows = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [len(rows), rows[1][1], rows[1][2]] == [2, "到岗", "12"]
    assert not CellChange.objects.exists()


def test_an_ended_session_keeps_what_was_typed(sheet: Page, live_house: House) -> None:
    sheet.context.clear_cookies()

    type_into(sheet, live_house.cell("staff"), "12")

    expect(queue(sheet)).to_contain_text("重新登录")
    assert live_house.cell("staff").value is None
    sign_in(sheet.context, live_house.client(Role.STREET_OFFICIAL), sheet.url.split("/daily")[0])
    open_sheet(sheet, sheet.url)
    # Somebody else is here now: the numbers are not theirs, and are not sent for them.
    expect(sheet.locator("[data-queue]")).to_be_hidden()
    assert not CellChange.objects.exists()


def test_signing_out_throws_kept_pages_away(sheet: Page, live_house: House, live_server) -> None:
    copies = "caches.open('jinjian-daily-pages').then(c => c.keys()).then(k => k.length)"
    assert sheet.evaluate(copies) == 1
    url = sheet.url

    sheet.click("form[action='/sign-out/'] button")
    sheet.wait_for_url("**/sign-in/**")

    assert sheet.evaluate(copies) == 0
    with without_network(sheet.context), pytest.raises(Error, match="ERR_"):
        sheet.goto(url)


def test_a_submission_left_behind_is_not_made_of_numbers_that_nobody_saw(
    sheet: Page, live_house: House
) -> None:
    context, url = sheet.context, sheet.url
    with without_network(context):
        sheet.keyboard.press("Control+Enter")
        expect(sheet.locator("[data-submit]")).to_be_focused()
        sheet.keyboard.press("Enter")
        expect(queue(sheet)).to_contain_text("回执稍后给出")
        sheet.goto("about:blank")
        sheet.close()
        live_house.save(live_house.cell("home_requests"), "5")  # a colleague, meanwhile

    again = context.new_page()
    open_sheet(again, url)

    expect(again.locator("[data-said-word]")).to_contain_text("数字有变动", timeout=15_000)
    assert (live_house.report().state, ReportVersion.objects.count()) == (State.DRAFT, 0)
    # Seen now, it is submitted.
    again.keyboard.press("Control+Enter")
    expect(again.locator("[data-submit]")).to_be_focused()
    again.keyboard.press("Enter")
    expect(again.locator("[data-receipt]")).to_be_visible(timeout=15_000)


def test_a_browser_that_keeps_nothing_still_sends(sheet: Page, live_house: House) -> None:
    sheet.evaluate("() => { IDBObjectStore.prototype.put = () => { throw new Error('full') } }")

    type_into(sheet, live_house.cell("staff"), "12")

    all_saved(sheet)
    assert live_house.cell("staff").value == 12
