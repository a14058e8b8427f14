"""Another driver takes a trip: the one before is free, the new one is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.inputs import Conflict
from core.scope import Scope
from logistics.models import Order, Trip
from logistics.queries.orders import log_of
from logistics.services import driving
from logistics.services.drivers import assign_driver
from logistics.services.trips import cancel_trip
from personnel.models import Duty
from sites.services.finding import Unknown
from tests.logistics.desk import BY, Desk, phone
from tests.logistics.wheels import HOUR, make_driver
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of

EARLY = START - HOUR / 2


@pytest.fixture
def desk(db):
    place = make_district()
    with floor_of(place.district):
        yield Desk(place)


def give(desk: Desk, order: Order, driver, **over) -> Trip:
    said = {"scope": desk.scope, "by": BY, "at": EARLY}
    return assign_driver(trip_id=order.trip_id, driver_id=driver.pk, **said | over)


def test_a_trip_without_a_driver_gets_one_who_is_asked(desk) -> None:
    order, driver = desk.trip(), make_driver(desk.place)

    trip = give(desk, order, driver)

    order.refresh_from_db()
    assert (trip.driver_duty.member_id, order.recipient_id) == (driver.pk, driver.pk)
    assert (order.state, order.answer_by) == ("requested", EARLY + timedelta(minutes=10))
    assert phone(order, "accepted", member=driver).state == "accepted"


def test_the_driver_before_is_free_and_the_new_one_answers(desk) -> None:
    before, after = make_driver(desk.place), make_driver(desk.place)
    order = desk.trip(driver=before)
    phone(order, "accepted", member=before, at=EARLY)

    give(desk, order, after)

    order.refresh_from_db()
    assert (order.state, order.recipient_id) == ("requested", after.pk)
    assert [(line.step.to_state, line.late, line.passed_on) for line in log_of(order)] == [
        ("requested", False, False), ("accepted", False, False), ("requested", False, False),
    ]  # fmt: skip
    assert Duty.objects.get(member=before).state == "cancelled"
    assert desk.trip(driver=before).recipient_id == before.pk
    with pytest.raises(Unknown):
        phone(order, "accepted", member=before)


def test_on_the_road_the_new_driver_takes_over_the_rest(desk) -> None:
    before, after = make_driver(desk.place), make_driver(desk.place)
    order = desk.trip(driver=before)
    driving.depart(trip_id=order.trip_id, member=before, by="user:9", at=START)

    give(desk, order, after, at=START + HOUR)

    order.refresh_from_db()
    old, new = Duty.objects.get(member=before), Duty.objects.get(member=after)
    assert (old.state, old.ends_at, new.starts_at) == ("done", START + HOUR, START + HOUR)
    assert (order.state, order.recipient_id) == ("en_route", after.pk)
    assert (new.state, new.arrived_at) == ("present", START + HOUR)
    driving.finish(trip_id=order.trip_id, member=after, by="user:8", at=START + 2 * HOUR)


def test_the_same_driver_again_changes_nothing(desk) -> None:
    driver = make_driver(desk.place)
    order = desk.trip(driver=driver)
    phone(order, "accepted", member=driver, at=EARLY)

    give(desk, order, driver)

    order.refresh_from_db()
    assert order.state == "accepted"
    assert Duty.objects.count() == 1


def test_a_taken_driver_leaves_everything_as_it_was(desk) -> None:
    before, busy = make_driver(desk.place), make_driver(desk.place)
    order = desk.trip(driver=before)
    desk.trip(driver=busy)

    with pytest.raises(Conflict) as refused:
        give(desk, order, busy)

    assert refused.value.code == "taken"
    assert Duty.objects.get(member=before).state == "booked"
    assert Trip.objects.get(pk=order.trip_id).driver_duty.member_id == before.pk


def test_a_trip_that_is_over_or_elsewhere_takes_no_driver(desk) -> None:
    order, driver = desk.trip(), make_driver(desk.place)
    there = Scope(streets=frozenset({desk.place.there.pk}), permissions=frozenset({"dispatch"}))

    with pytest.raises(Unknown):
        give(desk, order, driver, scope=there)
    cancel_trip(trip_id=order.trip_id, reason="not needed", scope=desk.scope, by=BY, at=EARLY)
    with pytest.raises(Conflict) as refused:
        give(desk, order, driver)
    assert refused.value.code == "trip_over"
