"""A register file goes in slices from a real browser: a broken line, a closed page, one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from campaigns.models import Contradiction, PopulationGroup, Resident
from campaigns.services.register import uploads
from core.imports.models import ImportRun
from core.scope import scoped
from personnel.roles import Role
from tests.browser.sound import faults
from tests.campaigns.make_register import applied, csv, planner, row, work
from tests.personnel.make import District, make_user
from tests.sites.make import id_number, make_round

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def place(transactional_db) -> District:
    return make_round()


def sign_in(page: Page, live_server, role: Role, division, language: str = "en") -> Page:
    client = Client()
    client.force_login(make_user(role, division))
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page.context.add_cookies(
        [{"name": n, "value": v, "url": live_server.url} for n, v in cookies.items()]
    )
    return page


def shot(page: Page, name: str) -> None:
    """No serious fault of access; pictures for whoever changes these pages: SHOTS=folder."""
    assert faults(page) == [], name
    if SHOTS:
        width = (page.viewport_size or {}).get("width", 0)
        page.screenshot(path=f"{SHOTS}/{width}-{name}.png", full_page=True)


def test_a_file_arrives_over_a_broken_line_and_a_closed_page(
    place, page: Page, live_server, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(uploads, "CHUNK_BYTES", 3_000)
    lines = [row(id_number(), place, phone="13800000000", building="3号楼") for _n in range(120)]
    lines += [row("110107197001010", place), row(id_number(), place, community="没有的社区")]
    file = tmp_path / "register.csv"
    file.write_bytes(csv(*lines))
    sign_in(page, live_server, Role.PLANNER, place.district)
    broken = []

    def break_once(route) -> None:
        broken.append(route.request.url)
        route.abort() if len(broken) == 1 else route.continue_()

    page.goto(f"{live_server.url}/register/import/")
    shot(page, "1-start")
    page.route("**/slices/1/", break_once)
    page.route("**/slices/2/", lambda route: route.abort())
    page.fill("[name=sender]", "公安")
    page.set_input_files("[name=file]", file)
    page.click("[data-upload] [type=submit]")
    page.wait_for_selector('[data-sending] progress[value="6000"]')
    shot(page, "2-sending")
    assert len(broken) == 2  # the line broke once, and the same slice was sent again

    run = ImportRun.objects.get()
    page.unroute("**/slices/2/")
    page.goto(f"{live_server.url}/register/import/{run.pk}/")
    shot(page, "3-resume")
    page.set_input_files("[name=file]", file)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.click("[data-upload] [type=submit]")
    page.wait_for_selector("#register-run[data-state=checking]", timeout=30_000)
    shot(page, "4-busy")
    slices = [url for url in sent if "/slices/" in url]
    assert not any(url.endswith("/slices/1/") for url in slices)
    page.goto("about:blank")
    work()

    page.goto(f"{live_server.url}/register/import/{run.pk}/")
    shot(page, "5-preview")
    assert page.inner_text('[data-count="new"]') == "120"
    assert page.inner_text('[data-count="refused"]') == "2"
    page.click(f'form[action="/register/import/{run.pk}/confirm/"] button')
    page.wait_for_selector("#register-run[data-state=applying]")
    page.goto("about:blank")
    work()
    page.goto(f"{live_server.url}/register/import/{run.pk}/")
    shot(page, "6-applied")
    assert page.get_attribute("#register-run", "data-state") == "applied"
    page.goto(f"{live_server.url}/register/")
    shot(page, "7-register")
    assert "120" in page.inner_text(".page-head")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "language"), [(1366, "en"), (360, "zh-hans")])
def test_pages_are_in_reach_of_everybody(place, page: Page, live_server, width: int, language: str):
    for code, name in (("old", "60 岁以上老人"), ("yellow", "黄码人员"), ("bed", "行动不便")):
        PopulationGroup.objects.create(district=place.district, code=code, name=name)
    one = id_number()
    people = [row(one, place, phone="13800000000", building="3号楼", groups="old")]
    people += [
        row(id_number(), place, name="李四", groups="bed、old", building="12号楼2单元")
        for _n in range(30)
    ]
    applied(place, people, sender="派出所户籍")
    applied(
        place,
        [row(one, place, name="张珊", community=place.community_there.code)],
        sender="社区网格",
    )
    with scoped(planner(place)):
        assert Contradiction.objects.exists()
        person = Resident.objects.get(
            contradictions__isnull=False, contradictions__attribute="home"
        )
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, live_server, Role.PLANNER, place.district, language)
    base = live_server.url
    page.goto(f"{base}/register/")
    page.click("summary >> nth=0")
    shot(page, f"{language}-register")
    page.fill("[name=number]", one[-4:])
    page.click("form[action='/register/'] button")
    shot(page, f"{language}-found")
    page.fill("[name=number]", "12345")
    page.click("form[action='/register/'] button")
    shot(page, f"{language}-error")
    page.goto(f"{base}/register/{person.pk}/")
    shot(page, f"{language}-resident")
    page.goto(f"{base}/register/contradictions/")
    shot(page, f"{language}-contradictions")
    page.goto(f"{base}/register/import/")
    shot(page, f"{language}-import")
    page.context.clear_cookies()
    sign_in(page, live_server, Role.STREET_OFFICIAL, place.there, language)
    page.goto(f"{base}/register/{person.pk}/")
    page.select_option("[name=reason] >> nth=0", "visit")
    page.click("form[action$='/unmask/'] button")
    shot(page, f"{language}-unmasked")
