"""What the pages show of runs and their rows, shaped once and in few statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from core.actors import names_of
from core.imports.headings import REASON_HEADING, ROW_HEADING, own_headings, plain
from core.imports.kinds import Column, ImportKind
from core.imports.models import ImportRow, ImportRun, Verdict
from core.imports.storing import headings_of, say

MOST_SHOWN_CELL = 60
RECENT = 30
SAMPLED_ROWS = 20
FIRST_CELLS = 4


@dataclass(frozen=True)
class Why:
    """One reason of a row: the column's name, what stands in the cell (if it may be shown)."""

    column: str
    cell: str
    text: str


@dataclass(frozen=True)
class Change:
    """One value that would change."""

    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Shown:
    """One row on the preview; personal values are masked or left out."""

    line: int
    label: str
    verdict: Verdict
    facts: list[tuple[str, str]]
    changes: list[Change]
    reasons: list[Why]


@dataclass(frozen=True)
class Listed:
    """One run on the list."""

    run: ImportRun
    title: Any
    who: str


def recent_runs(runs: Iterable[ImportRun], kinds: Sequence[ImportKind]) -> list[Listed]:
    """Runs with the names of their kinds and makers, in one statement more."""
    titles = {kind.code: kind.title for kind in kinds}
    found = list(runs)
    names = names_of(run.by for run in found)
    return [Listed(run, titles.get(run.kind, run.kind), names[run.by]) for run in found]


def shown_rows(rows: Iterable[ImportRow], run: ImportRun, kind: ImportKind) -> list[Shown]:
    """Rows of one page of the preview."""
    return [_shown(row, run, kind) for row in rows]


def refused_table(run: ImportRun, kind: ImportKind) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the file of refused rows: original cells, row number, reasons."""
    own = own_headings()
    headings = headings_of(run)
    kept = [index for index, heading in enumerate(headings) if plain(heading) not in own]
    rows = []
    for row in run.rows.filter(verdict=Verdict.REFUSED).order_by("line"):
        cells = _cells(row)
        original = [cells[index] if index < len(cells) else "" for index in kept]
        beyond = [cell for cell in cells[len(headings) :] if cell]
        why = "; ".join(_sentence(reason, kind) for reason in row.reasons)
        rows.append([*original, str(row.line), why, *beyond])
    return [*(headings[index] for index in kept), str(ROW_HEADING), str(REASON_HEADING)], rows


def column_samples(run: ImportRun, width: int) -> list[str]:
    """How the first filled cell of each column begins, and how long it is.

    Nobody knows yet what these columns hold, so no value is shown whole.
    """
    samples = [""] * width
    for row in run.rows.order_by("line")[:SAMPLED_ROWS]:
        for index, cell in enumerate(_cells(row)[:width]):
            if cell and not samples[index]:
                begin = cell[: 1 if len(cell) < 6 else 2]
                samples[index] = gettext("begins with %(begin)s…, %(length)s characters") % {
                    "begin": begin,
                    "length": len(cell),
                }
    return samples


def _shown(row: ImportRow, run: ImportRun, kind: ImportKind) -> Shown:
    values: dict[str, Any] = json.loads(str(row.values))
    before: dict[str, Any] = json.loads(str(row.before))
    cells = _cells(row)
    verdict = Verdict(row.verdict)
    facts = []
    if verdict == Verdict.NEW or not row.key:
        facts = [
            (str(column.label), _value(column, values[column.name]))
            for column in kind.columns
            if column.name in values
        ]
    if not values and not any(column.personal for column in kind.columns):
        facts = [("", cell[:MOST_SHOWN_CELL]) for cell in cells if cell][:FIRST_CELLS]
    return Shown(
        line=row.line,
        label=row.key,
        verdict=verdict,
        facts=[fact for fact in facts if fact[1] and not _told(fact[1], row.key)],
        changes=[]
        if row.reasons and verdict == Verdict.REFUSED
        else _changes(kind, before, values),
        reasons=[
            Why(
                str(kind.labelled(reason["column"])) if reason["column"] else "",
                _cell(reason["column"], cells, run, kind),
                say(reason),
            )
            for reason in row.reasons
        ],
    )


def _told(value: str, label: str) -> bool:
    return label == value or label.startswith(f"{value} ") or label.endswith(f" {value}")


def _changes(kind: ImportKind, before: dict[str, Any], values: dict[str, Any]) -> list[Change]:
    found = []
    for name, old in before.items():
        column = kind.column(name)
        if column is not None:
            new = _value(column, values[name]) if name in values else ""
            found.append(Change(str(column.label), _value(column, old) or gettext("empty"), new))
    return found


def _value(column: Column, value: Any) -> str:
    return "" if value in (None, "", []) else column.show(value)[:MOST_SHOWN_CELL]


def _cell(name: str, cells: Sequence[str], run: ImportRun, kind: ImportKind) -> str:
    column = kind.column(name)
    if column is None or column.personal or name not in run.mapping:
        return ""
    index = run.mapping.index(name)
    return cells[index][:MOST_SHOWN_CELL] if index < len(cells) else ""


def _cells(row: ImportRow) -> list[str]:
    return list(json.loads(str(row.cells)))


def _sentence(reason: dict[str, Any], kind: ImportKind) -> str:
    text = say(reason)
    return f"{kind.labelled(reason['column'])}: {text}" if reason["column"] else text
