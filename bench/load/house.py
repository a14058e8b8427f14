"""A throw-away installation for one run, and Django in this process as the owner."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.load.figures import step
from launch.stack import Stack

PROGRAMS = ("web", "worker", "beat")


@contextmanager
def house(
    *,
    fsync: bool,
    programs: tuple[str, ...] = PROGRAMS,
    postgres_settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Servers, schema and programs in a folder that is removed afterwards.

    With `fsync` an answer means that the data would survive a power cut: benches of capture and
    drills need that. The programs start while the caller makes its district.
    """
    folder = Path(tempfile.mkdtemp(prefix="jinjian-bench-"))
    folder.chmod(0o755)
    try:
        with Stack(
            folder, fsync=fsync, database="jinjian_bench", fresh=True, web_port=None,
            postgres_settings=postgres_settings,
        ) as stack:  # fmt: skip
            step("servers")
            stack.start_servers()
            step("schema")
            stack.migrate()
            step("programs and district")
            for name in programs:
                stack.start(name)
            os.environ.update(stack.env_for("owner"))
            import django

            django.setup()
            try:
                yield stack
            except BaseException:
                show_logs(stack)
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def worker_dsn(stack: Stack) -> str:
    """Database address of the worker's account, which sees every row."""
    return stack.env_for("worker")["DATABASE_WORKER_URL"]


def show_logs(stack: Stack, lines: int = 15) -> None:
    """The end of every log, on standard error."""
    for path in sorted(stack.logs.glob("*.log")):
        text = path.read_text(errors="replace").splitlines()
        if text:
            print(f"--- {path.name}", *text[-lines:], sep="\n", file=sys.stderr)
