"""Named locks that PostgreSQL releases with the transaction, also after kill -9."""

from __future__ import annotations

import hashlib

from django.db import connection, transaction

_KEYED = {
    True: "SELECT pg_advisory_xact_lock(%s)",
    False: "SELECT pg_try_advisory_xact_lock(%s)",
}


def street_lock(round_id: int, street_id: int) -> None:
    """Wait for the lock of one street in one round; it is held until the transaction ends."""
    named_lock(_street(round_id, street_id))


def try_street_lock(round_id: int, street_id: int) -> bool:
    """Take the street's lock if it is free now; False if somebody else holds it."""
    return try_named_lock(_street(round_id, street_id))


def named_lock(name: str) -> None:
    """Wait for the lock with this name; it is held until the transaction ends."""
    _take(name, wait=True)


def try_named_lock(name: str) -> bool:
    """Take the lock if it is free now; False if somebody else holds it."""
    return _take(name, wait=False)


def lock_key(name: str) -> int:
    """The signed 64-bit key PostgreSQL knows the lock by."""
    digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"jinjian-lock").digest()
    return int.from_bytes(digest, "big", signed=True)


def _street(round_id: int, street_id: int) -> str:
    return f"street/{round_id}/{street_id}"


def _take(name: str, *, wait: bool) -> bool:
    if not connection.in_atomic_block:
        # Outside of a transaction the lock would be gone with its own statement.
        raise transaction.TransactionManagementError("a named lock needs a transaction")
    with connection.cursor() as cursor:
        cursor.execute(_KEYED[wait], [lock_key(name)])
        row = cursor.fetchone()
    return wait or bool(row and row[0])
