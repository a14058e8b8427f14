"""An administrator in the browser: from a new account to a lost phone, without a fault to see."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from personnel.models import Device
from personnel.roles import Role
from tests.personnel.make import District, make_device_token, make_district, make_unit, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def place() -> District:
    return make_district()


@pytest.fixture
def admin_page(page: Page, live_server, place: District) -> Page:
    client = Client()
    client.force_login(make_user(Role.ADMINISTRATOR, place.district))
    page.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in client.cookies.items()
        ]
    )
    return page


def test_an_account_is_made_given_a_role_and_switched_off(
    admin_page: Page, live_server, place: District
) -> None:
    page = admin_page
    page.goto(f"{live_server.url}/accounts/new/")
    page.fill("#id_display_name", "陈伟")
    page.fill("#id_username", "cw-017")
    page.select_option("#id_role", "commander")
    page.select_option("#id_division", str(place.here.pk))
    page.click("main form button.btn-brand")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(page.locator("#id_display_name")).to_have_value("陈伟")
    page.select_option("#id_division", str(place.district.pk))
    page.click("main form button.btn-brand")
    expect(page.locator("[data-username]")).to_have_text("cw-017")
    assert len(page.locator("[data-password]").inner_text()) == 19

    page.click("main a.btn-brand")
    page.select_option("#id_role", "point_lead")
    page.select_option("#id_division", str(place.there.pk))
    page.click("#id_role >> xpath=ancestor::form >> button.btn-brand")
    expect(page.locator(".holdings li")).to_have_count(2)
    page.locator(".holdings details summary").first.click()
    page.locator(".holdings details[open] button").click()
    expect(page.locator("section:has(#held-title) li")).to_have_count(1)
    page.locator(".act-list summary").last.click()
    page.locator(".act-list details[open] button").click()
    expect(page.locator(".page-head .badge-stale")).to_be_visible()


def test_a_lost_phone_is_ended(admin_page: Page, live_server, place: District) -> None:
    device_id, _token = make_device_token(make_unit(place))
    page = admin_page
    page.goto(f"{live_server.url}/devices/")

    page.click(".rows-table details summary")
    page.click(".rows-table details[open] button")

    expect(page.locator(".rows-table")).to_have_count(0)
    assert Device.objects.get(pk=device_id).revoked_at is not None
