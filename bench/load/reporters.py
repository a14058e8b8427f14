"""Street officials at their desks: they open the page, type some numbers, and submit, twice."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from bench.load.bodies import get
from bench.load.wire import Answer, Wire

_HOST = "127.0.0.1"


@dataclass
class Reporter:
    """One official of one street. `took` holds (kind of request, milliseconds); `typed` what the
    server said it saved, by change id; `receipts` what it answered to the submissions."""

    port: int
    cookies: str
    report: int
    cells: list[int]
    seed: int = 0
    took: list[tuple[str, float]] = field(default_factory=list)
    typed: dict[str, tuple[int, int]] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._wire = Wire(self.port)
        parts = dict(pair.split("=", 1) for pair in self.cookies.split("; "))
        self._token = parts["jinjian_csrf"]

    def work(self, *, pause: float, everybody: threading.Barrier, per_save: int = 3) -> None:
        """Open the page at some time of the last minutes, type, and submit with everybody else
        when the clock strikes; `pause` in seconds between two steps."""
        rng = random.Random(self.seed)
        time.sleep(pause * 6 * rng.random())
        self.look()
        edition = 0
        for start in range(0, len(self.cells), per_save):
            time.sleep(pause * (0.5 + rng.random()))
            changes = [
                self.change(cell, rng.randint(1, 40)) for cell in self.cells[start:][:per_save]
            ]
            edition = self.save(changes)["edition"]
        everybody.wait()
        time.sleep(pause * rng.random())
        key = str(uuid.uuid4())
        for _twice in range(2):
            self.submit(key, edition)
        self._wire.close()

    def look(self) -> None:
        """Open the page."""
        answer = self._timed("page", get(_HOST, f"/daily/{self.report}/", {"Cookie": self.cookies}))
        if answer.status != 200:
            self.failed.append(f"page {answer.status}")

    @staticmethod
    def change(cell: int, value: int, base: int = 0) -> dict[str, Any]:
        """One typed number, with an id of its own."""
        return {"id": str(uuid.uuid4()), "cell": cell, "base": base, "text": str(value)}

    def save(self, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """Save what was typed; the answer as it was read."""
        answer = self._post("save", "cells", {"changes": changes})
        nothing: dict[str, Any] = {"edition": 0, "outcomes": []}
        read: dict[str, Any] = json.loads(answer.body) if answer.status == 200 else nothing
        if answer.status != 200:
            self.failed.append(f"save {answer.status}")
        for change, outcome in zip(changes, read["outcomes"], strict=False):
            if outcome["verdict"] in ("saved", "duplicate"):
                self.typed[change["id"]] = (change["cell"], int(change["text"]))
        return read

    def submit(self, key: str, edition: int) -> None:
        """Submit the report as it is at an edition."""
        answer = self._post("submit", "submit", {"key": key, "seen": edition, "reason": ""})
        if answer.status == 200:
            self.receipts.append(json.loads(answer.body)["receipt"])
        else:
            self.failed.append(f"submit {answer.status} {answer.body[:300]!r}")

    def _post(self, kind: str, act: str, body: Any) -> Answer:
        raw = json.dumps(body).encode()
        head = (
            f"POST /daily/{self.report}/{act}/ HTTP/1.1\r\nHost: {_HOST}\r\n"
            f"Cookie: {self.cookies}\r\nX-CSRFToken: {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        return self._timed(kind, head.encode() + raw)

    def _timed(self, kind: str, request: bytes) -> Answer:
        began = time.perf_counter()
        answer = self._wire.ask(request)
        self.took.append((kind, (time.perf_counter() - began) * 1000))
        return answer


def all_at_once(reporters: list[Reporter], *, pause: float) -> None:
    """Let everybody work at the same time, and wait for the last."""
    everybody = threading.Barrier(len(reporters), timeout=120)
    told = {"pause": pause, "everybody": everybody}
    threads = [threading.Thread(target=reporter.work, kwargs=told) for reporter in reporters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def reports_of(form: str, streets: int, patience: float = 60.0) -> dict[int, int]:
    """Report id by street id, once the worker has opened the next cut-off of a form."""
    from reporting.daily.models import Report

    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = Report.objects.filter(cutoff__form__code=form).order_by("cutoff__as_of")
        reports = dict(found.values_list("street_id", "pk"))
        if len(reports) >= streets:
            return reports
        time.sleep(0.2)
    raise TimeoutError("the reports were not opened: is the worker running?")


def typed_cells(report: int, count: int) -> list[int]:
    """Cells of a report that only a person can fill, at most so many."""
    from reporting.daily.models import ReportCell

    cells = ReportCell.objects.filter(
        line__report=report, line__community__isnull=False, system_value__isnull=True,
        column__per_community=True, column__code="staff",
    )  # fmt: skip
    return list(cells.order_by("pk").values_list("pk", flat=True)[:count])


def compare(reporters: list[Reporter]) -> tuple[int, int]:
    """(lost, doubled): typed numbers and submissions that the server answered for, against what
    is stored."""
    from reporting.daily.models import CellChange, ReportVersion

    lost = doubled = 0
    for reporter in reporters:
        stored = {
            str(pk): (cell, value)
            for pk, cell, value in CellChange.objects.filter(
                cell__line__report=reporter.report
            ).values_list("pk", "cell_id", "new_value")
        }
        lost += sum(stored.get(key) != value for key, value in reporter.typed.items())
        doubled += len(stored.keys() - reporter.typed.keys())
        versions = list(
            ReportVersion.objects.filter(report=reporter.report).values_list("receipt", flat=True)
        )
        answered = set(reporter.receipts)
        lost += len(answered - set(versions))
        doubled += max(len(versions) - 1, 0)
    return lost, doubled
