"""Audit rows of this room.

Accounts, tokens and lockouts live on real time, but their audit rows carry the scenario's clock:
the trail is read beside captures and decisions, and must sort with them.
"""

from __future__ import annotations

from typing import Any

from core import audit, clock


def note(
    *,
    by: str,
    act: str,
    object_type: str = "",
    object_id: object = "",
    district_id: int | None = None,
    street_id: int | None = None,
    **summary: Any,
) -> None:
    """Write one audit row; call it inside the transaction of the act."""
    audit.record(
        by=by,
        at=clock.now(),
        act=act,
        object_type=object_type,
        object_id=str(object_id),
        district_id=district_id,
        street_id=street_id,
        **summary,
    )
