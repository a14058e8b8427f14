"""How a sheet looks: every cell as the few strings that a page and an answer in JSON show alike.

A page has hundreds of cells, so they are plain dicts of strings, put together once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from reporting.daily.checking import Problem
from reporting.daily.models import ReportCell, ReportColumn, Source
from reporting.daily.queries.sheet import Sheet, SheetLine

Face = dict[str, str]

NEARBY: dict[str, Any] = {
    Source.REGISTERED: _("register"),
    Source.TARGET: _("frozen target"),
    Source.EXEMPT: _("exemptions"),
    Source.PERSONS: _("scans"),
    Source.REMAINING: _("reckoned"),
    Source.ACCEPTED_REASONS: _("reasons given"),
    Source.SWABS: _("scans"),
    Source.TUBES: _("scans"),
    Source.TALLIED: _("tallies"),
    Source.OFF_REGISTER: _("scans"),
    Source.RATE: _("scans"),
    Source.HOME_REQUESTS: _("visits"),
    Source.HOME_DONE: _("visits"),
    Source.STAFF: _("duty"),
    Source.VEHICLES: _("trips"),
}
"""Words short enough to stand below a number; the column's heading says the rest."""


@dataclass(frozen=True)
class LineFace:
    """One community: its name, its cells and how far it is, in shape and word."""

    pk: int
    name: str
    faces: list[Face]
    kind: str
    word: str
    confirmed_by: str
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Faces:
    """The whole sheet as it is shown."""

    columns: list[ReportColumn]
    lines: list[LineFace]
    totals: list[tuple[ReportColumn, str]]
    #: Asked of the street once, and the street's own totals where somebody keeps them.
    street: list[tuple[ReportColumn, Face]]
    own: list[tuple[ReportColumn, Face]]
    shown: str

    @property
    def keeps_own(self) -> bool:
        """Whether somebody entered a total of the street's own."""
        return any(face["text"] for _column, face in self.own)


def written(value: int | None) -> str:
    """A number as people read it; nothing where nothing is entered."""
    return "" if value is None else f"{value:,}"


def text_of(cell: ReportCell, column: ReportColumn) -> str:
    """What stands in the box of a cell."""
    return cell.note if column.is_note else written(cell.value)


@dataclass(frozen=True)
class Head:
    """What all cells of a column share, put into words once and not once a cell."""

    column: ReportColumn
    label: str
    word: str
    unknown: str
    at: dict[datetime, str] = field(default_factory=dict)

    def clock(self, moment: datetime) -> str:
        """The clock time of figures, which are nearly all of the same moment."""
        if moment not in self.at:
            self.at[moment] = f"{clock.local(moment):%H:%M}"
        return self.at[moment]


def head_of(column: ReportColumn) -> Head:
    """The words of a column in the reader's language."""
    word = str(NEARBY.get(column.source) or _("system"))
    return Head(column, str(column), word, gettext("typed"))


def face_of(cell: ReportCell, head: Head, problems: Iterable[Problem] = ()) -> Face:
    """One cell: what stands in its box, what the system says, and its mark."""
    column = head.column
    open_problems = [problem for problem in problems if not problem.settled]
    over = cell.overridden and column.source != ""
    return {
        "id": str(cell.pk or ""),
        "column": str(column.pk),
        "label": head.label,
        "text": text_of(cell, column),
        "note": _beside(cell, head),
        "mark": "check" if open_problems else "over" if over else "",
        "problem": open_problems[0].text if open_problems else "",
        "kind": "note" if column.is_note else "number",
    }


def _beside(cell: ReportCell, head: Head) -> str:
    """Where the number comes from: the system's own figure, or that somebody typed it."""
    if not head.column.source or cell.system_value is None:
        filled = cell.note or cell.value is not None
        return head.unknown if cell.saved_by and filled else ""
    if cell.overridden:
        return f"{head.word} {written(cell.system_value)}"
    return f"= {head.word} {head.clock(cell.system_at)}" if cell.system_at else f"= {head.word}"


def faces_of(sheet: Sheet, names: Mapping[str, str]) -> Faces:
    """All of a sheet; `names` says who the actors are that confirmed lines."""
    found = problems_by_cell(sheet)
    heads = [head_of(column) for column in sheet.columns]
    grid = [(i, head) for i, head in enumerate(heads) if head.column.per_community]
    lines = []
    for line in sheet.community_lines:
        faces = [face_of(line.cells[i], head, found.get(line.cells[i].pk, ())) for i, head in grid]
        lines.append(_line(line, faces, names))
    street, own = _street(sheet, found)
    return Faces(
        columns=[head.column for _i, head in grid],
        lines=lines,
        totals=[(head.column, written(sheet.totals[head.column.pk])) for _i, head in grid],
        street=street,
        own=own,
        shown=shown_of(sheet),
    )


def _line(line: SheetLine, faces: list[Face], names: Mapping[str, str]) -> LineFace:
    wrong = sum(face["mark"] == "check" for face in faces)
    over = sum(face["mark"] == "over" for face in faces)
    row = line.line
    if wrong:
        kind, word = "crit", gettext("%(n)s to check") % {"n": wrong}
    elif row.confirmed_at:
        kind, word = (
            "done",
            gettext("confirmed %(at)s") % {"at": f"{clock.local(row.confirmed_at):%H:%M}"},
        )
    elif over:
        kind, word = "info", gettext("%(n)s changed") % {"n": over}
    else:
        kind, word = "ok", gettext("as known")
    return LineFace(
        pk=row.pk,
        name=line.division.spoken if line.division else "",
        faces=faces,
        kind=kind,
        word=word,
        confirmed_by=names.get(row.confirmed_by, row.confirmed_by),
        confirmed_at=row.confirmed_at,
    )


def _street(
    sheet: Sheet, found: Mapping[int, list[Problem]]
) -> tuple[list[tuple[ReportColumn, Face]], list[tuple[ReportColumn, Face]]]:
    line = sheet.street_line
    if line is None:
        return [], []
    asked: list[tuple[ReportColumn, Face]] = []
    own: list[tuple[ReportColumn, Face]] = []
    for column, cell in zip(sheet.columns, line.cells, strict=True):
        if cell.pk is not None:
            face = face_of(cell, head_of(column), found.get(cell.pk, ()))
            (own if column.per_community else asked).append((column, face))
    return asked, own


def problems_by_cell(sheet: Sheet) -> dict[int, list[Problem]]:
    """The findings of a sheet by the cell that they are about."""
    found: dict[int, list[Problem]] = {}
    for problem in sheet.problems:
        found.setdefault(problem.cell.pk, []).append(problem)
    return found


def shown_of(sheet: Sheet) -> str:
    """What a page shows, as `[[cell, revision, value or text, system's figure, reason, comment],
    ...]`, the last two only where there are any: so that whoever sends the page back changes only
    what they themselves typed over."""
    rows = []
    for _line, column, cell in sheet.cells():
        if cell.pk is None:
            continue
        value = cell.note if column.is_note else cell.value
        why = [cell.reason, cell.comment] if cell.reason or cell.comment else []
        rows.append([cell.pk, cell.revision, value, cell.system_value, *why])
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def place_of(problem: Problem) -> str:
    """Which cell a finding is about, in words."""
    division = problem.line.division
    return f"{division.spoken if division else gettext('Whole street')} · {problem.column}"


def problem_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """The findings as a page lists them, hard ones first; settled ones come last."""
    return [
        {
            "cell": problem.cell.pk,
            "code": problem.code,
            "hard": problem.weight == "hard",
            "settled": problem.settled,
            "place": place_of(problem),
            "text": problem.text,
            "reason": problem.cell.reason,
            "comment": problem.cell.comment,
        }
        for problem in sheet.problems
    ]
