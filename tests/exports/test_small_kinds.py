"""Duty, daily numbers and alerts as files: their rows, and nobody in them."""

from __future__ import annotations

import pytest

from tests.api.world import Everything, make_everything
from tests.exports.make import content, csv_rows, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Everything:
    return make_everything()


def test_each_small_table_has_its_rows_and_nobody_in_them(world):
    place = world.place
    jobs = {kind: written(place, kind) for kind in ("duty", "reports", "alerts")}
    rows = {kind: csv_rows(place, job) for kind, job in jobs.items()}

    [said] = rows["reports"]
    assert (said["value"], said["version"], said["accepted"]) == ("731", "1", "no")
    assert said["community"] == place.community_here.name
    needs = [row for row in rows["duty"] if row["role"] == "usher"]
    assert sorted(row["street code"] for row in needs) == sorted(
        [place.here.code, place.there.code]
    )
    assert {row["needed"] for row in needs} == {"9"}
    assert {row["street code"] for row in rows["alerts"]} >= {place.here.code, place.there.code}
    raw = b"".join(content(place, job) for job in jobs.values()).decode()
    # The asker's own name is the mark; everybody else's would be a leak.
    raw = raw.replace("user:1:planner", "")
    assert [secret for secret in world.secrets if secret in raw] == []
