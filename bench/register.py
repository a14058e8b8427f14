"""The register's bulk lane: a synthetic file with planted faults, through pages and worker."""

from __future__ import annotations

import time
import uuid

import psycopg

from bench.load import district as districts
from bench.load.figures import line, step
from bench.load.house import house, worker_dsn
from bench.load.memory import Memory
from bench.load.register import Uploader, write_file
from launch.stack import Stack

PEOPLE, PEOPLE_QUICK = 1_000_000, 100_000
PATIENCE = 900.0
DONE = ("checked", "applied", "failed", "undone", "discarded", "mapping")


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a row was lost or the file did not arrive in the register."""
    people = PEOPLE_QUICK if quick else PEOPLE
    size = districts.Size(streets=18, communities=55, points=1, units_per_point=1, residents=0)
    with house(fsync=False) as stack:
        district = districts.build(size)
        password = districts.planner(district.id)
        step("file")
        path = stack.data / "register.csv"
        planted = write_file(path, people, size.homes)
        stack.wait_http()
        with Memory(stack) as memory:
            step("upload")
            began = time.monotonic()
            uploader = Uploader(stack.web_port, *password)
            run_id = uploader.bring(path, uuid.uuid4(), str(district.id))
            sent = time.monotonic()
            step("check")
            state = _wait(stack, run_id, began)
            checked = time.monotonic()
            step("write")
            if state == "checked":
                uploader.confirm(run_id)
                state = _wait(stack, run_id, began, leaving="checked")
            done = time.monotonic()
        rows = _figures(stack, run_id, district.id)
        path.unlink()
    lost = planted.rows - rows["accepted"] - rows["refused"]
    wrong = rows["refused"] != planted.faults or rows["stored"] != planted.good
    print(
        line(
            rows_per_s=planted.rows / (done - began), rss_mb=memory.peak / 2**20,
            rows=planted.rows, accepted=rows["accepted"], refused=rows["refused"], lost=lost,
            wrong=int(wrong), state=state, seconds=done - began, upload_s=sent - began,
            check_s=checked - sent, write_s=done - checked, file_mb=planted.size / 1e6,
            fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if lost or wrong or state != "applied" else 0


def _wait(stack: Stack, run_id: str, began: float, leaving: str = "") -> str:
    """The state in which the run comes to rest."""
    with psycopg.connect(worker_dsn(stack), autocommit=True) as connection:
        while time.monotonic() - began < PATIENCE:
            row = connection.execute(
                "SELECT state FROM core_importrun WHERE id = %s", [run_id]
            ).fetchone()
            state = str(row[0]) if row else ""
            if state in DONE and state != leaving:
                return state
            time.sleep(0.1)
    raise TimeoutError("the import did not come to rest")


def _figures(stack: Stack, run_id: str, district: int) -> dict[str, int]:
    with psycopg.connect(worker_dsn(stack), autocommit=True) as connection:
        row = connection.execute(
            """SELECT rows_new + rows_changed + rows_same, rows_refused FROM core_importrun
               WHERE id = %s""",
            [run_id],
        ).fetchone()
        stored = connection.execute(
            "SELECT count(*) FROM campaigns_resident WHERE district_id = %s", [district]
        ).fetchone()
    assert row is not None
    assert stored is not None
    return {"accepted": row[0], "refused": row[1], "stored": stored[0]}
