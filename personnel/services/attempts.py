"""Counting tries before they are made, so that fifty at once cannot slip past the limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, F, Value, When

from personnel.models import Attempt
from personnel.tokens import subject_hash


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `window`; the last one allowed starts a block of `block`."""

    kind: str
    tries: int
    window: timedelta
    block: timedelta


SIGN_IN = Limit("sign_in", 5, timedelta(minutes=15), timedelta(minutes=15))
# One address may be a whole office behind one router: only a flood is held back.
SIGN_IN_ADDRESS = Limit("sign_in_address", 600, timedelta(minutes=15), timedelta(minutes=5))
ENROL = Limit("enrol", 30, timedelta(minutes=10), timedelta(minutes=10))


class TooManyTries(Exception):
    """The limit is reached; `retry_after` is in whole seconds of real time."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


# A row starts afresh once its block, or without one its window, is over.
_FRESH = (
    "COALESCE(a.blocked_until, a.window_started_at + make_interval(secs => %(window)s))"
    " <= %(at)s::timestamptz"
)
# One statement, so the row's lock orders the callers and each sees its own number.
_TAKE = f"""
INSERT INTO personnel_attempt AS a (key, kind, tries, window_started_at, blocked_until)
VALUES (%(key)s, %(kind)s, 1, %(at)s, NULL)
ON CONFLICT (key) DO UPDATE SET
  tries = CASE WHEN {_FRESH} THEN 1 ELSE LEAST(a.tries + 1, 1000000) END,
  window_started_at = CASE WHEN {_FRESH} THEN %(at)s ELSE a.window_started_at END,
  blocked_until = CASE
    WHEN {_FRESH} THEN NULL
    WHEN a.blocked_until IS NOT NULL THEN a.blocked_until
    WHEN a.tries + 1 >= %(tries)s
      THEN %(at)s::timestamptz + make_interval(secs => %(block)s)
  END
RETURNING tries, blocked_until
"""  # noqa: S608 - put together from constants


def take(limit: Limit, *subject: str, at: datetime) -> str:
    """Count one try of `subject` at `at` (real time) and return its key.

    The count is committed before the caller verifies anything; it must not run inside a
    transaction that a refusal would roll back.

    Raises:
        TooManyTries: this try is beyond the limit and must not be made.
    """
    key = subject_hash(limit.kind, *subject)
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "key": key,
                "kind": limit.kind,
                "at": at,
                "tries": limit.tries,
                "window": int(limit.window.total_seconds()),
                "block": int(limit.block.total_seconds()),
            },
        )
        tries, blocked_until = cursor.fetchone()
    if tries > limit.tries:
        raise TooManyTries(max(1, int((blocked_until - at).total_seconds()) + 1))
    return key


def give_back(limit: Limit, key: str) -> None:
    """Take a try back that was not a failure (it succeeded, or could not be made)."""
    Attempt.objects.filter(key=key, tries__gt=0).update(
        tries=F("tries") - 1,
        blocked_until=Case(
            When(tries__lte=limit.tries, then=Value(None)), default=F("blocked_until")
        ),
    )


def forget(key: str, *, at: datetime) -> None:
    """Start afresh after a success, and sweep rows that nothing needs any more."""
    Attempt.objects.filter(key=key).delete()
    Attempt.objects.filter(window_started_at__lt=at - timedelta(days=1)).delete()
