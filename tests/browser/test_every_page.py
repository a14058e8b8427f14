"""Every page for people: no serious accessibility fault, nothing runs off, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from personnel.roles import Role
from tests.boards.make import Board
from tests.browser.test_boards import faults, width_over
from tests.personnel.make import make_user

pytestmark = pytest.mark.browser

WIDTHS = (360, 1366, 1920)
LANGUAGES = ("zh-hans", "en")


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
        "/", f"/streets/{place.here.pk}/", "/map/", "/conflicts/", f"/call-up/?point={point}",
        f"/points/{point}/", f"/points/{point}/edit/", f"/units/{board.desk.unit.pk}/",
        f"/units/{board.desk.unit.pk}/enrol/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "role, paths", [(Role.PLANNER, _planner), (Role.STREET_OFFICIAL, _official)]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_sound(
    page: Page, live_server, board: Board, role: Role, paths: Callable[[Board], list[str]],
    language: str,
) -> None:  # fmt: skip
    place = board.desk.place
    client = Client()
    client.force_login(make_user(role, place.district if role == Role.PLANNER else place.here))
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": live_server.url}
            for name, value in (cookies | {"jinjian_language": language}).items()
        ]
    )
    wrong = []
    for path in paths(board):
        page.set_viewport_size({"width": 1366, "height": 850})
        answer = page.goto(f"{live_server.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 850})
            if over := width_over(page):
                wrong.append(f"{path} at {width}: {over} px too wide")
            # Contrast and names do not change with the width, so the widest need not be asked.
            if width < 1920:
                wrong += [f"{path} at {width}: {fault}" for fault in faults(page)]
    assert not wrong, "\n".join(wrong)
