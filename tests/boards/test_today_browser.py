"""Today in a real browser: renewing the cards folds nothing up and moves no focus."""

from __future__ import annotations

import pytest
from django.conf import settings

from personnel.roles import Role
from tests.daily.make import make_house, set_time
from tests.personnel.make import PASSWORD, make_user

RENEW = """() => window.htmx.ajax("GET", "/today/", {
    source: "#today", target: "#today", swap: "outerHTML" })"""


@pytest.mark.django_db(transaction=True)
def test_what_was_unfolded_stays_so_when_the_cards_are_renewed(page, live_server) -> None:
    house = make_house()
    house.submit()
    set_time(house.at)
    user = make_user(Role.STREET_OFFICIAL, house.place.here)
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/sign-in/")
    page.fill("input[name=username]", user.username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    page.goto(f"{live_server.url}/today/")
    page.click("#today-done-word")
    page.focus("#done-1")
    page.evaluate("() => { document.getElementById('today').dataset.old = 'yes'; }")

    page.evaluate(RENEW)
    page.wait_for_function("() => !document.getElementById('today').dataset.old")

    page.wait_for_function("() => document.getElementById('today-done').open")
    assert page.evaluate("() => document.activeElement.id") == "done-1"
