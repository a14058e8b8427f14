"""Walls: opened by a link alone, without personal data, and calm when the link has ended."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from personnel.models import WallLink
from personnel.roles import Role
from tests.boards.make import Board, Panels, make_board, signed_in, wall_token
from tests.personnel.make import make_user
from tests.sites.make import make_resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> Board:
    return make_board()


def test_wall_opens_without_an_account(board: Board) -> None:
    board.capture("TUBE000001")

    response = Client().get(f"/wall/{wall_token(board)}/?lang=en")

    page = Panels(response.content.decode())
    assert response.status_code == 200
    assert page.figures["swabs", "district", board.desk.place.district.code] == 3
    assert page.pulse["hx-get"].endswith("page=wall")
    assert "no-store" in response["Cache-Control"]


def test_wall_of_a_street_does_not_show_its_neighbour(board: Board) -> None:
    board.capture("TUBE000001")
    place = board.desk.place

    html = Client().get(f"/wall/{wall_token(board, place.there)}/").content.decode()

    assert place.here.name not in html


def test_wall_shows_no_personal_data(board: Board) -> None:
    resident, number = make_resident(board.desk.place)
    items = [board.desk.open("TUBE000009"), board.desk.add("TUBE000009", number)]
    assert board.desk.verdicts(*items) == ["created", "created"]

    html = Client().get(f"/wall/{wall_token(board)}/").content.decode()

    for secret in (number, number[-4:], resident.name_mask, "张三", "13800000000", "TUBE000009"):
        assert secret not in html


@pytest.mark.parametrize("end", ["revoked", "expired", "unknown"])
def test_dead_link_gets_a_calm_page_and_never_the_sign_in(board: Board, end: str) -> None:
    token = wall_token(board)
    if end == "revoked":
        WallLink.objects.update(revoked_at=timezone.now(), revoked_by="test")
    elif end == "expired":
        past = timezone.now() - timedelta(days=9)
        WallLink.objects.update(created_at=past, expires_at=past + timedelta(days=1))
    else:
        token = "no-such-token"

    response = Client().get(f"/wall/{token}/?lang=en")

    assert response.status_code == 410
    assert b"no longer valid" in response.content
    assert b"password" not in response.content


@pytest.mark.parametrize("query", ["scene=nonsense&scale=9&rotate=-1&lang=xx", "rotate=%C2%B2"])
def test_wall_forgives_what_it_does_not_know(board: Board, query: str) -> None:
    response = Client().get(f"/wall/{wall_token(board)}/?{query}")

    assert response.status_code == 200
    assert b'data-scene="overview"' in response.content
    assert b'data-rotate="0"' in response.content


def test_commander_makes_a_link_and_its_code_once(board: Board) -> None:
    place = board.desk.place
    response = board.client.post(
        "/walls/",
        {"label": "hall", "round": place.round.pk, "division": place.here.pk, "days": "3"},
    )

    assert response.status_code == 201
    html = response.content.decode()
    url = html.split('target="_blank"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert Client().get(url).status_code == 200
    assert "<svg viewBox" in html
    assert url not in board.client.get("/walls/").content.decode()


def test_form_offers_only_what_is_in_sight(board: Board) -> None:
    other = make_board().desk.place
    place = board.desk.place

    response = board.client.post(
        "/walls/",
        {"label": "hall", "round": place.round.pk, "division": other.here.pk, "days": "3"},
    )

    assert response.status_code == 422
    assert not WallLink.objects.exists()


def test_ending_a_link(board: Board) -> None:
    token = wall_token(board)
    link = WallLink.objects.get()

    response = board.client.post(f"/walls/{link.pk}/revoke/")

    assert response.status_code == 302
    assert Client().get(f"/wall/{token}/").status_code == 410


def test_other_districts_link_is_not_found_and_roles_are_refused(board: Board) -> None:
    wall_token(make_board())
    official = signed_in(make_user(Role.STREET_OFFICIAL, board.desk.place.here))

    foreign = WallLink.objects.get().pk

    assert board.client.post(f"/walls/{foreign}/revoke/").status_code == 404
    assert official.get("/walls/").status_code == 403
    assert official.post(f"/walls/{foreign}/revoke/").status_code == 403
