"""Gaps, headcounts and presence, checked against plain counting minute by minute."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.scope import Scope, scoped
from personnel.models import Duty, Shift, TeamDuty, TeamPlace
from personnel.queries.staffing import gaps, headcount, staffing
from personnel.services.places import place_of_street, place_of_unit
from sites.models import SamplingPoint
from sites.services.points import change_point_state
from tests.personnel.people import make_category, make_team
from tests.personnel.roster import NOW, Roster, after, make_roster

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def roster() -> Roster:
    return make_roster()


def stand(roster: Roster, where, start: float, end: float, role="usher", **over: Any) -> Duty:
    """A duty written as it is, without the rules of booking."""
    state = over.get("state", "booked")
    if state in ("present", "done"):
        over.setdefault("arrived_at", after(start))
    return Duty.objects.create(
        client_key=uuid.uuid4(), member=over.pop("member", None) or roster.member(qualified=()),
        place=where, role=roster.role(role), district_id=where.district_id,
        street_id=where.street_id, starts_at=after(start), ends_at=after(end), at=NOW, by="t",
        **over,
    )  # fmt: skip


def stand_team(roster: Roster, where, start: float, end: float, people: int, **over: Any):
    team = over.pop("team", None) or make_team(roster.place.district, headcount=people)
    if over.get("state") in ("present", "done"):
        over.setdefault("arrived_at", after(start))
    duty = TeamDuty.objects.create(
        client_key=uuid.uuid4(), team=team, district_id=where.district_id,
        starts_at=after(start), ends_at=after(end), headcount=people, at=NOW, by="t", **over,
    )  # fmt: skip
    TeamPlace.objects.create(duty=duty, place=where, role=roster.role("usher"), people=people)
    return duty


def hourly(found, upto: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """(place, hour) -> (needed, booked, present), where anything is needed or booked."""
    table = {}
    for gap in found:
        for hour in range(upto):
            if gap.starts_at <= after(hour) < gap.ends_at:
                assert (gap.place_id, hour) not in table, "two slices cover one hour"
                table[gap.place_id, hour] = (gap.needed, gap.booked, gap.present)
    return table


def test_a_units_people_count_for_its_point_and_a_team_once(roster) -> None:
    point, unit = roster.at_point(), place_of_unit(unit_id=roster.unit.pk, scope=roster.scope)
    roster.need(point, 4, 1, 9, "usher")
    stand(roster, unit, 1, 5)
    team = stand_team(roster, point, 3, 9, 2, state="present")
    stand(roster, point, 3, 9, team_duty=team, state="present")
    stand(roster, point, 1, 9, state="cancelled")

    found = gaps(roster.scope, starts_at=after(0), ends_at=after(10))

    assert {(g.place_id, g.point_id, g.street_id) for g in found} == {
        (point.pk, roster.unit.point_id, roster.place.here.pk)
    }
    assert [(g.starts_at, g.ends_at, g.needed, g.booked, g.present, g.missing) for g in found] == [
        (after(1), after(3), 4, 1, 0, 3),
        (after(3), after(5), 4, 3, 2, 1),
        (after(5), after(9), 4, 2, 2, 2),
    ]


def test_who_falls_ill_or_leaves_early_is_missed_in_the_team(roster) -> None:
    point = roster.at_point()
    team = stand_team(roster, point, 1, 9, 5, state="present")
    stand(roster, point, 1, 9, team_duty=team, state="cancelled")
    stand(roster, point, 1, 4, team_duty=team, state="done")

    found = gaps(roster.scope, starts_at=after(0), ends_at=after(10))

    assert [(g.ends_at, g.booked, g.present) for g in found] == [
        (after(4), 4, 4), (after(9), 3, 3),
    ]  # fmt: skip


def test_a_relief_that_comes_as_the_other_goes_is_no_change(roster) -> None:
    point = roster.at_point()
    stand(roster, point, 1, 4)
    stand(roster, point, 4, 8)

    (gap,) = gaps(roster.scope, starts_at=after(2), ends_at=after(6))

    assert (gap.starts_at, gap.ends_at, gap.booked) == (after(2), after(6), 1)


def test_a_street_sees_its_own_and_asks_for_less(roster) -> None:
    here, there = roster.at_point(), roster.at_point(roster.unit_there)
    for where in (here, there):
        roster.need(where, 2, role="usher")
        roster.need(where, 1, role="head")
    span = {"starts_at": after(0), "ends_at": after(9)}
    street = roster.place.there.pk

    assert {g.place_id for g in gaps(roster.street_scope(), **span)} == {here.pk}
    assert {g.place_id for g in gaps(roster.scope, street_ids=[street], **span)} == {there.pk}
    assert {g.place_id for g in gaps(roster.scope, place_ids=[here.pk], **span)} == {here.pk}
    assert gaps(Scope(), **span) == []
    assert headcount(roster.street_scope(roster.place.there), at=after(2)).total == 0


def test_a_closed_point_needs_nobody_from_then_on(roster) -> None:
    point = roster.at_point()
    roster.need(point, 2, 1, 9, "usher")
    roster.need(point, 2, 9, 12, "usher")
    stand(roster, point, 1, 9)
    span = {"starts_at": after(0), "ends_at": after(14)}
    steps = {"scope": roster.scope, "reason": "rain", "by": "t"}
    change_point_state(point_id=point.point_id, to="closed", at=after(3), **steps)

    found = gaps(roster.scope, **span)

    assert [(g.ends_at, g.needed, g.booked) for g in found] == [
        (after(3), 2, 1), (after(9), 0, 1),
    ]  # fmt: skip
    SamplingPoint.objects.update(state="open")
    assert {g.needed for g in gaps(roster.scope, **span)} == {2}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["need", "duty", "unit", "team"]),
        st.integers(0, 1),  # which point
        st.integers(0, 9),
        st.integers(1, 6),
        st.integers(1, 3),
        st.sampled_from(["booked", "present", "done", "cancelled"]),
        st.sampled_from(["", "cancelled", "early"]),
    ),
    max_size=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(EVENTS)
def test_slices_equal_counting_hour_by_hour(roster, events) -> None:
    for model in (Shift, Duty, TeamPlace, TeamDuty):
        model.objects.all().delete()
    points = [roster.at_point(), roster.at_point(roster.unit_there)]
    units = [place_of_unit(unit_id=u.pk, scope=roster.scope)
             for u in (roster.unit, roster.unit_there)]  # fmt: skip
    model: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    stated: set[tuple[int, int]] = set()

    def count(which: int, start: int, end: int, column: int, people: int) -> None:
        for hour in range(start, end):
            model[points[which].pk, hour][column] += people

    for kind, which, start, length, people, state, member in events:
        end, there = start + length, state in ("present", "done")
        if kind == "need":
            if any((which, hour) in stated for hour in range(start, end)):
                continue
            stated |= {(which, hour) for hour in range(start, end)}
            roster.need(points[which], people, start, end, "usher")
            count(which, start, end, 0, people)
        elif kind == "team":
            team = stand_team(roster, points[which], start, end, people, state=state)
            if state != "cancelled":
                count(which, start, end, 1, people)
                count(which, start, end, 2, people * there)
            if member and state != "cancelled":
                early = member == "early" and length > 1
                until = start + 1 if early else end
                stand(roster, points[which], start, until, team_duty=team,
                      state="done" if early else "cancelled")  # fmt: skip
                count(which, until if early else start, end, 1, -1)
                count(which, until if early else start, end, 2, -there)
        else:
            stand(roster, (units if kind == "unit" else points)[which], start, end, state=state)
            if state != "cancelled":
                count(which, start, end, 1, 1)
                count(which, start, end, 2, int(there))

    found = hourly(gaps(roster.scope, starts_at=after(2), ends_at=after(12)), 20)

    expected = {
        key: tuple(sums) for key, sums in model.items()
        if 2 <= key[1] < 12 and (sums[0] or sums[1])
    }  # fmt: skip
    assert found == expected


def test_headcount_counts_persons_once_and_a_teams_others_by_its_category(roster) -> None:
    district, here, there = roster.place.district, roster.at_point(), roster.at_point(
        roster.unit_there
    )  # fmt: skip
    volunteer = make_category(district, "volunteer")
    medic = make_category(district, "medic")
    one = roster.member(qualified=(), source=volunteer)
    for start, end in ((1, 3), (3, 5)):
        stand(roster, here, start, end, member=one, round=roster.place.round)
    stand(roster, there, 1, 5, member=roster.member(qualified=(), source=volunteer))
    team = make_team(district, headcount=20, source=medic)
    for start in (1, 12):
        duty = stand_team(roster, there, start, start + 4, 20, team=team, round=roster.place.round)
    stand(roster, there, 12, 16, team_duty=duty, member=roster.member(source=volunteer),
          round=roster.place.round)  # fmt: skip

    def heads(**asked) -> dict[str, int]:
        found = headcount(roster.scope, **asked)
        assert found.total == sum(row.people for row in found.rows)
        return {row.category.code: row.people for row in found.rows}

    with scoped(roster.scope):
        assert heads(at=after(2)) == {"volunteer": 2, "medic": 20}
        assert heads(at=after(13)) == {"volunteer": 1, "medic": 19}
        assert heads(at=after(20)) == {}
        # the round: one volunteer, one listed with the team, and twenty at its first booking
        assert heads(at=after(20), round_id=roster.place.round.pk) == {"volunteer": 2, "medic": 20}
    with scoped(roster.street_scope()):
        assert headcount(roster.street_scope(), at=after(2)).total == 1


def test_staffing_sums_roles_without_one_filling_another(roster) -> None:
    point, scope = roster.at_point(), roster.scope
    roster.need(point, 2, role="usher")
    roster.need(point, 1, role="head")
    for _ in range(3):
        stand(roster, point, 1, 4, state="present")

    picture = staffing(scope, round_id=roster.place.round.pk, at=after(2))
    at_point = picture.points[roster.unit.point_id]

    assert (at_point.needed, at_point.expected, at_point.present, at_point.missing) == (3, 3, 3, 1)
    assert picture.streets[roster.place.here.pk].missing == 1
    assert staffing(scope, round_id=0, at=after(2)).points == {}


def test_each_answer_is_one_statement(roster) -> None:
    roster.need(roster.at_point(), 2)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        gaps(roster.scope, starts_at=after(0), ends_at=after(24))
        staffing(roster.scope, round_id=roster.place.round.pk, at=after(2))
    assert len(asked) == 2


def test_members_at_disposal_are_not_counted_with_the_teams_others_again(roster) -> None:
    volunteer = make_category(roster.place.district, "volunteer")
    duty = stand_team(roster, roster.at_point(), 1, 4, 10)
    street = place_of_street(street_id=roster.place.here.pk, scope=roster.scope)
    for _ in range(3):
        stand(roster, street, 1, 4, team_duty=duty, member=roster.member(source=volunteer))

    with scoped(roster.scope):
        assert headcount(roster.scope, at=after(2)).total == 10
