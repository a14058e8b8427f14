"""Is this process able to serve? For load balancers, the launcher, and whoever is on call."""

from __future__ import annotations

import threading
import time
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.problems import is_outage
from core.statements import run

NO_STORE = {"Cache-Control": "no-store"}
# A frozen broker must not hold more than this of a web thread, nor often.
BROKER_PATIENCE = 0.3
REMEMBER_SECONDS = 2.0
# The recount looks for work five times a second; see docs/operations.md, "What to watch".
LATE_SECONDS = 10.0


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers; the middleware turns an outage into 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Each part by itself. 503 only when this process cannot serve: no database, or an old schema.

    A silent recount or an absent broker leaves pages and capture working (figures only grow old,
    and say so), hence `late` or `away` with 200: taking the web out would make it worse.
    """
    parts = _parts()
    serves = parts["database"] == "ok" and parts["migrations"] == "ok"
    body = {"status": "ok" if serves else "not_ready", "parts": parts}
    return JsonResponse(body, status=200 if serves else 503, headers=NO_STORE)


def _parts() -> dict[str, Any]:
    parts: dict[str, Any] = {"database": "ok", "migrations": "unknown", "recount": "unknown"}
    try:
        missing = missing_migrations()
        parts["migrations"] = "ok" if not missing else f"{missing} to apply"
        age = heartbeat_age() if not missing else None
        parts["recount"] = "late" if age is None or age > LATE_SECONDS else "ok"
        parts["recount_age_s"] = None if age is None else round(age, 1)
    except Exception as error:
        if not is_outage(error):
            raise
        parts["database"] = "away"
    parts["broker"] = broker_state()
    return parts


_known: dict[str, Any] = {}
_lock = threading.Lock()


def missing_migrations() -> int:
    """How many migrations of this code the database has not seen; 0 is remembered for good."""
    if _known.get("migrated"):
        return 0
    wanted = set(MigrationLoader(None).disk_migrations)
    [(table,)] = run("SELECT to_regclass('django_migrations') IS NOT NULL", [])
    applied = set(run("SELECT app, name FROM django_migrations", [])) if table else set()
    missing = len(wanted - applied)
    _known["migrated"] = missing == 0
    return missing


def heartbeat_age() -> float | None:
    """Seconds of real time since the recount last looked for work; None if it never did."""
    rows = run(
        """SELECT EXTRACT(EPOCH FROM clock_timestamp() - beaten_at)::float8
           FROM progress_heartbeat WHERE id = 1""",
        [],
    )
    return max(rows[0][0], 0.0) if rows else None


def broker_state() -> str:
    """`ok` or `away`; asked at most every `REMEMBER_SECONDS`, by one thread at a time."""
    at, state = _known.get("broker", (0.0, "unknown"))
    if time.monotonic() - at < REMEMBER_SECONDS or not _lock.acquire(blocking=False):
        return str(state)
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=BROKER_PATIENCE,
            socket_connect_timeout=BROKER_PATIENCE,
        )
        try:
            client.ping()
            state = "ok"
        except (redis.RedisError, OSError):
            state = "away"
        finally:
            client.close()
        _known["broker"] = time.monotonic(), state
    finally:
        _lock.release()
    return str(state)
