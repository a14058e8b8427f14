"""Who may do what at the addresses of this room's pages: staff."""

from __future__ import annotations

from typing import Any

from tests.permissions.row import Table


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Objects by name and side that the rows name."""
    return {}


TABLE: Table = {}
