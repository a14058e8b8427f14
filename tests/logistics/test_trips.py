"""A vehicle carries one kind of load that adds up, for one trip at a time; the road is walked."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils.translation import gettext

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope, scoped
from logistics.models import Trip, TripState, Vehicle
from logistics.services import driving
from logistics.services.manifest import Stop, checked, load_of
from logistics.services.trips import cancel_trip
from personnel.models import Duty
from sites.services.finding import Unknown
from tests.logistics.wheels import (
    HOUR,
    make_driver,
    make_trip,
    make_vehicle,
    scope_of,
    there_and_back,
)
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of

BY = "user:1:dispatcher"


@pytest.fixture
def place(db):
    place = make_district()
    with floor_of(place.district):
        yield place


def _at(minutes: int, people: int = 0, boxes: int = 0) -> Stop:
    return Stop(f"stop {minutes}", START + timedelta(minutes=minutes), people=people, boxes=boxes)


def _checked(stops: list[Stop], kind: str = "staff") -> list[Stop]:
    return checked(stops, kind=kind, starts_at=START, ends_at=START + 2 * HOUR)


def test_the_most_on_board_at_one_time_is_what_needs_seats() -> None:
    stops = _checked([_at(0, 30), _at(20, -30), _at(40, 12), _at(60, 25), _at(90, -37)])

    assert load_of(stops, people=0, boxes=0).people == 37
    with pytest.raises(Refused) as refused:
        load_of(stops, people=45, boxes=0)
    assert refused.value.code == "stops_people"


def test_boxes_may_be_counted_later() -> None:
    stops = _checked([_at(0), _at(30)], "samples")

    assert load_of(stops, people=0, boxes=6).boxes == 6


@pytest.mark.parametrize(
    ("stops", "kind", "code"),
    [
        ([], "staff", "stops_missing"),
        ([_at(0, 5), _at(30, -4)], "staff", "stops_left_over"),
        ([_at(0, 5), _at(30, -6), _at(40, 1)], "staff", "stops_negative"),
        ([_at(30, 5), _at(0, -5)], "staff", "stops_times"),
        ([_at(0, 5), _at(121, -5)], "staff", "stops_times"),
        ([_at(-1, 5), _at(30, -5)], "staff", "stops_times"),
        ([_at(0, 5, 1), _at(30, -5, -1)], "staff", "trip_closed_loop"),
        ([_at(0, 5), _at(30, -5)], "samples", "trip_closed_loop"),
        ([_at(0, 0, 5), _at(30, 0, -5)], "fetch", "trip_closed_loop"),
    ],
)
def test_stops_that_do_not_fit_are_refused(stops, kind, code) -> None:
    with pytest.raises(Refused) as refused:
        _checked(stops, kind)

    assert refused.value.code == code


def test_a_trip_keeps_the_seats_it_was_promised_and_books_its_driver(place) -> None:
    vehicle, driver = make_vehicle(place), make_driver(place)

    trip = make_trip(place, vehicle, driver_id=driver.pk)

    assert (trip.people, trip.seats, trip.state) == (40, 45, "planned")
    assert [stop.people for stop in trip.stops.all()] == [40, -40]
    duty = trip.driver_duty
    assert (duty.member_id, duty.place_id) == (driver.pk, vehicle.place_id)
    assert (duty.starts_at, duty.ends_at) == (trip.starts_at, trip.ends_at)
    assert AuditEvent.objects.filter(act="trip.book", object_id=str(trip.pk)).count() == 1


def test_the_same_form_twice_is_one_trip(place) -> None:
    vehicle, driver, key = make_vehicle(place), make_driver(place), uuid.uuid4()

    first = make_trip(place, vehicle, client_key=key, driver_id=driver.pk)
    again = make_trip(place, vehicle, client_key=key, driver_id=driver.pk)

    assert again.pk == first.pk
    assert (Trip.objects.count(), Duty.objects.count()) == (1, 1)
    with pytest.raises(Conflict) as refused:
        make_trip(place, make_vehicle(place), client_key=key)
    assert refused.value.code == "already_sent"


def test_more_people_than_seats_are_refused(place) -> None:
    with pytest.raises(Refused) as refused:
        make_trip(place, make_vehicle(place, seats=39))

    assert refused.value.code == "seats_too_few"
    assert Trip.objects.count() == 0


def test_boxes_need_room(place) -> None:
    with pytest.raises(Refused) as refused:
        make_trip(
            place, make_vehicle(place, boxes=7), kind="samples",
            stops=there_and_back(START, boxes=8),
        )  # fmt: skip

    assert refused.value.code == "room_too_small"


def test_a_taken_vehicle_names_who_has_it_until_when(place) -> None:
    vehicle = make_vehicle(place)
    make_trip(place, vehicle, street_id=place.there.pk)

    with pytest.raises(Conflict) as refused:
        make_trip(place, vehicle, starts_at=START + HOUR)

    assert refused.value.code == "taken"
    assert refused.value.params["plate"] == vehicle.plate
    assert refused.value.params["end"] == "11-04 22:00"
    assert refused.value.params["where"] == place.there.name


def test_a_caller_of_another_street_learns_only_that_it_is_elsewhere(place) -> None:
    vehicle = make_vehicle(place, street_id=place.here.pk)
    make_trip(place, vehicle, street_id=place.there.pk)
    here = Scope(streets=frozenset({place.here.pk}), permissions=frozenset({"dispatch"}))

    with pytest.raises(Conflict) as refused:
        make_trip(place, vehicle, starts_at=START + HOUR, scope=here)

    assert refused.value.params["where"] == gettext("elsewhere")
    assert place.there.name not in refused.value.text


def test_two_trips_may_touch_but_not_overlap_across_midnight(place) -> None:
    vehicle = make_vehicle(place)
    late = START + 3 * HOUR + timedelta(minutes=30)  # 23:30 in Shanghai

    first = make_trip(place, vehicle, starts_at=late)
    second = make_trip(place, vehicle, starts_at=first.ends_at)

    assert second.starts_at == first.ends_at
    with pytest.raises(Conflict):
        make_trip(place, vehicle, starts_at=late + HOUR)


def test_a_driver_on_another_trip_is_told_and_nothing_is_booked(place) -> None:
    driver = make_driver(place)
    make_trip(place, make_vehicle(place), driver_id=driver.pk)
    other = make_vehicle(place)

    with pytest.raises(Conflict) as refused:
        make_trip(place, other, driver_id=driver.pk, starts_at=START + HOUR)

    assert refused.value.code == "taken"
    assert other.trips.count() == 0


@pytest.mark.parametrize("change", [{"pool": "out", "pool_reason": "tyre"}, {"returned_at": START}])
def test_a_vehicle_that_is_out_or_gone_is_not_sent(place, change) -> None:
    vehicle = make_vehicle(place, **change)

    with pytest.raises(Refused) as refused:
        make_trip(place, vehicle)

    assert refused.value.code in ("vehicle_out", "vehicle_unknown")


def test_a_vehicle_of_another_area_is_unknown(place) -> None:
    there = Scope(streets=frozenset({place.there.pk}), permissions=frozenset({"dispatch"}))

    with pytest.raises(Unknown):
        make_trip(place, make_vehicle(place, street_id=place.here.pk), scope=there)


def test_a_cancelled_trip_frees_vehicle_and_driver(place) -> None:
    vehicle, driver = make_vehicle(place), make_driver(place)
    trip = make_trip(place, vehicle, driver_id=driver.pk)

    with pytest.raises(Refused):
        cancel_trip(trip_id=trip.pk, reason=" ", scope=scope_of(place), by=BY, at=START)
    cancel_trip(trip_id=trip.pk, reason="not needed", scope=scope_of(place), by=BY, at=START)

    trip.refresh_from_db()
    assert (trip.state, trip.reason) == ("cancelled", "not needed")
    assert make_trip(place, vehicle, driver_id=driver.pk).pk != trip.pk


def test_the_driver_walks_the_road_from_stop_to_stop(place) -> None:
    driver = make_driver(place)
    trip = make_trip(place, make_vehicle(place), driver_id=driver.pk)
    first, second = trip.stops.all()
    mine = {"trip_id": trip.pk, "member": driver, "by": "user:9:driver"}

    driving.depart(**mine, at=START)
    driving.reach_stop(**mine, stop_id=first.pk, counted=38, at=START + timedelta(minutes=5))
    driving.reach_stop(**mine, stop_id=second.pk, at=START + timedelta(minutes=45))
    driving.finish(**mine, at=START + HOUR)

    trip.refresh_from_db()
    first.refresh_from_db()
    assert (trip.state, trip.ends_at) == ("done", START + HOUR)
    assert (first.counted, first.arrived_at) == (38, START + timedelta(minutes=5))
    duty = Duty.objects.get(pk=trip.driver_duty_id)
    assert (duty.state, duty.arrived_at, duty.ends_at) == ("done", START, START + HOUR)


def test_steps_on_the_road_sent_again_change_nothing(place) -> None:
    driver = make_driver(place)
    trip = make_trip(place, make_vehicle(place), driver_id=driver.pk)
    stop = trip.stops.all()[0]
    mine = {"trip_id": trip.pk, "member": driver, "by": "user:9:driver"}
    driving.reach_stop(**mine, stop_id=stop.pk, counted="３８", at=START)
    acts = AuditEvent.objects.count()

    driving.depart(**mine, at=START + HOUR)
    driving.reach_stop(**mine, stop_id=stop.pk, counted=38, at=START + HOUR)

    stop.refresh_from_db()
    assert (stop.arrived_at, stop.counted) == (START, 38)
    assert AuditEvent.objects.count() == acts
    driving.reach_stop(**mine, stop_id=stop.pk, counted=39, at=START + HOUR)
    stop.refresh_from_db()
    assert (stop.arrived_at, stop.counted) == (START, 39)


def test_nobody_drives_the_trip_of_another(place) -> None:
    trip = make_trip(place, make_vehicle(place), driver_id=make_driver(place).pk)

    with pytest.raises(Unknown):
        driving.depart(trip_id=trip.pk, member=make_driver(place), by="user:8", at=START)


def test_a_stop_of_another_trip_is_unknown(place) -> None:
    driver = make_driver(place)
    trip = make_trip(place, make_vehicle(place), driver_id=driver.pk)
    other = make_trip(place, make_vehicle(place)).stops.all()[0]

    with pytest.raises(Unknown):
        driving.reach_stop(
            trip_id=trip.pk, stop_id=other.pk, member=driver, by="user:9", at=START
        )  # fmt: skip


def test_a_trip_that_never_left_is_not_finished(place) -> None:
    driver = make_driver(place)
    trip = make_trip(place, make_vehicle(place), driver_id=driver.pk)

    with pytest.raises(Conflict) as refused:
        driving.finish(trip_id=trip.pk, member=driver, by="user:9", at=START)

    assert refused.value.code == "trip_not_left"


def test_a_broken_down_vehicle_is_out_of_service_and_its_driver_free(place) -> None:
    vehicle, driver = make_vehicle(place), make_driver(place)
    trip = make_trip(place, vehicle, driver_id=driver.pk)
    mine = {"trip_id": trip.pk, "member": driver, "by": "user:9:driver"}
    driving.depart(**mine, at=START)

    driving.break_down(**mine, reason="flat tyre", at=START + timedelta(minutes=10))
    driving.break_down(**mine, reason="flat tyre", at=START + timedelta(minutes=12))

    trip.refresh_from_db()
    vehicle.refresh_from_db()
    assert (trip.state, trip.reason) == (TripState.CANCELLED, "flat tyre")
    assert (vehicle.pool, vehicle.pool_reason) == (Vehicle.Pool.OUT, "flat tyre")
    assert Duty.objects.get(pk=trip.driver_duty_id).state == "done"
    with pytest.raises(Conflict) as refused:
        driving.depart(**mine, at=START + HOUR)
    assert refused.value.code == "trip_cancelled"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_one_vehicle_exactly_one_has_it() -> None:
    place = make_district()
    with floor_of(place.district):
        vehicle = make_vehicle(place)
    outcomes: list[str] = []

    def want() -> None:
        try:
            with scoped(scope_of(place)):
                make_trip(place, vehicle)
            outcomes.append("won")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    callers = [threading.Thread(target=want) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    connections.close_all()

    assert sorted(outcomes) == ["taken"] * 7 + ["won"]
