"""The street page as people see it: on a phone, on paper, and under the pulse."""

import re

import pytest
from playwright.sync_api import Page, expect

from reporting.boards.source import forget_pictures
from sites.models import SamplingPoint
from tests.boards.make import Board, add_target
from tests.browser.conftest import board, signed_in_page
from tests.browser.sound import unsound
from tests.personnel.make import make_division, make_unit

__all__ = ["board", "signed_in_page"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def furnish(board: Board, communities: int, points: int) -> None:
    """Figures do not matter here: only how many rows there are."""
    for _ in range(communities):
        add_target(board.desk, make_division("community", board.desk.place.here), people=800)
    for _ in range(points):
        make_unit(board.desk.place)
    SamplingPoint.objects.update(lead_name="Li Qing", lead_phone="13900001111", opens=None)
    forget_pictures()


def test_prints_on_one_page(signed_in_page: Page, live_server, board: Board) -> None:
    furnish(board, communities=32, points=13)
    signed_in_page.goto(f"{live_server.url}/streets/{board.desk.place.here.pk}/")

    paper = signed_in_page.pdf(prefer_css_page_size=True)

    pages = [int(n) for n in re.findall(rb"/Type /Pages\s*/Count (\d+)", paper)]
    assert pages == [1]


def test_fits_a_phone_and_has_no_serious_fault(
    signed_in_page: Page, live_server, board: Board
) -> None:
    furnish(board, communities=3, points=3)
    page = signed_in_page
    page.goto(f"{live_server.url}/streets/{board.desk.place.here.pk}/?lang=en")
    assert unsound(page, checked_at=360) == []


def test_figures_move_after_a_capture(signed_in_page: Page, live_server, board: Board) -> None:
    page = signed_in_page
    page.goto(f"{live_server.url}/streets/{board.desk.place.here.pk}/")
    swabs = page.locator('#panel-street_kpis [data-figure="swabs"]')
    expect(swabs).to_have_text("3")

    board.capture("TUBE000002", people=4, strangers=0)

    expect(swabs).to_have_text("7", timeout=12_000)
