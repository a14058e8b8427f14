"""Numbers of an import are written, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from django.utils.translation import gettext_lazy as _

from core import clock
from core.imports.kinds import Reason, Row, UndoRefused
from core.imports.models import Verdict
from core.inputs import Conflict
from core.statements import run
from reporting.daily.importing.judging import cells_of, differing, figures, parts
from reporting.daily.importing.words import PLACE
from reporting.daily.models import Report, ReportCell
from reporting.daily.services.block import Put, hold_open, write_block

Blocked = list[tuple[int, str, Reason]]


def change_id(run_id: object, cell_id: int, act: str = "put") -> Any:
    """The id of the change that an import makes to a cell, or (`act` undo) takes back."""
    return uuid5(NAMESPACE_OID, f"{run_id}/{act}/{cell_id}")


def given_back_id(cell_id: int, revision: int) -> Any:
    """The id of the change with which nobody's word stands in a cell any more: by it a later undo
    knows that the cell followed the system."""
    return uuid5(NAMESPACE_OID, f"given-back/{cell_id}/{revision}")


def write_numbers(
    rows: Sequence[Row], columns: Mapping[str, int], notes: set[str], *,
    run_id: object, by: str, at: datetime,
) -> None:  # fmt: skip
    """Write new and changed rows. Raises Conflict if numbers moved since the rows were judged."""
    written = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
    reports = hold_open(report_ids=_reports(written), at=at)

    def puts(part: Sequence[Row]) -> Iterator[Put]:
        stored = cells_of(part, columns)
        for row in part:
            found = list(differing(row, stored, notes))
            _check_unmoved(row, {name: cell for name, _value, cell in found}, notes)
            row.target = str(row.values[PLACE]["line"])
            for name, value, cell in found:
                text = name in notes
                yield Put(
                    change_id(run_id, cell.cell_id), cell.cell_id, cell.revision,
                    None if text else value, value if text else "", saved=(at, by),
                )  # fmt: skip

    write_block(
        reports=reports, batches=(list(puts(part)) for part in parts(written)), by=by, at=at
    )


def take_back(
    rows: Sequence[Row], columns: Mapping[str, int], *, run_id: object, by: str, at: datetime
) -> None:
    """Give every cell what it held before; raises UndoRefused where somebody went on since."""
    if blocked := [*_submitted(rows), *_touched(rows, columns, run_id)]:
        raise UndoRefused(blocked)
    reports = hold_open(report_ids=_reports(rows), at=at)

    def puts(part: Sequence[Row]) -> Iterator[Put]:
        for past in _pasts(part, columns, run_id):
            yield past.back(run_id)

    write_block(reports=reports, batches=(list(puts(part)) for part in parts(rows)), by=by, at=at)


def _reports(rows: Sequence[Row]) -> set[int]:
    return {row.values[PLACE]["report"] for row in rows}


def _check_unmoved(row: Row, found: Mapping[str, Any], notes: set[str]) -> None:
    """Cells are entered by others at the same time: only what was looked at is written."""
    old = {name: cell.note if name in notes else cell.value for name, cell in found.items()}
    empty = row.verdict == Verdict.NEW and all(value in (None, "") for value in old.values())
    if not found or not (empty or old == row.before):
        raise Conflict(
            "cell_changed_meanwhile",
            _("Somebody changed these numbers meanwhile: look at the preview again."),
        )


def _submitted(rows: Sequence[Row]) -> Blocked:
    at = clock.now()
    shut = {r.pk for r in Report.objects.filter(pk__in=_reports(rows)) if not r.is_open(at)}
    why = Reason("undo_submitted", _("The report was submitted or locked since."), PLACE)
    return [(row.line, row.label, why) for row in rows if row.values[PLACE]["report"] in shut]


def _touched(rows: Sequence[Row], columns: Mapping[str, int], run_id: object) -> Blocked:
    blocked: Blocked = []
    codes = {pk: code for code, pk in columns.items()}
    for part in parts(rows):
        by_line = {row.values[PLACE]["line"]: row for row in part}
        for past in _pasts(part, columns, run_id):
            if past.revision != past.ours:
                row = by_line[past.line_id]
                why = Reason("undo_touched", _("Somebody changed it since."), codes[past.column_id])
                blocked.append((row.line, row.label, why))
    return blocked


class Past(NamedTuple):
    """A cell that an import changed: as it is, as it was, and who had said that (if anybody)."""

    cell_id: int
    line_id: int
    column_id: int
    revision: int
    system_value: int | None
    ours: int
    old_value: int | None
    old_note: str
    reason: str | None
    comment: str | None
    at: datetime | None
    by: str | None
    said: Any

    def back(self, run_id: object) -> Put:
        """What gives the cell what it held."""
        if self.at is not None and self.said != given_back_id(self.cell_id, self.ours - 1):
            return Put(
                change_id(run_id, self.cell_id, "undo"), self.cell_id, self.revision,
                self.old_value, self.old_note,
                self.reason or "", self.comment or "", (self.at, self.by or ""),
            )  # fmt: skip
        # Nobody had touched it: it follows the system again, which may know more by now.
        value = self.old_value if self.system_value is None else self.system_value
        key = given_back_id(self.cell_id, self.revision + 1)
        return Put(key, self.cell_id, self.revision, value, self.old_note)


def _pasts(rows: Sequence[Row], columns: Mapping[str, int], run_id: object) -> list[Past]:
    lines = [row.values[PLACE]["line"] for row in rows]
    asked = {columns[name] for row in rows for name in figures(row)}
    cells = ReportCell.objects.filter(line__in=lines, column__in=asked)
    ids = list(cells.values_list("pk", flat=True))
    found = run(
        """SELECT c.id, c.line_id, c.column_id, c.revision, c.system_value, ours.revision,
                  ours.old_value, ours.old_note, before.reason, before.comment, before.at,
                  before.by, before.id
           FROM unnest(%b::uuid[]) AS k(key)
           JOIN daily_cellchange ours ON ours.id = k.key
           JOIN daily_reportcell c ON c.id = ours.cell_id
           LEFT JOIN daily_cellchange before
             ON before.cell_id = c.id AND before.revision = ours.revision - 1""",
        [[change_id(run_id, pk) for pk in ids]],
    )
    return [Past(*row) for row in found]
