"""The list of alerts in a real browser: it renews itself, says what is new, and never takes a form
away from under somebody's hands."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import expect

from core import clock
from personnel.roles import Role
from tests.alerts.make import Field
from tests.browser.sound import unsound
from tests.personnel.make import PASSWORD, make_targets, make_user

REFRESH = "() => window.htmx.trigger('#alert-list', 'alerts:refresh')"


@pytest.mark.django_db(transaction=True)
def test_the_list_renews_itself_but_not_while_somebody_writes(page, live_server) -> None:
    field = Field()
    make_targets(field.place)
    clock.set_clock(field.at(75), rate=1)
    user = make_user(Role.DISPATCHER, field.place.district)
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("input[name=username]", user.username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    field.run(75)
    page.goto(f"{live_server.url}/alerts/")
    assert page.get_by_role("heading", name="No open alerts").is_visible()

    field.units(1)
    field.run(76)
    page.evaluate(REFRESH)
    page.locator("[data-group]").wait_for()
    expect(page.locator("[data-alert-news]")).to_contain_text("Silent sampling point")

    page.click("details.take-on summary")
    page.fill("details[open] input[name=action]", "calling the lead")
    field.units(1, field.point(field.place.there))
    field.run(77)
    with page.expect_response("**/alerts/?tab=open"):
        page.evaluate(REFRESH)
    assert page.input_value("details[open] input[name=action]") == "calling the lead"
    assert page.locator("[data-group]").count() == 1

    page.click("details[open] button[type=submit]")
    page.get_by_text("Taken on: 1 alert.").wait_for()
    assert page.locator("[data-group]").count() == 2
    assert page.get_by_text("calling the lead").is_visible()

    for path in ("/alerts/", "/alerts/?tab=mine", f"/alerts/{_alert_id(page)}/"):
        page.goto(f"{live_server.url}{path}")
        assert unsound(page, checked_at=360) == [], path


def _alert_id(page) -> str:
    link = page.locator(".alert-head h3 a").first.get_attribute("href")
    return link.strip("/").rpartition("/")[2]
