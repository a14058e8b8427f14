"""Load the invented register: encrypted and indexed like any import, streamed by COPY.

Row-level security refuses COPY to the application's account, so this runs as the owner.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from django.db import connection

from campaigns.models import Division, Resident
from core.crypto import blind_index, encrypt, mask_name
from demo import places
from demo.register import Person, age
from demo.roundplan import YOUNGEST

_COLUMNS = (
    *("id", "person_key", "district_id", "street_id", "community_id", "building", "id_type"),
    *("id_number", "name", "phone", "id_last4", "name_mask", "birth_on", "groups"),
)
_SLICE = 8_000
Homes = dict[int, tuple[int, int, int]]
#: What the encrypting processes inherit when they are forked; sending it would cost more.
_shared: dict[str, Any] = {}


def id_type() -> str:
    """The code under which the product keeps an 18-character identity number."""
    return str(Resident._meta.get_field("id_type").default)


def homes(divisions: dict[str, Division]) -> Homes:
    """Index in `places.COMMUNITIES` -> ids of (district, street, community)."""
    district = divisions[places.DISTRICT.code].pk
    return {
        i: (district, divisions[row.street].pk, divisions[row.code].pk)
        for i, row in enumerate(places.COMMUNITIES)
    }


def load_register(people: list[Person], where: Homes) -> int:
    """Store all residents; returns how many. About 50 microseconds a person on one core."""
    kind = id_type()
    _shared.update(people=people, where=where, kind=kind)
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    statement = f"COPY {Resident._meta.db_table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in _encoded(range(0, len(people), _SLICE)):
            copy.write(chunk)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Resident._meta.db_table}")
    return len(people)


def person_keys(people: Iterable[Person], where: Homes) -> dict[int, Any]:
    """Person key of each given resident, by index."""
    kind = id_type()
    return {p.nth: blind_index(where[p.community][0], kind, p.id_number) for p in people}


def _encoded(starts: range) -> Iterator[bytes]:
    """Encrypt in as many processes as there are cores; the server stores meanwhile."""
    if len(starts) < 4:
        yield from map(_rows, starts)
        return
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4), get_context("fork")) as pool:
        yield from pool.map(_rows, starts)


def groups_of(person: Person) -> list[str]:
    """Population groups of an invented resident: by age, and a few by lot."""
    groups = []
    years = age(person.birth)
    if years >= 80:
        groups.append("old")
    if years < YOUNGEST:
        groups.append("young")
    if years >= 60 and person.nth % 23 == 0:
        groups.append("immobile")
    if years >= 60 and person.nth % 17 == 0:
        groups.append("deaf")
    return groups


def _rows(start: int) -> bytes:
    """One slice as COPY text. No value here can hold a tab, a line break or a backslash."""
    where, kind = _shared["where"], _shared["kind"]
    people = _shared["people"][start : start + _SLICE]
    lines = []
    for person in people:
        district, street, community = where[person.community]
        secret = (person.id_number, person.name, person.phone)
        number, name, phone = ("\\\\x" + encrypt(text).hex() for text in secret)
        key = blind_index(district, kind, person.id_number)
        lines.append(
            f"{person.resident_id}\t{key}\t{district}\t{street}\t{community}\t{person.building}"
            f"\t{kind}\t{number}\t{name}\t{phone}\t{person.id_number[-4:]}"
            f"\t{mask_name(person.name)}\t{person.birth}\t{json.dumps(groups_of(person))}\n"
        )
    return "".join(lines).encode()
