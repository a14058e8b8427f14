"""What people see: figures move, the language changes, nothing runs off a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Division
from personnel.roles import Role
from reporting.boards.source import forget_pictures
from reporting.progress.models import Heartbeat
from tests.boards.make import Board, wall_token
from tests.browser.sound import faults, width_over
from tests.personnel.make import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWABS = '#panel-kpis [data-figure="swabs"]'


def test_signing_in_leads_to_the_overview(page: Page, live_server, board: Board) -> None:
    commander = make_user(Role.COMMANDER, board.desk.place.district)
    page.goto(f"{live_server.url}/")
    page.fill("[name=username]", commander.username)
    page.fill("[name=password]", PASSWORD)

    page.click("button.btn-brand")

    expect(page.locator(SWABS)).to_have_text("3")


def test_figures_move_after_a_capture(signed_in_page: Page, board: Board) -> None:
    page = signed_in_page
    expect(page.locator(SWABS)).to_have_text("3")

    board.capture("TUBE000002", people=4, strangers=0)

    expect(page.locator(SWABS)).to_have_text("7", timeout=8_000)
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")


def test_rows_stay_in_place_under_the_pointer(signed_in_page: Page, board: Board) -> None:
    page = signed_in_page
    code = board.desk.place.here.code
    page.evaluate("document.querySelector('#panel-league table').dataset.kept = 'yes'")
    page.hover("#panel-league")

    board.capture("TUBE000002", people=4, strangers=0)

    expect(page.locator(SWABS)).to_have_text("7", timeout=8_000)
    cell = page.locator(f'#panel-league [data-figure="swabs"][data-key="{code}"]')
    expect(cell).to_have_text("7")
    assert page.locator("#panel-league table[data-kept=yes]").count() == 1
    page.mouse.move(5, 5)
    expect(page.locator("#panel-league table[data-kept=yes]")).to_have_count(0, timeout=8_000)


def test_language_switch(signed_in_page: Page) -> None:
    page = signed_in_page
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.click('.language button[value="zh-hans"]')

    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_ended_session_leaves_the_figures_and_a_way_back(signed_in_page: Page, live_server) -> None:
    page = signed_in_page
    page.context.clear_cookies()

    page.evaluate("Date.now = ((real) => () => real() + 61000)(Date.now)")

    message = page.locator("[data-pulse-message]")
    expect(message).to_contain_text("session has ended", timeout=8_000)
    assert message.locator("a").get_attribute("href") == "/sign-in/"
    expect(page.locator(SWABS)).to_have_text("3")


def test_a_silent_server_shows_as_offline_and_heals(signed_in_page: Page) -> None:
    page = signed_in_page
    page.route("**/pulse/**", lambda route: route.abort())
    page.evaluate("Date.now = ((real) => () => real() + 20000)(Date.now)")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "offline", timeout=15_000)

    page.unroute("**/pulse/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live", timeout=8_000)


def test_a_dead_recount_cannot_look_live(signed_in_page: Page) -> None:
    page = signed_in_page
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")

    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=5))

    expect(page.locator("[data-live]")).to_have_attribute("data-state", "stopped", timeout=8_000)
    expect(page.locator("[data-pulse-message]")).to_contain_text("21:55")


def test_wall_fits_phone_and_wall(page: Page, live_server, board: Board) -> None:
    page.goto(f"{live_server.url}/wall/{wall_token(board)}/?lang=en")
    expect(page.locator(SWABS)).to_have_text("3")

    for width, height in ((390, 844), (1366, 768), (1920, 1080), (3840, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert width_over(page) <= 0
        if width > height:
            assert page.evaluate("document.documentElement.scrollHeight") <= height
            bottom = page.locator("#panel-foot").bounding_box()
            assert bottom["y"] + bottom["height"] <= height


def test_wall_keeps_its_picture_when_the_link_ends(page: Page, live_server, board: Board) -> None:
    page.goto(f"{live_server.url}/wall/{wall_token(board)}/?lang=en")
    page.route("**/ticket/**", lambda route: route.fulfill(status=410))

    page.evaluate("Date.now = ((real) => () => real() + 61000)(Date.now)")

    expect(page.locator("body")).to_have_attribute("data-pulse", "ended", timeout=8_000)
    expect(page.locator(SWABS)).to_have_text("3")
    assert "/wall/" in page.url


def test_wall_turns_its_scenes(page: Page, live_server, board: Board) -> None:
    page.goto(f"{live_server.url}/wall/{wall_token(board)}/?rotate=1")

    expect(page.locator("body")).to_have_attribute("data-scene", "exceptions", timeout=5_000)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("body")).to_have_attribute("data-scene", "overview")


def test_table_stays_in_its_card_at_every_width(signed_in_page: Page, board: Board) -> None:
    Division.objects.filter(level="street").update(name_en="Caijiagang Street")
    forget_pictures()
    page = signed_in_page
    page.goto(f"{page.url}?lang=en")
    for width in (761, 901, 1100, 1241, 1280, 1321, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate(
            "(([t, c]) => t.right - c.right)(['.league', '#panel-league .card-box']"
            ".map((s) => document.querySelector(s).getBoundingClientRect()))"
        )
        assert over <= 1, width
        assert width_over(page) <= 0, width


def test_sign_in_and_wall_have_no_serious_accessibility_fault(
    page: Page, live_server, board: Board
) -> None:
    for path in ("/sign-in/", f"/wall/{wall_token(board)}/", "/nothing-here/"):
        page.goto(live_server.url + path)
        assert faults(page) == [], path
