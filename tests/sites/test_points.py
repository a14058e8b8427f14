"""Points: nothing opens unprepared, everybody keeps to their area, a retry changes nothing."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import translation

from core.inputs import Refused
from core.models import AuditEvent
from core.scope import Scope
from sites.models import PointStateChange, QueueReport, SamplingPoint, UnitStateChange
from sites.models.points import State
from sites.queries.preparation import preparation_of
from sites.services.bulk import Change, change_points
from sites.services.checklist import set_areas, set_check
from sites.services.points import PointDetails, add_point, change_point_state, edit_point
from sites.services.queue import report_queue
from sites.services.units import change_channel, change_unit_state, set_unit_counts
from tests.sites.make import NOW, make_round
from tests.sites.point_world import make_point, opened, prepare, scope_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def step(place, point, to, reason="rain", **more) -> SamplingPoint:
    return change_point_state(
        point_id=point.pk, to=to, reason=reason, scope=scope_of(place), by="test", at=NOW, **more
    )


def test_a_point_opens_only_when_its_areas_and_checklist_are_met():
    place = make_round()
    point = make_point(place)

    with pytest.raises(Refused) as refused:
        step(place, point, State.OPEN)

    assert refused.value.code == "point_not_ready"
    assert "one-metre line" in refused.value.text
    prepare(point)
    assert step(place, point, State.OPEN).state == State.OPEN
    assert list(point.units.values_list("state", flat=True)) == ["open", "open"]


def test_one_missing_line_is_enough_to_keep_a_point_shut_and_is_named():
    place = make_round()
    point = prepare(make_point(place))
    set_check(
        point_id=point.pk, code="one_way", met=False, scope=scope_of(place), by="test", at=NOW
    )

    with pytest.raises(Refused) as refused:
        step(place, point, State.OPEN)

    assert refused.value.params["missing"] == "one-way flow"


def test_the_yellow_desk_apart_counts_only_where_there_is_a_yellow_desk():
    place = make_round()
    point = prepare(make_point(place))
    point.checks.filter(code="yellow_apart").delete()
    assert preparation_of([point])[point.pk].is_ready

    unit = point.units.first()
    change_channel(unit_id=unit.pk, channel="yellow", scope=scope_of(place), by="t", at=NOW)

    assert preparation_of([point])[point.pk].missing == ["yellow-code desk apart"]


def test_closing_a_point_closes_its_units_and_a_second_closing_changes_nothing():
    place = make_round()
    point = opened(make_point(place))

    step(place, point, State.CLOSED)
    step(place, point, State.CLOSED)

    assert set(point.units.values_list("state", flat=True)) == {"closed"}
    assert PointStateChange.objects.filter(point=point).count() == 1
    assert UnitStateChange.objects.filter(unit__point=point, reason="rain").count() == 2
    assert AuditEvent.objects.filter(act="point.state", object_id=str(point.pk)).count() == 1


def test_a_pause_needs_a_reason_and_a_unit_needs_an_open_point():
    place = make_round()
    point = opened(make_point(place))
    with pytest.raises(Refused) as refused:
        step(place, point, State.PAUSED, reason="")
    assert refused.value.code == "reason_missing"
    step(place, point, State.PAUSED)

    with pytest.raises(Refused) as refused:
        change_unit_state(
            unit_id=point.units.first().pk,
            to=State.OPEN,
            reason="",
            scope=scope_of(place),
            by="test",
            at=NOW,
        )

    assert refused.value.code == "point_not_open"


def test_nothing_opens_in_a_closed_round():
    place = make_round()
    point = prepare(make_point(place))
    place.round.state = "closed"
    place.round.save()

    with pytest.raises(Refused) as refused:
        step(place, point, State.OPEN)

    assert refused.value.code == "round_closed"


def test_no_unit_opens_in_a_closed_round_but_one_may_still_close():
    place = make_round()
    point = opened(make_point(place, units=2))
    paused, going = point.units.order_by("number")
    point.units.filter(pk=paused.pk).update(state=State.PAUSED)
    place.round.state = "closed"
    place.round.save()
    who = {"scope": scope_of(place), "by": "test", "at": NOW}

    with pytest.raises(Refused) as refused:
        change_unit_state(unit_id=paused.pk, to=State.OPEN, reason="", **who)
    closed = change_unit_state(unit_id=going.pk, to=State.CLOSED, reason="over", **who)

    assert refused.value.code == "round_closed"
    assert closed.state == State.CLOSED


def test_a_form_sent_twice_adds_one_point():
    place = make_round()
    details = PointDetails(code="P9", name="广场", community=place.community_here)

    added = [
        add_point(
            round_id=place.round.pk,
            details=details,
            units={"general": 4, "yellow": 1},
            scope=scope_of(place),
            by="test",
            at=NOW,
        )
        for _ in range(2)
    ]

    assert [made for _point, made in added] == [True, False]
    point = added[0][0]
    assert sorted(point.units.values_list("number", "channel")) == [
        (1, "general"),
        (2, "general"),
        (3, "general"),
        (4, "general"),
        (5, "yellow"),
    ]


def test_a_code_of_another_point_is_refused_in_words():
    place = make_round()
    taken = make_point(place).code

    with pytest.raises(Refused) as refused:
        add_point(
            round_id=place.round.pk,
            details=PointDetails(code=taken, name="别处", community=place.community_here),
            units={},
            scope=scope_of(place),
            by="test",
            at=NOW,
        )

    assert refused.value.text == "This round already has a point of this code."


def test_a_street_sets_up_points_in_its_own_communities_only():
    place = make_round()

    with pytest.raises(Refused) as refused:
        add_point(
            round_id=place.round.pk,
            details=PointDetails(code="P9", name="别处", community=place.community_there),
            units={},
            scope=scope_of(place),
            by="test",
            at=NOW,
        )

    assert (refused.value.code, refused.value.path) == ("community_unknown", "community")


def test_editing_keeps_communities_served_that_the_caller_does_not_see():
    place = make_round()
    point = make_point(place)
    point.serves.set([place.community_there])

    edit_point(
        point_id=point.pk,
        details=PointDetails(
            code=point.code,
            name="新名",
            community=place.community_here,
            opens=time(19),
            closes=time(2),
            serves=[place.community_here],
        ),
        scope=scope_of(place),
        by="test",
        at=NOW,
    )

    assert set(point.serves.all()) == {place.community_here, place.community_there}


def test_a_community_sees_the_points_that_serve_it_wherever_they_lie():
    place = make_round()
    point = make_point(place, there=True)
    worker = Scope(communities=frozenset({place.community_here.pk}))
    assert not SamplingPoint.objects.within(worker).exists()

    point.serves.add(place.community_here)

    assert list(SamplingPoint.objects.within(worker)) == [point]


def test_units_are_totals_and_used_ones_stay():
    place = make_round()
    point = opened(make_point(place, units=2))
    count = {"scope": scope_of(place), "by": "test", "at": NOW, "point_id": point.pk}

    assert set_unit_counts(wanted={"general": 5}, **count) == (3, 0)
    assert set_unit_counts(wanted={"general": 5}, **count) == (0, 0)
    assert set_unit_counts(wanted={"general": 3}, **count) == (0, 2)
    with pytest.raises(Refused) as refused:
        set_unit_counts(wanted={"general": 1}, **count)

    assert refused.value.code == "units_in_use"
    assert point.units.count() == 3


def test_areas_are_saved_once_and_out_of_range_is_refused():
    place = make_round()
    point = make_point(place)
    save = {"point_id": point.pk, "scope": scope_of(place), "by": "test", "at": NOW}

    set_areas(required={}, ready={"sampling": 2, "waiting": 1}, **save)
    set_areas(required={}, ready={"sampling": 2, "waiting": 1}, **save)

    lines = {line.kind: line.is_met for line in preparation_of([point])[point.pk].areas}
    assert (lines["sampling"], lines["waiting"], lines["buffer"]) == (True, True, False)
    assert AuditEvent.objects.filter(act="point.areas").count() == 1
    with pytest.raises(Refused):
        set_areas(required={"sampling": 100}, ready={}, **save)


def test_two_taps_of_one_thumb_are_one_queue_report():
    place = make_round()
    point = opened(make_point(place))
    tap = {"point_id": point.pk, "scope": scope_of(place), "by": "test"}

    report_queue(band="busy", at=NOW, **tap)
    report_queue(band="busy", at=NOW + timedelta(seconds=5), **tap)
    report_queue(band="jammed", at=NOW + timedelta(seconds=9), **tap)

    assert list(QueueReport.objects.values_list("band", flat=True)) == ["busy", "jammed"]
    point.refresh_from_db()
    assert (point.queue_band, point.queue_at) == ("jammed", NOW + timedelta(seconds=9))


def test_a_late_report_does_not_overwrite_a_newer_one():
    place = make_round()
    point = opened(make_point(place))
    tap = {"point_id": point.pk, "scope": scope_of(place), "by": "test"}

    report_queue(band="jammed", at=NOW, **tap)
    report_queue(band="smooth", at=NOW - timedelta(minutes=20), **tap)

    point.refresh_from_db()
    assert point.queue_band == "jammed"
    assert QueueReport.objects.count() == 2


def test_bulk_changes_each_point_and_names_each_refusal():
    place = make_round()
    ready, unready, foreign = (
        prepare(make_point(place)),
        make_point(place),
        prepare(make_point(place, there=True)),
    )

    outcome = change_points(
        point_ids=[ready.pk, unready.pk, foreign.pk],
        change=Change(act="open"),
        scope=scope_of(place),
        by="test",
        at=NOW,
    )

    assert outcome.done == [ready.pk]
    assert [(r.point_id, r.why.code) for r in outcome.refused] == [
        (unready.pk, "point_not_ready"),
        (foreign.pk, "point_unknown"),
    ]
    assert outcome.refused[1].point is None
    foreign.refresh_from_db()
    assert foreign.state == State.PLANNED


def test_bulk_hours_reach_every_ticked_point_and_nothing_else_of_it():
    place = make_round()
    points = [prepare(make_point(place)) for _ in range(2)]

    outcome = change_points(
        point_ids=[p.pk for p in points],
        change=Change(act="hours", opens=time(19), closes=time(2)),
        scope=scope_of(place),
        by="test",
        at=NOW,
    )

    assert len(outcome.done) == 2
    for point in SamplingPoint.objects.filter(pk__in=[p.pk for p in points]):
        assert (point.opens, point.closes, point.lead_name) == (time(19), time(2), "王点长")
