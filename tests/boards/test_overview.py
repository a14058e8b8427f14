"""The overview: its figures are the queries' figures, whoever looks and from whenever."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.boards.source import forget_pictures
from reporting.progress.models import Snapshot, SnapshotTotal
from reporting.progress.queries import overview
from tests.boards.make import Board, Panels, add_target, make_board, signed_in
from tests.personnel.make import make_division, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> Board:
    return make_board()


def test_figures_on_the_page_are_those_of_the_queries(board: Board) -> None:
    board.capture("TUBE000001", people=2, strangers=1)
    place = board.desk.place
    scope = Scope(districts=frozenset({place.district.pk}))

    page = Panels(board.client.get("/").content.decode())

    with scoped(scope):
        known = overview(scope, place.round)
    district, street = place.district.code, place.here.code
    for name in ("target", "exempt", "persons", "swabs", "tubes", "off_register_persons"):
        assert page.figures[name, "district", district] == getattr(known.figures, name)
    assert page.figures["persons", "district", district] == 2
    assert page.figures["swabs", "street", street] == 3
    assert page.figures["target", "street", street] == 90


def test_sums_on_the_page_add_up(board: Board) -> None:
    board.capture("TUBE000001", people=2, strangers=3)
    key = board.desk.place.district.code

    page = Panels(board.client.get("/").content.decode())

    parts = ["persons", "exempt_persons", "outside_persons", "off_register_persons", "second_swabs"]
    assert sum(page.figures[name, "district", key] for name in parts) == 5
    assert page.figures["swabs", "district", key] == 5


def test_neighbour_street_is_not_on_an_officials_page(board: Board) -> None:
    board.capture("TUBE000001")
    place = board.desk.place
    there = signed_in(make_user(Role.STREET_OFFICIAL, place.there))
    here = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    mine, other = (client.get("/").content.decode() for client in (here, there))

    assert Panels(mine).figures["swabs", "street", place.here.code] == 3
    assert place.here.name not in other
    assert not any(value for (name, *_), value in Panels(other).figures.items() if name == "swabs")


def test_no_round_says_what_to_do(board: Board) -> None:
    board.desk.place.round.state = "draft"
    board.desk.place.round.save()

    response = board.client.get("/", headers={"Accept-Language": "en"})

    assert response.status_code == 200
    assert "panel-" not in response.content.decode().split("</header>")[1]
    assert "No round yet" in response.content.decode()


def test_before_the_start_the_plan_is_shown(board: Board) -> None:
    clock.set_clock(board.desk.place.round.starts_at - timedelta(hours=3), rate=1)
    forget_pictures()

    html = board.client.get("/?lang=en").content.decode()

    assert "Starts 11-04 20:00" in html
    assert "Planned" in html


def test_unknown_round_is_not_found(board: Board) -> None:
    assert board.client.get("/?round=999999").status_code == 404
    assert board.client.get("/?round=x").status_code == 400


def test_looking_back_shows_what_was_known_then_and_has_no_pulse(board: Board) -> None:
    place = board.desk.place
    then = clock.quarter_of(clock.now()) - timedelta(minutes=30)
    snapshot = Snapshot.objects.create(
        round_id=place.round.pk, as_of=then, taken_at=then, version=1
    )
    SnapshotTotal.objects.create(
        snapshot=snapshot, kind="street", key_id=place.here.pk, street_id=place.here.pk, swabs=1
    )
    board.capture("TUBE000001")

    html = board.client.get(f"/?as_of={then.isoformat().replace('+', '%2B')}").content.decode()

    page = Panels(html)
    assert page.figures["swabs", "district", place.district.code] == 1
    assert page.pulse == {}
    assert "notice-stale" in html


def test_looking_back_before_anything_was_kept_is_not_found(board: Board) -> None:
    board.capture("TUBE000001")

    response = board.client.get("/?as_of=2021-11-04T20:00:00%2B08:00")

    assert response.status_code == 404


def test_language_on_request(board: Board) -> None:
    english = board.client.get("/?lang=en").content.decode()

    assert '<html lang="en"' in english
    assert "People sampled" in english


def test_query_count_does_not_grow_with_streets(board: Board) -> None:
    board.capture("TUBE000001")
    few = _queries(board)

    for _ in range(30):
        street = make_division("street", board.desk.place.district)
        add_target(board.desk, make_division("community", street), people=10)

    assert _queries(board) == few


def _queries(board: Board) -> list[str]:
    forget_pictures()
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert board.client.get("/").status_code == 200
    # the clock is read once a second, which may or may not fall into a request
    return [query["sql"][:60] for query in caught if "core_clock" not in query["sql"]]


def test_role_without_the_board_is_refused(board: Board) -> None:
    lead = signed_in(make_user(Role.POINT_LEAD, board.desk.place.here))

    response = lead.get("/")

    assert response.status_code == 403
    assert b'action="/sign-out/"' in response.content
