"""Machine clients, their secrets and tokens, for tests."""

from __future__ import annotations

import base64
import itertools
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, set_token_value

from campaigns.models import Division
from personnel import tokens
from reporting.outlets.models import ApiClient
from reporting.outlets.services.clients import (
    Wanted,
    ask_for_persons,
    create_client,
    decide_persons,
)

TOKEN_URL = "/api/v1/oauth/token/"
_numbers = itertools.count(1)


def wanted(**said: Any) -> Wanted:
    number = next(_numbers)
    defaults = {
        "name": f"client {number}", "contact": "city centre", "may_aggregate": True,
        "may_daily": True, "per_minute": 120, "whole_district": not said.get("streets"),
    }  # fmt: skip
    return Wanted(**(defaults | said))


def make_client(district: Division, **said: Any) -> tuple[ApiClient, str]:
    """A client of the district, or of `streets`, and its secret."""
    return create_client(
        district=district, wanted=wanted(**said), by="user:1:administrator", at=timezone.now()
    )


def grant_persons(client: ApiClient) -> None:
    at = timezone.now()
    grant = ask_for_persons(client=client, reason="tracing", by="user:1:administrator", at=at)
    decide_persons(grant=grant, granted=True, by="user:2:commander", at=at)


def make_token(
    client: ApiClient,
    *,
    scope: str = "export:aggregate export:daily",
    lives: timedelta = timedelta(minutes=15),
) -> str:
    """A living token of the client, without the way over its address."""
    raw = tokens.new_token()
    row = AccessToken(application=client, scope=scope, expires=timezone.now() + lives)
    set_token_value(row, raw)
    row.save()
    return raw


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def ask_token(client: ApiClient, secret: str, *, http: Client | None = None, **said: str) -> Any:
    """POST to the token's address by HTTP Basic; `said` are further parameters."""
    body = "&".join(f"{k}={v}" for k, v in {"grant_type": "client_credentials", **said}.items())
    return (http or Client()).post(
        TOKEN_URL,
        body,
        content_type="application/x-www-form-urlencoded",
        headers=basic(client.client_id, secret),
    )
