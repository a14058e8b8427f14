"""Who may do what at the addresses of bulk exports.

A file is a district's: the `file` is ready and holds no people, `asked` is one of people that a
stranger asked for and that nobody has agreed to.
"""

from __future__ import annotations

import uuid
import zlib
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core import clock
from core.crypto import encrypt_bytes
from core.scope import Scope, scoped
from personnel.roles import Permission
from reporting.outlets.models import ExportJob, ExportPart
from tests.permissions.row import AGGREGATE_CLIENTS, PAGE, Row, Table, holding

EXPORT, PEOPLE = holding(Permission.EXPORT_ROWS), holding(Permission.EXPORT_PERSONS)
GRANT = holding(Permission.GRANT_PERSONS)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the rows name."""
    at, real = clock.now(), timezone.now()
    shared = {
        "round": place.round, "district_id": place.district.pk, "format": "csv", "at": at,
        "language": "en", "by": "user:0:planner",
    }  # fmt: skip
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        ready = ExportJob.objects.create(
            id=uuid.uuid4(), kind="tubes", state="done", as_of=at, finished_at=real,
            expires_at=real + timedelta(hours=1), sha256="0" * 64, bytes=6, **shared,
        )  # fmt: skip
        ExportPart.objects.create(
            job=ready, district_id=place.district.pk, number=0,
            content=encrypt_bytes(zlib.compress(b"tubes\n")),
        )  # fmt: skip
        asked = ExportJob.objects.create(
            id=uuid.uuid4(), kind="people", personal=True, state="asked", street=place.here,
            reason="door to door", **shared,
        )  # fmt: skip
    return {name: {"here": job, "there": job} for name, job in (("file", ready), ("ask", asked))}


def _job(thing: str) -> Any:
    return lambda world, side: {"job_id": world.things[thing][side].pk}


def _kind(kind: str) -> Any:
    return lambda world, side: {"kind": kind}


def _round(world: Any, side: str) -> dict[str, Any]:
    return {"round_id": world.place.round.pk}


PULL = holding(Permission.EXPORT_PROGRESS) | AGGREGATE_CLIENTS
TABLE: Table = {
    **{
        f"exports:{form}": Row(PULL, PAGE, path=_round)
        for form in ("data_value_set", "adx", "measure_report")
    },
    "exports:exports": Row(EXPORT, PAGE),
    "exports:new": (
        Row(EXPORT, PAGE | {"POST": {422}}, path=_kind("tubes")),
        Row(PEOPLE, PAGE | {"POST": {422}}, path=_kind("people")),
    ),
    "exports:job": (
        Row(EXPORT, PAGE, path=_job("file")),
        Row(EXPORT, PAGE, path=_job("ask")),
    ),
    "exports:file": Row(EXPORT, {"GET": {200}}, path=_job("file")),
    "exports:decide": Row(
        GRANT, {"POST": {302}}, path=_job("ask"),
        body=lambda world, side: {"decision": "refuse", "answer": "no"},
    ),
    "exports:cancel": Row(EXPORT, {"POST": {302}}, path=_job("ask")),
}  # fmt: skip
