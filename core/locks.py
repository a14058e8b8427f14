"""Named locks that PostgreSQL releases with the transaction, also after kill -9."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from core.statements import run

LONG_WORK = "long-work"
"""Name under which work of minutes is done, one piece at a time in the whole installation: the
other worker processes stay free for the recount."""

_PATIENCE = "SET LOCAL lock_timeout = '50s'; SET LOCAL statement_timeout = '50s'"
_KEYED = {
    True: "SELECT pg_advisory_xact_lock(%s)",
    False: "SELECT pg_try_advisory_xact_lock(%s)",
}


def try_street_locks(round_id: int, street_ids: Sequence[int]) -> list[int]:
    """Take the locks of those streets whose lock is free now, and return these streets."""
    _require_transaction()
    keys = [lock_key(_street(round_id, street_id)) for street_id in street_ids]
    rows = run(
        """SELECT s.street_id FROM unnest(%b::int[], %b::bigint[]) AS s(street_id, key)
           WHERE pg_try_advisory_xact_lock(s.key)""",
        [list(street_ids), keys],
    )
    return [street_id for (street_id,) in rows]


def named_lock(name: str) -> None:
    """Wait for the lock with this name; it is held until the transaction ends."""
    _take(name, wait=True)


def submission_lock(key: UUID | None) -> None:
    """Wait for another submission of the same form (its client key) that is being written now.

    Called first; whoever comes second then finds the row of the first. A button is pressed twice
    because the first press takes long: the wait is as patient as the longest work of a page, not
    the few seconds that a page's statements have.
    """
    if key is not None:
        _require_transaction()
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
        named_lock(f"submission/{key}")


def try_named_lock(name: str) -> bool:
    """Take the lock if it is free now; False if somebody else holds it."""
    return _take(name, wait=False)


@contextmanager
def sole_worker(name: str) -> Iterator[bool]:
    """True while nobody else does this work, over as many transactions as it takes.

    The lock belongs to the connection: kill -9 and a broken connection end it. Not for web
    requests, whose connections go back to a pool.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(name)])
        row = cursor.fetchone()
    if not (row and row[0]):
        yield False
        return
    try:
        yield True
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_key(name)])


def lock_key(name: str) -> int:
    """The signed 64-bit key PostgreSQL knows the lock by."""
    digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"jinjian-lock").digest()
    return int.from_bytes(digest, "big", signed=True)


def _street(round_id: int, street_id: int) -> str:
    return f"street/{round_id}/{street_id}"


def _take(name: str, *, wait: bool) -> bool:
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_KEYED[wait], [lock_key(name)])
        row = cursor.fetchone()
    return wait or bool(row and row[0])


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        # Outside of a transaction the lock would be gone with its own statement.
        raise transaction.TransactionManagementError("a named lock needs a transaction")
