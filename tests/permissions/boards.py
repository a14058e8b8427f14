"""Who may do what at the addresses of boards."""

from __future__ import annotations

from personnel.roles import Permission
from tests.permissions.row import EVERYBODY, PAGE, PEOPLE, Row, Table, holding

TABLE: Table = {
    "boards:overview": Row(holding(Permission.SEE_BOARD), PAGE),
    "boards:home": Row(PEOPLE, {"GET": {302}, "HEAD": {302}}),
    "boards:today": Row(PEOPLE, PAGE),
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
        Row(
            holding(Permission.SEE_MAP),
            {"GET": {204}},
            query=lambda world, side: {"round": world.place.round.pk, "map": "coverage"},
            stranger=401,
        ),
    ),
    "boards:street": Row(
        holding(Permission.SEE_STREET),
        PAGE,
        path=lambda world, side: {"street_id": world.street(side).pk},
        of=True,
    ),
    "boards:map": Row(holding(Permission.SEE_MAP), PAGE),
    "boards:map_arrange": Row(holding(Permission.ARRANGE_MAP), PAGE),
    "boards:map_move": Row(
        holding(Permission.ARRANGE_MAP),
        {"POST": {302}},
        body=lambda world, side: {"division": world.community(side).pk, "direction": "left"},
    ),
    "boards:map_import": Row(holding(Permission.ARRANGE_MAP), {"POST": {422}}),
    "boards:map_reset": Row(holding(Permission.ARRANGE_MAP), {"POST": {302}}),
    "boards:map_export": Row(holding(Permission.ARRANGE_MAP), PAGE),
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
