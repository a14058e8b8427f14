"""Argon2id within a memory budget, and a limit on how many verifications run at once.

Django's own parameters take 100 MiB and eight lanes each: twenty people who sign in together
would take 2 GB. 19 MiB, two passes and one lane is the OWASP minimum for Argon2id, and four at
once keep a process within 80 MiB.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1


class Busy(Exception):
    """Every verification slot stayed taken; the caller answers 503 with Retry-After."""

    retry_after = 2  # seconds


SLOTS = threading.BoundedSemaphore(4)
WAIT_SECONDS = 1.0


@contextmanager
def verification_slot() -> Iterator[None]:
    """Hold one of the process's four slots while a password is hashed.

    Raises:
        Busy: no slot came free within `WAIT_SECONDS`.
    """
    if not SLOTS.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        SLOTS.release()
