"""A cut holds what boards, rosters and lists say, for the area that one sees, at its moment."""

from __future__ import annotations

import pytest

from core.scope import Scope, scoped
from personnel.queries.staffing import headcount, staffing
from personnel.services.terms import add_builtin_terms
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.queries.cut import Cut, cut_of
from reporting.outlets.queries.cut_sites import desks_at
from reporting.progress import measures
from reporting.progress.queries import overview
from sites.models import UnitStateChange
from tests.boards.make import Board, make_board
from tests.boards.test_crew import staff
from tests.personnel.make import make_unit
from tests.personnel.roster import HOUR


@pytest.fixture
def board(db) -> Board:
    """Two streets at work; three of five people needed are booked here, one of four there."""
    board = make_board()
    place = board.desk.place
    add_builtin_terms(district_id=place.district.pk, by="t", at=board.now)
    staff(board, place.here, board.desk.unit.point_id, needed=5, booked=3)
    staff(board, place.there, make_unit(place, street=place.there).point_id, needed=4, booked=1)
    board.capture("CJ0001", people=3, strangers=1)
    return board


UNKNOWN = {"tubes_delivered", "tubes_tested", "results_out"}


def district_scope(board: Board) -> Scope:
    return Scope(districts=frozenset({board.desk.place.district.pk}))


def cut_in(board: Board, scope: Scope, **rest) -> Cut:
    with scoped(scope):
        return cut_of(scope, board.desk.place.round, **rest)


def test_the_figures_are_those_of_the_overview(board: Board) -> None:
    scope = district_scope(board)

    cut = cut_in(board, scope)

    with scoped(scope):
        seen = overview(scope, board.desk.place.round)
    assert seen.figures.swabs > 0
    assert {key: cut.area.values[key] for key in ("target", "persons", "swabs", "tubes")} == {
        "target": seen.figures.target, "persons": seen.figures.persons,
        "swabs": seen.figures.swabs, "tubes": seen.figures.tubes,
    }  # fmt: skip
    assert cut.area.values["coverage_percent"] == seen.coverage
    assert cut.area.values["remaining"] == seen.figures.remaining
    assert cut.whole_district
    assert cut.round.id == seen.round.id
    assert cut.known_at is None


def test_every_indicator_is_there_and_what_no_room_knows_is_none(board: Board) -> None:
    cut = cut_in(board, district_scope(board))

    assert [set(row.values) for row in (cut.area, *cut.streets)] == [set(INDICATORS)] * (
        1 + len(cut.streets)
    )
    assert {key for key in UNKNOWN if cut.area.values[key] is not None} == set()


def test_what_is_summed_is_the_sum_of_the_streets(board: Board) -> None:
    cut = cut_in(board, district_scope(board))

    for key, indicator in INDICATORS.items():
        parts = [row.values[key] for row in cut.streets if row.values[key] is not None]
        if indicator.summed and parts:
            assert cut.area.values[key] == sum(parts), key
    assert cut.area.values["staff_needed"] == 9
    assert cut.area.values["staff_missing"] == 5


def test_people_are_those_of_the_roster(board: Board) -> None:
    scope = district_scope(board)

    cut = cut_in(board, scope)

    with scoped(scope):
        heads = headcount(scope, at=cut.as_of, round_id=cut.round.id)
        picture = staffing(scope, round_id=cut.round.id, at=cut.as_of)
    assert cut.people_engaged == heads.total == 4
    assert cut.area.values["staff_present"] == sum(p.present for p in picture.streets.values())


def test_a_street_sees_itself_as_the_whole(board: Board) -> None:
    street = board.desk.place.here
    whole = cut_in(board, district_scope(board))

    own = cut_in(board, Scope(streets=frozenset({street.pk})))

    (row,) = own.streets
    assert own.area.code == row.code == street.code
    assert own.area.level == "street"
    assert row.values == next(r.values for r in whole.streets if r.division_id == street.pk)
    assert not own.whole_district


def test_open_units_are_those_of_the_moment(board: Board) -> None:
    unit, scope = board.desk.unit, district_scope(board)
    with scoped(scope):
        for step, at in (("open", board.now - 2 * HOUR), ("closed", board.now - HOUR)):
            UnitStateChange.objects.create(
                unit=unit, from_state="planned", to_state=step, by="t", reason="test", at=at
            )
        found = [
            desks_at(scope, board.desk.place.round, board.now - hours * HOUR)[unit.street_id]
            for hours in (3, 1.5, 0)
        ]

    assert [(row["units_open"], row["points_open"]) for row in found] == [(0, 0), (1, 1), (0, 0)]
    assert {row["units_total"] for row in found} == {1}


def test_coverage_of_a_street_is_the_measure_that_boards_use(board: Board) -> None:
    cut = cut_in(board, district_scope(board))

    for row in cut.streets:
        assert row.values["coverage_percent"] == measures.coverage(
            row.values["persons"], row.values["target"]
        )
