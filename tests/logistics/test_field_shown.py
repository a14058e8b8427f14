"""What the own page shows: whom to call, a team's places, the trip that is mine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from logistics.queries.own import owed_of
from personnel.services import duty as duties
from personnel.services.places import place_of_point
from tests.logistics.desk import Desk
from tests.logistics.duty_call import BY, OnDuty, made, make_on_duty, send, verdicts
from tests.logistics.wheels import HOUR, make_trip, make_vehicle, scope_of, there_and_back
from tests.personnel.make import make_district, make_unit
from tests.personnel.people import START, floor_of


@pytest.fixture
def place(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: START)
    monkeypatch.setattr(clock, "rate", lambda: 1.0)
    return make_district()


@pytest.fixture
def me(place) -> OnDuty:
    return make_on_duty(place)


def test_whom_to_call_at_a_stop_is_masked(me, place) -> None:
    point = make_unit(place).point
    point.lead_name, point.lead_phone, point.address = "李晓明", "13912345678", "同兴路 21 号"
    point.save()
    first, last = there_and_back(START, 40)
    me.drive(stops=[first, replace(last, point_id=point.pk)])

    text = me.client.get("/my/").content.decode()

    assert "李* 139****5678" in text
    assert "同兴路 21 号" in text
    assert "13912345678" not in text
    assert "李晓明" not in text


def test_a_teams_leader_sees_every_place_and_what_brings_them(me, place) -> None:
    with floor_of(place.district):
        desk = Desk(place)
        desk.member = me.member
        order = desk.team()
        second = place_of_point(point_id=make_unit(place).point.pk, scope=desk.scope)
        order.team_duty.places.create(place=second, role=desk.role, people=3)
        coach = make_vehicle(place)
        make_trip(place, coach, team_duty_id=order.team_duty_id)
        make_trip(place, make_vehicle(place, plate="渝A99999"))

    text = me.client.get("/my/").content.decode()

    for said in (str(desk.spot), str(second), "usher × 6", "usher × 3", coach.plate, "市九院"):
        assert said in text, said
    assert "渝A99999" not in text


def test_a_driver_whose_booking_was_cancelled_has_no_trip(me, place) -> None:
    order = me.drive()
    with floor_of(place.district):
        duties.cancel(
            duty_id=order.trip.driver_duty_id, reason="another drives", scope=scope_of(place),
            by=BY, at=START,
        )  # fmt: skip

    assert 'data-subject="trip"' not in me.client.get("/my/").content.decode()
    assert verdicts(send(me, made("trip", order.trip_id, "depart"))) == ["refused"]


def test_today_knows_what_waits_for_my_answer_and_when_my_trip_leaves(me, place) -> None:
    assert owed_of(me.user.pk, at=START).orders == 0
    order, drive = me.order(ends_at=START + HOUR), me.drive(
        starts_at=START + 2 * HOUR, ends_at=START + 4 * HOUR, override="short way",
        stops=there_and_back(START + 2 * HOUR, 40),
    )  # fmt: skip

    owed = owed_of(me.user.pk, at=START)

    assert (owed.orders, owed.answer_by) == (2, order.answer_by)
    assert owed.trip_at == drive.trip.starts_at
    assert owed_of(make_on_duty(place).user.pk, at=START).orders == 0


def test_the_page_takes_the_same_statements_whatever_its_length(me) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert me.client.get("/my/").status_code == 200
        return len(caught)

    me.order()
    statements()  # sets the session up
    few = statements()
    for number in (1, 2, 3):
        me.order(
            starts_at=START + 24 * number * HOUR, ends_at=START + (24 * number + 4) * HOUR,
            at=START - HOUR,
        )  # fmt: skip

    assert statements() == few
