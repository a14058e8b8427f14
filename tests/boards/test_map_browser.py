"""Map, its editor and the conflict list as people use them: keys, drag, a phone, no faults."""

import pytest
from playwright.sync_api import Page, expect

from personnel.roles import Role
from reporting.boards.models import MapCell
from tests.boards.make import Board, add_target, signed_in
from tests.browser.conftest import board, signed_in_page
from tests.browser.sound import unsound
from tests.personnel.make import make_division, make_user
from tests.sites.test_conflicts import swabbed_twice

__all__ = ["board", "signed_in_page"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def planner_page(signed_in_page: Page, live_server, board: Board) -> Page:
    """The same browser with a planner's session, and six communities in the street."""
    for _ in range(5):
        add_target(board.desk, make_division("community", board.desk.place.here), people=100)
    planner = signed_in(make_user(Role.PLANNER, board.desk.place.district))
    signed_in_page.context.clear_cookies()
    signed_in_page.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in planner.cookies.items()
        ]
    )
    return signed_in_page


def test_a_dropped_hex_changes_places(planner_page: Page, live_server, board: Board) -> None:
    page = planner_page
    page.goto(f"{live_server.url}/map/arrange/")
    hexes = page.locator("[data-hex]")
    one, two = hexes.nth(0), hexes.nth(2)
    keys = [each.get_attribute("data-hex") for each in (one, two)]
    places = [(each.get_attribute("data-x"), each.get_attribute("data-y")) for each in (one, two)]
    start, end = one.bounding_box(), two.bounding_box()
    assert start is not None
    assert end is not None

    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_url(f"**pick={keys[0]}**")

    moved = [page.locator(f'[data-hex="{key}"]') for key in keys]
    after = [(each.get_attribute("data-x"), each.get_attribute("data-y")) for each in moved]
    assert after == places[::-1]
    assert MapCell.objects.count() == 7


def test_arrows_walk_and_the_list_follows(planner_page: Page, live_server) -> None:
    page = planner_page
    page.goto(f"{live_server.url}/map/")
    page.focus("[data-hex][tabindex='0']")

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")

    picked = page.locator(".cell.is-picked")
    expect(picked).to_have_count(1)
    code = picked.get_attribute("data-hex")
    expect(page.locator(".map-rows tr.is-picked")).to_have_attribute("data-row", code or "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/streets/**")


def test_pages_fit_and_have_no_serious_fault(planner_page: Page, live_server) -> None:
    page = planner_page
    for language, checked_at in (("en", 360), ("zh-hans", 1366)):
        page.context.add_cookies(
            [{"name": "jinjian_language", "value": language, "url": live_server.url}]
        )
        for path in ("/map/?measure=lateness", "/map/arrange/"):
            page.goto(live_server.url + path)
            assert page.locator("html").get_attribute("lang") == language
            assert unsound(page, checked_at=checked_at) == [], path


def test_conflicts_fit_and_have_no_serious_fault(
    signed_in_page: Page, live_server, board: Board
) -> None:
    swabbed_twice(board.desk)
    page = signed_in_page
    page.goto(f"{live_server.url}/conflicts/?list=twice")
    expect(page.locator(".case")).to_have_count(1)
    assert unsound(page, checked_at=360) == []
    page.check('input[value^="void_later"]')
    page.click("form.decide button")
    expect(page.locator(".case")).to_have_count(0)
