"""What the feed notes: everything that an item says, and of quarter hours what it always noted."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import psycopg
import pytest

from personnel.roles import Role
from reporting.alerts.models import Alert
from reporting.daily.services.times import move_cutoff
from reporting.progress.models.cells import SUMMED
from tests.api.make import follow, pull
from tests.api.test_feed import _own_horizon, here
from tests.api.world import signed_in
from tests.daily.make import DUE, make_house
from tests.permissions import alerts
from tests.personnel.make import District, make_district, make_unit

__all__ = ["_own_horizon"]


@pytest.mark.django_db(transaction=True)
def test_a_cut_off_that_is_moved_brings_its_reports_again() -> None:
    house = make_house()
    commander = house.client(Role.COMMANDER)
    copy, cursor = follow(commander, "daily-reports", {}, "")
    scope, later = house.scope(Role.COMMANDER), DUE + timedelta(hours=1)

    move_cutoff(
        cutoff_id=house.cutoff.pk, due_at=later, lock_at=later + timedelta(hours=1),
        reason="rain", scope=scope, by=scope.actor, at=house.at,
    )  # fmt: skip

    page = pull(commander, "daily-reports", cursor=cursor)
    reports = {house.report(street).pk for street in (house.place.here, house.place.there)}
    assert {item["id"] for item in page["items"]} == reports
    for item in page["items"]:
        assert datetime.fromisoformat(item["due_at"]) == later
        said = {"due_at": item["due_at"], "changed_at": item["changed_at"]}
        assert item == copy[item["id"]] | said
    # Nothing that is shown changed: nobody hears of it.
    house.cutoff.save()
    assert pull(commander, "daily-reports", cursor=page["next_cursor"])["items"] == []


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_says_something_else_comes_again() -> None:
    place = make_district()
    commander = signed_in(Role.COMMANDER, place.district)
    units = {"here": make_unit(place), "there": make_unit(place, street=place.there)}
    alert = alerts.furnish(place, units)["alert"]["here"]
    copy, cursor = follow(commander, "alerts", {}, "")

    Alert.objects.filter(pk=alert.pk).update(params={"point": "new name"})

    (item,) = pull(commander, "alerts", cursor=cursor)["items"]
    assert copy[alert.pk]["words"] != item["words"]
    assert "new name" in item["words"]


ZEROS = ", ".join("0" for _ in SUMMED)
WRITE = f"""INSERT INTO progress_cell
        (round_id, kind, key_id, width, start, street_id, {", ".join(SUMMED)})
    SELECT %(round)s, kind, key, width, %(start)s, street, {ZEROS} FROM (VALUES {{rows}})
        AS v(kind, key, width, street)
    ON CONFLICT (round_id, kind, key_id, width, start) DO UPDATE
    SET street_id = EXCLUDED.street_id"""  # noqa: S608 (names of ours)
ONE, MOVED = "('unit', 1, 15, %(here)s)", "('unit', 1, 15, %(there)s)"
OTHER = "('unit', 2, 15, %(there)s)"
#: What is done to cells, one statement after the other.
ACTS: dict[str, list[str]] = {
    "written": [WRITE.format(rows=ONE)],
    "written again": [WRITE.format(rows=ONE), WRITE.format(rows=ONE)],
    "several": [WRITE.format(rows=f"{ONE}, {OTHER}, ('street', 1, 15, %(here)s), "
                                  "('unit', 1, 1, %(here)s)")],
    "some new": [WRITE.format(rows=ONE), WRITE.format(rows=f"{ONE}, {OTHER}")],
    "a minute": [WRITE.format(rows="('unit', 1, 1, %(here)s)")],
    "moved": [WRITE.format(rows=ONE), WRITE.format(rows=MOVED)],
    "moved back": [WRITE.format(rows=row) for row in (ONE, MOVED, ONE)],
    "exchanged": [
        WRITE.format(rows=f"{ONE}, {OTHER}"),
        "UPDATE progress_cell SET street_id = %(here)s + %(there)s - street_id",
    ],
    "another key": [WRITE.format(rows=ONE), "UPDATE progress_cell SET key_id = 3"],
    "another hour": [WRITE.format(rows=ONE), "UPDATE progress_cell SET start = start + '1 hour'"],
    "narrower": [WRITE.format(rows=ONE), "UPDATE progress_cell SET width = 1"],
    "deleted": [WRITE.format(rows=f"{ONE}, {OTHER}"), "DELETE FROM progress_cell WHERE key_id = 1"],
    "deleted and written": [WRITE.format(rows=ONE), "DELETE FROM progress_cell",
                            WRITE.format(rows=ONE)],
}  # fmt: skip


def noted(session: psycopg.Connection[Any], place: District) -> dict[str, list[Any]]:
    """What each act notes; all of it is undone."""
    names = {"round": place.round.pk, "start": place.round.starts_at, "here": place.here.pk,
             "there": place.there.pk}  # fmt: skip
    found = {}
    for name, statements in ACTS.items():
        with session.transaction(force_rollback=True):
            for statement in statements:
                session.execute(statement, names)
            found[name] = session.execute(
                """SELECT stream, key, area, via, district_id, round_id, deleted
                   FROM outlets_change WHERE stream LIKE 'cells-%' ORDER BY 1, 2, 3"""
            ).fetchall()
    return found


@pytest.mark.django_db(transaction=True)
def test_quarter_hours_are_noted_as_by_the_general_statement() -> None:
    place = make_district()
    migration = import_module("reporting.outlets.migrations.0007_changes_unseen")
    with psycopg.connect(here()) as owner, owner.transaction(force_rollback=True):
        lean = noted(owner, place)
        owner.execute(migration.replacing("progress_cell"))
        general = noted(owner, place)

    assert lean == general
    assert [name for name, rows in lean.items() if not rows] == ["a minute"]
    assert {row[-1] for row in lean["moved"]} == {True, False}
