"""Who calls when a device calls: each is asked for once, and then all of them together.

A unit sends a tube every few minutes, so what is known of a device is worth keeping for longer than
that; and a stolen phone must be shut out within seconds. Each process therefore keeps the roll of
the devices that it heard, and calls it every `CALL_SECONDS`: one statement finds those that no
longer stand as they did (revoked, expired, moved), another notes who was heard.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.scope import Scope
from core.statements import run
from personnel import tokens
from personnel.queries import device_scope

CALL_SECONDS = 2.0
"""A revocation may take this long to reach another process."""
HEARD_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a device was heard last."""
KEPT_SECONDS = 15 * 60.0
MOST = 20_000


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


@dataclass(slots=True)
class _Known:
    """A device on the roll; `heard` and `noted` are seconds of this process's own clock."""

    principal: DevicePrincipal
    expires_at: datetime
    heard: float
    noted: float


_STANDS = """
    FROM personnel_device d
    JOIN sites_samplingunit u ON u.id = d.unit_id
    JOIN sites_samplingpoint p ON p.id = u.point_id
    WHERE d.revoked_at IS NULL AND d.expires_at > %(at)b::timestamptz AND """
WHO = f"""
    SELECT d.expires_at, d.id, u.id, u.point_id, u.street_id, u.district_id, p.round_id
    {_STANDS} d.token_hash = %(hash)s"""  # noqa: S608 (parts of ours)
# Parts of ours here too.
FALLEN = f"""
    SELECT k.hash FROM unnest(%(hashes)b::text[], %(devices)b::bigint[], %(units)b::bigint[],
                              %(points)b::bigint[], %(rounds)b::bigint[])
                       AS k(hash, device, unit, point, round)
    WHERE NOT EXISTS (SELECT 1 {_STANDS} d.token_hash = k.hash AND d.id = k.device
                      AND u.id = k.unit AND p.id = k.point AND p.round_id = k.round)"""  # noqa: S608
# Two processes may have heard the same devices: neither waits for the other.
HEARD = """
    UPDATE personnel_device SET last_seen_at = %(at)b::timestamptz
    WHERE id IN (SELECT id FROM personnel_device
                 WHERE id = ANY(%(devices)b::bigint[])
                   AND (last_seen_at IS NULL OR last_seen_at < %(stale)b::timestamptz)
                 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)"""

_roll: dict[str, _Known] = {}
_called = float("-inf")
_lock = threading.Lock()


def authenticate(token: str, *, at: datetime) -> DevicePrincipal | None:
    """The device that holds `token` at `at` (real time), or None.

    The look-up is by digest, so its timing says nothing about any stored token. Only good answers
    are kept.
    """
    digest = tokens.token_hash(token)
    if known := _roll.get(digest):
        known.heard = time.monotonic()
    _call(at)
    known = _roll.get(digest)
    if known is None:
        rows = run(WHO, {"at": at, "hash": digest})
        if not rows:
            return None
        known = _enter(digest, *rows[0])
        _note([known], at)
    elif known.expires_at <= at:
        return None
    return known.principal


def forget(device_id: int | None = None) -> None:
    """Strike a device from this process's roll; without one everybody."""
    global _called
    if device_id is None:
        _called = time.monotonic()
    for digest, known in list(_roll.items()):
        if device_id in (None, known.principal.device_id):
            _roll.pop(digest, None)


def _enter(
    digest: str,
    expires_at: datetime,
    device_id: int,
    unit_id: int,
    point_id: int,
    street_id: int,
    district_id: int,
    round_id: int,
) -> _Known:
    principal = DevicePrincipal(
        device_id=device_id,
        unit_id=unit_id,
        point_id=point_id,
        street_id=street_id,
        district_id=district_id,
        round_id=round_id,
        scope=device_scope(device_id, unit_id=unit_id, street_id=street_id),
    )
    if len(_roll) >= MOST:
        forget()
    known = _roll[digest] = _Known(principal, expires_at, time.monotonic(), float("-inf"))
    return known


def _call(at: datetime) -> None:
    """Call the roll if that is due; who asks meanwhile waits for it, as nobody may pass unseen."""
    global _called
    if time.monotonic() - _called < CALL_SECONDS:
        return
    with _lock:
        now = time.monotonic()
        if now - _called < CALL_SECONDS:
            return
        roll = [(digest, known, known.principal) for digest, known in list(_roll.items())]
        if roll:
            told = {
                "at": at,
                "hashes": [digest for digest, _known, _who in roll],
                "devices": [who.device_id for _digest, _known, who in roll],
                "units": [who.unit_id for _digest, _known, who in roll],
                "points": [who.point_id for _digest, _known, who in roll],
                "rounds": [who.round_id for _digest, _known, who in roll],
            }
            fallen = {row[0] for row in run(FALLEN, told)}
            for digest, known, _who in roll:
                if digest in fallen or now - known.heard > KEPT_SECONDS:
                    _roll.pop(digest, None)
            _note([known for digest, known, _who in roll if digest not in fallen], at)
        _called = now


def _note(roll: list[_Known], at: datetime) -> None:
    """Keep when devices were heard: each at most once a minute."""
    due = HEARD_EVERY.total_seconds()
    heard = [known for known in roll if known.heard - known.noted >= due]
    if not heard:
        return
    devices = [known.principal.device_id for known in heard]
    run(HEARD, {"at": at, "devices": devices, "stale": at - HEARD_EVERY})
    for known in heard:
        known.noted = time.monotonic()
