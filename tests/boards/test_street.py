"""The street page: the same figures as the overview's row, and only for those who may see it."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from campaigns.models import Deadline
from core import clock
from core.pulse import panels as painted
from core.scope import Scope, scoped
from personnel.roles import Role
from reporting.boards.advice import advice
from reporting.boards.hours import hour_rows
from reporting.boards.source import forget_pictures, readings
from reporting.progress.figures import Curve
from reporting.progress.models import Snapshot, SnapshotTotal
from reporting.progress.queries import PointRow, UnitRow, street_detail
from sites.models import SamplingPoint, SamplingUnit
from tests.boards.make import Board, Panels, add_target, beat, make_board, signed_in
from tests.personnel.make import make_division, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def board() -> Board:
    board = make_board()
    board.capture("TUBE000001", people=2, strangers=1)
    return board


def page_of(board: Board, client=None, query: str = "") -> str:
    response = (client or board.client).get(f"/streets/{board.desk.place.here.pk}/{query}")
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_figures_are_those_of_the_overviews_row(board: Board) -> None:
    code = board.desk.place.here.code
    league = Panels(board.client.get("/").content.decode())

    page = Panels(page_of(board))

    for name in ("target", "persons", "swabs"):
        assert page.figures[name, "street", code] == league.figures[name, "street", code]
    assert page.figures["off_register_persons", "street", code] == 1
    community = board.desk.place.community_here.code
    assert page.figures["persons", "community", community] == 2


def test_overview_links_to_the_street_for_those_who_may_see_it(board: Board) -> None:
    address = f"/streets/{board.desk.place.here.pk}/"
    worker = signed_in(make_user(Role.COMMUNITY_WORKER, board.desk.place.community_here))

    assert address in board.client.get("/").content.decode()
    assert address not in worker.get("/").content.decode()


@pytest.mark.parametrize("role", [Role.STREET_OFFICIAL, Role.POINT_LEAD])
def test_own_street_opens_and_the_neighbours_does_not(board: Board, role: Role) -> None:
    client = signed_in(make_user(role, board.desk.place.here))

    mine = page_of(board, client)
    other = client.get(f"/streets/{board.desk.place.there.pk}/")

    assert board.desk.place.there.name not in mine
    assert other.status_code == 404


def test_telephones_stand_on_the_page_and_in_no_panel(board: Board) -> None:
    SamplingPoint.objects.update(lead_name="Li Qing", lead_phone="13900001111")
    forget_pictures()

    html = page_of(board)
    response = beat(board.client, Panels(html), tag="", panels="")

    assert 'href="tel:13900001111"' in html
    assert response.status_code == 200
    for kept in (response.content.decode(), str(painted._made), str(readings._made)):
        assert "13900001111" not in kept
        assert "Li Qing" not in kept


def test_deadlines_nest(board: Board) -> None:
    place = board.desk.place
    start = place.round.starts_at
    for level, division, hours in (
        ("community", place.community_here, 6),
        ("street", place.here, 12),
        ("district", place.district, 24),
    ):
        Deadline.objects.create(
            round=place.round, level=level, division=division, due_at=start + timedelta(hours=hours)
        )
    scope = Scope(districts=frozenset({place.district.pk}))

    with scoped(scope):
        detail = street_detail(scope, place.round, place.here.pk)

    assert [level for level, _due in detail.deadlines] == ["community", "street", "district"]
    assert detail.board.due_at == start + timedelta(hours=12)
    assert detail.communities[0].due_at == start + timedelta(hours=6)


def test_a_silent_point_shows_its_last_time_and_no_zero(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = board.now + timedelta(minutes=50)
    monkeypatch.setattr(clock, "now", lambda: later)
    forget_pictures()

    html = page_of(board, query="?lang=en")

    assert "row-silent" in html
    points = html.split('id="panel-points"')[1].split('id="panel-moves"')[0]
    row = points.split("row-silent")[1]
    assert "silent" in row
    assert '<span class="main-value">0</span>' not in row


def test_looking_back_has_no_pulse_and_no_advice(board: Board) -> None:
    place = board.desk.place
    then = clock.quarter_of(clock.now()) - timedelta(minutes=30)
    snapshot = Snapshot.objects.create(
        round_id=place.round.pk, as_of=then, taken_at=then, version=1
    )
    SnapshotTotal.objects.create(
        snapshot=snapshot, kind="street", key_id=place.here.pk, street_id=place.here.pk, swabs=1
    )

    html = page_of(board, query=f"?lang=en&as_of={then.isoformat().replace('+', '%2B')}")

    assert Panels(html).figures["swabs", "street", place.here.code] == 1
    assert Panels(html).pulse == {}
    assert "looking back shows none" in html


def test_a_street_outside_the_round_says_so(board: Board) -> None:
    street = make_division("street", board.desk.place.district)

    response = board.client.get(f"/streets/{street.pk}/", headers={"Accept-Language": "en"})

    assert response.status_code == 200
    assert "no target and no points" in response.content.decode()


def test_query_count_does_not_grow_with_communities_and_points(board: Board) -> None:
    few = _queries(board)

    for _ in range(30):
        add_target(board.desk, make_division("community", board.desk.place.here), people=10)
        make_unit(board.desk.place)

    assert _queries(board) == few


def _queries(board: Board) -> list[str]:
    forget_pictures()
    with CaptureQueriesContext(connection) as caught:
        page_of(board)
    return [query["sql"][:60] for query in caught if "core_clock" not in query["sql"]]


def unit(number: int, **over) -> UnitRow:
    facts = {
        "id": number,
        "number": number,
        "channel": "general",
        "state": "open",
        "swabs": 0,
        "rate_per_hour": 0,
        "last_swab_at": None,
        "last_received_at": None,
        "silent": False,
        "idle": False,
    }
    return UnitRow(**facts | over)


def point(number: int, *units: UnitRow, band: str = "", at=None) -> PointRow:
    hours = time(8), time(20)
    name = f"Point {number}"
    return PointRow(number, f"P{number}", name, "fixed", "open", *hours, band, at, units)


def test_a_jam_is_relieved_by_the_nearest_help(board: Board) -> None:
    now = clock.now()
    planned = point(1, unit(1), unit(2, state="planned"), band="jammed", at=now)
    plain = point(2, unit(1), band="jammed", at=now)
    idle = point(3, unit(4, idle=True))
    smooth = point(5, unit(1), band="smooth", at=now)

    def say(*points: PointRow) -> str:
        with translation.override("en"):
            return advice(points, as_of=now)[0].do

    assert "unit 2" in say(planned, idle)
    assert "unit 4 of Point 3" in say(plain, idle, smooth)
    assert "Point 5" in say(plain, smooth)
    assert "ask the district" in say(plain)


def test_an_old_report_of_a_jam_says_nothing_about_now(board: Board) -> None:
    now = clock.now()
    old = point(1, unit(1), band="jammed", at=now - timedelta(hours=3))

    assert advice([old], as_of=now) == []


def test_idle_is_open_without_a_swab_for_a_quarter_of_an_hour(board: Board) -> None:
    place = board.desk.place
    scope = Scope(districts=frozenset({place.district.pk}))
    waits, fresh, closed = make_unit(place), make_unit(place), make_unit(place)
    for desk, state, minutes in ((waits, "open", 20), (fresh, "open", 10), (closed, "closed", 20)):
        since = clock.now() - timedelta(minutes=minutes)
        SamplingUnit.objects.filter(pk=desk.pk).update(state=state, opened_at=since)

    with scoped(scope):
        detail = street_detail(scope, place.round, place.here.pk)

    idle = {unit.id for point in detail.points for unit in point.units if unit.idle}
    assert idle == {waits.pk, board.desk.unit.pk}  # the desk's swabs are two hours old


def test_hours_compare_with_an_even_pace(board: Board) -> None:
    start = board.desk.place.round.starts_at
    curve = Curve(
        points=[(start, 0, 0), (start + timedelta(hours=1), 30, 30)],
        plan=[(start, 0), (start + timedelta(hours=4), 100)],
        deadline=start + timedelta(hours=4),
        now=start + timedelta(hours=1),
        band=None,
        target=100,
    )

    rows = hour_rows(curve)

    assert [(row.people, row.plan) for row in rows] == [(30, 25), (0, 25), (None, 25), (None, 25)]
