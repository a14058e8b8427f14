"""What a row of the permission table says.

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
# Machine clients, each with a living token: `client` of the whole district and `street_client` of
# the street "here" hold `export:aggregate`; of "here" too, `daily_client` holds `export:daily` and
# `person_client` `export:person`, and nothing else. Name them in `who` beside roles:
# `holding(P.EXPORT_PROGRESS) | AGGREGATE_CLIENTS`. With `of=True` those of "here" get `neighbour`
# for the street "there"; to a page all are strangers.
AGGREGATE_CLIENTS = frozenset({"client", "street_client"})
DAILY_CLIENTS = frozenset({"daily_client"})
PERSON_CLIENTS = frozenset({"person_client"})
CLIENTS = AGGREGATE_CLIENTS | DAILY_CLIENTS | PERSON_CLIENTS
MACHINES = DEVICE | CLIENTS
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
    # Machines whose tokens mean nothing at this address of the API: strangers like any other.
    foreign: frozenset[str] = frozenset()
    # What an object of the neighbour street answers: as if it did not exist. A unit named in a
    # body is a wrong value (400), exactly like one that never was.
    neighbour: int = 404
    # Roles that may, but whose area never holds such an object, not even here.
    blind: frozenset[str] = frozenset()
    # Sides whose names no answer may hold, whoever asks: for links that carry a scope themselves.
    hidden: frozenset[str] = frozenset()


Table = dict[str, Row | tuple[Row, ...]]
Furnish = Callable[[Any, dict[str, Any]], dict[str, dict[str, Any]]]

PAGE = {"GET": {200}, "HEAD": {200}}
