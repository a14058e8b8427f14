"""Who may do what at the addresses of personnel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from personnel.roles import Permission, Role
from personnel.services.devices import issue_code
from tests.permissions.row import EVERYBODY, PAGE, PEOPLE, Row, Table, holding
from tests.personnel.make import make_user

RUNS_ACCOUNTS = holding(Permission.MANAGE_USERS)


def _person(world: Any, side: str) -> dict[str, Any]:
    return {"user_id": world.things["people"][side].pk}


def _posting(world: Any, side: str) -> dict[str, Any]:
    person = world.things["people"][side]
    return {"user_id": person.pk, "posting_id": person.postings.get().pk}


def _device(world: Any, side: str) -> dict[str, Any]:
    return {"device_id": world.things["devices"][side].pk}


TABLE: Table = {
    "personnel:sign_in": Row(EVERYBODY, {"GET": {200, 302}, "HEAD": {200, 302}, "POST": {422}}),
    "personnel:sign_out": Row(PEOPLE, {"POST": {302}}),
    "personnel:language_switch": Row(
        EVERYBODY, {"POST": {302}}, body=lambda world, side: {"language": "en"}
    ),
    "personnel:password_change": Row(PEOPLE, PAGE | {"POST": {422}}),
    "personnel:role_choose": Row(PEOPLE, {"POST": {400}}),
    "personnel:device_enrol": Row(
        EVERYBODY, {"POST": {400}}, body=lambda world, side: {"code": "ABCD-EFGH"}, json=True
    ),
    "personnel:unit_enrol": Row(
        holding(Permission.ENROL_DEVICE),
        PAGE | {"POST": {201}},
        path=lambda world, side: {"unit_id": world.units[side].pk},
        of=True,
        body=lambda world, side: {"label": "phone"},
    ),
    "personnel:accounts": Row(RUNS_ACCOUNTS, PAGE),
    "personnel:account_new": Row(RUNS_ACCOUNTS, PAGE | {"POST": {422}}),
    "personnel:account": Row(RUNS_ACCOUNTS, PAGE, path=_person, of=True),
    "personnel:account_state": Row(RUNS_ACCOUNTS, {"POST": {302}}, path=_person, of=True),
    "personnel:account_password": Row(RUNS_ACCOUNTS, {"POST": {200}}, path=_person, of=True),
    "personnel:posting_add": Row(RUNS_ACCOUNTS, {"POST": {422}}, path=_person, of=True),
    "personnel:posting_end": Row(RUNS_ACCOUNTS, {"POST": {302}}, path=_posting, of=True),
    "personnel:devices": Row(
        holding(Permission.ENROL_DEVICE) | holding(Permission.REVOKE_DEVICE), PAGE
    ),
    "personnel:device_revoke": Row(
        holding(Permission.REVOKE_DEVICE), {"POST": {302}}, path=_device, of=True
    ),
}


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A person and a device in use on both sides."""
    at = timezone.now()
    people = {
        side: make_user(Role.STREET_OFFICIAL, street)
        for side, street in (("here", place.here), ("there", place.there))
    }
    devices = {}
    for side, unit in units.items():
        device, _code = issue_code(unit=unit, label="phone", by="test", at=at)
        device.code_hash = device.code_expires_at = None
        device.token_hash, device.enrolled_at = f"furnished-{side}", at
        device.expires_at = at + timedelta(days=1)
        device.save()
        devices[side] = device
    return {"people": people, "devices": devices}
