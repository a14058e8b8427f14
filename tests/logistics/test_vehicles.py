"""Vehicles: added with their place, moved between pools, given back; which are free when."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope, scoped
from logistics.models import Trip, TripState, Vehicle, VehicleClass
from logistics.queries.fleet import fleet, free_vehicles, seats
from logistics.queries.vehicles import VehicleFilters, vehicles_of
from logistics.services.vehicles import (
    Details,
    add_builtin_classes,
    add_vehicle,
    change_pool,
    change_vehicle,
    clean_plate,
    give_back,
)
from personnel.models import TeamDuty
from tests.personnel.make import make_district
from tests.personnel.people import START, make_member, make_organisation, make_team

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def place():
    place = make_district()
    add_builtin_classes(district_id=place.district.pk, by="t", at=START)
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        yield place


def whole(place):
    return Scope(districts=frozenset({place.district.pk}), actor="user:1:dispatcher")


def class_of(place, code):
    return VehicleClass.objects.get(district_id=place.district.pk, code=code)


def said(place, plate, code="coach", **over):
    owner = over.pop("owner", None) or make_organisation(place.district, kind="carrier")
    return Details(plate=plate, class_id=class_of(place, code).pk, owner_id=owner.pk, **over)


def make_vehicle(place, plate, code="coach", *, pool="service", reason="", **over) -> Vehicle:
    return add_vehicle(
        district_id=place.district.pk, details=said(place, plate, code, **over), pool=pool,
        reason=reason, scope=whole(place), by="t", at=START,
    )  # fmt: skip


def make_trip(vehicle, start, end, *, state=TripState.PLANNED, kind="staff", **over) -> Trip:
    return Trip.objects.create(
        **{
            "client_key": uuid.uuid4(),
            "district_id": vehicle.district_id,
            "vehicle": vehicle,
            "kind": kind,
            "starts_at": start,
            "ends_at": end,
            "seats": vehicle.seats,
            "room": vehicle.boxes,
            "state": state,
            "at": START,
            "by": "t",
        }
        | over
    )


def free(place, start, end, kind="staff", **load):
    found = free_vehicles(whole(place), starts_at=start, ends_at=end, kind=kind, **load)
    return [vehicle.plate for vehicle in found]


def test_the_usual_classes_come_once(place):
    assert add_builtin_classes(district_id=place.district.pk, by="t", at=START) == 0
    assert VehicleClass.objects.filter(district_id=place.district.pk).count() == 7


def test_a_vehicle_takes_what_its_class_holds_and_has_a_place_for_its_driver(place):
    coach = make_vehicle(place, "渝a·10001", street_id=place.here.pk)
    assert (coach.plate, coach.seats, coach.boxes) == ("渝A10001", 45, 0)
    assert (coach.place.kind, coach.place.name) == ("vehicle", "渝A10001")
    assert coach.place.street_id == place.here.pk
    assert make_vehicle(place, "渝A10002", seats=50).seats == 50


@pytest.mark.parametrize("text", ["", "渝A", "大巴车一号", "渝A12345678901", "渝A1234;"])
def test_what_is_no_plate_is_refused(text):
    with pytest.raises(Refused):
        clean_plate(text)


def test_one_plate_stands_once_until_it_is_given_back(place):
    first = make_vehicle(place, "渝A10001")
    with pytest.raises(IntegrityError, match="vehicle_plate_once"), transaction.atomic():
        make_vehicle(place, "渝 A-10001")

    give_back(vehicle_id=first.pk, scope=whole(place), by="t", at=START)
    assert make_vehicle(place, "渝A10001").pk != first.pk


def test_nothing_of_elsewhere_goes_into_a_vehicle(place):
    other = make_district()
    foreign = make_organisation(other.district)
    wrong = {
        "owner_unknown": {"owner": foreign},
        "street_unknown": {"street_id": other.here.pk},
        "driver_unknown": {"driver_id": make_member(other.district).pk},
    }
    for code, over in wrong.items():
        with pytest.raises(Refused) as refused:
            make_vehicle(place, "渝A10001", **over)
        assert refused.value.code == code
    assert not Vehicle.objects.exists()


def test_a_street_neither_adds_nor_sees_what_is_not_its_own(place):
    there = make_vehicle(place, "渝A10001", street_id=place.there.pk)
    street = Scope(streets=frozenset({place.here.pk}))
    for act in (
        lambda: give_back(vehicle_id=there.pk, scope=street, by="t", at=START),
        lambda: add_vehicle(
            district_id=place.district.pk, details=said(place, "渝A10002"), scope=street, by="t",
            at=START,
        ),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 404
    assert not vehicles_of(street, VehicleFilters(), at=START).exists()


def test_out_of_service_needs_a_reason_and_is_noted_even_with_trips_ahead(place):
    coach = make_vehicle(place, "渝A10001")
    make_trip(coach, START + HOUR, START + 3 * HOUR)
    with pytest.raises(Refused) as refused:
        change_pool(
            vehicle_id=coach.pk, pool="out", reason=" ", scope=whole(place), by="t", at=START
        )
    assert refused.value.code == "reason_missing"

    for _twice in range(2):
        change_pool(
            vehicle_id=coach.pk, pool="out", reason="flat tyre", scope=whole(place), by="t",
            at=START,
        )  # fmt: skip
    assert AuditEvent.objects.filter(act="vehicle.pool").count() == 1
    assert free(place, START + 5 * HOUR, START + 6 * HOUR) == []


def test_a_vehicle_with_trips_ahead_is_not_given_back(place):
    coach = make_vehicle(place, "渝A10001")
    trip = make_trip(coach, START + HOUR, START + 3 * HOUR)
    with pytest.raises(Conflict):
        give_back(vehicle_id=coach.pk, scope=whole(place), by="t", at=START)
    trip.state = TripState.CANCELLED
    trip.save()
    give_back(vehicle_id=coach.pk, scope=whole(place), by="t", at=START)
    assert fleet(whole(place), at=START).total == 0


def test_another_plate_renames_the_place_of_its_drivers(place):
    coach = make_vehicle(place, "渝A10001")
    change_vehicle(
        vehicle_id=coach.pk, details=said(place, "渝A10009", street_id=place.here.pk),
        scope=whole(place), by="t", at=START,
    )  # fmt: skip
    coach.refresh_from_db()
    assert (coach.place.name, coach.place.street_id) == ("渝A10009", place.here.pk)


def test_free_means_no_trip_touches_the_time_and_reserve_comes_last(place):
    small = make_vehicle(place, "渝A10007", "small_passenger")
    coach = make_vehicle(place, "渝A10045")
    make_vehicle(place, "渝A10005", "small_passenger", pool="reserve")
    make_vehicle(place, "渝A10012", "sample_car")
    make_vehicle(place, "渝A10099", pool="out", reason="repair")
    make_trip(coach, START, START + 2 * HOUR)
    make_trip(small, START, START + 9 * HOUR, state=TripState.CANCELLED)

    assert free(place, START + HOUR, START + 3 * HOUR) == ["渝A10007", "渝A10005"]
    # A trip that ends when the next begins is not in its way.
    assert free(place, START + 2 * HOUR, START + 3 * HOUR) == ["渝A10007", "渝A10045", "渝A10005"]
    assert free(place, START + 2 * HOUR, START + 3 * HOUR, people=8) == ["渝A10045"]
    assert free(place, START, START + HOUR, kind="samples", boxes=12) == ["渝A10012"]
    assert free(place, START, START + HOUR, kind="samples", boxes=13) == []


def test_who_is_late_on_the_road_is_neither_free_now_nor_next(place):
    coach = make_vehicle(place, "渝A10045")
    make_trip(coach, START - 3 * HOUR, START - HOUR, state=TripState.EN_ROUTE)
    assert free(place, START, START + HOUR) == []
    assert fleet(whole(place), at=START).on_road == 1


def test_a_vehicle_out_of_service_is_out_unless_it_is_still_under_way(place):
    coach = make_vehicle(place, "渝A10045", pool="out", reason="brakes")
    trip = make_trip(coach, START - HOUR, START + HOUR)
    assert fleet(whole(place), at=START).out == 1
    trip.state = TripState.EN_ROUTE
    trip.save()
    assert fleet(whole(place), at=START).on_road == 1


def test_counts_by_class_add_up_and_cost_the_same_for_many(place):
    make_vehicle(place, "渝A10001")
    driving = make_vehicle(place, "渝A10002", pool="reserve")
    make_vehicle(place, "渝A10003", pool="out", reason="repair")
    make_vehicle(place, "渝A10004", "small_passenger", pool="reserve")
    make_trip(driving, START - HOUR, START + HOUR)
    with CaptureQueriesContext(connection) as few:
        found = fleet(whole(place), at=START)

    by_code = {each.vehicle_class.code: each for each in found.classes}
    coach = by_code["coach"]
    assert (coach.free, coach.on_road, coach.reserve, coach.out, coach.total) == (1, 1, 0, 1, 3)
    assert by_code["small_passenger"].reserve == 1
    assert (found.total, found.as_of) == (4, START)

    for number in range(20):
        make_vehicle(place, f"渝B2{number:04}", "box_van")
    with CaptureQueriesContext(connection) as many:
        assert fleet(whole(place), at=START).total == 24
    assert len(many) == len(few) == 2


def test_seats_that_are_short_are_those_even_the_reserve_lacks(place):
    make_vehicle(place, "渝A10001")
    make_vehicle(place, "渝A10002", "small_passenger", pool="reserve")
    ridden = make_vehicle(place, "渝A10003")
    duties = [
        TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=make_team(place.district, headcount=people),
            district_id=place.district.pk, starts_at=START, ends_at=START + 4 * HOUR,
            headcount=people, at=START, by="t",
        )
        for people in (40, 60)
    ]  # fmt: skip
    make_trip(ridden, START, START + HOUR, team_duty=duties[0], people=45)
    TeamDuty.objects.create(
        client_key=uuid.uuid4(), team=make_team(place.district, headcount=20),
        district_id=place.district.pk, starts_at=START - HOUR, ends_at=START + 4 * HOUR,
        headcount=20, at=START, by="t",
    )  # fmt: skip

    found = seats(whole(place), starts_at=START, ends_at=START + 2 * HOUR)
    # 45 seats for a team of 40 seat nobody of the other team.
    assert (found.needed, found.booked, found.unbooked) == (100, 40, 60)
    assert (found.free, found.reserve, found.short, found.tightest) == (45, 7, 8, START)
