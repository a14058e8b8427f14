"""Who may do what at the addresses of outlets."""

from __future__ import annotations

from personnel.roles import Permission, Role
from tests.permissions.row import (
    AGGREGATE_CLIENTS,
    CLIENTS,
    DEVICE,
    EVERYBODY,
    PAGE,
    PEOPLE,
    Row,
    Table,
    holding,
)

FIGURES = holding(Permission.EXPORT_PROGRESS) | holding(Permission.SEE_BOARD) | AGGREGATE_CLIENTS

TABLE: Table = {
    "outlets:health": Row(EVERYBODY, PAGE),
    "outlets:ready": Row(EVERYBODY, PAGE),
    # Nobody's by sign-in: it answers to addresses, and the tests' address is not among them.
    "outlets:metrics": Row(EVERYBODY, {"GET": {404}, "HEAD": {404}}),
    "outlets:schema": Row(PEOPLE | DEVICE | CLIENTS, PAGE),
    "outlets:progress": (
        Row(FIGURES, PAGE, query=lambda world, side: {"level": "community"}),
        Row(
            FIGURES,
            PAGE,
            query=lambda world, side: {"level": "street", "street": world.street(side).pk},
            of=True,
            blind=frozenset({Role.COMMUNITY_WORKER.value}),
        ),
    ),
}
