"""Who may do what at the addresses of sites."""

from __future__ import annotations

from personnel.roles import Permission
from tests.permissions.row import DEVICE, PAGE, Row, Table, holding

TABLE: Table = {
    "sites:capture": Row(
        DEVICE, {"POST": {200}}, body=lambda world, side: {"items": [{"kind": "?"}]}, json=True
    ),
    "sites:tallies": Row(
        holding(Permission.ENTER_TALLY) | DEVICE,
        {"POST": {201}},
        of=True,
        body=lambda world, side: {
            "id": "01932e8e-7d00-7000-8000-000000000001",
            "unit": world.units[side].pk,
            "round": world.place.round.pk,
            "quarter": "2021-11-04T21:00:00+08:00",
            "swabs": 40,
            "tubes": 4,
        },
        json=True,
        neighbour=400,
    ),
    "sites:conflicts": Row(holding(Permission.SEE_CONFLICTS), PAGE),
    "sites:conflict_decide": Row(
        holding(Permission.DECIDE_CONFLICT),
        {"POST": {302}},
        path=lambda world, side: {"conflict_id": world.conflicts[side].pk},
        of=True,
        body=lambda world, side: {"decision": "asked by phone"},
    ),
}
