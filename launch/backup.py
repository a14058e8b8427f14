"""Back up and restore: one dump of the whole database, with a count of what it must hold.

The dump and its counts come from one snapshot of the database, so work goes on meanwhile. A restore
counts again and compares; only then is it done. Keys are not in it: they are kept apart.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from argparse import ArgumentTypeError
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from launch import roles
from launch.binaries import MissingServer, postgres_bin

DAY = 24 * 3600.0
HERE = ZoneInfo("Asia/Shanghai")
_NAME = "jinjian-%Y%m%dT%H%M%SZ"
_NAMED = re.compile(r"jinjian-[0-9]{8}T[0-9]{6}Z\.dump")
_TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"""
# The end of the trail, row by row: a trail that was cut or changed does not end in the same digest.
_TRAIL = """SELECT count(*), max(id), md5(string_agg(line, E'\\n' ORDER BY id)) FROM (
    SELECT id, concat_ws('|', id, at, recorded_at, by, act, object_id, summary) AS line
    FROM core_auditevent ORDER BY id DESC LIMIT 10000) AS ending"""
# Who may do what with each table, sequence and function of ours, and whether rows have policies.
_RIGHTS = """SELECT name, string_agg(DISTINCT right_, ' ' ORDER BY right_) FROM (
    SELECT c.relname AS name, concat(COALESCE(r.rolname, 'public'), '=', a.privilege_type,
        CASE WHEN c.relrowsecurity THEN '/rows' END) AS right_
    FROM pg_class c
    CROSS JOIN LATERAL aclexplode(COALESCE(c.relacl, acldefault(
        CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
    UNION ALL
    SELECT p.oid::regprocedure::text, concat(COALESCE(r.rolname, 'public'), '=', a.privilege_type)
    FROM pg_proc p
    CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')) AS held
    GROUP BY name"""


class Unusable(RuntimeError):
    """A backup that cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Contents:
    """What a database holds: rows by table, the end of the audit trail, and who may do what.

    `rights` is None in the notes of dumps made before it was noted.
    """

    tables: dict[str, int]
    trail: list[Any]
    rights: dict[str, str] | None

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())


@dataclass(frozen=True)
class Restored:
    """What a restore did. `differences` name every table that does not hold what it must."""

    rows: int
    lost: int
    seconds: float
    differences: list[str]

    def line(self) -> str:
        """The figures, as drills print them; differences after them."""
        figures = f"rows={self.rows} lost={self.lost} seconds={self.seconds:.1f}"
        return " ".join([figures, *self.differences])


def take(url: str, folder: Path, *, keep: int | None = None) -> Path:
    """Dump the database at `url` (the owner's account) into `folder`; the dump's path.

    With `keep`, older dumps beyond that number are deleted afterwards. Raises Unusable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    dump = folder / f"{now.strftime(_NAME)}.dump"
    draft = folder / f".{dump.name}.part"
    try:
        with roles.connect(url) as link:
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = _one(link, "SELECT pg_export_snapshot()")
            draft.touch(mode=0o600)
            run_client(
                "pg_dump", url, "--format=custom", f"--snapshot={snapshot}", f"--file={draft}"
            )
            held = contents(link)
        run_client("pg_restore", url, "--list", str(draft))
        manifest = {
            "made_at": now.isoformat(timespec="seconds"),
            "sha256": _digest(draft),
            "tables": held.tables,
            "trail": held.trail,
            "rights": held.rights,
        }
        note = manifest_of(dump)
        note.touch(mode=0o600)
        note.write_text(json.dumps(manifest, indent=1, default=str))
        _sync(draft)
        draft.replace(dump)
    finally:
        draft.unlink(missing_ok=True)
    for old in dumps(folder)[keep:] if keep else []:
        old.unlink()
        manifest_of(old).unlink(missing_ok=True)
    return dump


def restore(
    dump: Path, *, admin_url: str, database: str, passwords: dict[str, str], replace: bool = False
) -> Restored:
    """Make `database` anew out of `dump`, count, and compare with what the dump must hold.

    `admin_url` is an account that may make roles and databases. What is there now is dropped, and
    only with `replace`. Stop the programs first: whoever is connected is thrown out. Raises
    Unusable when the dump is damaged, its counts are missing, or there is something to lose.
    """
    began = time.monotonic()
    must = _read_manifest(dump)
    if not replace and _is_filled(admin_url, database):
        raise Unusable(f"the database {database} holds data; with --replace it is lost")
    # Before anything is dropped: the client is there, and reads dumps of this version.
    run_client("pg_restore", admin_url, "--list", str(dump))
    roles.prepare(admin_url, database, passwords, fresh=True)
    home = roles.with_database(admin_url, database)
    owner_url = roles.with_account(home, roles.OWNER, passwords[roles.OWNER])
    jobs = f"--jobs={min(os.cpu_count() or 1, 4)}"
    run_client(
        "pg_restore", owner_url, "--exit-on-error", "--no-owner", jobs, "-d", database, str(dump)
    )
    with roles.connect(owner_url, autocommit=True) as link:
        link.execute("ANALYZE")
        held = contents(link)
    differences = [
        f"{name}:{held.tables.get(name)}!={rows}"
        for name, rows in must.tables.items()
        if held.tables.get(name) != rows
    ]
    if json.loads(json.dumps(held.trail, default=str)) != must.trail:
        differences.append("trail")
    if must.rights is not None:
        known, there = must.rights, held.rights or {}
        differences += [
            f"rights:{name}"
            for name in sorted(known.keys() | there.keys())
            if known.get(name) != there.get(name)
        ]
    lost = sum(max(rows - held.tables.get(name, 0), 0) for name, rows in must.tables.items())
    return Restored(held.rows, lost, time.monotonic() - began, differences)


def contents(link: "psycopg.Connection[Any]") -> Contents:
    """Count every table, sum up the end of the audit trail, and list who may do what."""
    names = [row[0] for row in link.execute(_TABLES)]
    count = sql.SQL("SELECT count(*) FROM {}")
    tables = {name: _one(link, count.format(sql.Identifier(name))) for name in names}
    trail = link.execute(_TRAIL).fetchone() if "core_auditevent" in tables else None
    rights = {str(name): str(held) for name, held in link.execute(_RIGHTS)}
    return Contents(tables, list(trail or ()), rights)


def dumps(folder: Path) -> list[Path]:
    """The finished dumps in a folder, newest first."""
    found = (path for path in folder.glob("*.dump") if _NAMED.fullmatch(path.name))
    return sorted(found, reverse=True)


def newest_age(folder: Path) -> float | None:
    """Seconds since the newest dump was finished, or None without any."""
    found = dumps(folder)
    return time.time() - found[0].stat().st_mtime if found else None


def hour_of_day(text: str) -> tuple[int, int]:
    """Read HH:MM. Raises ArgumentTypeError."""
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if not found:
        raise ArgumentTypeError("an hour is written like 03:30")
    return int(found[1]), int(found[2])


def seconds_until(hour: tuple[int, int]) -> float:
    """Seconds until it is next `hour` (hours, minutes) in Shanghai."""
    now = datetime.now(HERE)
    then = now.replace(hour=hour[0], minute=hour[1], second=0, microsecond=0)
    return ((then if then > now else then + timedelta(days=1)) - now).total_seconds()


def manifest_of(dump: Path) -> Path:
    """The file with the counts that belongs to a dump."""
    return dump.with_suffix(".json")


def _read_manifest(dump: Path) -> Contents:
    try:
        manifest = json.loads(manifest_of(dump).read_text())
        if _digest(dump) != manifest["sha256"]:
            raise Unusable(f"{dump.name} is not the file that was written: take another backup")
        return Contents(manifest["tables"], manifest["trail"], manifest.get("rights"))
    except (OSError, ValueError, KeyError) as problem:
        raise Unusable(f"{dump.name} or its .json cannot be read") from problem


def _is_filled(admin_url: str, database: str) -> bool:
    """Whether there is something to lose. A server that does not answer is never an empty one."""
    with roles.connect(roles.with_database(admin_url, "postgres")) as link:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if link.execute(known, [database]).fetchone() is None:
            return False
    with roles.connect(roles.with_database(admin_url, database)) as link:
        return bool(_one(link, "SELECT to_regclass('public.django_migrations') IS NOT NULL"))


def run_client(program: str, url: str, *arguments: str) -> None:
    """Run a PostgreSQL client; its account goes by the environment, which nobody else can list.

    Raises Unusable when the client is missing or fails.
    """
    parts = urlsplit(url)
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": roles.database_name(url),
        "PGCONNECT_TIMEOUT": os.environ.get("PGCONNECT_TIMEOUT", "10"),
    }
    done = subprocess.run(
        [_client(program), *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        # The first line names the table; the following ones may quote a row.
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Unusable(f"{program} failed: {said[0]}")


def _client(program: str) -> str:
    try:
        folder = postgres_bin()
        if (folder / program).exists():
            return str(folder / program)
    except MissingServer:
        pass
    if found := shutil.which(program):
        return found
    raise Unusable(f"{program} is missing: install PostgreSQL's client programs, or set PGBIN")


def _one(link: "psycopg.Connection[Any]", query: Any) -> Any:
    row = link.execute(query).fetchone()
    assert row is not None
    return row[0]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
