"""Machine clients: made, changed, given new secrets, revoked; and leave for rows of people."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AccessToken

from campaigns.models import Division
from core import audit
from core.actors import same_person
from core.inputs import Conflict, Refused
from personnel import tokens
from personnel.services.trail import note
from reporting.outlets.models import ApiClient, PersonsGrant

OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
MOST_ADDRESSES = 20


@dataclass(frozen=True)
class Wanted:
    """What a person says about a client. Its area is said: the whole district, or `streets`."""

    name: str
    contact: str
    may_aggregate: bool
    may_daily: bool
    per_minute: int
    whole_district: bool
    addresses: tuple[str, ...] = ()
    streets: tuple[Division, ...] = ()


@transaction.atomic
def create_client(
    *, district: Division, wanted: Wanted, by: str, at: datetime
) -> tuple[ApiClient, str]:
    """Make a client at `at` (real time) and return it with its secret, which is shown once.

    Raises:
        Refused: an address that is none, a street of another district, an area that is unclear.
        IntegrityError: the name is taken, no scope at all, a pace outside of 1 to 6,000.
    """
    secret = tokens.new_token()
    client = ApiClient(
        district=district,
        client_id=f"jinjian-{secrets.token_hex(8)}",
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=tokens.token_hash(secret),
        hash_client_secret=False,
        secret_at=at,
        created_by=by,
    )
    _fill(client, wanted)
    client.save()
    client.streets.set(wanted.streets)
    said = audit.changes({}, _said(client, wanted.streets))
    _note(client, by=by, act="api_client_created", said=said)
    return client, secret


@transaction.atomic
def change_client(*, client: ApiClient, wanted: Wanted, by: str) -> bool:
    """Change what a client may do and where from; its tokens follow at once. False: no change.

    Raises:
        Conflict: it was revoked.
        Refused, IntegrityError: as for `create_client`.
    """
    kept = _locked(client)
    contact = kept.contact
    before = _said(kept, kept.streets.order_by("pk"))
    _fill(kept, wanted)
    changed = audit.changes(before, _said(kept, wanted.streets))
    if not changed and contact == kept.contact:
        return False
    kept.save()
    kept.streets.set(wanted.streets)
    said = {"changed": changed, "contact_changed": contact != kept.contact}
    _note(kept, by=by, act="api_client_changed", **said)
    return True


@transaction.atomic
def rotate_secret(*, client: ApiClient, by: str, at: datetime, overlap: timedelta = OVERLAP) -> str:
    """Give a new secret, shown once; the old one works for `overlap` from `at` (real time) on.

    Of two rotations in a row the first secret ends at once: never more than two are good. Without
    an overlap others may have seen the old one: what tokens they got with it end too.

    Raises:
        Conflict: the client was revoked.
        Refused: an overlap below zero or above seven days.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Refused("overlap_too_long", _("The old secret may stay good for at most 7 days."))
    kept = _locked(client)
    secret = tokens.new_token()
    kept.previous_secret = kept.client_secret if overlap else ""
    kept.previous_until = at + overlap if overlap else None
    kept.client_secret, kept.secret_at = tokens.token_hash(secret), at
    kept.save()
    if not overlap:
        _end_tokens(kept)
    _note(kept, by=by, act="api_client_rotated", overlap_s=int(overlap.total_seconds()))
    return secret


@transaction.atomic
def end_old_secret(*, client: ApiClient, by: str) -> bool:
    """End the secret before the last rotation at once; False if there is none.

    Tokens that were got with it go too: nobody knows which secret a token came from.
    """
    kept = _locked(client)
    if not kept.previous_secret:
        return False
    kept.previous_secret, kept.previous_until = "", None
    kept.save()
    _end_tokens(kept)
    _note(kept, by=by, act="api_client_old_secret_ended")
    return True


@transaction.atomic
def revoke_client(*, client: ApiClient, reason: str, by: str, at: datetime) -> bool:
    """End a client for good at `at` (real time); False if it was revoked already.

    Its secrets and living tokens are refused from the next request on, by every process.
    """
    revoked = ApiClient.objects.filter(pk=client.pk, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by=by, revoke_reason=reason, previous_secret="", previous_until=None
    )
    if revoked:
        _end_tokens(client)
        _note(client, by=by, act="api_client_revoked", reason_length=len(reason))
    return bool(revoked)


@transaction.atomic
def ask_for_persons(*, client: ApiClient, reason: str, by: str, at: datetime) -> PersonsGrant:
    """Ask that the client may pull rows of people; somebody else decides.

    Raises:
        Conflict: the client was revoked.
        IntegrityError: it was asked for or granted already.
    """
    kept = _locked(client)
    grant = PersonsGrant.objects.create(client=kept, reason=reason, asked_at=at, asked_by=by)
    _note(kept, by=by, act="api_client_persons_asked", grant=grant.pk)
    return grant


@transaction.atomic
def decide_persons(*, grant: PersonsGrant, granted: bool, by: str, at: datetime) -> PersonsGrant:
    """Grant or refuse what another person asked for. It takes effect with the next request.

    Raises:
        Refused: whoever asked decides.
        Conflict: it was decided or withdrawn meanwhile, or the client was revoked.
    """
    kept = _open_grant(grant)
    if kept.granted is not None:
        raise Conflict("decided_already", _("Somebody has decided this already."))
    if same_person(by, kept.asked_by):
        raise Refused("second_person", _("Whoever asked cannot also decide."))
    kept.granted, kept.decided_at, kept.decided_by = granted, at, by
    kept.save()
    _note(kept.client, by=by, act="api_client_persons_decided", grant=kept.pk, granted=granted)
    return kept


@transaction.atomic
def withdraw_persons(*, grant: PersonsGrant, by: str, at: datetime) -> PersonsGrant:
    """Take back a request or a leave; tokens lose the scope at their next request.

    Raises:
        Conflict: it was refused or withdrawn already.
    """
    kept = _open_grant(grant)
    if kept.granted is False:
        raise Conflict("decided_already", _("Somebody has decided this already."))
    kept.ended_at, kept.ended_by = at, by
    kept.save()
    _note(kept.client, by=by, act="api_client_persons_withdrawn", grant=kept.pk)
    return kept


def sweep_secrets(*, at: datetime) -> int:
    """Forget secrets that ended before `at` (real time) and return how many. For the worker."""
    ended = ApiClient.objects.filter(previous_until__lt=at)
    return ended.update(previous_secret="", previous_until=None)


def clean_networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Addresses and networks as they are kept: `10.1.0.0/16`, one address as `10.1.2.3/32`.

    Raises:
        Refused: one of them is none, or more than `MOST_ADDRESSES`.
    """
    kept = []
    for text in texts:
        try:
            kept.append(str(ip_network(text)))
        except ValueError:
            raise Refused(
                "address_wrong",
                _("“%(address)s” is no address or network. Write 10.1.2.3 or 10.1.0.0/16."),
                address=text[:43],
            ) from None
    if len(kept) > MOST_ADDRESSES:
        raise Refused("addresses_many", _("At most %(most)s addresses."), most=MOST_ADDRESSES)
    return tuple(dict.fromkeys(kept))


def _fill(client: ApiClient, wanted: Wanted) -> None:
    if any(street.district_id != client.district_id for street in wanted.streets):
        raise Refused("street_elsewhere", _("This street belongs to another district."))
    # A street may be gone from whatever page this came from: no street is never the district.
    if wanted.whole_district == bool(wanted.streets):
        raise Refused(
            "area_unclear", _("Choose the whole district, or streets: one of them, and not both.")
        )
    client.name, client.contact = wanted.name, wanted.contact
    client.may_aggregate, client.may_daily = wanted.may_aggregate, wanted.may_daily
    client.per_minute = wanted.per_minute
    client.addresses = list(clean_networks(wanted.addresses))
    client.whole_district = wanted.whole_district


def _locked(client: ApiClient) -> ApiClient:
    kept = ApiClient.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    if kept.revoked_at:
        raise Conflict("client_revoked", _("This client was revoked; make a new one."))
    return kept


def _open_grant(grant: PersonsGrant) -> PersonsGrant:
    kept = PersonsGrant.objects.select_for_update(of=("self",), no_key=True).get(pk=grant.pk)
    if kept.ended_at:
        raise Conflict("withdrawn_already", _("This was withdrawn already."))
    _locked(kept.client)
    return kept


def _end_tokens(client: ApiClient) -> None:
    AccessToken.objects.filter(application_id=client.pk).delete()


def _said(client: ApiClient, streets: Iterable[Division]) -> dict[str, Any]:
    """What the audit trail keeps of a client: no contact, which may name a person."""
    return {
        "may_aggregate": client.may_aggregate,
        "may_daily": client.may_daily,
        "per_minute": client.per_minute,
        "addresses": " ".join(client.addresses),
        "whole_district": client.whole_district,
        "streets": " ".join(str(street.pk) for street in sorted(streets, key=lambda each: each.pk)),
        "label": client.name,
    }


def _note(client: ApiClient, *, by: str, act: str, **summary: Any) -> None:
    note(
        by=by,
        act=act,
        object_type="api_client",
        object_id=client.pk,
        district_id=client.district_id,
        **summary,
    )
