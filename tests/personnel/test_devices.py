from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.audit import AuditEvent
from core.inputs import Refused
from personnel import tokens
from personnel.addresses import client_address
from personnel.authentication import DeviceAuthentication
from personnel.models import Device
from personnel.queries import scope_of_actor
from personnel.services import devices, roll
from tests.personnel.make import make_device_token, make_district, make_unit

URL = "/api/v1/devices/enrol/"


@pytest.fixture
def unit(db):
    return make_unit(make_district())


def issue(unit, at=None) -> str:
    return devices.issue_code(unit=unit, label="phone", by="test", at=at or timezone.now())[1]


def enrol(client, body: object):
    return client.post(URL, json.dumps(body), content_type="application/json")


def test_enrol_gives_a_token_once(client, unit):
    code = issue(unit)

    first, second = enrol(client, {"code": code}), enrol(client, {"code": code})

    assert first.status_code == 201
    body = first.json()
    assert (body["unit"], body["point"]) == (unit.pk, unit.point_id)
    assert (body["round"], body["street"]) == (unit.point.round_id, unit.street_id)
    assert len(body["token"]) >= 43
    assert second.status_code == 400
    assert second.json()["code"] == "code_not_valid"
    assert "token" not in second.json()
    assert not first.cookies
    assert first["Cache-Control"] == "no-store"


def test_enrol_keeps_only_digests(client, unit):
    code = issue(unit)
    token = enrol(client, {"code": code}).json()["token"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(d::text, '') FROM personnel_device d")
        kept = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(a::text, '') FROM core_auditevent a")
        kept += cursor.fetchone()[0]
    assert token not in kept
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_enrol_reads_a_code_as_people_type_it(client, unit):
    code = issue(unit).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in code)

    assert enrol(client, {"code": f" {wide}"}).status_code == 201


def test_enrol_code_lives_ten_minutes(unit):
    start = timezone.now()
    code = issue(unit, start)
    with pytest.raises(Refused):
        devices.enrol(code=code, at=start + timedelta(minutes=10))

    assert devices.enrol(code=code, at=start + timedelta(minutes=9, seconds=59)).token


def test_enrol_refuses_a_code_that_was_withdrawn(unit):
    device, code = devices.issue_code(unit=unit, label="x", by="test", at=timezone.now())
    devices.revoke(device=device, by="test", at=timezone.now())

    with pytest.raises(Refused):
        devices.enrol(code=code, at=timezone.now())


@pytest.mark.parametrize(
    "body",
    [{}, [], "x", {"code": 7}, {"code": None}, {"code": ["A"]}, {"code": "ABCD-EFGH", "unit": 1}],
)
def test_enrol_refuses_other_bodies(client, db, body):
    response = enrol(client, body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "code", ["", "ABCD", "ABCD-EFG?", "ABCD-EFGU", "A" * 5000, "甲乙丙丁甲乙丙丁"]
)
def test_enrol_refuses_what_is_no_code(client, db, code):
    response = enrol(client, {"code": code})

    assert (response.status_code, response.json()["code"]) == (400, "code_not_valid")


def test_enrol_holds_back_guessing_but_not_a_whole_town(client, unit):
    for _device in range(35):
        assert enrol(client, {"code": issue(unit)}).status_code == 201
    for _guess in range(30):
        assert enrol(client, {"code": "ABCD-EFGH"}).status_code == 400

    response = enrol(client, {"code": issue(unit)})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 500


def test_enrol_race_for_one_code_has_one_winner(transactional_db):
    code = issue(make_unit(make_district()))

    def spend(_number: int) -> bool:
        try:
            return bool(devices.enrol(code=code, at=timezone.now()).token)
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(16))) == 1


# --- the token --------------------------------------------------------------------------------


def authenticate(header: str | None):
    extra = {} if header is None else {"HTTP_AUTHORIZATION": header}
    request = Request(RequestFactory().post("/", **extra))
    return DeviceAuthentication().authenticate(request)


def test_token_names_its_unit_and_nothing_more(unit):
    device_id, token = make_device_token(unit)

    principal, _none = authenticate(f"Device {token}")

    assert principal.device_id == device_id
    assert principal.unit_id == unit.pk
    assert principal.scope.units == {unit.pk}
    assert not principal.scope.streets
    assert not principal.scope.districts
    assert principal.scope.floor_streets == {unit.street_id}
    assert principal.scope.permissions == {"capture", "enter_tally"}
    assert principal.scope.actor == f"device:{device_id}"


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Basic abc"])
def test_token_of_another_kind_is_left_to_others(db, header):
    assert authenticate(header) is None


@pytest.mark.parametrize("rest", ["", " ", " x", " x y", " " + "x" * 5000, " \xff\xfe"])
def test_token_that_is_none_is_refused(db, rest):
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Device{rest}")


def test_token_ends_after_fourteen_days(unit):
    _id, token = make_device_token(unit)
    roll.forget()
    end = Device.objects.get().expires_at

    assert roll.authenticate(token, at=end - timedelta(seconds=1))
    roll.forget()
    assert roll.authenticate(token, at=end) is None


def test_token_revoked_is_refused_at_once_here_and_within_two_seconds_elsewhere(unit, monkeypatch):
    device_id, token = make_device_token(unit)
    assert roll.authenticate(token, at=timezone.now())
    moment = roll.time.monotonic()

    # Another process revokes: this one does not hear of it.
    Device.objects.filter(pk=device_id).update(revoked_at=timezone.now(), revoked_by="other")
    monkeypatch.setattr(roll.time, "monotonic", lambda: moment + 2.01)
    assert roll.authenticate(token, at=timezone.now()) is None

    # This process revokes.
    second_id, second = make_device_token(unit)
    assert roll.authenticate(second, at=timezone.now())
    devices.revoke(device=Device.objects.get(pk=second_id), by="test", at=timezone.now())
    assert roll.authenticate(second, at=timezone.now()) is None


def test_token_costs_no_query_while_remembered(unit, django_assert_num_queries):
    _id, token = make_device_token(unit)
    roll.authenticate(token, at=timezone.now())

    with django_assert_num_queries(0):
        assert authenticate(f"Device {token}")


def test_token_notes_when_it_was_seen_once_a_minute(unit):
    _id, token = make_device_token(unit)
    start = timezone.now()
    seen = []
    for second in (0, 30, 60, 61):
        roll.forget()
        roll.authenticate(token, at=start + timedelta(seconds=second))
        seen.append(Device.objects.get().last_seen_at - start)

    assert [round(delta.total_seconds()) for delta in seen] == [0, 0, 0, 61]


def test_revoke_is_done_once_and_written_down(unit):
    device_id, _token = make_device_token(unit)
    device = Device.objects.get(pk=device_id)

    assert devices.revoke(device=device, by="user:1:administrator", at=timezone.now())
    assert not devices.revoke(device=device, by="user:2:administrator", at=timezone.now())

    device.refresh_from_db()
    assert device.revoked_by == "user:1:administrator"
    event = AuditEvent.objects.get(act="device_revoked")
    assert (event.object_id, event.street_id) == (str(device_id), unit.street_id)
    assert scope_of_actor(f"device:{device_id}", at=timezone.now()) is None


def test_revoke_command_takes_all_of_a_unit(unit, capsys):
    make_device_token(unit)
    make_device_token(unit)

    call_command("revoke_device", "--unit", str(unit.pk))

    assert "revoked=2" in capsys.readouterr().out
    assert not Device.objects.working_at(timezone.now()).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"code_hash": "a"},
        {"token_hash": "a"},
        {"revoked_at": "now"},
        {"revoked_by": "somebody"},
        {"token_hash": "a", "enrolled_at": "now", "expires_at": "now"},
    ],
)
def test_database_refuses_half_a_device(unit, fields):
    now = timezone.now()
    row = {name: now if value == "now" else value for name, value in fields.items()}

    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.create(unit=unit, label="x", created_at=now, created_by="t", **row)


def test_codes_fold_to_one_form():
    assert tokens.fold_code("abcd-o1il") == "ABCD0111"
    assert tokens.fold_code("ABCD") is None


@pytest.mark.parametrize(
    "proxies, forwarded, expected",
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_address_is_believed_only_from_our_own_proxies(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected
