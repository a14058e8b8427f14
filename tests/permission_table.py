"""Who may do what at which address. Add a row for every new URL, or the matrix test fails.

A row says which methods a URL has, what they answer to somebody who may, and who may. Everything
else follows from the row and is checked for every other caller and method:

- a stranger, a disabled account and an ended posting: sign-in page (302), or 401 under /api/;
- a role that may not: 403;
- an object of the neighbour street (rows with `of`): 404;
- a method the row does not name: 405;
- in no answer a name of a street that the caller does not see.

`path(world, side)` gives the URL's arguments; `side` is "here" or "there". Rows whose URL names
an object of a street set `of=True` and are asked for both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from personnel.roles import POLICY, Permission, Role

PEOPLE = frozenset(role.value for role in Role)
DEVICE = frozenset({"device"})
EVERYBODY = None


def holding(permission: Permission) -> frozenset[str]:
    """The roles that hold a permission."""
    return frozenset(
        role.value for role, policy in POLICY.items() if permission in policy.permissions
    )


def _nothing(world: Any, side: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """One URL. `methods` maps each method to the statuses that a permitted caller may get."""

    who: frozenset[str] | None
    methods: dict[str, set[int]]
    path: Callable[[Any, str], dict[str, Any]] = _nothing
    of: bool = False
    query: Callable[[Any, str], dict[str, Any]] = _nothing
    body: Callable[[Any, str], Any] = _nothing
    json: bool = False
    # What a stranger gets where it is not the usual answer (a pulse must not redirect).
    stranger: int | None = None
    # What an object of the neighbour street answers: as if it did not exist. A unit named in a
    # body is a wrong value (400), exactly like one that never was.
    neighbour: int = 404
    # Roles that may, but whose area never holds such an object, not even here.
    blind: frozenset[str] = frozenset()
    # Sides whose names no answer may hold, whoever asks: for links that carry a scope themselves.
    hidden: frozenset[str] = frozenset()


PAGE = {"GET": {200}, "HEAD": {200}}

FIGURES = holding(Permission.EXPORT_PROGRESS) | holding(Permission.SEE_BOARD)

# A URL that answers differently by its query has several rows.
TABLE: dict[str, Row | tuple[Row, ...]] = {
    # personnel
    "personnel:sign_in": Row(EVERYBODY, {"GET": {200, 302}, "HEAD": {200, 302}, "POST": {422}}),
    "personnel:sign_out": Row(PEOPLE, {"POST": {302}}),
    "personnel:language_switch": Row(
        EVERYBODY, {"POST": {302}}, body=lambda world, side: {"language": "en"}
    ),
    "personnel:password_change": Row(PEOPLE, PAGE | {"POST": {422}}),
    "personnel:role_choose": Row(PEOPLE, {"POST": {400}}),
    "personnel:device_enrol": Row(
        EVERYBODY, {"POST": {400}}, body=lambda world, side: {"code": "ABCD-EFGH"}, json=True
    ),
    # sites
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
    # outlets
    "outlets:health": Row(EVERYBODY, PAGE),
    "outlets:schema": Row(PEOPLE | DEVICE, PAGE),
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
    # boards
    "boards:overview": Row(holding(Permission.SEE_BOARD), PAGE),
    "boards:pulse": Row(EVERYBODY, {"GET": {401}}),
    "boards:ticket": Row(
        holding(Permission.SEE_BOARD),
        {"GET": {204}},
        query=lambda world, side: {"round": world.place.round.pk},
        stranger=401,
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
