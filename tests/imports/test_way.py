"""The whole way in a real browser: a faulty sheet, its preview, the mended rows, the undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from campaigns.models import Division
from personnel.roles import Role
from tests.browser.sound import faults, unsound
from tests.imports.files import workbook
from tests.personnel.make import District, make_district, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

HEADINGS = ["编码", "名称", "级别", "上级", "人口", "beizhu"]
ROWS = [
    ["110107001000", "八宝山街道", "街道", "", "53000", ""],
    ["110107001001", "北社区", "", "", "三千", "check"],
    ["110107001002", "南社区", "", "", 2900, ""],
    ["合计", "", "", "", 55900, ""],
]


def count(page: Page, name: str):
    return page.locator(f'[data-count="{name}"]')


@pytest.fixture
def planner(page: Page, live_server) -> tuple[Page, District]:
    place = make_district()
    client = Client()
    client.force_login(make_user(Role.PLANNER, place.district))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": "zh-hans"}).items()
        ]
    )
    page.goto(f"{live_server.url}/imports/")
    return page, place


def test_a_sheet_is_checked_mended_written_and_undone(planner, tmp_path: Path) -> None:
    page, _place = planner
    sheet = tmp_path / "divisions.xlsx"
    sheet.write_bytes(workbook(("数据", [HEADINGS, *ROWS])))
    page.click('a[href="/imports/divisions/"]')
    page.set_input_files("[name=file]", sheet)
    page.click("form[data-import-form] button[type=submit]")

    page.wait_for_selector(".import-columns")
    assert faults(page) == []
    page.click(".import-columns ~ .import-acts button")

    expect(count(page, "in")).to_have_text("4")
    expect(count(page, "new")).to_have_text("2")
    expect(count(page, "refused")).to_have_text("2")
    assert faults(page) == []
    with page.expect_download() as waiting:
        page.click('a[href$="refused.xlsx"]')
    page.click('form[action$="/confirm/"] button')
    expect(page.locator('form[action$="/undo/"] button')).to_be_visible()

    _bring_mended(page, waiting.value.path())
    expect(count(page, "new")).to_have_text("1")
    page.click('form[action$="/confirm/"] button')
    expect(page.locator('form[action$="/undo/"] button')).to_be_visible()
    assert Division.objects.get(code="110107001001").population == 3000

    page.click('form[action$="/undo/"] button')
    expect(page.locator(".notice-stale")).to_be_visible()
    assert not Division.objects.filter(code="110107001001").exists()
    assert Division.objects.filter(code="110107001002").exists()


def _bring_mended(page: Page, path: Path) -> None:
    """Read the file of refused rows, mend what it says, paste it in."""
    from core.sheets.reading import read_sheets

    headings, *rows = [
        line.cells for line in read_sheets(path.read_bytes(), "r.xlsx").sheets[0].lines
    ]
    assert [row[0] for row in rows] == ["110107001001", "合计"]
    rows[0][4] = "3,000"
    page.goto(page.url.split("/imports/")[0] + "/imports/divisions/")
    page.fill("[name=pasted]", "\n".join("\t".join(row) for row in [headings, rows[0]]))
    page.click("form[data-import-form] button[type=submit]")


def test_the_preview_fits_a_phone_and_is_accessible(planner) -> None:
    page, _place = planner
    rows = [HEADINGS[:5], *[[*row[:5]] for row in ROWS]]
    page.goto(page.url.split("/imports/")[0] + "/imports/divisions/")
    page.fill("[name=pasted]", "\n".join("\t".join(map(str, row)) for row in rows))
    page.click("form[data-import-form] button[type=submit]")
    expect(count(page, "in")).to_have_text("4")
    assert unsound(page, checked_at=360) == []

    home = page.url.split("/imports/")[0]
    page.context.add_cookies([{"name": "jinjian_language", "value": "en", "url": home}])
    page.reload()

    assert page.locator("html").get_attribute("lang") == "en"
    assert unsound(page, checked_at=1366) == []
