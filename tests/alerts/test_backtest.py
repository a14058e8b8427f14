"""Looking back says what the rules would have done, and did."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reporting.alerts.detectors import detector, detectors
from reporting.alerts.models import Alert, AlertRule
from reporting.alerts.queries.backtest import Replay, replay, window_of
from sites.models import SamplingUnit, UnitStateChange
from tests.alerts.make import Field

pytestmark = pytest.mark.django_db


def look_back(field: Field, code: str, threshold: int | None = None) -> Replay:
    found = detector(code)
    assert found is not None
    rules = {rule.detector: rule for rule in AlertRule.objects.all()}
    return replay(
        field.place.round,
        found,
        found.default if threshold is None else threshold,
        since=field.start,
        until=field.at(300),
        others=rules,
    )


@pytest.mark.slow
def test_looking_back_finds_what_the_rules_raised_as_they_ran() -> None:
    """Five hours of two streets, lived through minute by minute, then looked back upon."""
    field = Field()
    points = [field.point(), field.point(), field.point(field.place.there)]
    units = [unit for point in points for unit in field.units(3, point)]
    # Each unit is heard every other minute, but for its own silences.
    gaps = {
        units[0]: [(60, 95)],  # idle, its neighbours work
        units[3]: [(100, 180)], units[4]: [(100, 180)], units[5]: [(101, 178)],  # a whole point
        units[6]: [(200, 260)], units[7]: [(200, 261)], units[8]: [(202, 260)],  # a network
    }  # fmt: skip
    closed = units[1]
    raised: set[tuple[str, int, object]] = set()
    for minute in range(301):
        for number, unit in enumerate(units):
            silent = any(start < minute < end for start, end in gaps.get(unit, []))
            open_ = unit != closed or not 205 <= minute < 270
            if (minute + number) % 2 == 0 and not silent and open_:
                field.heard(unit, minute)
        if minute == 205:
            field.step(closed, "open", "paused", field.at(205))
        if minute == 270:
            field.step(closed, "paused", "open", field.at(270))
            SamplingUnit.objects.filter(pk=closed.pk).update(opened_at=field.at(270))
        if minute in (40, 52, 64):
            field.queue(points[0], "jammed", minute)
        if minute == 80:
            field.queue(points[0], "smooth", minute)
        if minute % 5 == 0:
            field.run(minute)
    for alert in Alert.objects.all():
        raised.add((alert.detector, alert.subject_id, alert.raised_at))

    found = {
        (code, episode.condition.subject_id, episode.start)
        for code in ("silent_point", "unit_idle", "queue_long", "network_down")
        for episode in look_back(field, code).episodes
    }

    assert {code for code, _subject, _at in raised} == {
        "silent_point",
        "unit_idle",
        "queue_long",
        "network_down",
    }
    assert found == raised
    groups = Alert.objects.filter(leads=True).count()
    codes = ("silent_point", "unit_idle", "queue_long", "network_down")
    assert sum(len(look_back(field, code).groups) for code in codes) == groups


def test_a_threshold_is_tried_before_it_is_set() -> None:
    field = Field()
    point = field.point()
    busy, slow = field.units(2, point)
    field.heard(busy, *range(0, 300, 2))
    field.heard(slow, 0, 30, 60, 120, *range(140, 300, 20))

    # Silences of 30, 30, 60 minutes and then of 20.
    assert look_back(field, "unit_idle", 40).alerts == 1
    assert look_back(field, "unit_idle", 25).alerts == 3
    [episode] = look_back(field, "unit_idle", 40).episodes
    assert (episode.start, episode.seen) == (field.at(100), field.at(115))
    assert episode.worst.value == 55
    assert look_back(field, "unit_idle", 70).alerts == 0


def test_the_window_is_the_round_so_far_and_never_more_than_a_day() -> None:
    field = Field()

    assert window_of(field.place.round, field.at(61)) == (field.start, field.at(61))
    since, until = window_of(field.place.round, field.at(30 * 60))
    assert (until - since).total_seconds() == 24 * 3600
    since, until = window_of(field.place.round, field.at(-10))
    assert since == until


def test_looking_back_over_a_day_of_thirty_streets_takes_less_than_a_second() -> None:
    field = Field()
    streets = [field.street() for _ in range(30)]
    units = [unit for street in streets for unit in field.units(10, field.point(street))]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO progress_cell (round_id, kind, key_id, width, start, street_id,
                   last_received_at, swabs, off_register_swabs, voided, tubes, sealed, tallied,
                   tallied_tubes, persons, exempt_persons, outside_persons, off_register_persons)
               SELECT %s, 'unit', u.id, 1, m, u.street_id, m + interval '30 s',
                      1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
               FROM sites_samplingunit u,
                    generate_series(%s::timestamptz + u.id %% 3 * interval '1 minute',
                                    %s::timestamptz, interval '3 minutes') m
               WHERE u.id %% 7 <> 0 OR m < %s OR m > %s""",
            [field.place.round.pk, field.start, field.at(1440), field.at(300), field.at(350)],
        )
        cursor.execute("ANALYZE progress_cell")

    spent = []
    for found in detectors():
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            result = replay(
                field.place.round,
                found,
                found.default,
                since=field.start,
                until=field.at(24 * 60),
                others={},
            )
            spent.append((time.perf_counter() - began, found.code))
        assert len(queries) <= 8, found.code
        if found.code == "unit_idle":
            assert result.alerts == sum(unit.pk % 7 == 0 for unit in units)
    assert UnitStateChange.objects.count() == len(units)
    slowest = max(spent)
    # Twice the budget, for a machine that does other things meanwhile.
    assert slowest[0] < 2, slowest
