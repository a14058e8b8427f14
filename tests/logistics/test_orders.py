"""An order goes from the asking to the release; whoever should answer does, or it is passed on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope
from logistics.models import Order, OrderState, OrderStep, Trip, TripState
from logistics.queries.orders import (
    log_of,
)
from logistics.services import driving, orders
from logistics.services.order_log import TRANSITIONS
from logistics.services.trips import cancel_trip
from personnel.models import Duty, TeamDuty
from personnel.services import duty as duties
from sites.services.finding import Unknown
from tests.logistics.desk import ASKED, BY, Desk, phone
from tests.logistics.wheels import (
    HOUR,
    make_driver,
)
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of, make_member

S = OrderState


@pytest.fixture
def place(db):
    place = make_district()
    with floor_of(place.district):
        yield place


@pytest.fixture
def desk(place) -> Desk:
    return Desk(place)


def test_an_order_books_names_its_figure_and_is_numbered(desk) -> None:
    first = desk.duty(figure="queue 52 min", figure_at=ASKED)
    second = desk.trip()

    assert (first.number, second.number) == (1, 2)
    assert (first.state, first.street_id) == ("requested", desk.place.here.pk)
    assert (first.figure, first.figure_at) == ("queue 52 min", ASKED)
    assert first.recipient_id == first.duty.member_id == desk.member.pk
    assert first.answer_by == ASKED + timedelta(minutes=10)
    assert [step.to_state for step in first.steps.all()] == ["requested"]
    assert AuditEvent.objects.filter(act="order.request").count() == 2


def test_the_same_form_twice_is_one_order(desk) -> None:
    key = uuid.uuid4()

    first, again = desk.duty(client_key=key), desk.duty(client_key=key)

    assert first.pk == again.pk
    assert (Order.objects.count(), Duty.objects.count()) == (1, 1)
    for other in (lambda: desk.duty(client_key=key, starts_at=START + HOUR),
                  lambda: desk.trip(client_key=key)):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            other()
        assert refused.value.code == "already_sent"


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"reason": " "}, "order_says_why"),
        ({"figure": "queue 52 min"}, "order_figure_has_time"),
    ],
)
def test_an_order_says_why_and_from_when_its_figure_is(desk, over, code) -> None:
    with pytest.raises(Refused) as refused:
        desk.duty(**over)

    assert refused.value.code == code
    assert Duty.objects.count() == 0


def test_a_refused_booking_takes_no_number(desk) -> None:
    desk.duty()
    with pytest.raises(Conflict) as refused:
        desk.duty(starts_at=START + HOUR)
    assert refused.value.code == "taken"

    assert desk.trip().number == 2


def test_districts_count_their_own_orders(desk, place) -> None:
    desk.duty()
    other = make_district()
    with floor_of(other.district):
        assert Desk(other).duty().number == 1


def test_the_team_leader_and_the_driver_answer(desk, place) -> None:
    driver = make_driver(place)

    assert desk.team().recipient_id == desk.member.pk
    assert desk.trip(driver=driver).recipient_id == driver.pk
    assert desk.trip().recipient_id is None


def test_what_is_booked_already_is_ordered_once(desk) -> None:
    duty = duties.book(
        client_key=uuid.uuid4(), member_id=desk.member.pk, place_id=desk.spot.pk,
        role_id=desk.role.pk, starts_at=START, ends_at=START + HOUR, scope=desk.scope, by=BY,
        at=ASKED,
    )  # fmt: skip
    said = {"duty_id": duty.pk, "reason": "relief", "scope": desk.scope, "by": BY, "at": ASKED}

    order = orders.order_booked(client_key=uuid.uuid4(), **said)

    assert order.duty_id == duty.pk
    with pytest.raises(Conflict) as refused:
        orders.order_booked(client_key=uuid.uuid4(), **said)
    assert refused.value.code == "ordered_already"
    there = Scope(streets=frozenset({desk.place.there.pk}), permissions=frozenset({"dispatch"}))
    with pytest.raises(Unknown):
        orders.order_booked(client_key=uuid.uuid4(), **said | {"scope": there})


def test_from_the_asking_to_the_release(desk) -> None:
    order = desk.duty()

    for minutes, to in ((0, S.ACCEPTED), (5, S.EN_ROUTE), (30, S.ON_SITE), (90, S.RELEASED)):
        order = phone(order, to, member=desk.member, at=START + timedelta(minutes=minutes))

    duty = Duty.objects.get(pk=order.duty_id)
    assert order.state == "released"
    assert (duty.state, duty.arrived_at) == ("done", START + timedelta(minutes=30))
    assert duty.ends_at == START + timedelta(minutes=90)
    assert [step.to_state for step in order.steps.order_by("pk")] == [
        "requested", "accepted", "en_route", "on_site", "released",
    ]  # fmt: skip


@pytest.mark.parametrize("to", [S.DECLINED, S.RELEASED])
def test_whoever_declines_or_is_released_is_free_again(desk, to) -> None:
    order = desk.duty()
    if to == S.RELEASED:
        phone(order, S.ACCEPTED, member=desk.member)

    phone(order, to, member=desk.member, reason="ill")

    assert Duty.objects.get(pk=order.duty_id).state == "cancelled"
    assert desk.duty().number == 2


def test_hours_worked_without_a_noted_arrival_stay_in_the_books(desk) -> None:
    order = desk.duty()
    phone(order, S.ACCEPTED, member=desk.member)
    desk.step(order, S.RELEASED, at=START + HOUR)
    team = desk.team(starts_at=START + HOUR)
    phone(team, S.ACCEPTED, member=desk.member)
    desk.step(team, S.RELEASED, at=START + 2 * HOUR)

    duty, crew = Duty.objects.get(pk=order.duty_id), TeamDuty.objects.get(pk=team.team_duty_id)
    assert (duty.state, duty.ends_at) == ("done", START + HOUR)
    assert (crew.state, crew.ends_at) == ("done", START + 2 * HOUR)


def test_a_withdrawn_team_is_free_again(desk) -> None:
    order = desk.team()

    desk.step(order, S.WITHDRAWN)

    assert TeamDuty.objects.get(pk=order.team_duty_id).state == "cancelled"


def test_a_team_arrives_and_leaves_with_its_order(desk) -> None:
    order = desk.team()

    phone(order, S.ON_SITE, member=desk.member)
    assert TeamDuty.objects.get(pk=order.team_duty_id).state == "present"
    phone(order, S.RELEASED, member=desk.member, at=START + HOUR)

    team = TeamDuty.objects.get(pk=order.team_duty_id)
    assert (team.state, team.ends_at) == ("done", START + HOUR)


def test_somebody_there_early_whose_order_is_withdrawn_was_never_on_duty(desk) -> None:
    order = desk.duty()
    duties.arrive(duty_id=order.duty_id, scope=desk.scope, by=BY, at=START - HOUR)

    desk.step(order, S.WITHDRAWN, at=START - timedelta(minutes=30))

    assert Duty.objects.get(pk=order.duty_id).state == "cancelled"


def test_somebody_there_early_and_sent_home_is_free(desk) -> None:
    order = desk.duty()
    phone(order, S.ON_SITE, member=desk.member, at=START - HOUR)

    phone(order, S.RELEASED, member=desk.member, at=START - timedelta(minutes=30))

    assert Duty.objects.get(pk=order.duty_id).state == "done"
    assert desk.duty(starts_at=START + HOUR, override="sent home early").number == 2


def test_every_state_is_in_the_table_and_every_other_step_is_refused(desk) -> None:
    assert set(TRANSITIONS) == set(OrderState.values)
    for state in OrderState.values:
        for to in OrderState.values:
            if to in TRANSITIONS[state] or to in (state, S.REQUESTED):
                continue
            order = desk.duty()
            Order.objects.filter(pk=order.pk).update(state=state)
            with pytest.raises(Conflict) as refused:
                desk.step(order, to)
            assert refused.value.code == "order_step", (state, to)
            Duty.objects.update(state="cancelled")


def test_a_phones_step_sent_twice_is_one_step(desk) -> None:
    order, key = desk.duty(), uuid.uuid4()

    phone(order, S.ACCEPTED, member=desk.member, client_key=key)
    phone(order, S.ACCEPTED, member=desk.member, client_key=key, at=START + HOUR)

    assert order.steps.count() == 2
    with pytest.raises(Conflict) as refused:
        phone(order, S.EN_ROUTE, member=desk.member, client_key=key)
    assert refused.value.code == "already_sent"


def test_a_step_that_comes_after_newer_ones_is_kept_and_changes_nothing(desk) -> None:
    order = desk.duty()
    phone(order, S.EN_ROUTE, member=desk.member, at=START + timedelta(minutes=5))

    order = phone(order, S.ACCEPTED, member=desk.member, at=START)

    assert order.state == "en_route"
    lines = log_of(Order.objects.get(pk=order.pk))
    assert [(line.step.to_state, line.late) for line in lines] == [
        ("requested", False), ("en_route", False), ("accepted", True),
    ]  # fmt: skip


def test_a_no_that_was_said_before_the_yes_does_not_overtake_it(desk) -> None:
    order = desk.duty()
    phone(order, S.ACCEPTED, member=desk.member, at=START + timedelta(minutes=5))

    order = phone(order, S.DECLINED, member=desk.member, reason="ill", device_at=START, at=START)

    assert order.state == "accepted"
    assert Duty.objects.get(pk=order.duty_id).state == "booked"
    order = phone(order, S.DECLINED, member=desk.member, reason="ill", at=START + HOUR)
    assert order.state == "declined"


def test_an_answer_to_a_withdrawn_order_is_kept_and_books_nothing(desk) -> None:
    order = desk.duty()
    desk.step(order, S.WITHDRAWN)

    order = phone(order, S.ACCEPTED, member=desk.member)

    assert order.state == "withdrawn"
    assert OrderStep.objects.filter(order=order, to_state="accepted").count() == 1
    assert Duty.objects.get(pk=order.duty_id).state == "cancelled"


def test_only_the_recipient_or_the_dispatcher_answers(desk, place) -> None:
    order, stranger = desk.duty(), make_member(place.district, place.here)
    street = frozenset({place.here.pk})

    with pytest.raises(Unknown):
        phone(order, S.ACCEPTED, member=stranger)
    with pytest.raises(PermissionDenied):
        desk.step(order, S.ACCEPTED, scope=Scope(streets=street, permissions=frozenset({"roster"})))
    with pytest.raises(PermissionDenied):
        phone(order, S.WITHDRAWN, member=desk.member)
    other = Scope(streets=frozenset({place.there.pk}), permissions=frozenset({"dispatch"}))
    with pytest.raises(Unknown):
        desk.step(order, S.ACCEPTED, scope=other)
    assert Order.objects.get(pk=order.pk).state == "requested"


@pytest.mark.parametrize("to", [S.ACCEPTED, S.DECLINED, S.WITHDRAWN])
def test_the_dispatcher_says_how_they_know(desk, to) -> None:
    order = desk.duty()

    with pytest.raises(Refused) as refused:
        desk.step(order, to, reason="")

    assert refused.value.code == "reason_missing"
    assert desk.step(order, to).state == to


def test_a_no_says_why(desk) -> None:
    order = desk.duty()

    with pytest.raises(Refused) as refused:
        phone(order, S.DECLINED, member=desk.member)

    assert refused.value.code == "reason_missing"


def test_a_trip_and_its_order_follow_one_another(desk, place) -> None:
    driver = make_driver(place)
    order = desk.trip(driver=driver)
    mine = {"trip_id": order.trip_id, "member": driver, "by": "user:9:driver"}

    driving.depart(**mine, at=START)
    assert Order.objects.get(pk=order.pk).state == "en_route"
    for stop in order.trip.stops.all():
        driving.reach_stop(**mine, stop_id=stop.pk, at=START + HOUR)
    assert Order.objects.get(pk=order.pk).state == "on_site"
    driving.finish(**mine, at=START + 2 * HOUR)

    assert Order.objects.get(pk=order.pk).state == "released"


@pytest.mark.parametrize(
    ("to", "state"),
    [(S.EN_ROUTE, TripState.EN_ROUTE), (S.DECLINED, TripState.CANCELLED)],
)
def test_an_order_moves_its_trip(desk, place, to, state) -> None:
    driver = make_driver(place)
    order = desk.trip(driver=driver)

    phone(order, to, member=driver, reason="flat tyre")

    trip = Trip.objects.get(pk=order.trip_id)
    assert trip.state == state
    assert Duty.objects.get(pk=trip.driver_duty_id).state == (
        "present" if to == S.EN_ROUTE else "cancelled"
    )


def test_a_cancelled_trip_withdraws_its_order_and_a_broken_one_gives_it_back(desk, place) -> None:
    driver = make_driver(place)
    first, second = desk.trip(), desk.trip(driver=driver)

    cancel_trip(trip_id=first.trip_id, reason="not needed", scope=desk.scope, by=BY, at=START)
    driving.break_down(
        trip_id=second.trip_id, reason="flat tyre", member=driver, by="user:9", at=START
    )

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "declined")
    assert second.steps.get(to_state="declined").reason == "flat tyre"


def test_a_trip_that_ends_after_its_last_stop_releases_its_order(desk, place) -> None:
    for end in (cancel_trip, driving.break_down):
        order = desk.trip(driver=make_driver(place))
        said = {"trip_id": order.trip_id, "scope": desk.scope, "by": BY}
        for stop in order.trip.stops.all():
            driving.reach_stop(**said, stop_id=stop.pk, at=START + HOUR)

        end(**said, reason="flat tyre", at=START + 2 * HOUR)

        order.refresh_from_db()
        assert order.state == "released"
        assert order.steps.get(to_state="released").reason == "flat tyre"


def test_whoever_was_seen_to_arrive_has_answered(desk) -> None:
    order = desk.duty()
    duties.arrive(duty_id=order.duty_id, scope=desk.scope, by=BY, at=START)

    orders.follow_bookings(START)
    assert Order.objects.get(pk=order.pk).state == "on_site"
    duties.leave(duty_id=order.duty_id, scope=desk.scope, by=BY, at=START + HOUR)
    orders.follow_bookings(START + HOUR)
    orders.follow_bookings(START + HOUR)

    assert Order.objects.get(pk=order.pk).state == "released"
    assert order.steps.count() == 3
