"""Devices: a code that lives ten minutes becomes a token that lives fourteen days."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.scope import Scope
from core.statements import run
from personnel import tokens
from personnel.models import Device
from personnel.queries import device_scope
from personnel.services.trail import note
from sites.models import SamplingUnit

CODE_LIVES = timedelta(minutes=10)
TOKEN_LIVES = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=1)
# A revocation may take this long to reach a process that has just seen the token.
REMEMBER_SECONDS = 2.0
REMEMBER_AT_MOST = 5_000


@dataclass(frozen=True)
class DevicePrincipal:
    """Who calls when a device calls; stands where Django expects a user."""

    device_id: int
    unit_id: int
    point_id: int
    street_id: int
    district_id: int
    round_id: int
    scope: Scope

    is_authenticated = True
    is_anonymous = False
    is_active = True

    @property
    def pk(self) -> str:
        return self.scope.actor


@dataclass(frozen=True)
class Enrolled:
    """The answer to a spent code. The token is shown here once and never again."""

    device: Device
    token: str


@transaction.atomic
def issue_code(*, unit: SamplingUnit, label: str, by: str, at: datetime) -> tuple[Device, str]:
    """Prepare a device for `unit` and return it with its code `XXXX-XXXX`, good for 10 minutes."""
    code = tokens.new_code()
    device = Device.objects.create(
        unit=unit,
        label=label,
        created_at=at,
        created_by=by,
        code_hash=tokens.code_hash(tokens.fold_code(code) or ""),
        code_expires_at=at + CODE_LIVES,
    )
    _note(device, by=by, act="device_code_issued")
    return device, code


@transaction.atomic
def enrol(*, code: str, at: datetime) -> Enrolled:
    """Spend a code at `at` (real time): of two callers with one code, exactly one gets a token.

    Raises:
        Refused: the code is unknown, spent, expired or withdrawn (never said which).
    """
    folded = tokens.fold_code(code)
    device = (
        Device.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit__point")
        .filter(
            code_hash=tokens.code_hash(folded),
            code_expires_at__gt=at,
            revoked_at__isnull=True,
        )
        .first()
        if folded
        else None
    )
    if device is None:
        raise Refused(
            "code_not_valid",
            _("This code is not valid. Ask for a new one; a code works once, for ten minutes."),
        )
    token = tokens.new_token()
    device.code_hash = device.code_expires_at = None
    device.token_hash = tokens.token_hash(token)
    device.enrolled_at = at
    device.expires_at = at + TOKEN_LIVES
    device.save(
        update_fields=["code_hash", "code_expires_at", "token_hash", "enrolled_at", "expires_at"]
    )
    _note(device, by=f"device:{device.pk}", act="device_enrolled")
    return Enrolled(device, token)


def revoke(*, device: Device, by: str, at: datetime) -> bool:
    """End a device's code and token at `at`; False if it was revoked already.

    This process refuses the token at once, every other within `REMEMBER_SECONDS`.
    """
    with transaction.atomic():
        revoked = Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(
            revoked_at=at, revoked_by=by, code_hash=None, code_expires_at=None
        )
        if revoked:
            _note(device, by=by, act="device_revoked")
    forget_tokens()
    return bool(revoked)


# Asked for nearly every batch (a unit sends a tube every few minutes), so it is kept prepared, and
# notes in the same statement that the device was heard: at most once a minute, by one process.
WHO = """
    WITH who AS (
        SELECT d.id AS device_id, u.id AS unit_id, u.point_id, u.street_id, u.district_id,
               p.round_id
        FROM personnel_device d
        JOIN sites_samplingunit u ON u.id = d.unit_id
        JOIN sites_samplingpoint p ON p.id = u.point_id
        WHERE d.token_hash = %(hash)s AND d.revoked_at IS NULL AND d.expires_at > %(at)s
    ), heard AS (
        UPDATE personnel_device SET last_seen_at = %(at)s
        WHERE id = (SELECT device_id FROM who)
          AND (last_seen_at IS NULL OR last_seen_at < %(stale)s))
    SELECT * FROM who"""

_remembered: dict[str, tuple[float, DevicePrincipal]] = {}
_lock = threading.Lock()


def authenticate(token: str, *, at: datetime) -> DevicePrincipal | None:
    """The device that holds `token` at `at` (real time), or None.

    The look-up is by digest, so its timing says nothing about any stored token. A good answer is
    remembered for `REMEMBER_SECONDS`; a bad one never is.
    """
    digest = tokens.token_hash(token)
    known = _remembered.get(digest)
    if known and time.monotonic() - known[0] < REMEMBER_SECONDS:
        return known[1]
    rows = run(WHO, {"hash": digest, "at": at, "stale": at - SEEN_EVERY})
    if not rows:
        _remembered.pop(digest, None)
        return None
    principal = _principal(*rows[0])
    with _lock:
        if len(_remembered) >= REMEMBER_AT_MOST:
            _remembered.clear()
        _remembered[digest] = (time.monotonic(), principal)
    return principal


def forget_tokens() -> None:
    """Drop what this process remembers (after a revocation, and between tests)."""
    with _lock:
        _remembered.clear()


def _principal(
    device_id: int, unit_id: int, point_id: int, street_id: int, district_id: int, round_id: int
) -> DevicePrincipal:
    return DevicePrincipal(
        device_id=device_id,
        unit_id=unit_id,
        point_id=point_id,
        street_id=street_id,
        district_id=district_id,
        round_id=round_id,
        scope=device_scope(device_id, unit_id=unit_id, street_id=street_id),
    )


def _note(device: Device, *, by: str, act: str) -> None:
    note(
        by=by,
        act=act,
        object_type="device",
        object_id=device.pk,
        district_id=device.unit.district_id,
        street_id=device.unit.street_id,
        unit=device.unit_id,
    )
