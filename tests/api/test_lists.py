"""Lists of the export: what each caller gets, page by page, filter by filter."""

from __future__ import annotations

import pytest

from reporting.outlets.api.registry import RESOURCES
from tests.api.make import copy_of, pull
from tests.api.world import Everything, make_everything

NAMES = [resource.name for resource in RESOURCES]


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker):
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield make_everything()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _open(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("name", NAMES)
def test_a_district_gets_both_streets_and_a_street_its_own(name: str, everything: Everything):
    whole = copy_of(everything.commander, name)
    assert {everything.keys[name]["here"], everything.keys[name]["there"]} <= set(whole)
    if name == "situation-reports":  # no street sees them, not even its own
        assert everything.official.get(f"/api/v1/{name}/").status_code == 403
        return
    own = copy_of(everything.official, name)
    assert everything.keys[name]["here"] in own
    if name not in ("campaigns", "rounds"):
        assert everything.keys[name]["there"] not in own
    streets = {item["street"] for item in own.values() if "street" in item}
    assert streets <= {everything.here, None}
    assert set(own) <= set(whole)


@pytest.mark.parametrize("name", NAMES)
def test_small_pages_hold_together_what_a_large_one_does(name: str, everything: Everything):
    assert copy_of(everything.commander, name, limit=1) == copy_of(everything.commander, name)


@pytest.mark.parametrize("name", NAMES)
def test_an_item_alone_is_as_in_its_list(name: str, everything: Everything):
    key = everything.keys[name]["here"]
    listed = copy_of(everything.commander, name)[key]

    alone = everything.commander.get(f"/api/v1/{name}/{key}/")
    neighbour = everything.official.get(f"/api/v1/{name}/{everything.keys[name]['there']}/")

    assert alone.json() == listed
    expected = {"campaigns": 200, "rounds": 200, "situation-reports": 403}
    assert neighbour.status_code == expected.get(name, 404)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "query, code",
    [
        ({"sreet": 1}, "query_unknown"),
        ({"limit": 0}, None),
        ({"limit": 1001}, None),
        ({"cursor": "x"}, "cursor_unreadable"),
        ({"cursor": ""}, "cursor_unreadable"),
        ({"updated_since": "2021-11-04T21:00:00"}, None),
        ({"format": "xls"}, "query_choice"),
    ],
)
def test_what_is_unknown_is_refused_by_name(
    name: str, query: dict, code: str | None, everything: Everything
):
    response = everything.commander.get(f"/api/v1/{name}/", query)

    body = response.json()
    assert response.status_code == 400
    assert body["errors"][0]["path"] == next(iter(query))
    assert code is None or body["code"] == code


def test_a_repeated_parameter_is_refused(everything: Everything):
    response = everything.commander.get("/api/v1/points/?street=1&street=2")

    assert (response.status_code, response.json()["code"]) == (400, "query_repeated")


def test_filters_narrow(everything: Everything):
    point = everything.keys["points"]

    assert set(copy_of(everything.commander, "points", street=everything.here)) == {point["here"]}
    assert copy_of(everything.official, "points", street=everything.there) == {}
    assert copy_of(everything.commander, "points", round=999_999) == {}
    levels = {item["level"] for item in copy_of(everything.commander, "divisions",
                                                level="street").values()}  # fmt: skip
    assert levels == {"street"}


def test_the_district_is_the_sum_of_the_streets_one_sees(everything: Everything):
    (whole,) = copy_of(everything.commander, "progress-series", level="district").values()
    (own,) = copy_of(everything.official, "progress-series", level="district").values()
    streets = copy_of(everything.commander, "progress-series", level="street").values()

    assert whole["swabs"] == sum(item["swabs"] for item in streets) == 11 + 7
    assert own["swabs"] == 11
    assert whole["area"] == everything.district


def test_no_person_and_no_plate_leaves(everything: Everything):
    for name in NAMES:
        text = str(copy_of(everything.commander, name))
        for secret in everything.secrets:
            assert secret not in text, name


def test_unaccepted_figures_are_marked_and_only_on_request(everything: Everything):
    key = everything.keys["daily-reports"]["here"]

    quiet = copy_of(everything.commander, "daily-reports")[key]
    told = copy_of(everything.commander, "daily-reports", provisional="yes")[key]

    assert (quiet["figures"], quiet["provisional"], quiet["version"]) == ([], False, None)
    assert told["provisional"] is True
    assert [figure["value"] for figure in told["figures"]] == [731]


def test_targets_as_of_are_those_frozen_by_then(everything: Everything):
    before = pull(everything.commander, "targets", as_of="2020-01-01T00:00:00+08:00")
    after = copy_of(everything.commander, "targets", as_of="2030-01-01T00:00:00+08:00", limit=1)

    assert before["items"] == []
    assert set(after) == set(copy_of(everything.commander, "targets"))


def test_as_of_is_refused_where_nothing_is_kept(everything: Everything):
    response = everything.commander.get("/api/v1/points/?as_of=2021-11-04T21:00:00%2B08:00")

    assert (response.status_code, response.json()["code"]) == (400, "as_of_not_kept")


def test_equal_items_are_not_sent_again(everything: Everything):
    first = everything.commander.get("/api/v1/points/")

    again = everything.commander.get(
        "/api/v1/points/", headers={"If-None-Match": first.headers["ETag"]}
    )
    other = everything.official.get(
        "/api/v1/points/", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert other.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_gzip_on_request(everything: Everything):
    import gzip

    plain = everything.commander.get("/api/v1/divisions/")
    small = everything.commander.get("/api/v1/divisions/", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert b'"items"' in gzip.decompress(small.content)
    assert len(small.content) < len(plain.content)
