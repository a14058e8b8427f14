"""Who may do what at the addresses of situation reports."""

from __future__ import annotations

from typing import Any

from tests.permissions.row import Table

TABLE: Table = {}


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the rows name."""
    return {}
