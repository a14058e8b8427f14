"""What the migrations made is kept, and used only where it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from launch import migrated, roles

NAME = f"jinjian_kept_{os.getpid()}"


@pytest.fixture
def owner_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setattr(migrated, "FOLDER", tmp_path)
    _empty()
    yield roles.with_database(os.environ["DATABASE_OWNER_URL"], NAME)
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))


def _empty() -> None:
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], autocommit=True) as admin:
        roles.make_database(admin, NAME, fresh=True)


def test_the_second_database_is_a_copy_of_what_the_first_one_made(owner_url: str) -> None:
    made: list[int] = []

    def migrate() -> None:
        made.append(1)
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 7 AS number")

    migrated.fill(owner_url, empty=_empty, migrate=migrate)
    _empty()
    migrated.fill(owner_url, empty=_empty, migrate=migrate)

    assert made == [1]
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("SELECT number FROM kept").fetchall() == [(7,)]
        assert owner.execute(
            "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'"
        ).fetchall() == [(roles.OWNER,)]


def test_a_copy_that_is_broken_is_made_anew(owner_url: str) -> None:
    emptied: list[int] = []
    kept = migrated.place()
    kept.write_bytes(b"PGDMP, and no more")

    def empty() -> None:
        emptied.append(1)
        _empty()

    migrated.fill(owner_url, empty=empty, migrate=lambda: None)

    assert emptied == [1]
    assert kept.stat().st_size > 100  # another one is kept in its place
