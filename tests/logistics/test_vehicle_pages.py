"""Pages of vehicles: filters, the same plate twice, a reason for what is out, steady questions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.scope import Scope, scoped
from logistics.models import Vehicle, VehicleClass
from logistics.services.vehicles import Details, add_builtin_classes, add_vehicle
from personnel.roles import Role
from tests.logistics.wheels import make_trip
from tests.personnel.make import make_district, make_user
from tests.personnel.people import START, make_member, make_organisation, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(client):
    place = make_district()
    clock.set_clock(START, rate=1)
    add_builtin_classes(district_id=place.district.pk, by="t", at=START)
    client.force_login(make_user(Role.DISPATCHER, place.district))
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        yield place


def class_of(place, code="coach"):
    return VehicleClass.objects.get(district_id=place.district.pk, code=code)


def make_vehicle(place, plate, code="coach", **over):
    return add_vehicle(
        district_id=place.district.pk,
        details=Details(
            plate, class_of(place, code).pk, make_organisation(place.district).pk, **over
        ),
        scope=Scope(districts=frozenset({place.district.pk})), by="t", at=START,
    )  # fmt: skip


def form(place, plate, **over):
    return {
        "area": place.district.pk,
        "plate": plate,
        "vehicle_class": class_of(place).pk,
        "owner": make_organisation(place.district).pk,
    } | over


def test_a_vehicle_is_added_once_and_the_second_time_said_so_at_the_plate(place, client):
    typed = form(place, "渝A·10001")
    assert client.post("/vehicles/new/", typed).status_code == 302
    again = client.post("/vehicles/new/", typed)
    assert again.status_code == 422
    assert "id_plate_error" in again.content.decode()
    assert Vehicle.objects.get().plate == "渝A10001"


def test_only_people_whose_role_is_driver_are_offered_masked(place, client):
    driver = make_member(
        place.district, roles=[make_role(place.district, "driver")], name="欧阳驾驶"
    )
    other = make_member(place.district)
    page = client.get("/vehicles/new/").content.decode()
    assert str(driver.pk) in page
    assert str(other.pk) not in page
    assert "欧阳驾驶" not in page


def test_a_vehicle_for_one_street_is_on_its_list_and_not_on_its_neighbours(place, client):
    typed = form(place, "渝A10001", area=place.here.pk)
    client.post("/vehicles/new/", typed)
    make_vehicle(place, "渝A10002")
    for street, shown in ((place.here, True), (place.there, False)):
        client.force_login(make_user(Role.STREET_OFFICIAL, street))
        page = client.get("/vehicles/").content.decode()
        assert ("渝A10001" in page) is shown
        assert "渝A10002" not in page
        assert "/vehicles/new/" not in page


def test_out_of_service_without_a_reason_is_refused_on_the_form(place, client):
    coach = make_vehicle(place, "渝A10001")
    answer = client.post(f"/vehicles/{coach.pk}/pool/", {"pool": "out", "reason": ""})
    assert answer.status_code == 422
    assert "id_reason_error" in answer.content.decode()
    assert (
        client.post(f"/vehicles/{coach.pk}/pool/", {"pool": "out", "reason": "brakes"}).status_code
        == 302
    )
    assert "brakes" in client.get("/vehicles/?state=out").content.decode()
    assert (
        "渝A10001" not in client.get("/vehicles/?state=free").content.decode().split("</form>")[-1]
    )


def test_a_vehicle_given_back_keeps_its_page_and_leaves_the_list(place, client):
    coach = make_vehicle(place, "渝A10001")
    assert client.post(f"/vehicles/{coach.pk}/give-back/").status_code == 302
    assert "渝A10001" not in client.get("/vehicles/").content.decode()
    assert client.get(f"/vehicles/{coach.pk}/").status_code == 200
    assert client.get(f"/vehicles/{coach.pk}/change/").status_code == 404


def test_filters_are_checked(place, client):
    assert client.get("/vehicles/?state=flying").status_code == 400
    assert client.get("/vehicles/?colour=red").status_code == 400


def test_lists_ask_as_often_for_many_vehicles_as_for_few(place, client):
    def asked(path):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        # The clock is read once a second, whatever is asked.
        return sum("core_clock" not in query["sql"] for query in queries.captured_queries)

    driver = make_member(place.district).pk
    make_vehicle(place, "渝A10001", driver_id=driver)
    before = [asked(path) for path in ("/vehicles/", "/vehicles/inventory/")]
    for number in range(15):
        make_vehicle(place, f"渝B1{number:04}", driver_id=make_member(place.district).pk)
    assert [asked(path) for path in ("/vehicles/", "/vehicles/inventory/")] == before


def test_a_district_adds_a_class_of_its_own_and_renames_the_usual_ones(place, client):
    typed = {"code": "minibus", "name": "中巴车", "seats": "19", "boxes": "0",
             "district": place.district.pk}  # fmt: skip
    assert client.post("/vehicles/classes/", typed).status_code == 302
    again = client.post("/vehicles/classes/", typed)
    assert again.status_code == 422
    assert "id_code_error" in again.content.decode()
    added = class_of(place, "minibus")
    make_vehicle(place, "渝A10001", "minibus")

    empty = {"name": "中型客车", "seats": "0", "boxes": "0"}
    assert client.post(f"/vehicles/classes/{added.pk}/change/", empty).status_code == 422
    client.post(f"/vehicles/classes/{added.pk}/change/", empty | {"seats": "22"})
    added.refresh_from_db()
    assert (added.name, added.seats) == ("中型客车", 22)
    assert Vehicle.objects.get().seats == 19, "a vehicle keeps what it states"


def test_classes_of_another_district_are_not_to_be_changed(place, client):
    other = make_district()
    add_builtin_classes(district_id=other.district.pk, by="t", at=START)
    theirs = class_of(other)
    assert client.get(f"/vehicles/classes/{theirs.pk}/change/").status_code == 404
    typed = {"code": "x", "name": "x", "seats": "1", "boxes": "0", "district": other.district.pk}
    assert client.post("/vehicles/classes/", typed).status_code == 422


def test_a_trip_without_an_order_is_taken_back_on_the_page_of_its_vehicle(place, client):
    coach = make_vehicle(place, "渝A10001")
    trip = make_trip(place, coach)
    url = f"/vehicles/{coach.pk}/trips/{trip.pk}/end/"
    assert url in client.get(f"/vehicles/{coach.pk}/").content.decode()

    wordless = client.post(url, {"reason": ""})
    assert wordless.status_code == 422
    assert f"trip{trip.pk}_reason_error" in wordless.content.decode()
    assert client.post(url, {"reason": "not needed"}).status_code == 302

    trip.refresh_from_db()
    assert (trip.state, trip.reason) == ("cancelled", "not needed")
    other = make_vehicle(place, "渝A10002")
    assert client.post(f"/vehicles/{other.pk}/trips/{trip.pk}/end/").status_code == 404
