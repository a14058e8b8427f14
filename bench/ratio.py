"""The capture service against a bare INSERT into the same table, with as many writers.

Both store a hundred swabs a transaction into `sites_swab`, with its indexes and its foreign key,
durably. The service also reads the items, opens and seals the tubes, matches residents, covers
persons, marks cells and writes its audit row; the bare INSERT does nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.load import district as districts
from bench.load.bodies import POOL, Press
from launch.stack import Stack

WRITERS = 4
#: Batches that each writer has ready for one second; more than it can write.
BATCHES_A_SECOND = 60


@dataclass(frozen=True)
class Rates:
    """Rows a second of both."""

    service: float
    insert: float

    @property
    def ratio(self) -> float:
        """The service's share of the bare insert's rows."""
        return self.service / self.insert


def measure(
    stack: Stack, district: districts.District, size: districts.Size, *, seconds: float
) -> Rates:
    """Bare, service, bare, service: each `seconds`; rows a second of both."""
    plan: list[tuple[str, int, int]] = []
    for turn in range(2):
        for what in ("insert", "service"):
            round_ = districts.new_round(
                district.id, 10 + len(plan), communities=district.communities, size=size
            )
            plan.append((what, round_, turn))
    rates: dict[str, list[float]] = {"insert": [], "service": []}
    for what, round_, turn in plan:
        writers = [
            _writer(stack, what, district, round_, turn * WRITERS + k, seconds)
            for k in range(WRITERS)
        ]
        if not all(each.stdout.readline() for each in writers):  # type: ignore[union-attr]
            raise LookupError("a writer did not get ready")
        for each in writers:
            each.stdin.write("go\n")  # type: ignore[union-attr]
            each.stdin.flush()  # type: ignore[union-attr]
        rows = [json.loads(each.communicate()[0]) for each in writers]
        if any(each.returncode for each in writers):
            raise LookupError("a writer failed")
        rates[what].append(sum(row["rows"] / row["seconds"] for row in rows))
    return Rates(*(sum(rates[what]) / len(rates[what]) for what in ("service", "insert")))


def _writer(
    stack: Stack, what: str, district: districts.District, round_: int, k: int, seconds: float
) -> subprocess.Popen[str]:
    task = {
        "what": what, "round": round_, "seed": 100 + k, "seconds": seconds,
        "district": district.id, "residents": district.residents,
        "homes": district.homes, "first": k * 20_000 + 1,
        "desks": [plain(desk) for desk in district.desks[k::WRITERS]],
    }  # fmt: skip
    role = "web" if what == "service" else "owner"
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.ratio"], env=stack.env_for(role) | {"JINJIAN_NO_POOL": "1"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return process


def plain(desk: districts.Desk) -> tuple[object, ...]:
    """A desk as JSON takes it; `Desk(*row)` reads it back."""
    return tuple(getattr(desk, name) for name in desk.__dataclass_fields__)


def write() -> None:
    """A writer: read the task, get ready, wait for the word, write, say how many rows."""
    task = json.loads(sys.stdin.readline())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    desks = [districts.Desk(*row) for row in task["desks"]]
    place = districts.District(
        task["district"], task["round"], [], [], desks, task["residents"], task["homes"]
    )
    press = Press(place, seed=task["seed"], next_person=task["first"])
    ready = (_service if task["what"] == "service" else _insert)(press, task)
    print("ready", flush=True)
    sys.stdin.readline()
    rows, began = 0, time.monotonic()
    for batch in ready:
        rows += batch()
        if time.monotonic() - began > task["seconds"]:
            break
    print(json.dumps({"rows": rows, "seconds": time.monotonic() - began}))


def _service(press: Press, task: dict) -> list:
    """Calls of the capture service, each of ten tubes of ten."""
    from core import clock
    from personnel.queries import device_scope
    from sites.services.capture import Origin, accept_batch

    at = clock.now()

    def prepare(desk: districts.Desk):  # type: ignore[no-untyped-def]
        items = [json.loads(text) for _ in range(10) for text in press.tube(desk, at)[0]]
        origin = Origin(desk.device, desk.unit, desk.street, desk.district)
        scope = device_scope(desk.device, unit_id=desk.unit, street_id=desk.street)

        def call() -> int:
            verdicts = accept_batch(origin=origin, scope=scope, items=items, by=scope.actor, at=at)
            if any(verdict.verdict != "created" for verdict in verdicts):
                raise SystemExit("an event was not created")
            return 10 * POOL

        return call

    count = int(task["seconds"] * BATCHES_A_SECOND)
    return [prepare(desk) for desk in press.some_desks(count)]


BARE = """INSERT INTO sites_swab (id, round_id, tube_id, person_key, unit_id, street_id,
        district_id, device_id, at, device_at, received_at, off_register, repeat_reason,
        tube_now_id, valid)
    SELECT s.id, %b, s.tube_id, s.person_key, s.unit_id, s.street_id, %b, s.device_id, s.at, NULL,
           s.at, false, '', s.tube_id, true
    FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::int[], %b::int[], %b::int[],
                %b::timestamptz[]) AS s(id, tube_id, person_key, unit_id, street_id, device_id, at)
    ORDER BY s.tube_id, s.person_key, s.id"""
TUBES = """INSERT INTO sites_tube (id, round_id, code, unit_id, street_id, district_id, device_id,
        pool_size, channel, opened_at, state, received_at)
    SELECT t.id, %b, left(replace(t.id::text, '-', ''), 30), t.unit_id, 1, %b, 1, 10,
           'general', now(), 'open', now()
    FROM unnest(%b::uuid[], %b::int[]) AS t(id, unit_id)"""


def _insert(press: Press, task: dict) -> list:
    """Bare inserts of a hundred swabs, whose tubes are there already."""
    from uuid import UUID

    import psycopg
    from django.db import connection

    from core import clock
    from core.crypto import blind_index

    at = clock.now()
    milliseconds = int(at.timestamp() * 1000)
    batches, tubes = [], []
    for desk in press.some_desks(int(task["seconds"] * BATCHES_A_SECOND) * 3):
        ids = [UUID(press.uuid(milliseconds)) for _ in range(10 * POOL)]
        own = [UUID(press.uuid(milliseconds)) for _ in range(10)]
        tubes += [(tube, desk.unit) for tube in own]
        keys = []
        for _ in ids:
            press.next_person += 1
            keys.append(blind_index(desk.district, "resident", str(press.next_person)))
        ten = [own[k // POOL] for k in range(len(ids))]
        batches.append(
            [press.round, desk.district, ids, ten, keys, [desk.unit] * 100, [desk.street] * 100]
            + [[desk.device] * 100, [at] * 100]
        )
    with connection.cursor():
        link = connection.connection
    columns = [list(column) for column in zip(*tubes, strict=True)]
    with psycopg.Cursor(link) as cursor:
        cursor.execute(TUBES, [press.round, press.district.id, *columns])

    def call(row: list) -> int:
        with psycopg.Cursor(link) as cursor:
            cursor.execute(BARE, row, prepare=True)
        return 10 * POOL

    return [lambda row=row: call(row) for row in batches]


if __name__ == "__main__":
    write()
