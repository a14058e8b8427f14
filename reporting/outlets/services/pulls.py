"""What machine clients pulled: one row for each answer, swept away when it is old."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from core.inputs import storable
from core.request_id import current_request_id
from core.statements import run
from reporting.outlets.models.clients import Pull
from reporting.outlets.services.tokens import ClientPrincipal

KEPT = timedelta(days=180)
LONGEST_NAME = 40
MOST_NAMES = 20
_LARGEST = 2**31 - 1


def note_pull(
    principal: Any,
    endpoint: str,
    rows: int,
    status: int,
    at: datetime,
    *,
    parameters: Iterable[str] = (),
    size: int | None = None,
) -> None:
    """Log one answer to a machine client; people and devices are not logged here.

    Args:
        principal: who asked (`request.user`).
        endpoint: the view's name, such as `api:rounds`.
        rows: items in the answer (0 for 304).
        status: HTTP status of the answer.
        at: the scenario clock's time of the figures; the real time is noted beside it.
        parameters: names of the query's parameters, as they came. Never their values.
        size: bytes of the answer's body, if known before it is sent.
    """
    if not isinstance(principal, ClientPrincipal):
        return
    names = sorted({_plain(name) for name in parameters})[:MOST_NAMES]
    run(
        """INSERT INTO outlets_pull (client_id, at, endpoint, parameters, rows, bytes, status,
                                     request_id)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            principal.client_id,
            at,
            endpoint[:60],
            names,
            min(rows, _LARGEST),
            size,
            status,
            current_request_id(),
        ],
    )


def refused_lately(client: ClientPrincipal, status: int) -> bool:
    """Whether the log names a refusal of the client by this status within the last minute."""
    [(found,)] = run(
        """SELECT EXISTS (SELECT FROM outlets_pull WHERE client_id = %s AND status = %s
                          AND recorded_at > clock_timestamp() - interval '1 minute')""",
        [client.client_id, status],
    )
    return bool(found)


def _plain(name: str) -> str:
    """A parameter's name as it can be stored: a refused request may hold anything."""
    return name[:LONGEST_NAME] if storable(name) else "?"


def sweep_pulls(*, at: datetime) -> int:
    """Delete pulls older than `KEPT` at `at` (real time) and return how many. For the worker."""
    gone, _kinds = Pull.objects.filter(recorded_at__lt=at - KEPT).delete()
    return gone
