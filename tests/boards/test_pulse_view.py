"""The pulse: what it swaps in equals a fresh page, and it stops when rights stop."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from core.pulse import TICKET_HEADER, issue_ticket
from core.scope import Scope
from personnel.models import Posting, WallLink
from personnel.services.walls import revoke_wall_link
from reporting.boards.panels import MAP_PANELS, OF_PAGE
from reporting.boards.source import forget_pictures
from tests.boards.make import Board, Panels, beat, make_board, panels_of, wall_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> Board:
    return make_board()


@pytest.fixture
def still(board: Board, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The same with a clock that stands, so that only the figures can differ."""
    monkeypatch.setattr(clock, "now", lambda: board.now)
    return board


def test_nothing_new_is_204_with_heartbeat_and_clock_in_one_query(still: Board) -> None:
    still.capture("TUBE000001")
    page = Panels(still.client.get("/").content.decode())

    with CaptureQueriesContext(connection) as caught:
        response = beat(Client(), page)

    assert response.status_code == 204
    assert [q for q in caught.captured_queries if "core_clock" not in q["sql"]] == [
        q for q in caught.captured_queries if "progress_roundversion" in q["sql"]
    ]
    assert sum("progress_roundversion" in q["sql"] for q in caught.captured_queries) == 1
    assert response["X-Jinjian-Clock"].startswith(still.now.isoformat()[:16])
    assert "X-Jinjian-Heartbeat" in response


@pytest.mark.parametrize("surface", ["overview", "wall", "street", "map"])
def test_page_with_the_fragments_swapped_in_equals_a_fresh_page(still: Board, surface: str) -> None:
    still.capture("TUBE000001")
    client = Client() if surface == "wall" else still.client
    url = {
        "overview": "/",
        "wall": f"/wall/{wall_token(still)}/",
        "street": f"/streets/{still.desk.place.here.pk}/",
        "map": "/map/",
    }[surface]
    old = client.get(url).content.decode()

    still.capture("TUBE000002", people=3)
    response = beat(client, Panels(old))
    fresh = client.get(url).content.decode()

    assert response.status_code == 200
    swapped = panels_of(old) | {
        name: html.replace(' hx-swap-oob="true"', "")
        for name, html in _out_of_band(response.content.decode()).items()
    }
    assert swapped == panels_of(fresh)
    assert swapped != panels_of(old)
    assert set(swapped) == set(MAP_PANELS if surface == "map" else OF_PAGE[surface])


def _out_of_band(html: str) -> dict[str, str]:
    plain = html.replace('<div hx-swap-oob="true" class="panel', '<div class="panel')
    return panels_of(plain)


def test_panels_that_did_not_change_are_not_sent(still: Board) -> None:
    still.capture("TUBE000001")
    page = Panels(still.client.get("/").content.decode())
    still.capture("TUBE000002")

    sent = set(_out_of_band(beat(still.client, page).content.decode()))

    assert {"kpis", "league"} <= sent
    assert "exceptions" not in sent


def test_silence_ages_with_the_minute(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    board.capture("TUBE000001")
    page = Panels(board.client.get("/").content.decode())
    later = clock.now() + timedelta(minutes=50)
    monkeypatch.setattr(clock, "now", lambda: later)

    response = beat(board.client, page)

    assert response.status_code == 200
    assert "foot" in _out_of_band(response.content.decode())


def test_cache_is_keyed_by_language_and_scope(still: Board) -> None:
    still.capture("TUBE000001")
    place = still.desk.place
    place.here.name_en = "Here Street"
    place.here.save()

    chinese = Panels(still.client.get("/?lang=zh-hans").content.decode())
    english = Panels(still.client.get("/?lang=en").content.decode())
    narrow = issue_ticket(
        "overview", Scope(streets=frozenset({place.there.pk})), "en", place.round.pk
    )
    other = beat(Client(), english, ticket=narrow, tag="")

    assert chinese.pulse["data-panels"] != english.pulse["data-panels"]
    assert place.here.name not in other.content.decode()
    assert beat(Client(), english).status_code == 204


@pytest.mark.parametrize("text", ["", "forged:1abc:x"])
def test_bad_ticket_is_401_and_never_a_sign_in_page(board: Board, text: str) -> None:
    page = Panels(board.client.get("/").content.decode())

    response = beat(Client(), page, ticket=text)

    assert response.status_code == 401
    assert b"<form" not in response.content


def test_ticket_of_a_wall_does_not_open_the_overview(board: Board) -> None:
    wall = Panels(Client().get(f"/wall/{wall_token(board)}/").content.decode())

    assert beat(Client(), wall, url="/pulse/?page=overview").status_code == 401


def test_ticket_is_renewed_while_the_posting_lasts(board: Board) -> None:
    page = Panels(board.client.get("/?lang=en").content.decode())
    renewed = board.client.get(page.pulse["data-renew"])

    assert renewed.status_code == 204
    answer = beat(Client(), page, ticket=renewed[TICKET_HEADER], tag="")
    assert answer.status_code in (200, 204)

    Posting.objects.update(ends_at=timezone.now())
    assert board.client.get(page.pulse["data-renew"]).status_code == 401


def test_ticket_for_a_round_out_of_sight_is_not_found(board: Board) -> None:
    assert board.client.get("/pulse/ticket/?round=999999").status_code == 404


def test_wall_ticket_ends_with_its_link(board: Board) -> None:
    page = Panels(Client().get(f"/wall/{wall_token(board)}/").content.decode())
    assert Client().get(page.pulse["data-renew"]).status_code == 204

    revoke_wall_link(link=WallLink.objects.get(), by="test", at=timezone.now())

    assert Client().get(page.pulse["data-renew"]).status_code == 410


def test_thirty_screens_render_each_panel_once(
    still: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    still.capture("TUBE000001")
    page = Panels(still.client.get("/").content.decode())
    still.capture("TUBE000002")
    forget_pictures()

    beat(Client(), page)
    with CaptureQueriesContext(connection) as caught:
        for _ in range(30):
            assert beat(Client(), page).status_code == 200

    assert not [q for q in caught.captured_queries if "progress_total" in q["sql"]]
