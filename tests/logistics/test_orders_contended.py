"""Many at once want one team, vehicle or driver: one has it, the others are told, no knots."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from core.inputs import Conflict
from core.scope import scoped
from logistics.models import Order, Trip
from logistics.services import orders
from personnel.models import Duty, TeamDuty
from personnel.services.team_duty import Part
from tests.logistics.desk import Desk, phone
from tests.logistics.wheels import HOUR, make_driver, make_vehicle, there_and_back
from tests.personnel.make import make_district
from tests.personnel.people import START, floor_of, make_team

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    place = make_district()
    with floor_of(place.district):
        yield Desk(place)


def at_once(desk: Desk, acts: list[Callable[[], Any]]) -> list[str]:
    """Run acts in threads of their own; what became of each: "done" or the code of a refusal."""
    outcomes: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            with scoped(desk.scope):
                start.wait()
                act()
            outcomes.append("done")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connections.close_all()
    return sorted(outcomes)


def test_one_team_goes_to_one_caller(desk: Desk) -> None:
    team = make_team(desk.place.district, leader=desk.member)
    parts = [Part(desk.spot.pk, desk.role.pk, 6)]

    def want() -> Order:
        return desk.team(team_id=team.pk, parts=parts)

    assert at_once(desk, [want] * 8) == ["done"] + ["taken"] * 7
    assert TeamDuty.objects.filter(team=team).count() == Order.objects.count() == 1


def test_vehicles_and_drivers_crosswise_tie_no_knot(desk: Desk) -> None:
    vehicles = [make_vehicle(desk.place) for _ in range(2)]
    drivers = [make_driver(desk.place) for _ in range(2)]

    def want(vehicle: int, driver: int, hours: int) -> Callable[[], Order]:
        begin = START + hours * HOUR
        return lambda: desk.trip(
            driver=drivers[driver], vehicle_id=vehicles[vehicle].pk, starts_at=begin,
            ends_at=begin + 2 * HOUR, stops=there_and_back(begin, 40), override="short night",
        )  # fmt: skip

    acts = [want(v, d, h) for v in (0, 1) for d in (0, 1) for h in (0, 1)]
    outcomes = at_once(desk, acts)

    assert set(outcomes) == {"done", "taken"}
    trips = list(Trip.objects.select_related("driver_duty"))
    assert len(trips) == outcomes.count("done") <= 2
    assert len({trip.vehicle_id for trip in trips}) == len(trips)
    assert len({trip.driver_duty.member_id for trip in trips}) == len(trips)
    assert Duty.objects.count() == len(trips)
    assert sorted(Order.objects.values_list("number", flat=True)) == list(range(1, len(trips) + 1))


def test_an_answer_and_a_withdrawal_at_once_leave_nobody_booked(desk: Desk) -> None:
    order = desk.duty()

    outcomes = at_once(
        desk,
        [
            lambda: phone(order, "accepted", member=desk.member),
            lambda: desk.step(order, "withdrawn"),
        ],
    )

    order.refresh_from_db()
    assert outcomes == ["done", "done"]
    assert order.state == "withdrawn"
    assert Duty.objects.get(pk=order.duty_id).state == "cancelled"


def test_one_form_pressed_often_is_one_order(desk: Desk) -> None:
    key = uuid.uuid4()

    assert at_once(desk, [lambda: desk.duty(client_key=key)] * 6) == ["done"] * 6
    assert (Order.objects.count(), Duty.objects.count()) == (1, 1)


def test_a_phone_and_its_echo_are_one_step(desk: Desk) -> None:
    order, key = desk.duty(), uuid.uuid4()

    def say() -> Order:
        return phone(order, "accepted", member=desk.member, client_key=key)

    assert at_once(desk, [say] * 6) == ["done"] * 6
    assert order.steps.filter(to_state="accepted").count() == 1
    assert orders.escalate_unanswered(START + HOUR) == 0
