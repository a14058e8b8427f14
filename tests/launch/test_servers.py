"""Embedded servers: they start, heal after kill -9, keep their data, and stay closed to others."""

import os
import signal
import stat
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from launch import process, roles
from launch.stack import ROOT, Busy, Stack

MakeStack = Callable[..., Stack]
# Writes a row, says so, and is then killed or told to stop.
PROGRAM = """
import sys, psycopg
from launch.stack import Stack
with Stack(sys.argv[1], fsync=False, postgres_settings={"shared_buffers": "16MB"}) as stack:
    stack.start_servers()
    with psycopg.connect(stack.env["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        owner.execute("INSERT INTO kept VALUES (1)")
        rows = owner.execute("SELECT count(*) FROM kept").fetchone()[0]
    print("rows", rows, *[stack.pids(name)[0] for name in ("postgres", "valkey")], flush=True)
    sys.stdin.read()
"""


def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_killed_servers_come_back_with_their_data(make_stack: MakeStack, said: list[str]) -> None:
    with make_stack() as stack:
        stack.start_servers()
        roles.grant_defaults(stack.url_of(roles.OWNER))
        with psycopg.connect(stack.env["DATABASE_OWNER_URL"], autocommit=True) as owner:
            owner.execute("CREATE TABLE kept (n int)")
            owner.execute("INSERT INTO kept VALUES (7)")
        redis.Redis.from_url(stack.redis_url).set("kept", "7")
        time.sleep(1.1)  # Valkey writes its file every second

        stack.kill("postgres", signal.SIGKILL, everything=True)
        stack.kill("valkey", signal.SIGKILL)
        until(lambda: stack.restarts("postgres") and stack.restarts("valkey"))

        with psycopg.connect(stack.env["DATABASE_URL"]) as app:
            assert app.execute("SELECT n FROM kept").fetchone() == (7,)
        assert redis.Redis.from_url(stack.redis_url).get("kept") == b"7"
    assert [line.split(" ")[0] for line in sorted(said)] == ["postgres", "valkey"]


def run_program(folder: Path, **options: object) -> subprocess.Popen[str]:
    env = {"PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{sysconfig.get_paths()['purelib']}"}
    python = options.pop("python", sys.executable)
    return subprocess.Popen(
        [str(python), "-c", PROGRAM, str(folder)],
        env=env,
        cwd="/",
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


def rows_and_pids(running: subprocess.Popen[str]) -> tuple[int, list[int]]:
    assert running.stdout is not None
    words = running.stdout.readline().split()
    assert words[:1] == ["rows"], "the servers did not start"
    return int(words[1]), [int(word) for word in words[2:]]


def kill_and_start_again(folder: Path, **options: object) -> None:
    first = run_program(folder, **options)
    rows, pids = rows_and_pids(first)
    assert rows == 1
    first.kill()
    first.wait()

    second = run_program(folder, **options)  # at once: the first one's servers are still leaving
    rows, _ = rows_and_pids(second)
    assert rows == 2
    until(lambda: not any(process.state_of(pid) for pid in pids))
    second.communicate()
    assert second.returncode == 0


def test_a_killed_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    kill_and_start_again(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_in_a_folder_closed_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    kill_and_start_again(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/{version}"):
        try:
            probe = subprocess.run([python, "-c", "import os; os.listdir('.')"], cwd=ROOT, **nobody)
        except OSError:
            continue
        if probe.returncode == 0:
            break
    else:
        pytest.skip("no Python that an ordinary user could run here")
    folder = Path(f"/tmp/jinjian-{os.getpid()}")
    folder.mkdir()
    try:
        os.chown(folder, 65534, 65534)
        kill_and_start_again(folder / "data", python=python, **nobody)
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(make_stack: MakeStack) -> None:
    with make_stack() as stack:
        stack.start_servers()
    (stack.data / "postgres" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{stack.data / 'postgres'}\n1\n{stack.ports['postgres']}\n\n127.0.0.1\n\n"
    )
    with make_stack() as again:
        again.start_servers()
        assert again.pids("postgres")


def test_one_supervisor_per_folder(make_stack: MakeStack) -> None:
    with make_stack(), pytest.raises(Busy), make_stack():
        pass


def test_secrets_are_private_and_stay(make_stack: MakeStack) -> None:
    with make_stack() as stack:
        held = dict(stack.keys.values)
    with make_stack() as again:
        assert again.keys.values == held
    assert stat.S_IMODE((stack.data / "secrets.json").stat().st_mode) == 0o600


def test_what_the_three_accounts_may_do(make_stack: MakeStack) -> None:
    with make_stack() as stack:
        stack.start_servers()
        roles.grant_defaults(stack.url_of(roles.OWNER))
        with psycopg.connect(stack.env["DATABASE_OWNER_URL"], autocommit=True) as owner:
            owner.execute("CREATE TABLE facts (n int GENERATED ALWAYS AS IDENTITY, v int)")
        with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as app:
            app.execute("INSERT INTO facts (v) VALUES (1)")
            assert app.execute("SHOW statement_timeout").fetchone() == ("5s",)
            for statement in (
                "TRUNCATE facts",
                "CREATE TABLE mine (n int)",
                "ALTER TABLE facts ADD COLUMN x int",
                "SET ROLE jinjian_owner",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(statement)
        with psycopg.connect(stack.env["DATABASE_WORKER_URL"], autocommit=True) as worker:
            assert worker.execute("SELECT v FROM facts").fetchone() == (1,)
            assert worker.execute("SHOW statement_timeout").fetchone() == ("1min",)


def test_given_servers_switch_the_embedded_ones_off(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_stack("first") as first:
        first.start_servers()
        monkeypatch.setenv("DATABASE_URL", first.admin_url)
        monkeypatch.setenv("REDIS_URL", first.redis_url)
        for folder in ("second", "third"):  # two folders on one server agree on the accounts
            with make_stack(folder, database="other") as guest:
                guest.start_servers()
                assert guest.supervisor.children == {}
                with psycopg.connect(guest.env["DATABASE_URL"]) as app:
                    row = app.execute("SELECT current_database(), current_user").fetchone()
                assert row == ("other", "jinjian_app")
