"""GET /api/v1/progress/ says what the queries say, in the caller's scope, and ignores nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core import clock
from personnel.roles import Role
from reporting.outlets.api.progress import COUNTS
from reporting.progress.queries import areas, overview, series
from reporting.progress.services.snapshots import take_due_snapshots
from tests.boards.make import signed_in
from tests.personnel.make import make_user
from tests.progress.make import NOW, district, make_two_streets, official, recount, sample
from tests.sites.make import Desk

pytestmark = pytest.mark.django_db

URL = "/api/v1/progress/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    here, there = make_two_streets()
    sample(here, NOW - 20 * MINUTE, people=3, strangers=1)
    sample(there, NOW - 50 * MINUTE, people=5)
    recount(here)
    return here, there


@pytest.fixture
def command(desks: tuple[Desk, Desk]) -> Client:
    return signed_in(make_user(Role.COMMANDER, desks[0].place.district))


@pytest.fixture
def street_official(desks: tuple[Desk, Desk]) -> Client:
    return signed_in(make_user(Role.STREET_OFFICIAL, desks[0].place.here))


def read(client: Client, **query: Any) -> dict[str, Any]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return response.json()


def figures_of(row: Any) -> dict[str, int]:
    return {column: getattr(row, column) for column in COUNTS}


def test_levels_give_the_figures_of_the_queries(desks: tuple[Desk, Desk], command: Client) -> None:
    here, _there = desks
    scope, round_ = district(here), here.place.round
    board = overview(scope, round_)

    whole = read(command)
    assert [area["figures"] for area in whole["areas"]] == [figures_of(board.figures)]
    assert Decimal(str(whole["areas"][0]["coverage_percent"])) == board.coverage
    streets = read(command, level="street")["areas"]
    expected = {row.division_id: row.figures for row in board.streets}
    assert {a["id"]: a["figures"] for a in streets} == {
        pk: figures_of(figures) for pk, figures in expected.items()
    }
    assert sum(a["figures"]["swabs"] for a in streets) == board.figures.swabs == 9
    for level in ("community", "point", "unit"):
        rows = areas(scope, round_, level, street_id=None, snapshot=None)
        found = read(command, level=level)["areas"]
        assert [(a["id"], a["code"], a["name"]) for a in found] == [row[:3] for row in rows]
        assert [a["figures"] for a in found] == [figures_of(row[3]) for row in rows]


def test_every_answer_names_round_time_source_and_units(
    desks: tuple[Desk, Desk], command: Client
) -> None:
    body = read(command, level="street")

    assert body["round"]["id"] == desks[0].place.round.pk
    assert body["round"]["target_version"] == 1
    assert body["as_of"].startswith("2021-11-04T")
    assert (body["known_at"], body["source"], body["drift"]) == (None, "scan", 0)
    units = body["units_of_count"]
    assert (units["swabs"], units["persons"], units["tubes"]) == (
        "person-times", "persons", "tubes",
    )  # fmt: skip
    assert set(units) == set(COUNTS)


def test_an_official_sees_the_own_street_only(
    desks: tuple[Desk, Desk], street_official: Client
) -> None:
    here, there = desks
    mine = overview(official(here), here.place.round)

    streets = read(street_official, level="street")["areas"]
    assert [(a["id"], a["figures"]) for a in streets] == [
        (here.place.here.pk, figures_of(mine.figures))
    ]
    ids = {
        "community": here.place.community_here.pk,
        "point": here.unit.point_id,
        "unit": here.unit.pk,
    }
    for level, own in ids.items():
        assert [a["id"] for a in read(street_official, level=level)["areas"]] == [own]
    for level in ("street", "unit"):
        rows = read(street_official, level=level, series="15")["series"]
        assert {row["id"] for row in rows} == {
            {"street": here.place.here.pk, "unit": here.unit.pk}[level]
        }
    neighbour = street_official.get(URL, {"level": "unit", "street": there.unit.street_id})
    nowhere = street_official.get(URL, {"level": "unit", "street": 999_999})
    assert neighbour.status_code == nowhere.status_code == 404


def test_a_street_narrows_what_the_command_sees(desks: tuple[Desk, Desk], command: Client) -> None:
    _here, there = desks
    body = read(command, level="unit", street=there.unit.street_id, series="60")

    assert [area["id"] for area in body["areas"]] == [there.unit.pk]
    assert {row["id"] for row in body["series"]} == {there.unit.pk}


@pytest.mark.parametrize("minutes", [5, 15, 60])
@pytest.mark.parametrize("level", ["street", "community", "point", "unit"])
def test_series_are_those_of_the_query_and_fold_to_the_areas(
    desks: tuple[Desk, Desk], command: Client, level: str, minutes: int
) -> None:
    here, _there = desks
    body = read(command, level=level, series=str(minutes))
    rows = list(series(district(here), here.place.round, level, minutes, street_id=None))

    assert [(row["id"], row["swabs"], row["persons"]) for row in body["series"]] == [
        (key, counts["swabs"], counts["persons"]) for key, _start, counts in rows
    ]
    assert all(row["start"].endswith("+08:00") for row in body["series"])
    for column in ("swabs", "persons", "tubes"):
        assert sum(row[column] for row in body["series"]) == sum(
            area["figures"][column] for area in body["areas"]
        )


def test_as_of_gives_what_was_known(desks: tuple[Desk, Desk], command: Client) -> None:
    here, _there = desks
    take_due_snapshots(at=NOW)
    asked = {"level": "street", "as_of": (NOW + MINUTE).isoformat()}
    before = read(command, **asked)
    sample(here, NOW - 90 * MINUTE, people=4)
    recount(here)
    clock.set_clock(NOW + 60 * MINUTE, rate=0.001)

    after = read(command, **asked)

    assert after["areas"] == before["areas"]
    assert after["known_at"] == before["known_at"]
    assert sum(a["figures"]["swabs"] for a in after["areas"]) == 9
    assert sum(a["figures"]["swabs"] for a in read(command, level="street")["areas"]) == 13


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=100000", 400),
        ("streets=1", 400),
        ("level=street&level=unit", 400),
        ("level=planet", 400),
        ("level=", 400),
        ("level=Street", 400),
        ("round=", 400),
        ("round=abc", 400),
        ("round=-1", 400),
        ("round=1.5", 400),
        ("round=99999999999999999999", 400),
        ("round=0", 404),
        ("round=999999999", 404),
        ("street=1", 400),
        ("level=street&street=", 400),
        ("level=street&street=abc", 400),
        ("level=street&street=999999", 404),
        ("series=7", 400),
        ("series=15&as_of=2021-11-04T14:00:00Z", 400),
        ("as_of=2021-11-04T14:00:00", 400),
        ("as_of=yesterday", 400),
        ("as_of=0001-01-01T00:00:00Z", 400),
        ("as_of=9999-12-31T23:59:59Z", 400),
        ("as_of=2021-11-04T11:00:00Z", 400),
        ("as_of=%00", 400),
        ("level=%ED%A0%80", 400),
        ("level%00=street", 400),
    ],
)
def test_what_cannot_be_answered_exactly_is_refused(
    desks: tuple[Desk, Desk], command: Client, query: str, status: int
) -> None:
    take_due_snapshots(at=NOW)

    response = command.get(f"{URL}?{query}")

    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"]


def test_nobody_without_the_right_reads_figures(desks: tuple[Desk, Desk]) -> None:
    assert Client().get(URL).status_code in (401, 403)
    device = {"Authorization": f"Device {desks[0].token}"}
    assert Client().get(URL, headers=device).status_code == 403


@pytest.mark.parametrize("query", ["series=", "as_of="])
def test_an_empty_filter_is_not_taken_for_none(
    desks: tuple[Desk, Desk], command: Client, query: str
) -> None:
    assert command.get(f"{URL}?{query}").status_code == 400
