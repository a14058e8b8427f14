"""Who may do what at the addresses of machine clients: they are the district's, never a street's.

There is one client, whose rows of people somebody else has asked for.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from personnel.roles import Permission
from reporting.outlets.services.clients import ask_for_persons
from tests.clients.make import make_client
from tests.permissions.row import EVERYBODY, PAGE, Row, Table, holding

MANAGE = holding(Permission.MANAGE_CLIENTS)
SEE = MANAGE | holding(Permission.SEE_OUTLETS)
GRANT = holding(Permission.GRANT_PERSONS)
PREVIEW = MANAGE | holding(Permission.MANAGE_USERS)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The client and the open request."""
    client, _secret = make_client(place.district)
    grant = ask_for_persons(client=client, reason="tracing", by="user:0", at=timezone.now())
    return {
        "api_client": {"here": client, "there": client},
        "persons_grant": {"here": grant, "there": grant},
    }


def _client(world: Any, side: str) -> dict[str, Any]:
    return {"client_id": world.things["api_client"][side].pk}


def _grant(world: Any, side: str) -> dict[str, Any]:
    return {"grant_id": world.things["persons_grant"][side].pk}


def _said(**said: Any) -> Any:
    return lambda world, side: said


TABLE: Table = {
    # Anybody may ask for a token; without an id and a secret, nobody gets one.
    "clients:token": Row(EVERYBODY, {"POST": {400}}),
    "clients:clients": Row(SEE, PAGE),
    "clients:roles": Row(PREVIEW, PAGE),
    "clients:new": Row(MANAGE, PAGE | {"POST": {422}}),
    "clients:client": Row(SEE, PAGE, path=_client),
    "clients:change": Row(MANAGE, {"POST": {422}}, path=_client),
    "clients:rotate": Row(MANAGE, {"POST": {200}}, path=_client, body=_said(overlap=24)),
    "clients:end_old": Row(MANAGE, {"POST": {302}}, path=_client),
    "clients:revoke": Row(MANAGE, {"POST": {422}}, path=_client),
    "clients:persons_ask": Row(MANAGE, {"POST": {422}}, path=_client),
    "clients:persons_decide": Row(
        GRANT, {"POST": {302}}, path=_grant, body=_said(decision="grant")
    ),
    "clients:persons_withdraw": Row(MANAGE, {"POST": {302}}, path=_grant),
}
