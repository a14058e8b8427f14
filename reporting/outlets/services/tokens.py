"""Tokens of machine clients: how they are given out, and who holds one now.

The library (django-oauth-toolkit, oauthlib) reads the request and answers by RFC 6749. What is
asked for at every pull is ours: one statement says whose token it is, what it allows today, and
counts the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauthlib.oauth2 import InvalidClientError  # type: ignore[import-untyped]

from core.inputs import storable
from core.scope import Scope
from core.statements import run
from personnel import tokens
from personnel.services import attempts
from reporting.outlets.models.clients import ApiClient, PersonsGrant

AGGREGATE, DAILY, PERSON = "export:aggregate", "export:daily", "export:person"
# What a scope of OAuth is called among the permissions of `core.scope.Scope`.
PERMISSIONS = {AGGREGATE: "export_aggregate", DAILY: "export_daily", PERSON: "export_person"}
MEANINGS = {
    AGGREGATE: "Figures, areas, rounds, points and events; never a person.",
    DAILY: "The daily numbers of streets and districts.",
    PERSON: "Rows of people, masked. Off until two persons of the district allow it.",
}
TRIES = attempts.Limit("client_token", 30, timedelta(minutes=10), timedelta(minutes=10))
"""Wrong secrets from one address."""
ISSUED = attempts.Limit("client_issued", 60, timedelta(minutes=15), timedelta(minutes=5))
"""Tokens of one client: four times as many as a program that asks anew for each minute."""
MINUTE = timedelta(minutes=1)
LONGEST_ID = 64
ADDRESS_KEY = "jinjian.client_address"
"""Under which name the library hands the caller's address on to `ClientValidator`."""


@dataclass(frozen=True)
class ClientPrincipal:
    """Who calls when a machine client calls; stands where Django expects a user."""

    client_id: int
    name: str
    district_id: int
    scope: Scope

    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> str:
        return self.scope.actor


@dataclass(frozen=True)
class Bearer:
    """A living token's holder, and how its use stands.

    `address_fits` is false for a caller outside of the client's addresses; such a request is not
    counted. `retry_after` is 0, or the whole seconds until the client may ask again.
    """

    principal: ClientPrincipal
    address_fits: bool
    retry_after: int


# One round trip for each pull: revocation, withdrawn scopes and a changed area count at once. The
# row of the pace orders requests that come together, so each sees its own number.
_WHO = """
WITH who AS (
  SELECT c.id, c.name, c.district_id, c.per_minute, c.may_aggregate, c.may_daily,
         EXISTS (SELECT FROM outlets_personsgrant g
                 WHERE g.client_id = c.id AND g.granted AND g.ended_at IS NULL) AS may_person,
         c.whole_district,
         ARRAY(SELECT s.division_id FROM outlets_apiclient_streets s
               WHERE s.apiclient_id = c.id) AS streets,
         t.scope,
         c.addresses = '{}' OR EXISTS (
           SELECT FROM unnest(c.addresses) a WHERE %(address)s::inet <<= a::inet) AS fits
  FROM oauth2_provider_accesstoken t
  JOIN outlets_apiclient c ON c.id = t.application_id
  WHERE t.token_checksum = %(hash)s AND t.expires > %(at)s AND c.revoked_at IS NULL
), paced AS (
  INSERT INTO outlets_clientpace AS p (client_id, began_at, taken)
  SELECT id, %(at)s, 1 FROM who WHERE fits
  ON CONFLICT (client_id) DO UPDATE SET
    taken = CASE WHEN p.began_at <= %(over)s THEN 1 ELSE LEAST(p.taken + 1, 1000000) END,
    began_at = CASE WHEN p.began_at <= %(over)s THEN %(at)s ELSE p.began_at END
  RETURNING taken, began_at)
SELECT who.*, paced.taken, paced.began_at FROM who LEFT JOIN paced ON true"""


def bearer_of(token: str, *, address: str, at: datetime) -> Bearer | None:
    """Whose `token` this is at `at` (real time), and count the request; None if it opens nothing.

    Nothing is remembered between requests: a revoked client is refused at its next one.
    """
    rows = run(
        _WHO,
        {
            "hash": tokens.token_hash(token),
            "address": plain_address(address),
            "at": at,
            "over": at - MINUTE,
        },
    )
    return _bearer(at, *rows[0]) if rows else None


def plain_address(text: str) -> str | None:
    """An address as PostgreSQL compares it (IPv4 inside IPv6 unfolded), or None if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_address(address.packed))
    return str(address)


def scopes_of(client: ApiClient) -> list[str]:
    """The scopes that the client may ask for today."""
    held = [AGGREGATE] if client.may_aggregate else []
    held += [DAILY] if client.may_daily else []
    granted = PersonsGrant.objects.filter(client=client, granted=True, ended_at__isnull=True)
    return [*held, PERSON] if granted.exists() else held


def sweep_tokens(*, at: datetime) -> int:
    """Delete tokens that ended before `at` (real time) and return how many. For the worker."""
    gone, _kinds = AccessToken.objects.filter(expires__lt=at).delete()
    return gone


class ClientScopes(BaseScopes):
    """Which scopes there are, and which a client gets that names none: all but people."""

    def get_all_scopes(self) -> dict[str, str]:
        return MEANINGS

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return scopes_of(application) if application else []

    def get_default_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        client = application or getattr(request, "client", None)
        return [scope for scope in scopes_of(client) if scope != PERSON] if client else []


class ClientValidator(OAuth2Validator):
    """The library's rules with three of ours: digests, two secrets at a time, addresses."""

    def _load_application(self, client_id: Any, request: Any) -> ApiClient | None:
        # Guarded here because both ways of sending a client's id end here, one percent-decoded.
        if not isinstance(client_id, str) or len(client_id) > LONGEST_ID or not storable(client_id):
            return None
        client: ApiClient | None = super()._load_application(client_id, request)
        if client is None or client.revoked_at or not _at_home(client, request):
            request.client = None
            return None
        return client

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        digest = tokens.token_hash(provided_secret)
        if constant_time_compare(digest, stored_secret):
            return True
        old = ApiClient.objects.filter(client_secret=stored_secret, previous_secret=digest)
        return old.filter(previous_until__gt=timezone.now()).exists()

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        # Not inside the transaction of the token, which a refusal would roll back.
        attempts.take(ISSUED, str(request.client.pk), at=timezone.now())
        with transaction.atomic():
            _refuse_changed_keys(request.client)
            super().save_bearer_token(token, request, *args, **kwargs)


def new_access_token(request: Any, *args: Any, **kwargs: Any) -> str:
    """The library's maker of tokens: 256 random bits."""
    return tokens.new_token()


def _refuse_changed_keys(client: ApiClient) -> None:
    """Hold the client's keys still until the token is stored, or refuse if they were changed since
    the secret was looked at: a token that comes later would outlive the end of all the others."""
    kept = ApiClient.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    if _keys(kept) != _keys(client):
        raise InvalidClientError("The keys of this client were just changed. Ask again.")


def _keys(client: ApiClient) -> tuple[Any, ...]:
    return client.client_secret, client.previous_secret, client.revoked_at


def _at_home(client: ApiClient, request: Any) -> bool:
    if not client.addresses:
        return True
    address = plain_address(str(request.headers.get(ADDRESS_KEY, "")))
    return address is not None and any(
        ip_address(address) in network for network in client.networks()
    )


def _bearer(
    at: datetime,
    client_id: int,
    name: str,
    district_id: int,
    per_minute: int,
    aggregate: bool,
    daily: bool,
    person: bool,
    whole_district: bool,
    streets: list[int],
    asked: str,
    fits: bool,
    taken: int | None,
    began_at: datetime | None,
) -> Bearer:
    may = {AGGREGATE: aggregate, DAILY: daily, PERSON: person}
    scope = Scope(
        districts=frozenset({district_id}) if whole_district else frozenset(),
        streets=frozenset() if whole_district else frozenset(streets),
        permissions=frozenset(PERMISSIONS[each] for each in asked.split() if may.get(each, False)),
        actor=f"client:{client_id}",
    )
    wait = 0
    if taken is not None and began_at is not None and taken > per_minute:
        wait = max(1, int((began_at + MINUTE - at).total_seconds()) + 1)
    return Bearer(ClientPrincipal(client_id, name, district_id, scope), fits, wait)
