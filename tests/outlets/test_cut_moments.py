"""Of a moment past, a cut counts who and what was there by then; totals apart from their parts."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from core.scope import Scope, scoped
from logistics.models import Visit
from personnel.models import Duty, TeamDuty, TeamPlace
from personnel.services import duty
from personnel.services.places import place_of_point
from personnel.services.terms import add_builtin_terms
from reporting.outlets.queries import cut_crew
from reporting.outlets.queries.cut import cut_of
from reporting.outlets.queries.cut_crew import crew_at, fleet_at, vehicles_at
from reporting.outlets.queries.cut_sites import visits_at
from tests.boards.make import Board, make_board
from tests.boards.test_crew import staff
from tests.logistics.homes import make_visit
from tests.logistics.wheels import make_vehicle
from tests.personnel.people import floor_of, make_role, make_team
from tests.personnel.roster import HOUR

HALF = timedelta(minutes=30)


@pytest.fixture
def board(db) -> Board:
    """Three of five people needed are booked at a point, the first is there for an hour."""
    board = make_board()
    place = board.desk.place
    add_builtin_terms(district_id=place.district.pk, by="t", at=board.now)
    staff(board, place.here, board.desk.unit.point_id, needed=5, booked=3)
    return board


@pytest.fixture
def scope(board: Board) -> Scope:
    return Scope(districts=frozenset({board.desk.place.district.pk}), actor="user:1:dispatcher")


def present(board: Board, scope: Scope, before: timedelta) -> int | None:
    with scoped(scope):
        crew = crew_at(scope, board.desk.place.round, board.now - before)
    return crew[board.desk.place.here.pk]["staff_present"]


def test_who_came_later_was_not_there_yet(board: Board, scope: Scope) -> None:
    with scoped(scope):
        second = Duty.objects.filter(state="booked").first()
        duty.arrive(duty_id=second.pk, scope=scope, by="t", at=board.now - HALF)

    assert [present(board, scope, n * HALF) for n in (0, 1.5)] == [2, 1]


def test_a_team_that_came_later_was_not_there_yet(board: Board, scope: Scope) -> None:
    here = board.desk.place
    team = make_team(here.district, headcount=10)
    with scoped(scope):
        spot = place_of_point(point_id=board.desk.unit.point_id, scope=scope)
        booked = TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=team, district_id=here.district.pk,
            street_id=here.here.pk, round=here.round, starts_at=board.now - HOUR,
            ends_at=board.now + HOUR, headcount=10, state="present",
            arrived_at=board.now - HALF, at=board.now - HOUR, by="t",
        )  # fmt: skip
        TeamPlace.objects.create(
            duty=booked, place=spot, role=make_role(here.district, "sampler"), people=4
        )

    assert [present(board, scope, n * HALF) for n in (0, 1.5)] == [5, 1]


def test_a_vehicle_is_listed_from_when_it_was_added(board: Board, scope: Scope) -> None:
    here = board.desk.place
    make_vehicle(here, street_id=here.here.pk, added_at=board.now - HALF)
    make_vehicle(here, added_at=board.now - HOUR)
    with scoped(scope):
        found = [
            (sum(row.listed for row in vehicles_at(scope, here.round, at)),
             fleet_at(scope, here.round, at))
            for at in (board.now - 2 * HOUR, board.now - HOUR, board.now)
        ]  # fmt: skip

    assert found == [(0, (0, 0)), (1, (1, 0)), (2, (2, 0))]


def test_a_class_that_is_left_out_shows_in_the_sums(
    board: Board, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicle(board.desk.place, added_at=board.now - HOUR)
    monkeypatch.setattr(cut_crew.VehicleClass, "objects", cut_crew.VehicleClass.objects.none())
    with scoped(scope):
        cut = cut_of(scope, board.desk.place.round)

    assert (cut.vehicles, cut.area.values["vehicles_listed"]) == ([], 1)


def test_refused_visits_are_neither_done_nor_open(board: Board, scope: Scope) -> None:
    here, at = board.desk.place, board.now
    visits = [make_visit(here, at=at - HOUR, name=name) for name in ("甲一", "乙二", "丙三")]
    with floor_of(here.district):
        for visit, state in zip(visits, ("refused", "done"), strict=False):
            Visit.objects.filter(pk=visit.pk).update(state=state, state_at=at - HALF)
    with scoped(scope):
        before, now = (visits_at(scope, here.round, at - n * HALF) for n in (1.5, 0))

    street = here.here.pk
    assert before[street] == {"visits_asked": 3, "visits_done": 0, "visits_open": 3}
    assert now[street] == {"visits_asked": 3, "visits_done": 1, "visits_open": 1}
