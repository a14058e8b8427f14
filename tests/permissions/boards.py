"""Who may do what at the addresses of boards."""

from __future__ import annotations

from personnel.roles import Permission
from tests.permissions.row import EVERYBODY, PAGE, Row, Table, holding

TABLE: Table = {
    "boards:overview": Row(holding(Permission.SEE_BOARD), PAGE),
    "boards:pulse": Row(EVERYBODY, {"GET": {401}}),
    "boards:ticket": (
        Row(
            holding(Permission.SEE_BOARD),
            {"GET": {204}},
            query=lambda world, side: {"round": world.place.round.pk},
            stranger=401,
        ),
        Row(
            holding(Permission.SEE_STREET),
            {"GET": {204}},
            query=lambda world, side: {
                "round": world.place.round.pk,
                "street": world.street(side).pk,
            },
            of=True,
            stranger=401,
        ),
    ),
    "boards:street": Row(
        holding(Permission.SEE_STREET),
        PAGE,
        path=lambda world, side: {"street_id": world.street(side).pk},
        of=True,
    ),
    "boards:wall": Row(
        EVERYBODY,
        PAGE,
        path=lambda world, side: {"token": world.wall_tokens["here"]},
        hidden=frozenset({"there"}),
    ),
    "boards:wall_ticket": Row(
        EVERYBODY,
        {"GET": {204}},
        path=lambda world, side: {"token": world.wall_tokens["here"]},
    ),
    "boards:walls": Row(
        holding(Permission.MANAGE_WALL_LINKS),
        PAGE | {"POST": {422}},
        body=lambda world, side: {"label": ""},
    ),
    "boards:wall_revoke": Row(
        holding(Permission.MANAGE_WALL_LINKS),
        {"POST": {302}},
        path=lambda world, side: {"link_id": world.walls[side].pk},
        of=True,
    ),
}
