"""Who books the same people waits in one order, and what the database refuses is said in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import OperationalError
from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict
from core.locks import lock_key, named_lock
from core.statements import run

_TAKE_ALL = """
    SELECT pg_advisory_xact_lock(k) FROM (
        SELECT DISTINCT unnest(%b::bigint[]) AS k ORDER BY k) AS keys"""
BUSY = "busy"
"""The code of this refusal: nothing changed, and the same again is right."""
_BUSY = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)


def lock_people(member_ids: Iterable[UUID]) -> None:
    """Wait until nobody else books, moves or releases these people; held to the transaction's end.

    Locks of names rather than of rows: an import that rewrites thousands of people at the same
    time neither waits for bookings nor ties a knot with them. Always sorted; call it once with
    everybody, after `lock_team` and before anything is written.
    """
    keys = sorted(lock_key(f"duty/{pk}") for pk in member_ids)
    if keys:
        run(_TAKE_ALL, [keys])


def lock_team(team_id: int) -> None:
    """Wait until nobody else books or releases this team; before `lock_people`."""
    named_lock(f"team-duty/{team_id}")


@contextmanager
def told_when_busy() -> Iterator[None]:
    """A knot of locks, or a wait that became too long, is a refusal that says what to do.

    The sorted locks leave no way to tie one among bookings; imports and clean-ups lock rows too.
    """
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, _BUSY):
            raise Conflict(
                BUSY,
                _("Somebody else is changing the same bookings now. Nothing changed; try again."),
            ) from error
        raise
