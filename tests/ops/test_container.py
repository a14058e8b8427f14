"""An installation from nothing, by the very commands that the containers run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.utils import timezone
from psycopg import sql

from launch import backup, container, roles
from launch.stack import ROOT
from tests.ops.surroundings import COMPOSE, filled

DATABASE = "test_jinjian_installed"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    """`python -m launch.container ...` with the environment of `migrate`, on the test servers."""
    admin_url = os.environ["TEST_SUPERUSER_URL"]
    given = filled(yaml.safe_load(COMPOSE.read_text())["services"]["migrate"]["environment"])
    env = given | {
        name: roles.with_database(os.environ[name], DATABASE)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL")
    }
    env |= {
        "SUPERUSER_URL": admin_url,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "launch.container", *words]
        return subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True)

    command.env = env  # type: ignore[attr-defined]
    yield command
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        )


@pytest.mark.slow
def test_from_nothing_to_a_district_and_back_from_its_backup(run: Any, tmp_path: Path) -> None:
    assert run("prepare").returncode == 0
    started = run("manage", "start_district", "110107", "石景山区")
    assert started.returncode == 0, started.stderr
    assert "password: " in started.stdout

    kept = run("backup", "--to", str(tmp_path), "--keep", "2")
    assert kept.returncode == 0, kept.stderr
    (dump,) = backup.dumps(tmp_path)
    refused = run("restore", str(dump))
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)
    restored = run("restore", str(dump), "--replace")

    assert restored.returncode == 0, restored.stderr
    assert " lost=0 " in restored.stdout
    with psycopg.connect(run.env["DATABASE_OWNER_URL"]) as owner:
        assert owner.execute("SELECT code FROM campaigns_division").fetchall() == [("110107",)]
    # Nobody has recounted here yet: worker and beat are ill, and say so.
    assert run("healthy", "worker").returncode == 1
    with psycopg.connect(run.env["DATABASE_OWNER_URL"]) as owner:
        owner.execute("INSERT INTO progress_heartbeat VALUES (1, %s)", [timezone.now()])
    assert run("healthy", "beat").returncode == 0
    assert "postgresql://" not in refused.stderr + restored.stderr


def test_a_failure_names_no_password(tmp_path: Path) -> None:
    env = os.environ | {
        "DATABASE_OWNER_URL": "postgresql://jinjian_owner:hidden-word@127.0.0.1:1/jinjian",
        "PYTHONPATH": str(ROOT),
    }
    argv = [sys.executable, "-m", "launch.container", "backup", "--to", str(tmp_path)]

    done = subprocess.run(argv, env=env, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.strip() == "backup: OperationalError"


def test_a_program_becomes_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, argv: started.append(argv))
    monkeypatch.setattr(os, "chdir", lambda path: None)
    monkeypatch.setenv("WEB_WORKERS", "3")
    monkeypatch.setenv("WEB_THREADS", "5")

    container.run_program(container.parse(["web"]))

    (argv,) = started
    text = " ".join(argv)
    assert "launch.web --bind 0.0.0.0:8000 --workers 3 --threads 5" in text
