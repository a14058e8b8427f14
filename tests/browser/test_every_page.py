"""Every page for people: no serious accessibility fault, nothing runs off, in both languages.

Nothing may run off at any width in either language. The rules of access are asked twice of each
page, of the Chinese one at a desk's width and of the English one, whose words are longer, on a
phone. Questions that a page folds away are open while it is looked at.
"""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page

from personnel.roles import Role
from tests.boards.make import Board
from tests.browser.sound import unsound
from tests.personnel.make import make_device_token, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHECKED_AT = {"zh-hans": 1366, "en": 360}


def _planner(board: Board) -> list[str]:
    place = board.desk.place
    return [
        f"/rounds/{place.round.pk}/", f"/rounds/{place.round.pk}/copy/", "/rounds/",
        "/rounds/new/", "/groups/", "/divisions/", f"/divisions/{place.here.pk}/", "/points/",
        "/points/add/", f"/points/{board.desk.unit.point_id}/", f"/units/{board.desk.unit.pk}/",
        "/reserved/", "/register/", "/imports/", "/imports/points/", "/devices/",
    ]  # fmt: skip


def _official(board: Board) -> list[str]:
    place = board.desk.place
    point = board.desk.unit.point_id
    return [
        "/", "/today/", f"/streets/{place.here.pk}/", "/map/", "/conflicts/",
        f"/call-up/?point={point}",
        f"/points/{point}/", f"/points/{point}/edit/", f"/units/{board.desk.unit.pk}/",
        f"/units/{board.desk.unit.pk}/enrol/",
    ]  # fmt: skip


def _commander(board: Board) -> list[str]:
    return ["/", "/today/", "/walls/", "/conflicts/", "/account/password/"]


def _administrator(board: Board) -> list[str]:
    person = make_user(Role.STREET_OFFICIAL, board.desk.place.here)
    make_device_token(board.desk.unit)
    return ["/accounts/", "/accounts/new/", f"/accounts/{person.pk}/", "/devices/"]


PATHS = {
    Role.PLANNER: _planner,
    Role.STREET_OFFICIAL: _official,
    Role.COMMANDER: _commander,
    Role.ADMINISTRATOR: _administrator,
}


@pytest.mark.parametrize("role", PATHS)
@pytest.mark.parametrize("language", CHECKED_AT)
def test_pages_are_sound(page: Page, live_server, board: Board, role: Role, language: str) -> None:
    place = board.desk.place
    client = Client()
    client.force_login(
        make_user(role, place.here if role == Role.STREET_OFFICIAL else place.district)
    )
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": language}).items()
        ]
    )
    wrong = []
    for path in PATHS[role](board):
        page.set_viewport_size({"width": 1366, "height": 850})
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        page.evaluate("document.querySelectorAll('details.ask').forEach((ask) => ask.open = true)")
        wrong += [f"{path} {fault}" for fault in unsound(page, checked_at=CHECKED_AT[language])]
    assert not wrong, "\n".join(wrong)
