"""Who may do what at the addresses of machine clients."""

from __future__ import annotations

from typing import Any

from tests.permissions.row import EVERYBODY, Row, Table

TABLE: Table = {
    # Anybody may ask for a token; without an id and a secret, nobody gets one.
    "clients:token": Row(EVERYBODY, {"POST": {400}}),
}


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the rows name."""
    return {}
