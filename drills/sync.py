"""A stranger keeps a copy by the API while the demo plays and processes are killed.

The demo runs at sixty times real speed; the client of `sync_client.py`, a process of its own that
knows the OpenAPI document and nothing else, pulls all lists. Web, worker and database are killed in
turn. At the end the copy is compared with the database itself, for what is missing, too much or
wrong; and whole, item by item, with a second copy made when all was at rest, for what went stale.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from bench.load.checks import wait_counted
from bench.load.figures import line, step
from bench.load.house import house, worker_dsn
from launch.stack import ROOT, Stack

SPEED = 60.0
PROGRAMS = ("web", "worker", "beat")
CLIENT = ROOT / "drills" / "sync_client.py"
CELLS = """SELECT round_id || '-' || kind || '-' || key_id || '-' ||
        to_char(start AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI"Z"'), swabs, persons, tubes, sealed
    FROM progress_cell WHERE width = 15 AND kind = '{kind}'"""
#: List -> fields of an item, and what the database itself holds: id and the same fields.
TRUTH: dict[str, tuple[tuple[str, ...], str]] = {
    "divisions": (
        ("code", "name", "level", "parent", "valid_to"),
        "SELECT id, code, name, level, parent_id, valid_to::text FROM campaigns_division",
    ),
    "campaigns": (("name", "kind"), "SELECT id, name, kind FROM campaigns_campaign"),
    "rounds": (
        ("campaign", "number", "state"),
        "SELECT id, campaign_id, number, state FROM campaigns_round WHERE state <> 'draft'",
    ),
    "targets": (
        ("round", "community", "registered", "exempt", "target"),
        """SELECT id, round_id, community_id, registered, exempt, target
           FROM campaigns_roundtarget""",
    ),
    "points": (
        ("street", "code", "state", "queue_band"),
        "SELECT id, street_id, code, state, queue_band FROM sites_samplingpoint",
    ),
    "units": (
        ("point", "number", "state", "channel"),
        "SELECT id, point_id, number, state, channel FROM sites_samplingunit",
    ),
    "shifts": (("street", "needed"), "SELECT id, street_id, needed FROM personnel_shift"),
    "vehicles": (
        ("street", "pool", "seats", "boxes"),
        "SELECT id, street_id, pool, seats, boxes FROM logistics_vehicle",
    ),
    "daily-reports": (
        ("street", "state", "accepted_version"),
        "SELECT id, street_id, state, accepted_version FROM daily_report",
    ),
    "alerts": (
        ("street", "severity", "state", "value", "inhibited"),
        "SELECT id, street_id, severity, state, value, inhibited FROM alerts_alert",
    ),
    "events": (
        ("street", "text", "title"),
        """SELECT e.id, e.street_id, e.text, COALESCE((SELECT title FROM alerts_eventmark m
               WHERE m.entry_id = e.id ORDER BY id DESC LIMIT 1), '')
           FROM alerts_logentry e WHERE e.amends_id IS NULL""",
    ),
    "situation-reports": (
        ("number", "digest"),
        "SELECT id, number, digest FROM outlets_situationreport WHERE state = 'issued'",
    ),
    **{
        f"progress-series/{kind}": (
            ("swabs", "persons", "tubes", "sealed"), CELLS.format(kind=kind)
        )
        for kind in ("unit", "community", "street", "off_register")
    },
    "progress-series/district": (
        ("swabs", "persons", "tubes", "sealed"),
        """SELECT c.round_id || '-district-' || a.district_id || '-' ||
               to_char(c.start AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI"Z"'),
               sum(swabs), sum(persons), sum(tubes), sum(sealed)
           FROM progress_cell c JOIN campaigns_round o ON o.id = c.round_id
           JOIN campaigns_campaign a ON a.id = o.campaign_id
           WHERE width = 15 AND c.kind = 'street' GROUP BY c.round_id, a.district_id, c.start""",
    ),
}  # fmt: skip


def run(*, quick: bool) -> int:
    """`missing`: rows the copy lacks; `doubled`: what it has twice or beyond the database;
    `wrong`: items that say something else than the database, or than a copy made afresh."""
    seconds, every = (75.0, 12.0) if quick else (3_600.0, 60.0)
    with house(fsync=True, programs=()) as stack:
        from demo.__main__ import prepare, start_devices

        state = stack.data / "demo.json"
        prepare(stack, state, seed=7, fraction=0.03 if quick else 1.0)
        for name in PROGRAMS:
            stack.start(name)
        stack.wait_http()
        client = _client(stack)
        step("the demo plays, the client pulls")
        start_devices(stack, state, SPEED)
        kills = _hurt(stack, seconds, every)
        step("everything comes to rest")
        stack.stop("devices")
        stack.wait_http()
        wait_counted(worker_dsn(stack), 120)
        for name in ("beat", "worker"):
            stack.stop(name)
        told = _ended(client, stack.data)
        found = _compare(worker_dsn(stack), told["lists"])
    found["wrong"] += _stale(told["lists"], told["again"])
    doubled = found["extra"] + told["repeated"]
    print(
        line(
            missing=found["missing"], doubled=doubled, wrong=found["wrong"], kills=kills,
            items=found["items"], entries=told["came"], calls=told["calls"],
            waits=told["waits"], restarts=told["restarts"], unchanged=told["unchanged"],
            seconds=seconds, fsync="on",
        ),
        flush=True,
    )  # fmt: skip
    empty = not found["items"] or not kills
    return 1 if found["missing"] + doubled + found["wrong"] + empty else 0


def _client(stack: Stack) -> subprocess.Popen[str]:
    """A machine client of the district, and its process, which gets the secret by its input."""
    from django.utils import timezone

    from campaigns.models import Division
    from reporting.outlets.services.clients import Wanted, create_client

    wanted = Wanted(
        name="drill", contact="drill", may_aggregate=True, may_daily=True, per_minute=6_000,
        whole_district=True,
    )  # fmt: skip
    made, secret = create_client(
        district=Division.objects.get(level="district"), wanted=wanted, by="system:drill",
        at=timezone.now(),
    )  # fmt: skip
    argv = [sys.executable, str(CLIENT), "--url", stack.url, "--client", made.client_id]
    argv += ["--stop", str(stack.data / "stop"), "--copy", str(stack.data / "copy.json")]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, text=True, cwd=stack.data)
    assert process.stdin is not None
    process.stdin.write(secret + "\n")
    process.stdin.close()
    return process


def _hurt(stack: Stack, seconds: float, every: float) -> int:
    """Kill web, worker and database in turn until the time is over; how often."""
    ends, kills = time.monotonic() + seconds, 0
    turns = ("web", "worker", "postgres")
    while time.monotonic() + every < ends:
        time.sleep(every)
        name = turns[kills % len(turns)]
        step(f"kill -9 of {name}, all of it")
        stack.kill(name, everything=True)
        kills += 1
    time.sleep(max(ends - time.monotonic(), 0))
    return kills


def _ended(client: subprocess.Popen[str], folder: Path) -> Any:
    (folder / "stop").touch()
    if client.wait(timeout=180):
        raise LookupError("the client gave up")
    return json.loads((folder / "copy.json").read_text())


def _compare(dsn: str, lists: list[Any]) -> dict[str, int]:
    sums = {"missing": 0, "extra": 0, "wrong": 0, "items": 0}
    copies = {_name(path, level): items for path, level, items in lists}
    with psycopg.connect(dsn) as link:
        for name, (fields, query) in TRUTH.items():
            stored = {str(row[0]): list(row[1:]) for row in link.execute(query)}
            copy = copies.pop(name, {})
            said = {key: [item[field] for field in fields] for key, item in copy.items()}
            missing, extra = stored.keys() - said.keys(), said.keys() - stored.keys()
            wrong = [k for k in stored.keys() & said.keys() if not _alike(stored[k], said[k])]
            if missing or extra or wrong:
                step(f"{name}: missing {sorted(missing)[:5]} extra {sorted(extra)[:5]} wrong "
                     f"{[(k, stored[k], said[k]) for k in wrong[:3]]}")  # fmt: skip
            sums["missing"] += len(missing)
            sums["extra"] += len(extra)
            sums["wrong"] += len(wrong)
            sums["items"] += len(copy)
            step(f"{name}: {len(stored)} in the database, {len(copy)} in the copy")
    if copies:
        step(f"not compared: {sorted(copies)}")
    return sums


def _stale(lists: list[Any], again: list[Any]) -> int:
    """Items of the copy that a copy made afresh does not hold as they are, `changed_at` apart: the
    same change may be noted twice."""
    count = 0
    for (path, level, kept), fresh in zip(lists, again, strict=True):
        stale = [key for key in kept.keys() | fresh.keys()
                 if _less(kept.get(key)) != _less(fresh.get(key))]  # fmt: skip
        if stale:
            step(f"{_name(path, level)}: stale {[(kept.get(k), fresh.get(k)) for k in stale[:3]]}")
        count += len(stale)
    return count


def _less(item: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if item is None else {k: v for k, v in item.items() if k != "changed_at"}


def _name(path: str, level: str) -> str:
    last = path.strip("/").rsplit("/", 1)[-1]
    return f"{last}/{level}" if level else last


def _alike(stored: list[Any], said: list[Any]) -> bool:
    return all(
        one == other or (isinstance(one, datetime) and one == datetime.fromisoformat(other))
        for one, other in zip(stored, said, strict=True)
    )
