"""The change feed over real transactions: nothing committed is skipped, however late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from campaigns.models import Division
from core import clock
from launch import roles
from personnel.roles import Role
from reporting.outlets.models import Change, Feed
from reporting.outlets.queries import changes
from reporting.outlets.services.feed import renew_feed
from sites.models import SamplingPoint, SamplingUnit
from tests.api.make import copy_of, follow, pull
from tests.api.world import signed_in
from tests.personnel.make import District, make_district, make_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> District:
    return make_district()


def here() -> str:
    """The address of the test's own database, for its owner."""
    return roles.with_database(os.environ["TEST_SUPERUSER_URL"], settings.TEST_DATABASE)


@pytest.fixture(autouse=True)
def _own_horizon(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only what runs in this database counts: the tests beside this one have databases of their
    own in the same cluster, and their transactions last as long as they do."""
    real = changes.horizon
    with psycopg.connect(here(), autocommit=True) as watching:

        def own() -> changes.Horizon:
            found = watching.execute(
                """SELECT COALESCE(min(backend_xid::text::bigint),
                                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
                   FROM pg_stat_activity WHERE datname = current_database()"""
            ).fetchone()
            assert found
            return changes.Horizon(real().feed, found[0])

        monkeypatch.setattr(changes, "horizon", own)
        yield


@pytest.fixture
def other() -> Iterator[psycopg.Connection[Any]]:
    """Another session in this database."""
    with psycopg.connect(here()) as session:
        yield session
        session.rollback()


def rename(session: psycopg.Connection[Any], unit: SamplingUnit, name: str) -> None:
    session.execute("UPDATE sites_samplingpoint SET name = %s WHERE id = %s", [name, unit.point_id])


def test_the_older_transaction_commits_last_and_is_not_skipped(place, other):
    commander = signed_in(Role.COMMANDER, place.district)
    old, young = make_unit(place), make_unit(place)
    copy, cursor = follow(commander, "points", {}, "")
    rename(other, old, "older")  # its number is taken, its end is open
    SamplingPoint.objects.filter(pk=young.point_id).update(name="younger")

    between = pull(commander, "points", cursor=cursor)
    other.commit()
    copy, cursor = follow(commander, "points", copy, between["next_cursor"])

    assert between["items"] == []  # the younger one waits for the older
    assert copy[old.point_id]["name"] == "older"
    assert copy[young.point_id]["name"] == "younger"
    assert pull(commander, "points", cursor=cursor)["items"] == []


def test_what_was_rolled_back_never_comes(place, other):
    commander = signed_in(Role.COMMANDER, place.district)
    unit = make_unit(place)
    _copy, cursor = follow(commander, "points", {}, "")
    rename(other, unit, "never")
    other.rollback()

    assert pull(commander, "points", cursor=cursor)["items"] == []


def test_a_street_that_loses_a_point_is_told_to_drop_it(place):
    here, there = (signed_in(Role.STREET_OFFICIAL, s) for s in (place.here, place.there))
    commander = signed_in(Role.COMMANDER, place.district)
    unit = make_unit(place)
    lost, cursor = follow(here, "points", {}, "")
    whole, whole_cursor = follow(commander, "points", {}, "")
    assert set(lost) == {unit.point_id}

    SamplingPoint.objects.filter(pk=unit.point_id).update(
        street_id=place.there.pk, community=place.community_there
    )

    page = pull(here, "points", cursor=cursor)
    assert [(i["id"], i["deleted"]) for i in page["items"]] == [(unit.point_id, True)]
    assert set(copy_of(there, "points")) == {unit.point_id}
    whole, _ = follow(commander, "points", whole, whole_cursor)
    assert whole[unit.point_id]["street"] == place.there.pk
    # Whoever begins now never had it, and hears nothing of it.
    assert pull(here, "points")["items"] == []


def test_a_deleted_thing_is_a_tombstone(place):
    commander = signed_in(Role.COMMANDER, place.district)
    unit = make_unit(place)
    copy, cursor = follow(commander, "units", {}, "")

    SamplingUnit.objects.filter(pk=unit.pk).delete()

    (gone,) = pull(commander, "units", cursor=cursor)["items"]
    assert (gone["id"], gone["deleted"]) == (unit.pk, True)
    assert follow(commander, "units", copy, cursor)[0] == {}


def test_a_cursor_of_before_a_restore_starts_again(place):
    commander = signed_in(Role.COMMANDER, place.district)
    unit = make_unit(place)
    _copy, cursor = follow(commander, "points", {}, "")
    Feed.objects.update(incarnation="another cluster")
    Change.objects.update(xid=10**15)  # numbers of another cluster lie ahead

    waiting = commander.get("/api/v1/points/")
    numbered = renew_feed(by="test", at=clock.now())
    expired = commander.get("/api/v1/points/", {"cursor": old_name(cursor)})

    assert (waiting.status_code, waiting.json()["code"]) == (503, "feed_renewing")
    assert waiting.headers["Retry-After"]
    assert numbered == Change.objects.count()
    assert renew_feed(by="test", at=clock.now()) == 0
    assert (expired.status_code, expired.json()["code"]) == (410, "cursor_expired")
    assert set(copy_of(commander, "points")) == {unit.point_id}


def old_name(cursor: str) -> str:
    """The cursor as another feed would have given it."""
    import base64

    plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
    plain[1] = "0" * 12
    return base64.urlsafe_b64encode(".".join(plain).encode()).decode().rstrip("=")


def test_a_cursor_is_of_its_filters_and_area(place):
    commander = signed_in(Role.COMMANDER, place.district)
    official = signed_in(Role.STREET_OFFICIAL, place.here)
    cursor = pull(commander, "points")["next_cursor"]

    for client, query in ((commander, {"round": 1}), (official, {})):
        response = client.get("/api/v1/points/", {"cursor": cursor, **query})
        assert (response.status_code, response.json()["code"]) == (410, "cursor_expired")


def test_one_more_statement_and_not_one_for_each_row(place, django_assert_num_queries):
    commander = signed_in(Role.COMMANDER, place.district)
    counts = []
    for number in (1, 2):
        for _ in range(number):
            make_unit(place)
        commander.get("/api/v1/units/")
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            assert len(pull(commander, "units")["items"]) == (1, 3)[number - 1]
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_updated_since_begins_a_copy_late(place):
    commander = signed_in(Role.COMMANDER, place.district)
    make_unit(place)
    [(moment,)] = _rows("SELECT clock_timestamp()")
    young = make_unit(place)

    found = copy_of(commander, "points", updated_since=moment.isoformat())

    assert set(found) == {young.point_id}


def test_a_change_of_a_division_moves_it(place):
    commander = signed_in(Role.COMMANDER, place.district)
    copy, cursor = follow(commander, "divisions", {}, "")

    Division.objects.filter(pk=place.community_here.pk).update(valid_to=date(2030, 1, 1))

    (item,) = pull(commander, "divisions", cursor=cursor)["items"]
    assert item == copy[place.community_here.pk] | {
        "valid_to": "2030-01-01", "changed_at": item["changed_at"],
    }  # fmt: skip


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
