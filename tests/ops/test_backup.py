"""Backups: what was dumped comes back, and what cannot be trusted is refused."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from launch import backup, roles

# One worker makes the dump and its copy once for all tests that only look at them.
pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.slow]
COPY = f"{settings.TEST_DATABASE}_restored"


def url_of(variable: str, database: str) -> str:
    return roles.with_database(os.environ[variable], database)


@pytest.fixture(scope="module")
def passwords() -> dict[str, str]:
    names = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_WORKER_URL")
    return {
        role: unquote(urlsplit(os.environ[name]).password or "")
        for role, name in zip((roles.OWNER, roles.APP, roles.WORKER), names, strict=True)
    }


@pytest.fixture(scope="module")
def taken(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One dump of this worker's database, which holds what migrations put there."""
    folder = tmp_path_factory.mktemp("taken")
    yield backup.take(url_of("DATABASE_OWNER_URL", settings.TEST_DATABASE), folder)
    drop_copy()


@pytest.fixture
def dump(taken: Path, tmp_path: Path) -> Path:
    """The dump in a folder of the test's own, which may spoil it."""
    for each in (taken, backup.manifest_of(taken)):
        shutil.copy2(each, tmp_path)
    return tmp_path / taken.name


@pytest.fixture
def nothing_there() -> None:
    """The database into which dumps are restored is not there yet."""
    drop_copy()


@pytest.fixture
def copy_there(taken: Path, passwords: dict[str, str]) -> None:
    """It is there, from this test or one before: the tests that ask for it leave it as it is."""
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"]) as admin:
        found = admin.execute("SELECT FROM pg_database WHERE datname = %s", [COPY]).fetchone()
    if found is None:
        restore(taken, passwords)


def drop_copy() -> None:
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(COPY)))


def restore(dump: Path, passwords: dict[str, str], **options: bool) -> backup.Restored:
    admin_url = os.environ["TEST_SUPERUSER_URL"]
    return backup.restore(dump, admin_url=admin_url, database=COPY, passwords=passwords, **options)


@pytest.mark.usefixtures("nothing_there")
def test_a_dump_comes_back_whole_and_with_its_floor(dump: Path, passwords) -> None:
    done = restore(dump, passwords)

    assert (done.lost, done.differences) == (0, [])
    assert done.rows >= 50  # the migrations' own rows, at least
    with psycopg.connect(url_of("DATABASE_URL", COPY)) as app:
        # Rights and policies came along: the application reads, and owns nothing.
        assert app.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
        [(secured,)] = app.execute(
            "SELECT bool_and(relrowsecurity) FROM pg_class WHERE relname = 'campaigns_resident'"
        ).fetchall()
        assert secured
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DROP TABLE core_clock")
        app.rollback()
        # What the migrations took away stayed away.
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT FROM campaigns_registerstage")


@pytest.mark.usefixtures("nothing_there")
def test_a_right_too_many_is_told(dump: Path, passwords) -> None:
    note = backup.manifest_of(dump)
    held = json.loads(note.read_text())
    held["rights"]["core_auditevent"] = held["rights"]["core_auditevent"].replace("UPDATE", "")
    del held["rights"]["core_clock"]
    note.write_text(json.dumps(held))

    assert restore(dump, passwords).differences == ["rights:core_auditevent", "rights:core_clock"]


@pytest.mark.usefixtures("copy_there")
def test_nothing_is_overwritten_unasked(dump: Path, passwords) -> None:
    with pytest.raises(backup.Unusable, match="--replace"):
        restore(dump, passwords)
    assert restore(dump, passwords, replace=True).differences == []


@pytest.mark.usefixtures("copy_there")
def test_a_database_that_does_not_answer_is_not_an_empty_one(dump: Path, passwords) -> None:
    admin_url = os.environ["TEST_SUPERUSER_URL"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(COPY), sql.Literal(False)))

    with pytest.raises(psycopg.OperationalError):
        restore(dump, passwords)

    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(COPY), sql.Literal(True)))
    with psycopg.connect(url_of("DATABASE_URL", COPY)) as app:
        assert app.execute("SELECT 1 FROM django_migrations LIMIT 1").fetchone()


@pytest.mark.usefixtures("copy_there")
def test_without_a_client_nothing_is_dropped(
    dump: Path, passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(program: str) -> str:
        raise backup.Unusable(f"{program} is missing")

    monkeypatch.setattr(backup, "_client", missing)
    with pytest.raises(backup.Unusable, match="missing"):
        restore(dump, passwords, replace=True)

    with psycopg.connect(url_of("DATABASE_URL", COPY)) as app:
        assert app.execute("SELECT 1 FROM django_migrations LIMIT 1").fetchone()


@pytest.mark.usefixtures("nothing_there")
def test_a_dump_that_lost_rows_is_told(dump: Path, passwords) -> None:
    note = backup.manifest_of(dump)
    held = json.loads(note.read_text())
    held["tables"]["django_migrations"] += 2
    held["trail"][0] += 1
    note.write_text(json.dumps(held))

    done = restore(dump, passwords)

    assert done.lost == 2
    assert [each.split(":")[0] for each in done.differences] == ["django_migrations", "trail"]


@pytest.mark.usefixtures("copy_there")
def test_a_damaged_dump_is_refused_before_anything_is_dropped(dump: Path, passwords) -> None:
    with dump.open("r+b") as stream:
        stream.seek(500)
        stream.write(b"rotten")

    with pytest.raises(backup.Unusable, match="not the file"):
        restore(dump, passwords, replace=True)

    with psycopg.connect(url_of("DATABASE_URL", COPY)) as app:
        assert app.execute("SELECT 1 FROM django_migrations LIMIT 1").fetchone()


def test_a_dump_without_its_counts_is_refused(dump: Path, passwords) -> None:
    backup.manifest_of(dump).unlink()

    with pytest.raises(backup.Unusable, match="cannot be read"):
        restore(dump, passwords)


def test_only_so_many_are_kept_and_only_the_owner_reads_them(
    dump: Path,
) -> None:
    for day in ("20260101", "20260102"):
        for suffix in ("dump", "json"):
            (dump.parent / f"jinjian-{day}T000000Z.{suffix}").touch()
    (dump.parent / "my-own.dump").touch()
    dump.rename(dump.with_name("jinjian-20260103T000000Z.dump"))

    kept = backup.take(url_of("DATABASE_OWNER_URL", settings.TEST_DATABASE), dump.parent, keep=2)

    names = {path.name for path in dump.parent.glob("*.dump")}
    assert names == {kept.name, "jinjian-20260103T000000Z.dump", "my-own.dump"}
    assert {path.stat().st_mode & 0o077 for path in (kept, backup.manifest_of(kept))} == {0}


def test_the_next_night_is_never_now(monkeypatch: pytest.MonkeyPatch) -> None:
    class At(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(2026, 5, 1, 3, 30, 0, tzinfo=zone)

    monkeypatch.setattr(backup, "datetime", At)

    assert backup.seconds_until((3, 30)) == 24 * 3600
    assert backup.seconds_until((4, 0)) == 1800


@pytest.mark.parametrize("answers", ["refuses", "says nothing"])
@pytest.mark.parametrize("command", [["restore", "none.dump"], ["backup"]])
def test_a_server_that_is_away_or_silent_is_told_in_one_line(
    command: list[str], answers: str, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if answers == "says nothing":
            silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        env = os.environ | {
            "DATABASE_URL": f"postgresql://postgres:secret@{address}/jinjian",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "JINJIAN_DATA": str(tmp_path),
            "PGCONNECT_TIMEOUT": "2",
        }
        done = subprocess.run(
            [sys.executable, "-m", "launch", *command],
            cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("./dev: the database server does not answer")
    assert "secret" not in line
