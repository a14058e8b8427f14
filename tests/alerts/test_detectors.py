"""Each detector: it fires, it does not fire, and it says what it saw."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from campaigns.models import RoundTarget, TargetVersion
from reporting.alerts.detectors import Ask, Condition, detector, detectors
from reporting.progress.models import DriftFinding, Heartbeat
from reporting.progress.queries.overview import silent_units
from sites.models import SamplingPoint
from tests.alerts.make import Field

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    return Field()


def now(field: Field, code: str, minute: float, threshold: int | None = None) -> list[Condition]:
    """What a detector sees live at a minute of the round."""
    found = detector(code)
    assert found is not None
    at = field.at(minute)
    limit = found.default if threshold is None else threshold
    field.place.round.refresh_from_db()
    return list(found.watch(Ask(field.place.round, at, at, limit))(at))


def test_every_detector_has_its_words_and_sane_defaults() -> None:
    for found in detectors():
        assert found.minimum <= found.default <= found.maximum, found.code
        assert str(found.title)
        assert str(found.advice)
        assert str(found.question)


def test_a_point_is_silent_when_none_of_its_units_was_heard(field: Field) -> None:
    point = field.point()
    one, two = field.units(2, point)
    field.heard(one, 5)
    field.heard(two, 10)

    assert now(field, "silent_point", 39) == []
    [found] = now(field, "silent_point", 40)
    assert (found.subject_kind, found.subject_id) == ("point", point.pk)
    assert (found.street_id, found.value) == (field.place.here.pk, 30)
    assert found.since == field.at(10)

    field.heard(one, 41)
    assert now(field, "silent_point", 60) == []


def test_silence_means_what_the_boards_mean_by_it(field: Field) -> None:
    """The same units are silent for the overview and for the rule, at its default."""
    heard, quiet, never, closed = (field.units(1)[0] for _ in range(4))
    field.heard(heard, 40)
    field.heard(quiet, 20)
    field.step(closed, "open", "closed", field.at(45))

    board = silent_units(field.district(), field.place.round, field.at(50))
    points = {found.subject_id for found in now(field, "silent_point", 50)}

    assert {unit.point_id for unit in board} == points == {quiet.point_id, never.point_id}


def test_a_point_outside_its_hours_is_not_expected_to_speak(field: Field) -> None:
    [unit] = field.units(1)
    # The round began at 20:00 local time; an end before the start lies on the next day.
    SamplingPoint.objects.filter(pk=unit.point_id).update(opens=time(19), closes=time(2))

    assert len(now(field, "silent_point", 60)) == 1
    assert len(now(field, "silent_point", 5 * 60)) == 1
    assert now(field, "silent_point", 6 * 60) == []
    # Next evening it is expected from its opening on, and not since yesterday.
    assert now(field, "silent_point", 23 * 60 + 29) == []
    [found] = now(field, "silent_point", 23 * 60 + 30)
    assert found.since == field.at(23 * 60)


def test_a_unit_is_idle_beside_a_working_one_or_a_queue(field: Field) -> None:
    point = field.point()
    busy, idle = field.units(2, point)
    [alone] = field.units(1)
    field.heard(busy, *range(30, 60, 2))
    field.heard(idle, 38)
    field.heard(alone, 40)

    [found] = now(field, "unit_idle", 60)
    assert (found.subject_id, found.value, found.params["queue"]) == (idle.pk, 22, False)

    field.queue(alone.point, "smooth", 50)
    assert len(now(field, "unit_idle", 60)) == 1
    field.queue(alone.point, "busy", 55)
    assert {c.subject_id for c in now(field, "unit_idle", 60)} == {idle.pk, alone.pk}
    assert now(field, "unit_idle", 60, threshold=30) == []


def test_few_people_leave_every_unit_silent_for_long(field: Field) -> None:
    point = field.point()
    one, other = field.units(2, point)
    field.heard(one, 5, 20, 35, 50)
    field.heard(other, 5)

    assert now(field, "unit_idle", 60) == []
    field.queue(point, "jammed", 56)  # people wait: now half as much tells
    assert now(field, "unit_idle", 60) == []
    field.heard(one, 40, 45, 52)
    assert [c.subject_id for c in now(field, "unit_idle", 60)] == [other.pk]


def test_a_queue_is_reported_twice_before_it_is_an_alert(field: Field) -> None:
    point = field.point()
    field.queue(point, "jammed", 10)
    assert now(field, "queue_long", 12) == []
    field.queue(point, "jammed", 20)

    [found] = now(field, "queue_long", 21)
    assert (found.subject_id, found.value, found.since) == (point.pk, 2, field.at(10))
    assert now(field, "queue_long", 20 + 121) == []  # what was said two hours ago is old

    field.queue(point, "busy", 30)
    assert now(field, "queue_long", 31) == []
    field.queue(point, "jammed", 40)
    assert now(field, "queue_long", 41) == []  # in a row, not in all


def test_a_closed_point_has_no_queue(field: Field) -> None:
    point = field.point()
    for minute in (10, 20):
        field.queue(point, "jammed", minute)
    SamplingPoint.objects.filter(pk=point.pk).update(state="closed")

    assert now(field, "queue_long", 21) == []


def freeze(field: Field, target: int) -> None:
    place = field.place
    version = TargetVersion.objects.create(
        round=place.round, version=1, frozen_at=field.start, frozen_by="test"
    )
    RoundTarget.objects.create(
        version=version,
        round=place.round,
        community=place.community_here,
        street_id=place.here.pk,
        district_id=place.district.pk,
        registered=target,
        exempt=0,
        target=target,
    )


def test_a_street_is_late_by_two_of_its_paces(field: Field) -> None:
    here = field.place.here
    freeze(field, 10_000)  # due 20 hours after the start
    for minute, persons in ((0, 0), (30, 100), (60, 200), (75, 250), (90, 300), (120, 400)):
        field.snapshot(minute, {here: persons})

    [found] = now(field, "eta_late", 121)  # 200 an hour, 9,600 left: 48 hours more
    assert (found.subject_kind, found.subject_id) == ("street", here.pk)
    assert found.value == (48 + 2 - 20) * 60
    assert found.params["left"] == 9_600
    assert now(field, "eta_late", 50) == []  # less than an hour of data
    assert now(field, "eta_late", 121, threshold=31 * 60) == []

    # One slow half hour is not a late street: the slower windows are in time.
    field.snapshot(150, {here: 9_000})
    field.snapshot(180, {here: 9_010})
    assert now(field, "eta_late", 181) == []


def test_quarter_hours_that_nobody_kept_hide_no_late_street(field: Field) -> None:
    here = field.place.here
    freeze(field, 9_000)
    for minute in (0, 15, 45, 75, 90, 105, 120):  # 200 an hour; 30 and 60 are missing
        field.snapshot(minute, {here: minute * 10 // 3})

    [found] = now(field, "eta_late", 121)
    assert found.value == (43 + 2 - 20) * 60


def test_yesterdays_best_hour_does_not_excuse_today(field: Field) -> None:
    here = field.place.here
    field.place.round.planned_end_at = field.at(40 * 60)
    field.place.round.save()
    freeze(field, 50_000)
    counts = ((0, 0), (1, 5_000), (26.5, 5_000), (27, 5_250), (27.5, 5_500), (28, 5_750))
    for hour, persons in counts:
        field.snapshot(hour * 60, {here: persons})

    assert len(now(field, "eta_late", 28 * 60 + 1)) == 1


def test_a_street_that_all_but_stopped_is_late_too(field: Field) -> None:
    here = field.place.here
    freeze(field, 10_000)
    for minute, persons in ((0, 0), (60, 200), (90, 200), (120, 200)):
        field.snapshot(minute, {here: persons})

    [found] = now(field, "eta_late", 121)
    assert found.value == (7 * 24 + 2 - 20) * 60


def test_a_deadline_that_passed_is_late_without_an_estimate(field: Field) -> None:
    here = field.place.here
    freeze(field, 100)
    field.snapshot(21 * 60, {here: 99})
    [found] = now(field, "eta_late", 21 * 60 + 1)
    assert found.value == 60

    field.snapshot(21 * 60 + 15, {here: 100})
    assert now(field, "eta_late", 21 * 60 + 16) == []


def test_conflicts_wait_too_long(field: Field) -> None:
    [unit] = field.units(1)
    field.conflict(unit, 10)
    field.conflict(unit, 20)
    field.conflict(unit, 0, decided=100)

    assert now(field, "conflicts_wait", 249) == []
    [found] = now(field, "conflicts_wait", 261)
    assert (found.street_id, found.params["conflicts"]) == (unit.street_id, 2)
    assert found.since == field.at(10)


def test_flagged_conflicts_change_no_figure_and_may_wait(field: Field) -> None:
    [unit] = field.units(1)
    conflict = field.conflict(unit, 0)
    conflict.code = "overfull"
    conflict.save()

    assert now(field, "conflicts_wait", 1000) == []


def test_drift_is_shown_for_an_hour(field: Field) -> None:
    [unit] = field.units(1)
    DriftFinding.objects.create(
        round_id=field.place.round.pk,
        street_id=unit.street_id,
        kind="unit",
        key_id=unit.pk,
        minute=field.start,
        stored=[1],
        counted=[2],
        found_at=field.at(10),
    )

    [found] = now(field, "drift", 11)
    assert (found.street_id, found.value) == (unit.street_id, 1)
    assert now(field, "drift", 9) == []
    assert now(field, "drift", 71) == []
    assert now(field, "drift", 11, threshold=2) == []


def test_a_recount_that_stands_still_is_the_districts_alert(field: Field) -> None:
    assert len(now(field, "recount_dead", 5)) == 1  # never ran
    field.beat()
    assert now(field, "recount_dead", 5) == []
    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(minutes=3))

    [found] = now(field, "recount_dead", 5)
    assert (found.street_id, found.subject_kind, found.value) == (None, "round", 3)


def test_a_network_is_down_when_most_units_fall_silent_at_once(field: Field) -> None:
    units = field.units(5)
    for unit in units[:4]:
        field.heard(unit, *range(21))
    field.heard(units[4], *range(0, 40, 6))

    [found] = now(field, "network_down", 35)
    assert (found.subject_kind, found.subject_id, found.value) == ("street", units[0].street_id, 80)
    assert found.params == {"units": 4, "open": 5}
    assert now(field, "network_down", 29) == []
    assert now(field, "network_down", 35, threshold=90) == []

    [found] = now(field, "network_down", 8 * 60)  # it does not end by lasting
    assert found.since == field.at(20)


def test_a_lull_of_a_slow_street_is_no_cut_network(field: Field) -> None:
    for unit in field.units(5):
        field.heard(unit, 0, 20)

    assert now(field, "network_down", 35) == []


def test_units_that_stop_one_after_another_are_not_a_network(field: Field) -> None:
    for nth, unit in enumerate(field.units(4)):
        field.heard(unit, *range(2 + 11 * nth))

    assert now(field, "network_down", 60) == []


def test_two_units_of_a_small_street_are_not_a_network(field: Field) -> None:
    for unit in field.units(2):
        field.heard(unit, *range(20))

    assert now(field, "network_down", 40) == []


def test_a_round_that_is_closing_may_be_silent(field: Field) -> None:
    field.units(3)
    field.place.round.state = "closing"
    field.place.round.save()

    for code in ("silent_point", "unit_idle", "network_down", "eta_late"):
        assert now(field, code, 300) == []
