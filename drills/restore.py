"""A backup taken while units send, the database destroyed, the backup restored.

The dump must hold, table by table, what it held when it was taken, and the trail must end alike.
What was answered after the dump was taken is gone with the disk: the devices, which keep what they
sent, send everything once more with the same ids, and then nothing may be lost or doubled.
"""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
from psycopg import sql

from bench.load.figures import step
from bench.load.firing import Volley
from drills.scene import LANES, PATIENCE, Scene, finish, scene
from launch import backup
from launch.keys import ROLES

PROGRAMS = ("web", "worker", "beat")


def run(*, quick: bool) -> int:
    """`recovery_s` is from the destruction to the first swab taken again."""
    with scene() as here:
        seconds = 6 if quick else 60
        volley = here.volley(seconds).start()
        time.sleep(seconds / 2)
        began = time.monotonic()
        dump = backup.take(here.stack.url_of(ROLES[0]), here.stack.data / "backups")
        backup_s = time.monotonic() - began
        step(f"dump of {dump.stat().st_size / 1e6:.1f} MB in {backup_s:.1f} s, under load")
        here.settle(volley)
        struck = time.monotonic()
        _destroy(here)
        done = _restore(here, dump)
        step(f"restored: {done.line()}")
        again = Volley(here.stack.web_port, volley.shots, lanes=LANES, patience=PATIENCE).start()
        here.recoveries.append(here.until_taken(again, struck))
        here.settle(again)
        return finish(
            here, backup_s=backup_s, restore_s=done.seconds, rows=done.rows, rows_lost=done.lost,
            tables_that_differ=len(done.differences),
        ) or len(done.differences)  # fmt: skip


def _destroy(here: Scene) -> None:
    """Stop what runs, and drop the database with everything in it."""
    from django.db import connection

    connection.close()
    for name in reversed(PROGRAMS):
        here.stack.stop(name)
    with psycopg.connect(here.stack.admin_url, autocommit=True) as admin:
        place = sql.Identifier(here.stack.database)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(place))


def _restore(here: Scene, dump: Path) -> backup.Restored:
    stack = here.stack
    done = backup.restore(
        dump,
        admin_url=stack.admin_url,
        database=stack.database,
        passwords=stack.role_passwords(),
    )
    for name in PROGRAMS:
        stack.start(name)
    stack.wait_http()
    return done
