"""Lines of a sheet become rows with one verdict each; nothing is written (dry run)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.imports.headings import letter, plain
from core.imports.kinds import UNREAD, Column, ImportKind, Place, Reason, Row
from core.imports.models import Verdict
from core.inputs import Refused
from core.sheets.table import WHOLE_LINE, Line
from core.sheets.words import CELLS

_TOTAL = re.compile(r"合计|总计|小计|总数|共计|汇总|总和|(?:sub|grand)?totals?|sum", re.IGNORECASE)
_NAMED_DUPLICATES = 5


class MappingUnfit(Refused):
    """The columns named do not make a table of this kind."""


@dataclass(frozen=True)
class Counts:
    """How many rows came in, and how many got each verdict; they always add up."""

    rows_in: int
    new: int
    changed: int
    same: int
    refused: int


def mark_lines(lines: Sequence[Line], headings: Sequence[str], *, even: bool) -> None:
    """Put faults on lines that have slipped, that reach beyond the header, or that only total."""
    width = len(headings)
    while width and not headings[width - 1]:
        width -= 1
    for line in lines:
        cells = line.cells
        beyond = any(cells[width:])
        if even and (len(cells) < len(headings) or (beyond and len(cells) > len(headings))):
            line.faults[WHOLE_LINE] = "uneven"
        elif beyond:
            line.faults[WHOLE_LINE] = "beyond"
        elif _is_total(cells):
            line.faults[WHOLE_LINE] = "total"


def judge_lines(
    kind: ImportKind,
    lines: Sequence[Line],
    mapping: Sequence[str],
    headings: Sequence[str],
    place: Place,
) -> list[Row]:
    """Read every line by the mapping, then compare with what is stored.

    Every line becomes exactly one row with one verdict. Raises MappingUnfit if a required column
    is missing or one is named twice, and what the kind raises if nothing can be imported here.
    """
    check_mapping(kind, mapping)
    rows = [_read(kind, line, mapping, headings) for line in lines]
    _refuse_doubles(kind, rows)
    for row in rows:
        row.label = row.label or kind.label(row.values)
    kind.judge(rows, place)
    silent = [row.line for row in rows if not row.verdict]
    if silent:
        raise AssertionError(f"{kind.code} gave no verdict on lines {silent[:5]}")
    return rows


def check_mapping(kind: ImportKind, mapping: Sequence[str]) -> None:
    """Raise MappingUnfit unless every required column is named, and each at most once."""
    named = [name for name in mapping if name]
    for name in named:
        if kind.column(name) is None:
            raise MappingUnfit("column_unknown", _("This import has no such column."))
        if named.count(name) > 1:
            raise MappingUnfit(
                "column_twice",
                _("Two columns are both named %(column)s. Choose one of them."),
                column=kind.labelled(name),
            )
    for column in kind.columns:
        if column.required and column.name not in named:
            raise MappingUnfit(
                "column_missing",
                _("Say which column holds: %(column)s. Without it no row can be read."),
                column=column.label,
            )


def count(rows: Sequence[Row]) -> Counts:
    """The counts of a judgement."""
    found = dict.fromkeys(Verdict, 0)
    for row in rows:
        found[Verdict(row.verdict)] += 1
    return Counts(
        rows_in=len(rows),
        new=found[Verdict.NEW],
        changed=found[Verdict.CHANGED],
        same=found[Verdict.SAME],
        refused=found[Verdict.REFUSED],
    )


def _read(kind: ImportKind, line: Line, mapping: Sequence[str], headings: Sequence[str]) -> Row:
    row = Row(line.number, {})
    if fault := line.faults.get(WHOLE_LINE):
        if fault == UNREAD:
            row.verdict = Verdict.REFUSED
            row.reasons.append(kind.unread(line))
        else:
            _refuse_line(row, fault, line, headings)
        return row
    for index, name in enumerate(mapping):
        column = kind.column(name) if name else None
        if column is None:
            continue
        if fault := line.faults.get(index):
            row.refuse(fault, CELLS.get(fault, CELLS["error"]), name)
            continue
        _read_cell(row, column, line.cells[index] if index < len(line.cells) else "")
    return row


def _read_cell(row: Row, column: Column, text: str) -> None:
    if not text:
        if column.required:
            row.refuse("value_missing", _("This cell is empty, but it is needed."), column.name)
        return
    try:
        row.values[column.name] = column.read(text)
    except Refused as refused:
        row.verdict = Verdict.REFUSED
        row.reasons.append(Reason.of(refused, column.name))


def _refuse_line(row: Row, fault: str, line: Line, headings: Sequence[str]) -> None:
    params: dict[str, Any] = {}
    if fault == "uneven":
        params = {"cells": len(line.cells), "headings": len(headings)}
    elif fault == "beyond":
        last = max(index for index, cell in enumerate(line.cells) if cell)
        params = {"column": letter(last)}
    row.refuse(fault, CELLS[fault], **params)


def _refuse_doubles(kind: ImportKind, rows: Sequence[Row]) -> None:
    """Rows of one key are all refused: which of them is right only a person knows (rule R2)."""
    by_key: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.refused and (key := kind.key(row.values)):
            by_key[key].append(row)
    for same in by_key.values():
        if len(same) < 2:
            continue
        for row in same:
            others = [str(other.line) for other in same if other is not row]
            shown = ", ".join(others[:_NAMED_DUPLICATES])
            if len(others) > _NAMED_DUPLICATES:
                shown += " …"
            row.refuse(
                "duplicate",
                _("The same one stands in row %(rows)s too. Keep one of them."),
                kind.key_column,
                rows=shown,
            )


def _is_total(cells: Sequence[str]) -> bool:
    """Whether one of the first two filled cells says that this line sums up the others."""
    first = [plain(cell) for cell in cells if cell][:2]
    return any(_TOTAL.fullmatch(text) for text in first)
