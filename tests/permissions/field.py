"""Who may do what at the addresses of one's own page on duty.

The callers of the matrix are nobody on the list of people: their page says so (200), and steps are
not taken (409, 422). That nobody reaches what is booked for another is tested with the page.
"""

from __future__ import annotations

import uuid
from typing import Any

from personnel.roles import Permission
from tests.permissions.row import EVERYBODY, PAGE, Row, Table, holding

OWN = holding(Permission.OWN_DUTY)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Nothing is named by these addresses."""
    return {}


def _step(world: Any, side: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), "subject": "order", "id": "1", "act": "accepted"}


TABLE: Table = {
    "field:own": Row(OWN, PAGE),
    "field:step": Row(OWN, {"POST": {422}}, body=_step),
    "field:steps": Row(
        OWN,
        {"POST": {409}},
        json=True,
        body=lambda world, side: {"steps": [_step(world, side)]},
    ),
    "field:worker": Row(EVERYBODY, PAGE),
}
