"""Machine clients in a browser: a secret is made and copied on a phone; every page is sound."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from personnel.roles import Role
from reporting.outlets.models import ApiClient
from reporting.outlets.services.clients import ask_for_persons, rotate_secret
from reporting.outlets.services.pulls import note_pull
from reporting.outlets.services.tokens import bearer_of
from tests.browser.sound import unsound, width_over
from tests.clients.make import ask_token, make_client, make_token
from tests.daily.conftest import sign_in
from tests.personnel.make import District, make_district, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHECKED_AT = {"zh-hans": 1366, "en": 360}
# SHOTS=folder keeps pictures of the pages, for whoever works on them.
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def place() -> District:
    return make_district()


@pytest.fixture
def officer(place: District) -> Client:
    http = Client()
    http.force_login(make_user(Role.REPORTING_OFFICER, place.district))
    return http


def test_a_client_is_made_on_a_phone_and_its_secret_copied(
    page: Page, live_server: Any, officer: Client, place: District
) -> None:
    sign_in(page.context, officer, live_server.url, language="en")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{live_server.url}/clients/new/")
    page.fill("#id_name", "city centre")
    page.click("main form .btn-brand")
    expect(page.locator("[data-error-summary]")).to_contain_text("Contact")
    page.fill("#id_contact", "duty room")
    page.check("input[name=whole_district][value='0']")
    page.check(f"input[name=streets][value='{place.here.pk}']")
    page.click("main form .btn-brand")

    secret = page.locator("[data-client-secret]").inner_text()
    button = page.locator("button[data-copy=client-secret]")
    button.click()
    expect(button).to_have_text("copied")
    assert width_over(page) <= 0
    client = ApiClient.objects.get()
    assert not client.whole_district
    assert ask_token(client, secret).status_code == 200
    page.click("text=To the client")
    expect(page.locator("h1")).to_have_text("city centre")
    expect(page.locator("main")).not_to_contain_text(secret)
    assert width_over(page) <= 0


@pytest.mark.slow
@pytest.mark.parametrize("language", list(CHECKED_AT))
def test_every_page_is_sound(
    language: str, page: Page, live_server: Any, officer: Client, place: District
) -> None:
    client = _busy_client(place)
    sign_in(page.context, officer, live_server.url, language=language)
    wrong = []
    for number, path in enumerate(
        (
            "/clients/", "/clients/new/", f"/clients/{client.pk}/", "/clients/roles/",
            f"/clients/roles/?role=reporting_officer&division={place.district.pk}",
        )
    ):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        for fold in page.locator("main details").all():
            fold.evaluate("fold => { fold.open = true; }")
        for fault in unsound(page, checked_at=CHECKED_AT[language]):
            wrong.append(f"{path} {fault}")
        _picture(page, f"clients-{number}-{language}")
    assert wrong == []


def _busy_client(place: District) -> ApiClient:
    client, _secret = make_client(
        place.district, name="重庆市疫情防控数据中心", addresses=("10.1.0.0/16",)
    )
    make_client(place.district, name="分析", contact="区卫健委信息科 6321", streets=(place.here,))
    at = timezone.now()
    found = bearer_of(make_token(client), address="10.1.0.1", at=at)
    assert found is not None
    for endpoint, rows, status in (("api:rounds", 12, 200), ("api:progress-series", 1000, 200),
                                   ("api:rounds", 0, 400)):  # fmt: skip
        note_pull(found.principal, endpoint, rows, status, at, parameters=["cursor", "limit"])
    rotate_secret(client=client, by="user:1:administrator", at=at)
    ask_for_persons(client=client, reason="流调协查", by="user:1:administrator", at=at)
    return client


def _picture(page: Page, name: str) -> None:
    if SHOTS:
        for width in (360, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS, f"{name}-{width}.png"), full_page=True)
