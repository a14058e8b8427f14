"""Reads of the roll-ups: in scope, summing up, and as many statements for 30 rows as for one."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Division
from core.scope import Scope
from reporting.progress import measures
from reporting.progress.models import DriftFinding
from reporting.progress.models.cells import SUMMED
from reporting.progress.queries import areas, curve, exceptions, overview, series
from sites.models import Conflict, PendingEvent
from sites.services.tallies import record_tally
from tests.personnel.make import make_division, make_unit
from tests.progress.make import NOW, START, district, make_two_streets, official, recount, sample
from tests.sites.make import Desk

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    here, there = make_two_streets()
    sample(here, NOW - 20 * MINUTE, people=3, strangers=1)
    sample(there, NOW - 50 * MINUTE, people=5)
    sample(there, NOW - 80 * MINUTE, people=2)
    recount(here)
    return here, there


def test_overview_is_the_sum_of_its_streets(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks

    board = overview(district(here), here.place.round)

    for column in ("swabs", "tubes", "persons", "off_register_persons", "target", "remaining"):
        rows = sum(getattr(row.figures, column) for row in board.streets)
        assert rows == getattr(board.figures, column)
    assert (board.figures.swabs, board.figures.persons, board.figures.target) == (11, 10, 140)
    assert board.coverage == measures.coverage(10, 140)
    assert board.rate_per_hour == 8
    assert sum(row.rate_per_hour for row in board.streets) == 8


def test_a_street_official_sees_figures_of_the_own_street_only(desks: tuple[Desk, Desk]) -> None:
    here, there = desks
    scope, round_ = official(here), here.place.round

    board = overview(scope, round_)

    assert [row.division_id for row in board.streets] == [here.place.here.pk]
    assert (board.figures.swabs, board.figures.persons, board.figures.target) == (4, 3, 90)
    own = board.streets[0]
    assert (board.rate_per_hour, board.eta) == (own.rate_per_hour, own.eta)
    assert board.rate_per_hour == 3
    for level, mine in (
        ("community", here.place.community_here.pk),
        ("point", here.unit.point_id),
        ("unit", here.unit.pk),
    ):
        assert [row[0] for row in areas(scope, round_, level, street_id=None, snapshot=None)] == [
            mine
        ]
        assert not areas(scope, round_, level, street_id=there.place.there.pk, snapshot=None)
    assert {key for key, *_ in series(scope, round_, "street", 15, street_id=None)} == {
        here.place.here.pk
    }
    assert curve(scope, round_, board=board).points[-1][1:] == (3, 4)


def test_drift_of_a_neighbour_is_not_counted_here(desks: tuple[Desk, Desk]) -> None:
    here, there = desks
    DriftFinding.objects.create(
        round_id=here.place.round.pk,
        street_id=there.unit.street_id,
        kind="unit",
        key_id=there.unit.pk,
        minute=START,
        stored=[1],
        counted=[2],
        found_at=NOW,
    )

    assert overview(official(here), here.place.round).drift == 0
    assert overview(district(here), here.place.round).drift == 1


def test_nobody_sees_nothing(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks

    board = overview(Scope(), here.place.round)

    assert (board.streets, board.figures.swabs, board.rate_per_hour) == ([], 0, 0)
    assert exceptions(Scope(), here.place.round) == []


@pytest.mark.parametrize("kind", ["street", "unit", "point", "community"])
def test_series_fold_to_the_totals(desks: tuple[Desk, Desk], kind: str) -> None:
    here, _there = desks
    scope, round_ = district(here), here.place.round
    expected = {
        "street": overview(scope, round_).figures,
        "unit": overview(scope, round_).figures,
        "point": overview(scope, round_).figures,
        "community": overview(scope, round_).figures,
    }[kind]
    columns = ("persons",) if kind == "community" else ("swabs", "tubes", "off_register_swabs")

    for minutes in (5, 15, 60):
        rows = list(series(scope, round_, kind, minutes, street_id=None))
        for column in columns:
            assert sum(c[column] for _k, _s, c in rows) == getattr(expected, column), minutes
        assert all(start.timestamp() % (minutes * 60) == 0 for _key, start, _counts in rows)
        keys = [(key, start) for key, start, _counts in rows]
        assert keys == sorted(set(keys))


def test_a_tally_is_in_every_series_that_can_hold_a_quarter_hour(
    desks: tuple[Desk, Desk],
) -> None:
    here, _there = desks
    record_tally(
        tally_id=uuid.uuid4(),
        unit_id=here.unit.pk,
        round_id=here.place.round.pk,
        quarter=START,
        swabs=40,
        tubes=4,
        reason="",
        scope=district(here),
        by="test",
        at=NOW,
    )
    recount(here)

    for minutes in (15, 60):
        rows = series(district(here), here.place.round, "street", minutes, street_id=None)
        assert sum(counts["tallied"] for _key, _start, counts in rows) == 40


def test_points_are_the_sum_of_their_units(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks
    scope, round_ = district(here), here.place.round

    by_point = {row[0]: row[3].swabs for row in areas(scope, round_, "point", **EVERYWHERE)}
    by_unit = {row[0]: row[3].swabs for row in areas(scope, round_, "unit", **EVERYWHERE)}

    assert by_point == {desk.unit.point_id: by_unit[desk.unit.pk] for desk in desks}
    assert sum(by_unit.values()) == 11


EVERYWHERE = {"street_id": None, "snapshot": None}


def test_statements_do_not_grow_with_rows(desks: tuple[Desk, Desk]) -> None:
    """Thirty streets with a silent unit, conflicts, waiting events and drift in each."""
    here, _there = desks
    scope, round_ = district(here), here.place.round
    _add_a_troubled_street(here)
    few = _statements(scope, round_)
    for _street in range(27):
        _add_a_troubled_street(here)

    many = _statements(scope, round_)

    assert len(overview(scope, round_).streets) == 30
    assert len([e for e in exceptions(scope, round_) if e.kind == "silent_unit"]) >= 28
    assert many == few


def _statements(scope: Scope, round_: object) -> dict[str, int]:
    counts = {}
    reads = {
        "overview": lambda: overview(scope, round_),
        "exceptions": lambda: exceptions(scope, round_),
        "street series": lambda: list(series(scope, round_, "street", 15, street_id=None)),
        **{
            level: lambda level=level: areas(scope, round_, level, **EVERYWHERE)
            for level in ("community", "point", "unit")
        },
    }
    for name, read in reads.items():
        with CaptureQueriesContext(
            connection,
        ) as context:
            read()
        # The clock is read again once a second, whatever is asked.
        counts[name] = sum("core_clock" not in query["sql"] for query in context)
    return counts


def _add_a_troubled_street(desk: Desk) -> Division:
    place = desk.place
    street = make_division("street", place.district)
    unit = make_unit(place, street=street)
    unit.state, unit.opened_at = "open", START
    unit.save()
    where = {"round_id": place.round.pk, "street_id": street.pk}
    Conflict.objects.create(
        event_id=uuid.uuid4(),
        code="overfull",
        district_id=place.district.pk,
        unit_id=unit.pk,
        raised_at=START,
        **where,
    )
    PendingEvent.objects.create(
        id=uuid.uuid4(),
        district_id=place.district.pk,
        unit_id=unit.pk,
        device_id=1,
        kind="seal",
        item="{}",
        received_at=START,
        **where,
    )
    DriftFinding.objects.create(
        kind="unit", key_id=unit.pk, minute=START, stored=[1], counted=[2], found_at=NOW, **where
    )
    return street


def test_columns_of_the_figures_are_those_that_are_stored(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks
    figures = overview(district(here), here.place.round).figures

    assert all(hasattr(figures, column) for column in SUMMED)
