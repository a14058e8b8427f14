"""The daily sheet in a real browser: by keyboard alone, by thumb, pasted, and by two people."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from personnel.roles import Role
from reporting.daily.models import ReportForm, ReportVersion
from reporting.daily.services import cutoffs, review
from tests.browser.test_boards import faults, width_over
from tests.daily.conftest import open_sheet, sign_in
from tests.daily.make import DUE, House, set_time

pytestmark = pytest.mark.browser


@pytest.fixture
def sheet(page: Page, live_server, live_house: House) -> Page:
    """The street official's open report."""
    sign_in(page.context, live_house.client(Role.STREET_OFFICIAL), live_server.url)
    open_sheet(page, f"{live_server.url}/daily/{live_house.report().pk}/")
    return page


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def test_a_pre_filled_report_goes_out_by_keyboard_alone(
    sheet: Page, live_server, live_house: House
) -> None:
    sheet.goto(f"{live_server.url}/daily/")
    keys, began = Keys(sheet), time.monotonic()

    keys.press("Tab", "Enter")  # skip to the content
    keys.press("Tab", "Enter")  # the most urgent report
    sheet.wait_for_selector("#daily[data-ready]")
    keys.press("Control+Enter")
    expect(sheet.locator("[data-submit]")).to_be_focused()
    keys.press("Enter")
    expect(sheet.locator("[data-receipt]")).to_contain_text("20211105-1500-")

    assert keys.pressed <= 8
    assert time.monotonic() - began < 30
    assert ReportVersion.objects.count() == 1


def test_one_number_is_overridden_and_explained_by_keyboard(sheet: Page, live_house: House) -> None:
    cell = live_house.cell("sampled")
    keys, began = Keys(sheet), time.monotonic()
    sheet.focus(f"#c{live_house.cell('registered').pk}")

    keys.press("Tab", "Tab", "Tab", "9")
    expect(sheet.locator(f'[data-total="{cell.column_id}"]')).to_have_text("9")
    keys.press("Control+.")
    expect(sheet.locator("[data-panel-reason]")).to_be_focused()
    expect(sheet.locator("[data-panel-difference]")).to_contain_text("+4")
    sheet.keyboard.press("ArrowDown")  # the first reason
    keys.press("Escape", "Control+Enter")
    expect(sheet.locator("[data-submit]")).to_be_focused()
    keys.press("Enter")
    expect(sheet.locator("[data-receipt]")).to_be_visible()

    assert time.monotonic() - began < 30
    assert (live_house.cell("sampled").value, live_house.cell("sampled").reason) == (9, "paper")


def test_a_pre_filled_report_goes_out_from_a_phone(
    chromium: Browser, live_server, live_house: House
) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    sign_in(context, live_house.client(Role.STREET_OFFICIAL), live_server.url)
    page, taps, began = context.new_page(), 0, time.monotonic()
    page.goto(f"{live_server.url}/daily/")

    page.tap(".owed-item .btn")
    page.wait_for_selector("#daily[data-ready]")
    expect(page.locator("[data-card-word]")).to_have_text("1 / 5")
    assert page.locator("[data-line]:visible").count() == 1  # one community a card
    for tap in ("[data-card-next]", "[data-check]", "[data-submit]"):
        page.tap(tap)
        taps += 1
    expect(page.locator("[data-receipt]")).to_contain_text("20211105-1500-")

    assert taps + 1 <= 5
    assert time.monotonic() - began < 60
    context.close()


def test_arrows_and_enter_go_up_and_down_a_column(sheet: Page, live_house: House) -> None:
    column = live_house.cell("staff").column_id
    rows = sheet.locator(f'[data-lines] [data-column="{column}"] .box')
    rows.nth(0).focus()

    for key, row in (("Enter", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("Shift+Enter", 0)):
        sheet.keyboard.press(key)
        expect(rows.nth(row)).to_be_focused()


PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def test_a_block_is_pasted_and_what_does_not_fit_is_told(sheet: Page, live_house: House) -> None:
    cell = live_house.cell("home_done")
    rows = sheet.locator(f'[data-lines] [data-column="{cell.column_id}"] .box')
    rows.nth(2).focus()

    # Two rows fit below; the third does not, nor does what stands right of the last column.
    sheet.evaluate(PASTE, "１\t12\t99\r\n\t1.2万\r\n7\t8\r\n")

    said = sheet.locator("[data-said-word]")
    expect(said).to_contain_text("已粘贴 3 个数字")
    expect(said).to_contain_text("99, 7, 8")
    expect(said).to_contain_text("1 格")
    expect(sheet.locator("[data-queue-kept] li")).to_have_count(1)
    expect(sheet.locator("[data-queue-kept]")).to_contain_text("12000")
    # The offer is taken by a person, never by us.
    sheet.click("[data-queue-kept] button:first-of-type")
    expect(sheet.locator("[data-queue]")).to_be_hidden()
    staff = sheet.locator(f'[data-total="{live_house.cell("staff").column_id}"]')
    expect(staff).to_have_text("12,012")

    sheet.click("[data-paste-undo]")

    expect(staff).to_have_text("")
    expect(sheet.locator("[data-bar-state]")).to_contain_text("均已保存")


def test_two_people_on_one_cell_both_see_both_numbers(
    sheet: Page, chromium: Browser, live_server, live_house: House
) -> None:
    cell = live_house.cell("staff")
    box = f"#c{cell.pk}"
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    sign_in(context, live_house.client(Role.STREET_OFFICIAL), live_server.url)
    other = context.new_page()
    open_sheet(other, sheet.url)
    sheet.fill(box, "12")
    sheet.keyboard.press("Tab")
    expect(sheet.locator("[data-bar-state]")).to_contain_text("均已保存")

    other.fill(box, "15")
    other.keyboard.press("Tab")

    kept = other.locator("[data-queue-kept] li")
    expect(kept).to_contain_text("12")
    expect(kept).to_contain_text("15")
    assert live_house.cell("staff").value == 12
    kept.locator("button").nth(1).click()  # use mine
    expect(other.locator("[data-bar-state]")).to_contain_text("均已保存")
    assert live_house.cell("staff").value == 15
    # The first one is told before they submit, and sees it marked.
    sheet.fill(f"#c{live_house.cell('home_requests').pk}", "4")
    sheet.keyboard.press("Tab")
    expect(sheet.locator("[data-moved]")).to_be_visible()
    sheet.keyboard.press("Control+Enter")
    expect(sheet.locator("[data-moved-show]")).to_be_focused()
    sheet.keyboard.press("Enter")
    expect(sheet.locator(f".cell-moved {box}")).to_have_value("15")
    context.close()


def test_old_figures_are_renewed_as_the_page_opens_but_not_under_the_typist(
    page: Page, live_server, live_house: House
) -> None:
    set_time(live_house.board.now)
    live_house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(DUE.replace(hour=14, minute=47))
    sign_in(page.context, live_house.client(Role.STREET_OFFICIAL), live_server.url)

    open_sheet(page, f"{live_server.url}/daily/{live_house.report().pk}/")

    box = page.locator(f"#c{live_house.cell('sampled').pk}")
    expect(box).to_have_value("8")
    set_time(live_house.board.now)
    live_house.board.capture("TUBE000003", people=2, strangers=0)
    set_time(DUE.replace(hour=14, minute=52))
    page.evaluate("document.dispatchEvent(new Event('jinjian:look'))")
    expect(page.locator("[data-newer]")).to_contain_text("14:52")
    expect(box).to_have_value("8")
    page.click("[data-newer-take]")
    expect(box).to_have_value("10")
    expect(page.locator("[data-newer]")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_sound(page: Page, live_server, live_house: House, language: str) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    cutoffs.open_due_reports(by="test", at=live_house.at)
    live_house.save(live_house.cell("exempt"), "101")
    live_house.save(live_house.cell("sampled"), "9")
    live_house.submit(live_house.place.there)
    sign_in(page.context, live_house.client(Role.STREET_OFFICIAL), live_server.url, language)
    report = live_house.report().pk
    wrong = []

    def look(path: str) -> None:
        page.set_viewport_size({"width": 1366, "height": 850})
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        page.wait_for_timeout(300)
        for width in (360, 1366):
            page.set_viewport_size({"width": width, "height": 850})
            if over := width_over(page):
                wrong.append(f"{path} at {width}: {over} px too wide")
            wrong.extend(f"{path} at {width}: {fault}" for fault in faults(page))

    for path in ("/daily/", f"/daily/{report}/", f"/daily/{report}/chat/"):
        look(path)
    live_house.save(live_house.cell("exempt"), "10")
    live_house.save(live_house.cell("sampled"), "9", reason="paper")
    live_house.submit()
    look(f"/daily/{report}/")
    review.return_report(
        report_id=report, version=1, comment="tubes?", at=live_house.at, by="user:1:r",
        scope=live_house.scope(Role.REPORTING_OFFICER),
    )  # fmt: skip
    look(f"/daily/{report}/")
    set_time(DUE.replace(hour=19))
    look(f"/daily/{report}/")
    assert not wrong, "\n".join(wrong)
