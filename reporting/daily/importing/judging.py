"""Rows of a sheet against the cells of open reports: what would change, and what cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.imports.kinds import Place, Row
from core.imports.models import Verdict
from core.inputs import Refused
from reporting.daily.importing.lines import Lines
from reporting.daily.importing.words import PLACE, STREET, show_figure
from reporting.daily.models import ReportCell

ROWS_AT_ONCE = 1_000
"""So many rows' cells are in memory at one time."""
_NAMED_ROWS = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """One cell as it stands."""

    cell_id: int
    revision: int
    value: int | None
    note: str
    system_value: int | None


Key = tuple[int, str]
"""(line id, code of the column)."""


def judge(rows: Sequence[Row], place: Place, columns: Mapping[str, int], notes: set[str]) -> None:
    """Give every row its verdict. `columns` are ids by code, `notes` the codes that hold text."""
    lines = Lines(place)
    lines.refuse_closed()
    sound = [row for row in rows if not row.refused]
    for row in sound:
        _locate(row, lines)
    _refuse_doubles(sound)
    for row in sound:
        _confirm_conversions(row)
    for part in parts([row for row in sound if not row.refused]):
        stored = cells_of(part, columns)
        for row in part:
            _compare(row, stored, notes)


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in batches."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def figures(row: Row) -> dict[str, Any]:
    """What a row says besides where."""
    return {name: value for name, value in row.values.items() if name not in (PLACE, STREET)}


def cells_of(rows: Sequence[Row], columns: Mapping[str, int]) -> dict[Key, Stored]:
    """The cells that these rows speak of, in one query."""
    codes = {columns[name]: name for row in rows for name in figures(row)}
    found = ReportCell.objects.filter(
        line__in=[row.values[PLACE]["line"] for row in rows], column__in=codes
    )
    return {
        (line_id, codes[column_id]): Stored(pk, revision, value, note, system_value)
        for line_id, column_id, pk, revision, value, note, system_value in found.values_list(
            "line_id", "column_id", "pk", "revision", "value", "note", "system_value"
        )
    }


def differing(
    row: Row, stored: Mapping[Key, Stored], notes: set[str]
) -> Iterator[tuple[str, Any, Stored]]:
    """(column, new value, cell) of everything that a row would change."""
    for name, value in figures(row).items():
        cell = stored.get((row.values[PLACE]["line"], name))
        if cell is not None and value != (cell.note if name in notes else cell.value):
            yield name, value, cell


def _locate(row: Row, lines: Lines) -> None:
    """Put the line that a name means into the row's values."""
    word, street = row.values[PLACE], row.values.pop(STREET, "")
    try:
        spot = lines.find(word, street)
    except Refused as refused:
        row.refuse(refused.code, refused.message, PLACE, **refused.params)
        return
    row.values[PLACE], row.label = spot.value, spot.name[:120]
    if not spot.open:
        row.refuse(
            "report_closed",
            _("This report was submitted or locked: its numbers are corrected on its own page."),
            PLACE,
        )
    elif not figures(row):
        row.refuse("row_empty", _("No number stands in this row."))


def _refuse_doubles(rows: Sequence[Row]) -> None:
    """One community under two names: which row is right only a person knows."""
    by_line: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.refused:
            by_line[row.values[PLACE]["line"]].append(row)
    for same in by_line.values():
        for row in same if len(same) > 1 else ():
            others = [str(other.line) for other in same if other is not row]
            row.refuse(
                "duplicate",
                _("The same one stands in row %(rows)s too. Keep one of them."),
                PLACE,
                rows=", ".join(others[:_NAMED_ROWS]) + (" …" if len(others) > _NAMED_ROWS else ""),
            )


def _confirm_conversions(row: Row) -> None:
    """What was converted is said in the preview: whoever confirms that agrees."""
    for name, value in row.values.items():
        if name == PLACE or not isinstance(value, dict):
            continue
        row.values[name] = value["read"]
        row.remark(
            "number_read_as",
            _("This is read as %(read)s. Confirm only if that is what is meant."),
            name,
            read=show_figure(value["read"]),
        )


def _compare(row: Row, stored: Mapping[Key, Stored], notes: set[str]) -> None:
    for name, value in figures(row).items():
        cell = stored.get((row.values[PLACE]["line"], name))
        if cell is None:
            row.refuse(
                "cell_not_asked",
                _("This is not asked here: a street's own numbers stand in a row with its name."),
                name,
            )
        elif isinstance(value, int) and value < 0 and value != cell.system_value:
            row.refuse("number_negative", _("A count cannot be negative."), name)
    if row.refused:
        return
    before = {
        name: cell.note if name in notes else cell.value
        for name, _value, cell in differing(row, stored, notes)
    }
    if not before:
        row.verdict = Verdict.SAME
    elif all(old in (None, "") for old in before.values()):
        row.verdict = Verdict.NEW
    else:
        row.verdict, row.before = Verdict.CHANGED, before
