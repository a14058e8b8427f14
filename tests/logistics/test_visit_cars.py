"""Cars that fetch: stops at each door, to the point and home, and what frees the people again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.scope import Scope, scoped
from logistics.models import Trip, Visit
from logistics.queries.visit_plan import cars, to_fetch
from logistics.queries.visits import visits_of
from logistics.services.orders import order_booked
from logistics.services.trips import cancel_trip
from logistics.services.visit_cars import Ride, fetch
from logistics.services.visit_plans import give_to_trip
from logistics.services.visits import take_step
from personnel.models import Duty
from personnel.roles import Role
from sites.services.finding import Unknown
from tests.boards.make import signed_in
from tests.logistics.homes import make_visit, planner, refused
from tests.logistics.wheels import make_driver, make_trip, make_vehicle
from tests.personnel.make import make_unit, make_user
from tests.personnel.people import floor_of
from tests.sites.make import NOW, make_round

pytestmark = pytest.mark.django_db
MINUTES = [timedelta(minutes=n) for n in (10, 40, 60, 90)]


@pytest.fixture
def place() -> Any:
    place = make_round()
    clock.set_clock(NOW, rate=0.001)
    with floor_of(place.district):
        yield place


def ride(place: Any, vehicle: Any, point: Any, **over: Any) -> Ride:
    times = dict(zip(("leaves_at", "at_point_at", "home_from", "free_at"),
                     (NOW + m for m in MINUTES), strict=True))  # fmt: skip
    return Ride(vehicle_id=vehicle.pk, point_id=point.pk, **times | over)


def book(place: Any, *visits: Visit, seats: int = 4, **over: Any) -> Trip:
    vehicle = over.pop("vehicle", None) or make_vehicle(
        place, seats=seats, street_id=place.here.pk, driver=make_driver(place, street=place.here)
    )
    point = over.pop("point", None) or make_unit(place).point
    return fetch(
        client_key=over.pop("client_key", uuid.uuid4()), visit_ids=[v.pk for v in visits],
        ride=ride(place, vehicle, point, **over), scope=planner(place.here), by="user:1", at=NOW,
    )  # fmt: skip


def fetched(place: Any, building: str = "1号楼", **over: Any) -> Visit:
    return make_visit(place, way="fetch", building=building, **over)


def test_a_car_stops_at_each_door_at_the_point_and_at_each_door_again(place: Any):
    far, near, two = fetched(place, "10号楼"), fetched(place, "2号楼"), fetched(place, "2号楼")
    trip = book(place, far, near, two)

    stops = [(stop.place.split()[-1], stop.people) for stop in trip.stops.all()]
    point = trip.stops.get(position=3) if trip.stops.filter(position=3) else None
    assert point is not None
    assert [people for _place, people in stops] == [2, 1, -3, 3, -2, -1]
    assert [place for place, _people in stops][:2] == ["2号楼", "10号楼"]
    assert (trip.kind, trip.people, trip.street_id) == ("fetch", 3, place.here.pk)
    assert set(Visit.objects.values_list("state", "trip_id")) == {("assigned", trip.pk)}
    assert to_fetch(planner(place.here), place.round.pk) == []
    assert [len(car.visits) for car in cars(planner(place.here), place.round.pk)] == [3]


def test_without_a_way_home_the_trip_ends_at_the_point(place: Any):
    trip = book(place, fetched(place), home_from=None)
    assert [stop.people for stop in trip.stops.all()] == [1, -1]


def test_the_driver_sees_whom_to_fetch_and_notes_it(place: Any):
    visit = fetched(place, address="1-302")
    trip = book(place, visit)
    driver = trip.driver_duty.member
    assert [(line.pk, line.trip_id, line.address) for line in visits_of(driver, NOW)] == [
        (visit.pk, trip.pk, "1-302")
    ]
    done = take_step(visit_id=visit.pk, to="done", member=driver, by="user:9", at=NOW)
    assert done.state == "done"


def test_a_driver_of_the_district_is_not_the_streets_to_book(place: Any):
    vehicle = make_vehicle(place, seats=4, street_id=place.here.pk, driver=make_driver(place))
    assert book(place, fetched(place), vehicle=vehicle).driver_duty is None


def test_the_same_form_books_one_car(place: Any):
    visit, key = fetched(place), uuid.uuid4()
    vehicle = make_vehicle(place, seats=4, street_id=place.here.pk)
    point = make_unit(place).point
    made = [book(place, visit, client_key=key, vehicle=vehicle, point=point) for _ in range(2)]
    assert made[0] == made[1]
    assert Trip.objects.count() == 1


def test_what_does_not_fit_books_nothing(place: Any):
    visit, at_home = fetched(place), make_visit(place)
    with refused("visit_none"):
        book(place)
    with refused("visit_home"):
        book(place, visit, at_home)
    with refused("seats_too_few"):
        book(place, visit, fetched(place, "3"), fetched(place, "4"), seats=2)
    foreign = make_unit(place, street=place.there).point
    with pytest.raises(Unknown):
        book(place, visit, point=foreign)
    with pytest.raises(Unknown):
        book(place, visit, vehicle=make_vehicle(place, street_id=place.there.pk))
    with pytest.raises(Unknown):
        book(place, make_visit(place, place.community_there, way="fetch"))
    assert not Trip.objects.exists()
    assert set(Visit.objects.values_list("state", flat=True)) == {"asked"}


def test_a_car_that_is_taken_is_told(place: Any):
    vehicle = make_vehicle(place, seats=4, street_id=place.here.pk)
    book(place, fetched(place), vehicle=vehicle)
    with refused("taken"):
        book(place, fetched(place), vehicle=vehicle)


def test_people_of_a_trip_that_is_cancelled_wait_for_another(place: Any):
    visit, gone = fetched(place), fetched(place)
    trip = book(place, visit, gone)
    take_step(visit_id=gone.pk, to="absent", scope=planner(place.here), by="t", at=NOW)
    cancel_trip(trip_id=trip.pk, reason="breakdown", scope=planner(place.here), by="t", at=NOW)
    visit.refresh_from_db()
    gone.refresh_from_db()
    assert (visit.state, visit.trip) == ("asked", None)
    assert gone.state == "absent"
    with refused("trip_over"):
        give_to_trip(visit_ids=[visit.pk], trip_id=trip.pk, scope=planner(place.here), by="t",
                     at=NOW)  # fmt: skip


def test_a_trip_for_others_fetches_nobody(place: Any):
    trip = make_trip(place, make_vehicle(place, street_id=place.here.pk), street_id=place.here.pk)
    with refused("trip_not_fetch"):
        give_to_trip(visit_ids=[fetched(place).pk], trip_id=trip.pk, scope=planner(place.here),
                     by="t", at=NOW)  # fmt: skip


def test_the_page_books_a_car(place: Any):
    visit = fetched(place)
    vehicle = make_vehicle(place, seats=4, street_id=place.here.pk)
    other = make_vehicle(place, seats=4, street_id=place.there.pk)
    point = make_unit(place).point
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    page = client.get("/visits/cars/").content.decode()
    assert vehicle.plate in page
    assert other.plate not in page
    names = ("leaves_at", "at_point_at", "home_from", "free_at")
    times = {name: clock.local(NOW + m).strftime("%Y-%m-%dT%H:%M")
             for name, m in zip(names, MINUTES, strict=True)}  # fmt: skip
    body = {"visit": visit.pk, "vehicle": vehicle.pk, "point": point.pk, **times}
    late = client.post("/visits/cars/book/", body | {"free_at": times["leaves_at"]})
    assert late.status_code == 422
    assert client.post("/visits/cars/book/", body | {"vehicle": other.pk}).status_code == 422
    assert client.post("/visits/cars/book/", body).status_code == 302
    with scoped(planner(place.here)):
        assert Visit.objects.get().trip.vehicle == vehicle
    assert vehicle.plate in client.get("/visits/?show=given").content.decode()


def test_a_planner_takes_a_car_back_and_everybody_it_was_to_fetch_waits_again(place: Any):
    visit, foreign = fetched(place), make_visit(place, place.community_there, way="fetch")
    trip = book(place, visit)
    whole = Scope(districts=frozenset({place.district.pk}))
    give_to_trip(visit_ids=[foreign.pk], trip_id=trip.pk, scope=whole, by="t", at=NOW)
    client, url = signed_in(make_user(Role.STREET_OFFICIAL, place.here)), "/visits/cars/"
    assert f"{url}{trip.pk}/end/" in client.get(url).content.decode()

    wordless = client.post(f"{url}{trip.pk}/end/", {"reason": " "})
    assert wordless.status_code == 422
    assert f"trip{trip.pk}_reason_error" in wordless.content.decode()
    client.post(f"{url}{trip.pk}/end/", {"act": "close"})  # it has not left, and still may
    trip.refresh_from_db()
    assert trip.state == "planned"
    assert client.post(f"{url}{trip.pk}/end/", {"reason": "flat tyre"}).status_code == 302

    trip.refresh_from_db()
    assert (trip.state, trip.reason) == ("cancelled", "flat tyre")
    assert Duty.objects.get(pk=trip.driver_duty_id).state == "cancelled"
    assert set(Visit.objects.values_list("state", "trip")) == {("asked", None)}


def test_a_car_whose_time_is_past_is_closed_and_its_driver_has_worked(place: Any):
    trip = book(place, fetched(place))
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    clock.set_clock(trip.ends_at + timedelta(hours=1), rate=0.001)

    assert client.post(f"/visits/cars/{trip.pk}/end/", {"act": "close"}).status_code == 302

    trip.refresh_from_db()
    duty = Duty.objects.get(pk=trip.driver_duty_id)
    assert (trip.state, duty.state, duty.ends_at) == ("done", "done", trip.ends_at)


def test_a_car_that_was_ordered_is_the_dispatchers(place: Any):
    trip = book(place, fetched(place))
    whole = Scope(districts=frozenset({place.district.pk}))
    order_booked(
        client_key=uuid.uuid4(), trip_id=trip.pk, reason="asked", scope=whole, by="t", at=NOW
    )
    client = signed_in(make_user(Role.STREET_OFFICIAL, place.here))
    assert f"{trip.pk}/end/" not in client.get("/visits/cars/").content.decode()
    assert client.post(f"/visits/cars/{trip.pk}/end/", {"reason": "flat"}).status_code == 404
