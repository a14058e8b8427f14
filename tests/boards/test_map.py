"""The schematic map: hexes that touch, files that are read or refused, and nobody's neighbours."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Division, Round
from core import clock
from core.inputs import Refused
from core.scope import Scope
from personnel.roles import Role
from reporting.boards import hexes
from reporting.boards.hexfiles import read_layout, write_hexjson
from reporting.boards.models import MapCell
from reporting.boards.services.layout import (
    arrange,
    by_street,
    communities_of,
    move_community,
    places_of,
)
from reporting.boards.source import forget_pictures
from reporting.progress import queries
from sites.models import SamplingPoint
from tests.boards.make import Board, add_target, make_board, signed_in
from tests.personnel.make import make_division, make_user

pytestmark = pytest.mark.django_db
PLACES = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


@pytest.fixture
def board() -> Board:
    board = make_board()
    board.capture("TUBE000001", people=2, strangers=1)
    return board


@pytest.fixture
def planner(board: Board) -> Client:
    return signed_in(make_user(Role.PLANNER, board.desk.place.district))


def whole(board: Board) -> Scope:
    return Scope(districts=frozenset({board.desk.place.district.pk}))


# --- geometry ---------------------------------------------------------------------------------


@given(PLACES, st.sampled_from(list(hexes.STEPS)))
def test_every_neighbour_is_one_hex_away_and_back(place, direction: str) -> None:
    there = hexes.neighbour(place, direction)
    (x, y), (u, v) = hexes.centre(place), hexes.centre(there)
    back = {"left": "right", "up_left": "down_right", "up_right": "down_left"}
    back |= {value: key for key, value in back.items()}

    assert ((x - u) ** 2 + (y - v) ** 2) ** 0.5 == pytest.approx(hexes.ACROSS)
    assert hexes.neighbour(there, back[direction]) == place


@given(PLACES)
def test_the_nearest_hex_to_a_centre_is_itself(place) -> None:
    assert hexes.nearest(*hexes.centre(place)) == place


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_automatic_map_gives_everybody_a_hex_of_their_own(sizes: list[int]) -> None:
    keys = iter(range(2000))
    groups = [[next(keys) for _ in range(size)] for size in sizes]

    placed = hexes.automatic(groups)

    assert len(set(placed.values())) == sum(sizes)


def test_rings_hold_six_more_each() -> None:
    walk = hexes.around((3, 3))
    places = [next(walk) for _ in range(37)]

    assert len(set(places)) == 37
    x, y = hexes.centre((3, 3))
    far = [((hexes.centre(p)[0] - x) ** 2 + (hexes.centre(p)[1] - y) ** 2) ** 0.5 for p in places]
    assert max(far[:7]) <= hexes.ACROSS * 1.01
    assert max(far) <= hexes.ACROSS * 3.01


# --- files ------------------------------------------------------------------------------------


def read(value: object, **known: int):
    return read_layout(json.dumps(value).encode(), known)


def test_hexjson_comes_back_as_it_went_out() -> None:
    places = {"a": (0, 0), "b": (1, 0), "c": (0, 1), "d": (-3, -2)}

    found = read(write_hexjson(places), a=1, b=2, c=3, d=4)

    assert found.refused == []
    assert found.places == {1: (0, 0), 2: (1, 0), 3: (0, 1), 4: (-3, -2)}


def test_even_rows_keep_their_neighbours() -> None:
    # in even-r the even row is shoved right: (0,0) touches (0,1) and (1,1)
    found = read(
        {"layout": "even-r", "hexes": {"a": {"q": 0, "r": 0}, "b": {"q": 1, "r": 1}}}, a=1, b=2
    )

    assert found.places[2] in {hexes.neighbour(found.places[1], way) for way in hexes.STEPS}


def test_what_cannot_be_used_is_listed_and_the_rest_is_taken() -> None:
    cells = {
        "a": {"q": 0, "r": 0},
        "b": {"q": 0, "r": 0},
        "c": {"q": 1.5, "r": 0},
        "x": {"q": 2, "r": 0},
        "d": [1, 2],
    }

    found = read({"layout": "odd-r", "hexes": cells}, a=1, b=2, c=3, d=4)

    assert found.places == {1: (0, 0)}
    assert [code for code, _why in found.refused] == ["b", "c", "x", "d"]
    assert found.total == len(cells)


def test_geojson_keeps_who_is_north_of_whom() -> None:
    def feature(code: str, geometry: dict) -> dict:
        return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}

    def point(*where: float) -> dict:
        return {"type": "Point", "coordinates": list(where)}

    square = [[106.3, 29.9], [106.5, 29.9], [106.5, 30.1], [106.3, 30.1], [106.3, 29.9]]
    features = [
        feature("south", point(106.4, 29.5)),
        feature("north", {"type": "Polygon", "coordinates": [square]}),
        feature("east", point(106.9, 29.8)),
        feature("nowhere", point(106.9, 29.8)),
        feature("odd", {"type": "Point", "coordinates": ["106", 29]}),
    ]

    found = read(
        {"type": "FeatureCollection", "features": features}, south=1, north=2, east=3, odd=4
    )

    assert found.places[2][1] < found.places[1][1]
    assert found.places[3][0] > found.places[1][0]
    assert [code for code, _why in found.refused] == ["nowhere", "odd"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'{"layout": "round", "hexes": {}}',
        b'{"type": "FeatureCollection", "features": 3}',
        b'{"layout": "odd-r", "hexes": {"a": {"q": 1, "r": 1}, "a": {"q": 2, "r": 2}}}',
        b'{"x": "' + b"a" * 1_000_001 + b'"}',
    ],
)
def test_a_file_of_another_kind_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        read_layout(body, {})


# --- arranging --------------------------------------------------------------------------------


def test_a_move_swaps_and_moves_nobody_else(board: Board) -> None:
    street = board.desk.place.here
    for _ in range(4):
        make_division("community", street)
    scope = whole(board)
    before = places_of(by_street(communities_of(scope)), scope)
    mover, there = next(
        (key, hexes.neighbour(place, "right"))
        for key, place in before.items()
        if hexes.neighbour(place, "right") in before.values()
    )
    other = next(key for key, place in before.items() if place == there)

    place = move_community(division_id=mover, to="right", scope=scope, by="test", at=clock.now())

    after = places_of(by_street(communities_of(scope)), scope)
    assert place == there
    assert (after[mover], after[other]) == (there, before[mover])
    assert {k: v for k, v in after.items() if k not in (mover, other)} == {
        k: v for k, v in before.items() if k not in (mover, other)
    }


def test_a_new_community_finds_a_place_near_its_street(board: Board) -> None:
    scope = whole(board)
    arrange(
        places={c.pk: (n, 0) for n, c in enumerate(communities_of(scope))},
        scope=scope,
        by="test",
        at=clock.now(),
    )
    new = make_division("community", board.desk.place.here)

    places = places_of(by_street(communities_of(scope)), scope)

    assert len(set(places.values())) == len(places)
    beside = places[board.desk.place.community_here.pk]
    assert places[new.pk] in {hexes.neighbour(beside, way) for way in hexes.STEPS}


def test_a_community_that_was_closed_keeps_no_hex(board: Board) -> None:
    scope, gone = whole(board), make_division("community", board.desk.place.here)
    who = {"scope": scope, "by": "test", "at": clock.now()}
    move_community(division_id=gone.pk, to=(7, 3), **who)
    Division.objects.filter(pk=gone.pk).update(valid_to=clock.day_of(clock.now()))

    move_community(division_id=board.desk.place.community_here.pk, to=(7, 3), **who)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not MapCell.objects.filter(division=gone).exists()


@pytest.mark.parametrize("longitude", ["1" + "0" * 400, "-1" + "0" * 400, "181"])
def test_a_place_beyond_the_earth_is_refused_and_the_rest_taken(longitude: str) -> None:
    one = '{"properties": {"code": "%s"}, "geometry": {"type": "Point", "coordinates": [%s, 39]}}'
    both = ", ".join([one % ("A", longitude), one % ("B", "116.4")])

    found = read_layout(
        f'{{"type": "FeatureCollection", "features": [{both}]}}'.encode(), {"A": 1, "B": 2}
    )

    assert list(found.places) == [2]
    assert [code for code, _why in found.refused] == ["A"]


def test_nobody_moves_a_community_of_another_district(board: Board) -> None:
    elsewhere = make_division("community", make_division("street", make_division("district")))

    with pytest.raises(Refused) as refused:
        move_community(
            division_id=elsewhere.pk, to="left", scope=whole(board), by="test", at=clock.now()
        )
    arrange(places={elsewhere.pk: (0, 0)}, scope=whole(board), by="test", at=clock.now())

    assert refused.value.code == "community_unknown"
    assert not MapCell.objects.exists()


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["coverage", "lateness", "queue", "age"])
def test_map_and_list_name_the_same_communities(board: Board, measure: str) -> None:
    SamplingPoint.objects.update(queue_band="jammed", queue_at=clock.now())
    forget_pictures()

    html = board.client.get(f"/map/?measure={measure}").content.decode()

    place = board.desk.place
    for community in (place.community_here, place.community_there):
        assert f'data-hex="{community.code}"' in html
        assert f'data-row="{community.code}"' in html
    hex_order = [part.split('"')[0] for part in html.split('data-hex="')[1:]]
    row_order = [part.split('"')[0] for part in html.split('data-row="')[1:]]
    assert hex_order == row_order


def test_lateness_is_read_with_the_pace_whatever_was_looked_at_before(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = queries.community_map, []

    def noted(scope: Scope, round_: Round, *, forecast: bool) -> queries.CommunityMap:
        asked.append(forecast)
        return real(scope, round_, forecast=forecast)

    monkeypatch.setattr(queries, "community_map", noted)
    monkeypatch.setattr(clock, "now", lambda: board.now)
    forget_pictures()

    for measure in ("coverage", "lateness", "queue"):
        board.client.get(f"/map/?measure={measure}")

    assert asked == [False, True]


def test_unknown_measure_is_refused(board: Board) -> None:
    assert board.client.get("/map/?measure=x").status_code == 400


def test_an_officials_map_holds_no_neighbour(board: Board) -> None:
    place = board.desk.place
    official = signed_in(make_user(Role.STREET_OFFICIAL, place.here))

    html = official.get("/map/").content.decode()

    assert place.community_here.code in html
    assert place.community_there.code not in html


def test_query_count_does_not_grow_with_communities(board: Board) -> None:
    few = _queries(board)
    for _ in range(30):
        add_target(board.desk, make_division("community", board.desk.place.here), people=10)

    assert _queries(board) == few


def _queries(board: Board) -> list[str]:
    forget_pictures()
    with CaptureQueriesContext(connection) as caught:
        assert board.client.get("/map/?measure=lateness").status_code == 200
    return [query["sql"][:60] for query in caught if "core_clock" not in query["sql"]]


def test_moving_by_button_and_by_drop(board: Board, planner: Client) -> None:
    community = board.desk.place.community_here

    by_button = planner.post(
        "/map/arrange/move/", {"division": community.pk, "direction": "down_right"}
    )
    by_drop = planner.post("/map/arrange/move/", {"division": community.pk, "q": 7, "r": -3})

    assert (by_button.status_code, by_drop.status_code) == (302, 302)
    assert f"pick={community.pk}" in by_drop["Location"]
    cell = MapCell.objects.get(division=community)
    assert (cell.q, cell.r) == (7, -3)
    assert planner.post("/map/arrange/move/", {"division": community.pk}).status_code == 422


def test_import_counts_taken_and_refused(board: Board, planner: Client) -> None:
    place = board.desk.place
    body = write_hexjson({place.community_here.code: (4, 4), "nobody": (0, 0)})
    upload = SimpleUploadedFile("layout.hexjson", json.dumps(body).encode())

    response = planner.post(
        "/map/arrange/import/", {"file": upload}, headers={"Accept-Language": "en"}
    )
    exported = planner.get("/map/layout.hexjson").json()

    html = response.content.decode()
    assert response.status_code == 200
    assert "2 places in the file: 1 taken, 1 refused" in html
    assert "nobody" in html
    assert exported["hexes"][place.community_here.code]["q"] == 4
    planner.post("/map/arrange/reset/")
    assert not MapCell.objects.exists()


def test_an_import_without_a_usable_place_changes_nothing(board: Board, planner: Client) -> None:
    community = board.desk.place.community_here
    planner.post("/map/arrange/move/", {"division": community.pk, "q": 7, "r": 3})
    upload = SimpleUploadedFile("x.json", b'{"layout": "odd-r", "hexes": {"no": {"q": 1, "r": 1}}}')

    response = planner.post("/map/arrange/import/", {"file": upload})

    assert response.status_code == 422
    assert MapCell.objects.get(division=community).q == 7


def test_a_late_community_is_marked_by_word_and_pattern(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = board.now + timedelta(hours=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    forget_pictures()

    html = board.client.get("/map/?measure=lateness&lang=en").content.decode()

    assert "Past deadline" in html
    assert "over-crit" in html.split("map-scroll")[1]
