"""The roll of devices: whoever is known costs nothing, and nobody is known for longer than true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from personnel.models import Device
from personnel.services import roll
from sites.models import SamplingUnit
from tests.personnel.make import make_device_token, make_district, make_unit

pytestmark = pytest.mark.django_db
START = timezone.now() + timedelta(hours=1)  # after every enrolment
Ask = Callable[[float, str], roll.DevicePrincipal | None]


@pytest.fixture
def unit() -> SamplingUnit:
    return make_unit(make_district())


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Who calls, so many seconds after the start."""
    clock = [0.0]
    monkeypatch.setattr(roll.time, "monotonic", lambda: clock[0])
    roll.forget()

    def ask(seconds: float, token: str) -> roll.DevicePrincipal | None:
        clock[0] = seconds
        return roll.authenticate(token, at=START + timedelta(seconds=seconds))

    return ask


def seen(device_id: int) -> float:
    at = Device.objects.get(pk=device_id).last_seen_at
    assert at is not None
    return round((at - START).total_seconds(), 3)


def test_many_known_devices_cost_one_statement_every_two_seconds(
    unit: SamplingUnit, ask: Ask
) -> None:
    tokens = [make_device_token(unit)[1] for _each in range(5)]
    assert len({ask(0, token).device_id for token in tokens}) == 5

    with CaptureQueriesContext(connection) as caught:
        assert all(ask(30, token) for token in tokens)
        assert all(ask(31, token) for token in tokens)
    assert len(caught) == 1
    with CaptureQueriesContext(connection) as caught:
        assert all(ask(32, token) for token in tokens)
    assert len(caught) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": START, "revoked_by": "another process"},
        {"expires_at": START + timedelta(seconds=1)},
        {"token_hash": "0" * 64},
    ],
)
def test_who_no_longer_stands_falls_at_the_next_call(
    unit: SamplingUnit, ask: Ask, change: dict[str, object]
) -> None:
    device_id, token = make_device_token(unit)
    _other, other = make_device_token(unit)
    assert ask(0, token)
    assert ask(0, other)

    Device.objects.filter(pk=device_id).update(**change)

    assert ask(2, other)
    assert ask(2, token) is None


def test_a_device_that_was_moved_is_known_at_its_new_place(unit: SamplingUnit, ask: Ask) -> None:
    device_id, token = make_device_token(unit)
    assert ask(0, token).unit_id == unit.pk
    elsewhere = make_unit(make_district())

    Device.objects.filter(pk=device_id).update(unit=elsewhere)

    found = ask(2, token)
    assert (found.unit_id, found.district_id) == (elsewhere.pk, elsewhere.district_id)


def test_a_token_ends_between_two_calls_too(unit: SamplingUnit, ask: Ask) -> None:
    device_id, token = make_device_token(unit)
    Device.objects.filter(pk=device_id).update(expires_at=START + timedelta(seconds=1))
    assert ask(0, token)

    assert ask(0.9, token)
    assert ask(1.0, token) is None


def test_when_a_device_was_heard_is_kept_to_the_minute(unit: SamplingUnit, ask: Ask) -> None:
    device_id, token = make_device_token(unit)
    other_id, other = make_device_token(unit)

    times = []
    for second in (0, 30, 59, 61, 90, 125):
        ask(second, token)
        times.append(seen(device_id))
    ask(126, other)

    assert times == [0, 0, 0, 61, 61, 125]
    assert seen(other_id) == 126


def test_who_was_not_heard_for_long_is_struck_off(unit: SamplingUnit, ask: Ask) -> None:
    _id, token = make_device_token(unit)
    _other, other = make_device_token(unit)
    ask(0, token)
    ask(0, other)

    ask(roll.KEPT_SECONDS + 3, other)

    assert len(roll._roll) == 1
