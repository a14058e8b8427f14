"""Every URL x method x caller, with a neighbour street's data present (`tests/permissions`).

One world serves all rows of a worker: each row works in a savepoint that is undone. Every caller
is asked by the methods that a row names. HEAD and what the row does not name are asked by one
caller of each kind (stranger, one who may not, one whose area it is not, one who may): the views
look at the method before they look at who asks. Callers of a kind take turns from row to row.
Whoever must get the same answer about both streets is asked about one of them, and of the machines,
whom no page knows, one is asked for a page: by turns again.
"""

from __future__ import annotations

import copy
import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from core import clock
from core.pulse import panels
from personnel.models import Posting, WallLink
from personnel.roles import POLICY, Role
from personnel.services import devices, roll
from personnel.services.walls import create_wall_link
from reporting.boards.source import forget_pictures
from reporting.outlets.services.clients import revoke_client
from sites.models import Conflict, SamplingUnit
from tests.clients.make import bearer, grant_persons, make_client, make_token
from tests.permissions import FURNISH, TABLE, Row
from tests.permissions.row import MACHINES
from tests.personnel.make import (
    District,
    make_device_token,
    make_district,
    make_targets,
    make_unit,
    make_user,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MARKS = {"here": "NORTH-MARK", "there": "SOUTH-MARK"}
BOTH = frozenset({"here", "there"})


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: a client, the role they hold now (if any), the sides they see."""

    name: str
    client: Client
    right: str = ""
    sees: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What the table's rows may name."""

    place: District
    units: dict[str, SamplingUnit]
    walls: dict[str, WallLink]
    wall_tokens: dict[str, str]
    conflicts: dict[str, Conflict]
    # What the rooms' own builders made, by name and side.
    things: dict[str, dict[str, Any]]

    def street(self, side: str):
        return self.place.here if side == "here" else self.place.there

    def community(self, side: str):
        return self.place.community_here if side == "here" else self.place.community_there


def urls(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from urls(entry, inner)
        elif isinstance(entry, URLPattern):
            yield (f"{space}{entry.name}" if entry.name else "", str(entry.pattern))


def test_every_url_is_in_the_table():
    found = list(urls(get_resolver()))

    assert [pattern for name, pattern in found if not name] == [], "these URLs have no name"
    missing = {name for name, _pattern in found} - set(TABLE)
    assert not missing, f"say in tests/permissions who may open: {sorted(missing)}"
    assert set(TABLE) <= {name for name, _pattern in found}, "rows of URLs that are gone"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Two streets and all that rows name, made once and undone after the last row."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _world()
        transaction.set_rollback(True)
    roll.forget()
    connections.close_all()


def _world() -> World:
    roll.forget()
    place = make_district()
    clock.set_clock(place.round.starts_at + timedelta(hours=2), rate=0.001)
    for side, street, community in (
        ("here", place.here, place.community_here),
        ("there", place.there, place.community_there),
    ):
        street.name = f"{MARKS[side]} street"
        community.name = f"{MARKS[side]} community"
        street.save()
        community.save()
    make_targets(place)
    walls, tokens = {}, {}
    for side, street in (("here", place.here), ("there", place.there)):
        walls[side], tokens[side] = create_wall_link(
            round=place.round, division=street, label=side, by="test", at=timezone.now()
        )
    units = {"here": make_unit(place), "there": make_unit(place, street=place.there)}
    conflicts = {side: _conflict(unit) for side, unit in units.items()}
    things: dict[str, dict[str, Any]] = {}
    for furnish in FURNISH:
        things |= furnish(place, units)
    return World(place, units, walls, tokens, conflicts, things)


def _conflict(unit: SamplingUnit) -> Conflict:
    return Conflict.objects.create(
        event_id=uuid.uuid4(),
        code=Conflict.Code.OVERFULL,
        round_id=unit.point.round_id,
        district_id=unit.district_id,
        street_id=unit.street_id,
        unit_id=unit.pk,
        tube_code="T1",
        raised_at=timezone.now(),
    )


@pytest.fixture
def row_apart(world: World, callers: list[Caller], django_db_blocker) -> Iterator[None]:
    """What a row does to the world or to a process's memory is gone before the next one."""
    for forget in (roll.forget, forget_pictures, panels.clear, cache.clear):
        forget()
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def callers(world: World) -> list[Caller]:
    place = world.place
    everybody = [Caller("anonymous", Client())]
    at_level = {"district": place.district, "street": place.here, "community": place.community_here}
    for role in Role:
        level = next(level for level in at_level if level in POLICY[role].levels)
        sees = BOTH if level == "district" else frozenset({"here"})
        person = make_user(role, at_level[level])
        everybody.append(Caller(role.value, _signed_in(person), role.value, sees))
    now = timezone.now()

    disabled = make_user(Role.COMMANDER, place.district)
    everybody.append(Caller("disabled", _signed_in(disabled)))
    disabled.is_active = False
    disabled.save(update_fields=["is_active"])

    ended = make_user(Role.COMMANDER, place.district)
    everybody.append(Caller("ended", _signed_in(ended)))
    ended.postings.update(ends_at=now)

    moved = make_user(Role.STREET_OFFICIAL, place.here)
    everybody.append(Caller("moved", _signed_in(moved), "street_official", frozenset({"there"})))
    moved.postings.update(ends_at=now)
    Posting.objects.create(
        user=moved,
        role=Role.STREET_OFFICIAL,
        division=place.there,
        starts_at=now - timedelta(seconds=1),
    )

    _id, token = make_device_token(world.units["here"])
    header = {"Authorization": f"Device {token}"}
    everybody.append(Caller("device", Client(), "device", frozenset({"here"}), header))
    second, revoked = make_device_token(world.units["here"])
    devices.Device.objects.filter(pk=second).update(revoked_at=now, revoked_by="test")
    roll.forget()
    header = {"Authorization": f"Device {revoked}"}
    everybody.append(Caller("revoked", Client(), headers=header))
    return [*everybody, *_machine_clients(place)]


def _machine_clients(place: District) -> list[Caller]:
    """A client of the whole district, three of the street "here", and one that was revoked."""
    here = {"streets": (place.here,)}
    found = []
    for right, scope, sees, narrowed in (
        ("client", "export:aggregate", BOTH, {}),
        ("street_client", "export:aggregate", frozenset({"here"}), here),
        ("daily_client", "export:daily", frozenset({"here"}), here),
        ("person_client", "export:person", frozenset({"here"}), here),
        ("", "export:aggregate", frozenset(), {}),
    ):
        # As many as the rows ask for: how fast a client may ask is tested elsewhere.
        client, _secret = make_client(place.district, per_minute=6_000, **narrowed)
        if scope == "export:person":
            grant_persons(client)
        header = bearer(make_token(client, scope=scope))
        found.append(Caller(right or "revoked client", Client(), right, sees, header))
    revoke_client(client=client, reason="left", by="user:1", at=timezone.now())
    return found


def _signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


ROWS = [
    pytest.param(name, row, id=f"{name}-{number}")
    for name, rows in sorted(TABLE.items())
    for number, row in enumerate(rows if isinstance(rows, tuple) else (rows,))
]


@pytest.mark.parametrize("name, row", ROWS)
@pytest.mark.usefixtures("row_apart")
def test_matrix(name: str, row: Row, world: World, callers: list[Caller]):
    wrong = []
    for side in ("here", "there") if row.of else ("here",):
        url = reverse(name, kwargs=row.path(world, side))
        for method in METHODS:
            for caller in _askers(callers, name, row, method, url, side):
                response = _ask(caller, method, url, row, world, side)
                allowed = _expected(row, caller, method, url, side)
                stranger = row.who is not None and not _known(row, caller, url)
                to_sign_in = response.get("Location", "").startswith("/sign-in/")
                if response.status_code not in allowed or (
                    stranger and response.status_code == 302 and not to_sign_in
                ):
                    wrong.append(
                        f"{caller.name} {method} {url} ({side}): {response.status_code}, "
                        f"expected {sorted(allowed)}"
                    )
                for mark in (BOTH - caller.sees) if row.who is not None else row.hidden:
                    if MARKS[mark].encode() in _content(response):
                        wrong.append(f"{caller.name} {method} {url} ({side}) shows {mark}")
    assert not wrong, "\n" + "\n".join(wrong)


def _askers(
    callers: list[Caller], name: str, row: Row, method: str, url: str, side: str
) -> list[Caller]:
    """All of them by a method that the row names; by another, one of each kind in its turn."""
    turn = zlib.crc32(f"{method} {name}".encode())
    kinds: dict[str, list[Caller]] = {}
    for caller in callers:
        kinds.setdefault(_kind(row, caller, url, side), []).append(caller)
    if method not in row.methods or method == "HEAD":
        return [alike[turn % len(alike)] for alike in kinds.values()]
    strangers = kinds.get("stranger", [])
    machines = [] if url.startswith("/api/") else [each for each in strangers if each.headers]
    left_out = {each.name for at, each in enumerate(machines) if at != turn % len(machines)}
    return [
        caller
        for number, caller in enumerate(callers)
        if caller.name not in left_out and _on_turn(row, caller, url, side, turn + number)
    ]


def _on_turn(row: Row, caller: Caller, url: str, side: str, turn: int) -> bool:
    """Whether this side is the one about which a caller is asked, who gets one answer for both."""
    kinds = {_kind(row, caller, url, each) for each in BOTH}
    return not row.of or len(kinds) > 1 or turn % 2 == (side == "there")


def _kind(row: Row, caller: Caller, url: str, side: str) -> str:
    if not _known(row, caller, url):
        return "stranger"
    if row.who is not None and caller.right not in row.who:
        return "may not"
    elsewhere = (row.of and side not in caller.sees) or caller.right in row.blind
    return "elsewhere" if row.who is not None and elsewhere else "may"


def _ask(caller: Caller, method: str, url: str, row: Row, world: World, side: str):
    """One request in a savepoint that is undone, so that no request changes the next one."""
    body = row.body(world, side) if method not in ("GET", "HEAD", "OPTIONS") else {}
    query = row.query(world, side)
    cookies = copy.deepcopy(caller.client.cookies)
    with transaction.atomic():
        response = caller.client.generic(
            method,
            url,
            _encoded(body, row),
            content_type="application/json" if row.json else "application/x-www-form-urlencoded",
            headers=caller.headers,
            query_params=query or None,
        )
        response.shown = b"".join(response.streaming_content) if response.streaming else b""
        transaction.set_rollback(True)
    caller.client.cookies = cookies
    return response


def _encoded(body, row: Row) -> bytes:
    if row.json:
        return json.dumps(body).encode()
    return "&".join(f"{name}={value}" for name, value in body.items()).encode()


def _content(response) -> bytes:
    return response.shown if response.streaming else response.content


def _expected(row: Row, caller: Caller, method: str, url: str, side: str) -> set[int]:
    api = url.startswith("/api/")
    answers = _answers(row, method)
    if row.who is None:
        return answers
    kind = _kind(row, caller, url, side)
    if kind == "stranger":
        usual = row.stranger or (401 if api else 302)
        # A view that answers strangers itself may look at the method first.
        return {usual} if not row.stranger or method in row.methods else {usual, 405}
    if kind == "may not":
        return {403} if method in row.methods else {403, 405}
    if kind == "elsewhere":
        return {row.neighbour} if method in row.methods else {404, 405}
    return answers


def _known(row: Row, caller: Caller, url: str) -> bool:
    """Whether the caller is somebody at this URL: a machine is nobody to a page."""
    nobody = row.foreign if url.startswith("/api/") else MACHINES
    return bool(caller.right) and caller.right not in nobody


def _answers(row: Row, method: str) -> set[int]:
    if method in row.methods:
        return row.methods[method]
    if method == "HEAD" and "GET" in row.methods:
        return row.methods["GET"] | {405}
    return {405}
