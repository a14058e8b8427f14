"""Devices that send at one moment are stored in one transaction; each is answered for itself."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from core.models import AuditEvent
from core.scope import Scope, scoped
from sites.models import Swab, Tube
from sites.services.capture import Origin, accept, together
from sites.services.capture.delivery import Delivery, read_delivery
from tests.sites.make import NOW, Desk, id_number, make_desk, make_resident

pytestmark = pytest.mark.django_db


def delivery(desk: Desk, *items: dict[str, Any]) -> Delivery:
    unit = desk.unit
    return read_delivery(
        origin=Origin(unit.pk, unit.pk, unit.street_id, unit.district_id),
        scope=Scope(units=frozenset({unit.pk}), floor_streets=frozenset({unit.street_id})),
        items=items, by=f"device:{unit.pk}", at=NOW,
    )  # fmt: skip


def verdicts(done: Delivery) -> list[str]:
    return [answer.verdict for answer in done.answers()]


@pytest.fixture
def desks() -> tuple[Desk, Desk]:
    one = make_desk()
    return one, make_desk(one.place, one.place.there)


def stored(desk: Desk, model: Any) -> int:
    with scoped(Scope(districts=frozenset({desk.place.district.pk}))):
        return model.objects.count()


def test_each_device_gets_its_own_verdicts_and_its_own_audit_row(desks) -> None:
    one, two = desks
    _resident, number = make_resident(one.place)
    here = delivery(one, one.open("CJ0001"), one.add("CJ0001", number), {"kind": "nonsense"})
    there = delivery(two, two.open("CJ0002"), two.add("CJ0002", id_number()))

    accept.accept_deliveries([here, there])

    assert verdicts(here) == ["created", "created", "refused"]
    assert verdicts(there) == ["created", "created"]
    assert (stored(one, Tube), stored(one, Swab)) == (2, 2)
    rows = AuditEvent.objects.filter(act="capture.batch").order_by("id")
    assert [(row.by, row.object_id, row.street_id, row.summary) for row in rows] == [
        (here.by, str(one.unit.pk), one.unit.street_id, {"created": 2, "refused": 1}),
        (there.by, str(two.unit.pk), two.unit.street_id, {"created": 2}),
    ]


def test_one_tube_code_from_two_devices_is_one_tube_and_a_conflict(desks) -> None:
    one, two = desks
    here, there = delivery(one, one.open("CJ0001")), delivery(two, two.open("CJ0001"))

    accept.accept_deliveries([here, there])

    assert sorted(verdicts(here) + verdicts(there)) == ["conflict", "created"]
    assert stored(one, Tube) == 1


def test_a_request_sent_again_while_the_first_waits_is_a_duplicate(desks) -> None:
    one, _two = desks
    items = [one.open("CJ0001"), one.add("CJ0001", id_number())]
    first, again = delivery(one, *items), delivery(one, *items)

    together._accept([first, again])

    assert verdicts(first) == ["created", "created"]
    assert (first.stored, again.stored) == (True, False)
    accept.accept_deliveries([again])
    assert verdicts(again) == ["duplicate", "duplicate"]
    assert stored(one, Swab) == 1


def send(desk: Desk, *items: dict[str, Any]) -> list[str]:
    unit = desk.unit
    done = together.accept_together(
        origin=Origin(unit.pk, unit.pk, unit.street_id, unit.district_id),
        scope=Scope(units=frozenset({unit.pk}), floor_streets=frozenset({unit.street_id})),
        items=items, by=f"device:{unit.pk}", at=NOW,
    )  # fmt: skip
    return [answer.verdict for answer in done]


def test_where_storing_together_fails_each_is_stored_alone(desks) -> None:
    one, _two = desks
    real = accept.accept_deliveries
    with (
        patch.object(together._together, "do", side_effect=together.NotDone),
        patch.object(together, "accept_deliveries", side_effect=real) as alone,
    ):
        assert send(one, one.open("CJ0001")) == ["created"]
    assert [len(call.args[0]) for call in alone.call_args_list] == [1]


@pytest.mark.django_db(transaction=True)
def test_many_threads_lose_and_double_nothing() -> None:
    one = make_desk()
    desks = [one, *(make_desk(one.place, one.place.there) for _ in range(3))]

    def work(desk: Desk) -> list[str]:
        try:
            found: list[str] = []
            for _ in range(8):
                code = f"CJ{uuid.uuid4().hex[:10].upper()}"
                items = [desk.open(code), desk.add(code, id_number()), desk.add(code, id_number())]
                found += send(desk, *items) + send(desk, *items)
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = [answer for found in threads.map(work, desks) for answer in found]

    assert sorted(set(answers)) == ["created", "duplicate"]
    assert answers.count("created") == answers.count("duplicate") == 4 * 8 * 3
    assert (stored(one, Tube), stored(one, Swab)) == (32, 64)
