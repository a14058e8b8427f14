"""The page on which another driver is chosen: who is free, what is refused, where it leads."""

from __future__ import annotations

import pytest
from django.test import Client

from core import clock
from personnel.models import Duty
from personnel.roles import Role
from tests.logistics.desk import Desk
from tests.logistics.wheels import HOUR, make_driver
from tests.personnel.make import make_district, make_user
from tests.personnel.people import START, floor_of, make_member


@pytest.fixture
def desk(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: START - HOUR)
    place = make_district()
    with floor_of(place.district):
        yield Desk(place)


@pytest.fixture
def client(desk) -> Client:
    client = Client()
    client.force_login(make_user(Role.DISPATCHER, desk.place.district))
    client.cookies["jinjian_language"] = "en"
    return client


def test_only_drivers_who_are_free_are_offered(desk, client) -> None:
    order = desk.trip()
    free, busy = make_driver(desk.place), make_driver(desk.place)
    gone = make_driver(desk.place, left_at=START)
    usher = make_member(desk.place.district, roles=[desk.role])
    desk.trip(driver=busy)

    page = client.get(f"/dispatch/orders/{order.pk}/driver/").content.decode()

    assert str(free.pk) in page
    for other in (busy, gone, usher):
        assert str(other.pk) not in page


def test_the_chosen_driver_is_booked_and_asked(desk, client) -> None:
    before, after = make_driver(desk.place), make_driver(desk.place)
    order = desk.trip(driver=before)

    done = client.post(f"/dispatch/orders/{order.pk}/driver/", {"driver": str(after.pk)})

    assert (done.status_code, done.url) == (302, f"/dispatch/orders/{order.pk}/")
    order.refresh_from_db()
    assert order.recipient_id == after.pk
    assert Duty.objects.get(member=before).state == "cancelled"
    assert "another driver" in client.get(done.url).content.decode()


def test_nobody_chosen_or_nobody_free_is_said(desk, client) -> None:
    order = desk.trip()
    path = f"/dispatch/orders/{order.pk}/driver/"

    assert "No driver is free for this trip" in client.get(path).content.decode()
    make_driver(desk.place)
    refused = client.post(path, {"driver": ""})
    assert refused.status_code == 422
    assert "Choose a driver" in refused.content.decode()


def test_an_order_for_a_person_has_no_driver(desk, client) -> None:
    assert client.get(f"/dispatch/orders/{desk.duty().pk}/driver/").status_code == 404
