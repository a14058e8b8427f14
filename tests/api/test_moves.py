"""Copies under a filter: what leaves a street is dropped there, whoever may see it elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from personnel.roles import Role
from reporting.progress.models import Cell
from sites.models import SamplingPoint
from tests.api.make import follow, pull
from tests.api.test_feed import _own_horizon, place
from tests.api.world import signed_in
from tests.logistics.wheels import make_vehicle
from tests.personnel.make import District, make_unit

__all__ = ["_own_horizon", "place"]
pytestmark = pytest.mark.django_db(transaction=True)


def gone(page: dict[str, Any]) -> list[Any]:
    """The ids of a page that holds tombstones alone."""
    assert all(item["deleted"] for item in page["items"])
    return [item["id"] for item in page["items"]]


def test_a_point_that_moves_leaves_the_copy_of_its_street(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    streets = {"here": place.here.pk, "there": place.there.pk}
    unit = make_unit(place)
    kept = {side: follow(commander, "points", {}, "", street=pk) for side, pk in streets.items()}
    assert [set(copy) for copy, _cursor in kept.values()] == [{unit.point_id}, set()]

    SamplingPoint.objects.filter(pk=unit.point_id).update(
        street_id=place.there.pk, community=place.community_there
    )
    left = pull(commander, "points", street=place.here.pk, cursor=kept["here"][1])
    came, _cursor = follow(commander, "points", {}, kept["there"][1], street=place.there.pk)

    assert gone(left) == [unit.point_id]
    assert came[unit.point_id]["street"] == place.there.pk
    # Whoever begins now never had it, and what happens to it there is nothing to them.
    assert pull(commander, "points", street=place.here.pk)["items"] == []
    SamplingPoint.objects.filter(pk=unit.point_id).update(name="renamed")
    again = pull(commander, "points", street=place.here.pk, cursor=left["next_cursor"])
    assert again["items"] == []


def test_a_vehicle_of_the_pool_is_in_no_copy_of_a_street(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    vehicle = make_vehicle(place, street_id=place.here.pk)
    copy, cursor = follow(commander, "vehicles", {}, "", street=place.here.pk)
    assert set(copy) == {vehicle.pk}

    type(vehicle).objects.filter(pk=vehicle.pk).update(street_id=None)

    assert gone(pull(commander, "vehicles", street=place.here.pk, cursor=cursor)) == [vehicle.pk]


def make_quarter(place: District) -> Cell:
    return Cell.objects.create(
        round_id=place.round.pk, kind="street", key_id=place.here.pk, width=15,
        start=place.round.starts_at, street_id=place.here.pk, swabs=3,
    )  # fmt: skip


def test_a_district_without_a_quarter_hour_drops_it_by_its_own_name(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    cell = make_quarter(place)
    copy, cursor = follow(commander, "progress-series", {}, "", level="district")
    (key,) = copy

    cell.delete()

    assert f"-district-{place.district.pk}-" in key
    page = pull(commander, "progress-series", level="district", cursor=cursor)
    assert gone(page) == [key]


def test_a_quarter_hour_of_the_district_alone_is_as_in_its_list(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    make_quarter(place)
    Cell.objects.create(
        round_id=place.round.pk, kind="street", key_id=place.there.pk, width=15,
        start=place.round.starts_at, street_id=place.there.pk, swabs=4,
    )  # fmt: skip
    copy, _cursor = follow(commander, "progress-series", {}, "", level="district")
    ((key, listed),) = copy.items()

    alone = commander.get(f"/api/v1/progress-series/{key}/").json()

    assert listed["changed_at"] is not None
    assert alone == listed
    assert alone["swabs"] == 7


def test_a_district_is_not_narrowed_to_a_street(place: District) -> None:
    commander = signed_in(Role.COMMANDER, place.district)
    for address in ("progress-series", "progress"):
        response = commander.get(
            f"/api/v1/{address}/",
            {"level": "district", "street": place.here.pk, "round": place.round.pk},
        )
        body = response.json()
        assert (response.status_code, body["code"]) == (400, "street_of_district")
        assert body["errors"][0]["path"] == "street"
    # The level that is meant where none is said is another one for each.
    street = {"street": place.here.pk}
    assert commander.get("/api/v1/progress-series/", street).status_code == 200
    assert commander.get("/api/v1/progress/", street).json()["code"] == "street_of_district"
