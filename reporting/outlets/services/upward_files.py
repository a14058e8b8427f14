"""What a finished file is, and the superior's own workbook filled from one cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import clock
from core.scope import Scope
from core.sheets.filling import blank_of, fill
from core.sheets.writing import XLSX
from reporting.outlets.models import OutletRun
from reporting.outlets.queries.cut import cut_of
from reporting.outlets.services.upward_filling import Problem, filling_of
from reporting.outlets.services.workbooks import newest_workbook


class NotMade(Exception):
    """An issue cannot be made as things are. `problem` is what somebody has to mend; with
    `waits` it is only a matter of time."""

    def __init__(self, problem: Problem, *, waits: bool = False) -> None:
        super().__init__(problem.code)
        self.problem, self.waits = problem, waits


@dataclass(frozen=True)
class Made:
    """A finished file. `figures` are rows of (sheet, cell, label, value) as text."""

    data: bytes
    suffix: str
    content_type: str
    figures_as_of: datetime
    version: int
    figures: list[list[Any]] = field(default_factory=list)


def file_name(run: OutletRun, suffix: str) -> str:
    """The title, the issue and the cut-off, so that files of one folder stand in order."""
    here = clock.local(run.as_of)
    return f"{run.outlet.title}-{run.number:03}-{here:%Y%m%d-%H%M}.{suffix}"


def workbook(run: OutletRun, scope: Scope) -> Made:
    """A filled copy of the superior's newest workbook; raises NotMade, FileRefused."""
    outlet = run.outlet
    book = newest_workbook(outlet)
    if book is None:
        raise NotMade(Problem("no_workbook", {}))
    entries = list(book.entries.select_related("street"))
    cut = cut_of(scope, run.round, run.as_of)
    filling = filling_of(outlet, blank_of(book.layout), entries, cut, run.number)
    if filling.problems:
        raise NotMade(filling.problems[0])
    data = fill(bytes(book.data), [write.instruction for write in filling.known])
    rows: list[list[Any]] = [
        [write.sheet, write.cell, write.indicator, write.street_id, str(write.value)]
        for write in filling.known
    ]
    return Made(data, "xlsx", XLSX, cut.as_of, cut.version, rows)
