"""Points without their team, hours in protective clothing, orders nobody answers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import translation

from core.scope import scoped
from logistics.models import Order
from logistics.services import orders
from personnel.services import duty
from personnel.services.attendance import note_attendance
from personnel.services.team_duty import Part, arrive_team, book_team
from reporting.alerts.detectors import Ask, Condition, detector
from sites.models import PointStateChange, SamplingPoint
from tests.personnel.people import make_team
from tests.personnel.roster import NOW, Roster, after, make_roster

MINUTE = timedelta(minutes=1)


@pytest.fixture
def roster(db) -> Roster:
    return make_roster()


def live(roster: Roster, code: str, at: datetime) -> list[Condition]:
    found = detector(code)
    assert found is not None
    with scoped(roster.scope):
        return list(found.watch(Ask(roster.place.round, at, at, found.default))(at))


def replayed(roster: Roster, code: str, at: datetime) -> list[Condition]:
    """As `live`, asked for two days beforehand."""
    found = detector(code)
    assert found is not None
    span = Ask(roster.place.round, after(-24), after(24), found.default)
    with scoped(roster.scope):
        return list(found.watch(span)(at))


@pytest.mark.parametrize("ask", [live, replayed])
def test_a_point_without_its_team_is_told_half_an_hour_before(roster: Roster, ask) -> None:
    point = roster.at_point()
    roster.need(point, 8, 1, 4)
    team = make_team(roster.place.district, headcount=8)
    with scoped(roster.scope):
        booked = book_team(
            client_key=uuid.uuid4(), team_id=team.pk, starts_at=after(1), ends_at=after(4),
            parts=[Part(point.pk, roster.role("sampler").pk, 8)], scope=roster.scope, by="t",
            at=NOW,
        )  # fmt: skip
    assert ask(roster, "team_absent", after(1) - 31 * MINUTE) == []
    [alone] = ask(roster, "team_absent", after(1) - 30 * MINUTE)
    assert (alone.subject_kind, alone.subject_id) == ("point", roster.unit.point_id)
    assert (alone.value, alone.params["needed"]) == (30, 8)

    came = after(1) - 10 * MINUTE
    with scoped(roster.scope):
        arrive_team(team_duty_id=booked.pk, scope=roster.scope, by="t", at=came)
    assert ask(roster, "team_absent", came) == []
    assert ask(roster, "team_absent", after(2)) == []
    if ask is replayed:  # before it came the point stood empty, whatever is known now
        assert len(ask(roster, "team_absent", came - MINUTE)) == 1


def test_nobody_at_all_is_told_until_the_need_ends(roster: Roster) -> None:
    roster.need(roster.at_point(), 8, 1, 4)

    [alone] = live(roster, "team_absent", after(2))
    assert alone.value == -60  # an hour ago
    assert live(roster, "team_absent", after(4)) == []


def test_people_who_are_sent_late_end_it_and_a_closed_point_needs_nobody(roster: Roster) -> None:
    point = roster.at_point()
    roster.need(point, 2, 1, 9)
    assert len(live(roster, "team_absent", after(2))) == 1
    sent = roster.book(roster.member(), point, 2.25, 6)
    with scoped(roster.scope):
        duty.arrive(duty_id=sent.pk, scope=roster.scope, by="t", at=after(2.5))
    assert live(roster, "team_absent", after(2.5)) == []

    there = roster.at_point(roster.unit_there)
    roster.need(there, 2, 3, 9)
    assert len(live(roster, "team_absent", after(3))) == 1
    SamplingPoint.objects.filter(pk=there.point_id).update(state="closed")
    PointStateChange.objects.create(
        point_id=there.point_id, from_state="open", to_state="closed", at=after(2.75), by="t"
    )
    assert live(roster, "team_absent", after(3)) == []


def test_where_presence_is_not_noted_whoever_is_booked_counts(roster: Roster) -> None:
    point = roster.at_point()
    roster.need(point, 1, 1, 4)
    roster.book(roster.member(), point, 1, 4)
    assert len(live(roster, "team_absent", after(1))) == 1
    note_attendance(
        district_id=roster.place.district.pk, wanted=False, reason="too few hands",
        scope=roster.scope, by="t", at=NOW,
    )  # fmt: skip

    assert live(roster, "team_absent", after(1)) == []


@pytest.mark.parametrize("ask", [live, replayed])
def test_four_hours_in_protective_clothing_are_enough(roster: Roster, ask) -> None:
    point = roster.at_point()
    members = [roster.member(), roster.member()]
    booked = [roster.book(each, point, 1, 5) for each in members]
    usher = roster.book(roster.member(), point, 1, 5, role="usher")
    with scoped(roster.scope):
        for each in (*booked, usher):
            duty.arrive(duty_id=each.pk, scope=roster.scope, by="t", at=after(1))
    assert ask(roster, "shift_over_limit", after(5) - MINUTE) == []

    [late] = ask(roster, "shift_over_limit", after(5) + 10 * MINUTE)

    assert (late.subject_id, late.value, late.params["people"]) == (roster.unit.point_id, 250, 2)
    assert late.since == after(5)
    with scoped(roster.scope):
        for each in booked:
            duty.leave(duty_id=each.pk, scope=roster.scope, by="t", at=after(5) + 11 * MINUTE)
    assert ask(roster, "shift_over_limit", after(5) + 11 * MINUTE) == []


@pytest.mark.parametrize("ask", [live, replayed])
def test_an_order_that_nobody_answers_is_told_of_the_street_that_waits(roster: Roster, ask) -> None:
    with scoped(roster.scope):
        order = orders.order_duty(
            client_key=uuid.uuid4(), reason="queue", member_id=roster.member().pk,
            place_id=roster.at_point().pk, role_id=roster.role("sampler").pk,
            starts_at=after(1), ends_at=after(4), scope=roster.scope, by=roster.scope.actor, at=NOW,
        )  # fmt: skip
    due = order.answer_by
    assert ask(roster, "order_unanswered", due - MINUTE) == []
    [waiting] = ask(roster, "order_unanswered", due + 7 * MINUTE)
    assert (waiting.street_id, waiting.value) == (roster.place.here.pk, 7)
    assert waiting.params == {"number": order.number, "orders": 1}
    answered = due + 8 * MINUTE
    with scoped(roster.scope):
        orders.take_step(
            order_id=order.pk, to="accepted", reason="by telephone", scope=roster.scope,
            by=roster.scope.actor, at=answered,
        )  # fmt: skip
    assert Order.objects.get().state == "accepted"

    assert ask(roster, "order_unanswered", answered) == []


def test_sentences_say_where_how_many_and_since_when(roster: Roster) -> None:
    roster.need(roster.at_point(), 8, 1, 4)
    [alone] = live(roster, "team_absent", after(1))
    with translation.override("en"):
        said = detector("team_absent").words({**alone.params, "value": alone.value})

    assert said.endswith("nobody of the team is there; 8 people are needed from 21:00")
