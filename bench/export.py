"""A million swabs as a file: asked for on the page, written by the worker, taken by its browser.

Once as CSV and once as XLSX. The base is a bare `COPY … TO STDOUT` of the very same statement,
read by this process and thrown away.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import time
import uuid
import zipfile
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench.load import district as districts
from bench.load.figures import line, step
from bench.load.history import fill
from bench.load.house import house, worker_dsn
from bench.load.memory import Memory
from bench.load.screens import sign_in
from launch.stack import Stack

SWABS, SWABS_QUICK = 1_000_000, 100_000
HOURS = 15
BULK = {"max_wal_size": "8GB", "wal_level": "minimal", "max_wal_senders": "0"}
PATIENCE = 600.0
BUDGET_SECONDS = 120.0
_TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
_ROW = re.compile(rb"<row ")


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a row is missing, a file is changed, or two minutes are passed."""
    swabs = SWABS_QUICK if quick else SWABS
    size = districts.Size(points=216, residents=1_000)
    with house(fsync=False, postgres_settings=BULK) as stack:
        district = districts.build(size)
        planner = districts.planner(district.id)
        step(f"{swabs:,} swabs")
        round_ = districts.new_round(
            district.id, 2, communities=district.communities, size=size, prepare=False
        )
        start = districts.BEGINS - timedelta(hours=HOURS)
        fill(district, round_, swabs=swabs, start=start, seconds=HOURS * 3600)
        stack.wait_http()
        step("base")
        base = _base(stack, round_)
        browser = Browser(stack.web_port, *planner)
        with Memory(stack) as memory:
            time.sleep(1)
            idle = memory.peak
            took, lost, wrong, sizes = {}, 0, 0, {}
            for form in ("csv", "xlsx"):
                step(form)
                began = time.monotonic()
                job = browser.ask(round_, form)
                stored = _wait(stack, job, began)
                took[form] = time.monotonic() - began
                content = browser.take(job)
                sizes[form] = len(content)
                lost += swabs - _rows(content, form)
                wrong += hashlib.sha256(content).hexdigest() != stored
    late = max(took.values()) > BUDGET_SECONDS
    print(
        line(
            rows_per_s=swabs / took["csv"], rss_mb=memory.peak / 2**20, s=took["csv"],
            xlsx_rows_per_s=swabs / took["xlsx"], xlsx_s=took["xlsx"], rows=swabs, lost=lost,
            wrong=wrong, idle_rss_mb=idle / 2**20, csv_mb=sizes["csv"] / 1e6,
            xlsx_mb=sizes["xlsx"] / 1e6, base_rows_per_s=swabs / base,
            ratio=base / took["csv"], fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if lost or wrong or late else 0


def _base(stack: Stack, round_: int) -> float:
    """Seconds that the bare statement takes."""
    from reporting.outlets.queries.export_sql import SWABS as STATEMENT

    filled = STATEMENT % {"round": round_, "street": "NULL"}
    began = time.monotonic()
    with (
        psycopg.connect(worker_dsn(stack), autocommit=True) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({filled} ORDER BY at, id) TO STDOUT (FORMAT csv)") as copy,
    ):
        for _part in copy:
            pass
    return time.monotonic() - began


def _rows(content: bytes, form: str) -> int:
    """Rows below the headings."""
    if form == "csv":
        return content.count(b"\r\n") - 1
    with zipfile.ZipFile(io.BytesIO(content)) as book, book.open("xl/worksheets/sheet1.xml") as xml:
        rows, rest = -1, b""
        while part := xml.read(1 << 20):
            # A row's beginning may lie across two parts.
            rows += len(_ROW.findall(rest + part))
            rest = (rest + part)[-4:]
    return rows


def _wait(stack: Stack, job: str, began: float) -> str:
    """The SHA-256 that the finished job names."""
    with psycopg.connect(worker_dsn(stack), autocommit=True) as connection:
        while time.monotonic() - began < PATIENCE:
            row: Any = connection.execute(
                "SELECT state, sha256 FROM outlets_exportjob WHERE id = %s", [job]
            ).fetchone()
            if row[0] == "done":
                return str(row[1])
            if row[0] not in ("waiting", "running"):
                raise LookupError(f"the export ended as {row[0]}")
            time.sleep(0.1)
    raise TimeoutError("the export did not end")


class Browser:
    """A planner who asks for a file and fetches it."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._port = port
        self._cookies = sign_in(port, username, password)

    def ask(self, round_: int, form: str) -> str:
        """Send the form; the job's id."""
        path = "/exports/new/swabs/"
        token = _TOKEN.search(self._call("GET", path)[1].decode())
        if not token:
            raise LookupError("the page has no form")
        key = str(uuid.uuid4())
        said = urlencode(
            {"csrfmiddlewaretoken": token.group(1), "key": key, "round": round_, "street": "",
             "format": form}
        )  # fmt: skip
        status, _body = self._call("POST", path, said)
        if status != 302:
            raise LookupError(f"the form was answered {status}")
        return key

    def take(self, job: str) -> bytes:
        """The whole file."""
        status, body = self._call("GET", f"/exports/{job}/file/")
        if status != 200:
            raise LookupError(f"the file was answered {status}")
        return body

    def _call(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        headers = {"Cookie": self._cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content
