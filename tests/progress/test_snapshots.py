"""What was known at a quarter hour stays what was known, whatever arrives or changes later."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import RoundTarget, TargetVersion
from core import clock
from reporting.progress.figures import Overview
from reporting.progress.models import Snapshot
from reporting.progress.queries import areas, curve, overview, snapshot_at
from reporting.progress.services.snapshots import take_due_snapshots
from tests.progress.make import START, district, make_two_streets, official, recount, sample
from tests.sites.make import Desk

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SIX = START + 2 * HOUR
LIVE = {"version", "heartbeat_at", "drift", "snapshot_times"}
"""Fields that speak of the roll-ups' present state, also when looking back."""


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    here, there = make_two_streets()
    sample(here, SIX - 100 * MINUTE, people=3, strangers=1)
    recount(here)
    take_due_snapshots(at=SIX - HOUR)
    sample(there, SIX - 20 * MINUTE, people=5)
    recount(here)
    take_due_snapshots(at=SIX + timedelta(seconds=9))
    return here, there


def known(board: Overview) -> dict[str, Any]:
    return {f.name: getattr(board, f.name) for f in fields(board) if f.name not in LIVE}


def test_a_quarter_hour_is_kept_once_and_says_when(desks: tuple[Desk, Desk]) -> None:
    assert take_due_snapshots(at=SIX + 14 * MINUTE) == 0
    assert take_due_snapshots(at=SIX + 15 * MINUTE) == 1

    kept = Snapshot.objects.get(as_of=SIX)
    assert kept.taken_at == SIX + timedelta(seconds=9)
    assert kept.totals.filter(kind="street").count() == 2


def test_what_was_known_stays_after_late_data(desks: tuple[Desk, Desk]) -> None:
    here, there = desks
    scope, round_ = district(here), here.place.round
    before = known(overview(scope, round_, SIX))
    units = areas(scope, round_, "unit", street_id=None, snapshot=snapshot_at(round_.pk, SIX))
    line = curve(scope, round_, SIX, board=overview(scope, round_, SIX))

    late = sample(here, SIX - 30 * MINUTE, people=7)
    here.send(here.item("void", tube=late, reason="leaked"))
    sample(there, SIX - 25 * MINUTE, people=4, strangers=2)
    recount(here)
    clock.set_clock(SIX + 3 * HOUR, rate=0.001)

    after = overview(scope, round_, SIX)
    assert known(after) == before
    assert (after.figures.swabs, after.figures.persons, after.known_at) == (
        9,
        8,
        SIX + timedelta(seconds=9),
    )
    assert overview(scope, round_).figures.swabs == 15
    kept = snapshot_at(round_.pk, SIX)
    assert areas(scope, round_, "unit", street_id=None, snapshot=kept) == units
    assert curve(scope, round_, SIX, board=after) == line


def test_what_was_known_stays_after_a_new_freeze_of_the_targets(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks
    scope, round_, place = district(here), here.place.round, here.place
    before = known(overview(scope, round_, SIX))
    TargetVersion.objects.filter(round=round_).update(is_current=False)
    version = TargetVersion.objects.create(
        round=round_, version=2, frozen_at=SIX + HOUR, frozen_by="test", reason="moved in"
    )
    RoundTarget.objects.create(
        version=version,
        round=round_,
        community=place.community_here,
        street_id=place.here.pk,
        district_id=place.district.pk,
        registered=400,
        exempt=0,
        target=400,
    )

    assert known(overview(scope, round_, SIX)) == before
    assert overview(scope, round_).figures.target == 400
    rows = areas(scope, round_, "community", street_id=None, snapshot=snapshot_at(round_.pk, SIX))
    assert sorted(row[3].target for row in rows) == [50, 90]


def test_between_two_snapshots_the_earlier_one_is_shown(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks
    scope, round_ = district(here), here.place.round

    assert overview(scope, round_, SIX - MINUTE).as_of == SIX - HOUR
    assert overview(scope, round_, SIX - MINUTE).figures.swabs == 4
    assert overview(scope, round_, SIX + 10 * HOUR).as_of == SIX
    assert overview(official(here), round_, SIX).figures.swabs == 4


def test_rates_of_the_past_come_from_what_was_known(desks: tuple[Desk, Desk]) -> None:
    here, _there = desks

    board = overview(district(here), here.place.round, SIX)
    mine = overview(official(here), here.place.round, SIX)

    assert board.rate_per_hour == 5
    assert mine.rate_per_hour == 0
