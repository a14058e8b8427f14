"""A live site for the browser, with a board that has figures."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from core import clock
from personnel.services import roll
from reporting.boards.source import forget_pictures
from reporting.progress.models import Heartbeat
from tests.boards.make import Board, make_board


@pytest.fixture
def board(transactional_db: None) -> Iterator[Board]:
    """A running round with one tube, committed, so that the live site sees it."""
    clock.forget()
    board = make_board()
    board.capture("TUBE000001")
    Heartbeat.objects.update_or_create(
        id=1, defaults={"beaten_at": timezone.now() + timedelta(minutes=5)}
    )
    yield board
    forget_pictures()
    clock.forget()
    roll.forget()


@pytest.fixture
def signed_in_page(page: Page, live_server, board: Board) -> Page:
    """A commander's overview, with the session that the board's client has already."""
    page.context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": live_server.url}
            for name, morsel in board.client.cookies.items()
        ]
    )
    page.goto(live_server.url)
    page.wait_for_selector("#panel-kpis")
    return page
