"""S20 in a real browser: a workbook is mapped and its preview read, at a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core import clock
from core.scope import scoped
from personnel.roles import Role
from personnel.services import roll
from reporting.boards.source import forget_pictures
from reporting.outlets.models import Delivery
from reporting.outlets.services.deliveries import add_endpoint, send_run
from reporting.outlets.services.upward_runs import make_run, open_run_now
from reporting.outlets.services.upward_steps import acknowledge, note_sent
from tests.boards.make import signed_in
from tests.browser.sound import unsound
from tests.daily.conftest import sign_in
from tests.personnel.make import make_user
from tests.upward.make import SHEET, House, later, make_house, make_workbook

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def live(transactional_db: None) -> Iterator[House]:
    """A superior with two outlets, one issue sent and one owed, committed for the live site."""
    clock.forget()
    house = make_house()
    house.board.capture("CJ0001", people=3, strangers=1)
    with scoped(house.scope):
        outlet = house.outlet()
        make_workbook(house, outlet)
        house.outlet(title="市平台推送", what="data_values", every_minutes=60)
        endpoint, _secret = add_endpoint(
            superior_id=house.superior.pk, url="https://city.example/in", **house.who
        )
        later(house, 2.1)
        run = open_run_now(outlet_id=outlet.pk, **house.who)
        assert make_run(run.pk, by="system:worker", at=run.as_of + timedelta(minutes=6))
        note_sent(run_id=run.pk, to="市指挥部工作群", **house.who)
        acknowledge(run_id=run.pk, receipt="渝-77", **house.who)
        send_run(run_id=run.pk, endpoint_id=endpoint.pk, **house.who)
        later(house, 2.4)
        open_run_now(outlet_id=outlet.pk, **house.who)
    yield house
    for forget in (forget_pictures, clock.forget, roll.forget):
        forget()


def shot(page: Page, name: str) -> None:
    """A picture for whoever looks at the pages, where a folder for them is named."""
    if folder := os.environ.get("UPWARD_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_pages_at_a_desk_and_on_a_phone(
    live: House, browser_context: BrowserContext, page: Page, live_server
) -> None:
    client = signed_in(make_user(Role.REPORTING_OFFICER, live.board.desk.place.district))
    [first, _second] = live.superior.outlets.order_by("pk")
    desk = {
        "outlets": "/upward/",
        "workbook": f"/upward/outlets/{first.pk}/workbook/",
        "run": f"/upward/issues/{first.runs.get(number=1).pk}/",
    }
    phone = {
        "outlets": "/upward/",
        "outlet": f"/upward/outlets/{first.pk}/",
        "delivery": f"/upward/deliveries/{Delivery.objects.get().pk}/",
    }
    for language, width, paths in (("zh-hans", 1366, desk), ("en", 360, phone)):
        sign_in(browser_context, client, live_server.url, language)
        for name, path in paths.items():
            page.goto(live_server.url + path)
            shot(page, f"{name}-{language}-{width}")
            assert unsound(page, checked_at=width) == [], (name, width)


def test_an_entry_fills_the_preview(
    live: House, browser_context: BrowserContext, page: Page, live_server
) -> None:
    client = signed_in(make_user(Role.REPORTING_OFFICER, live.board.desk.place.district))
    sign_in(browser_context, client, live_server.url, "en")
    outlet = live.superior.outlets.order_by("pk").first()
    page.goto(f"{live_server.url}/upward/outlets/{outlet.pk}/workbook/")
    expect(page.get_by_text("would not go out")).to_have_count(0)

    page.get_by_label("What is entered").select_option("figure")
    expect(page.get_by_label("First row")).to_be_hidden()
    page.get_by_label("Sheet").select_option(SHEET)
    page.get_by_label("Cell or column").fill("B6")
    page.get_by_label("Figure", exact=True).select_option("persons")
    page.get_by_role("button", name="Enter it").click()

    expect(page.locator('td.square-written[title="people sampled, of the target"]')).to_have_text(
        "3"
    )
    expect(page.locator("#entries b", has_text="B6")).to_be_visible()
