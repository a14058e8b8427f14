"""Many numbers at once: a sheet of twenty thousand rows is written while somebody waits.

The rules are those of `entry.save_cells` (one change a cell, in turn, kept for ever; a line is
confirmed again after its numbers changed), in a few statements a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core import audit
from core.imports.bulk import insert_rows, update_rows
from core.inputs import Conflict
from reporting.daily.models import CellChange, Report, ReportCell, ReportLine, State
from reporting.daily.services.entry import NotEditable

WRITTEN = ("value", "note", "reason", "comment", "revision", "saved_at", "saved_by")


@dataclass(frozen=True, slots=True)
class Put:
    """One number or text for one cell, as it stood at revision `base` when it was judged.

    `saved` says who is named as its author: nobody (None) gives the cell back to the system.
    """

    id: UUID
    cell_id: int
    base: int
    value: int | None
    note: str = ""
    reason: str = ""
    comment: str = ""
    saved: tuple[datetime, str] | None = None


@transaction.atomic
def hold_open(*, report_ids: Collection[int], at: datetime) -> list[Report]:
    """These reports with their rows locked, all open for entry; raises NotEditable."""
    found = Report.objects.filter(pk__in=report_ids).select_for_update(no_key=True)
    reports = list(found.order_by("pk"))
    shut = [r for r in reports if r.state not in (State.DRAFT, State.RETURNED) or at >= r.lock_at]
    if shut or len(reports) != len(set(report_ids)):
        raise NotEditable(
            "report_closed",
            _("This report was submitted or locked: its numbers are corrected on its own page."),
        )
    return reports


@transaction.atomic
def write_block(
    *, reports: Sequence[Report], batches: Iterable[Sequence[Put]], by: str, at: datetime
) -> int:
    """Write batches of numbers into reports that `hold_open` locked; returns how many cells.

    Raises Conflict if a cell is not at the revision that it was judged at. Nothing is written then.
    """
    touched: dict[int, int] = {}
    for puts in batches:
        for report_id in _write(puts, by, at):
            touched[report_id] = touched.get(report_id, 0) + 1
    Report.objects.filter(pk__in=touched).update(
        edition=F("edition") + 1, touched_at=Coalesce("touched_at", at)
    )
    for report in reports:
        if report.pk in touched:
            audit.record(
                by=by, at=at, act="report.save", object_type="report", object_id=report.pk,
                district_id=report.district_id, street_id=report.street_id,
                cells=touched[report.pk],
            )  # fmt: skip
    return sum(touched.values())


def _write(puts: Sequence[Put], by: str, at: datetime) -> list[int]:
    """One batch; returns the report of each cell that was written."""
    cells = {
        cell.pk: cell for cell in ReportCell.objects.filter(pk__in=[put.cell_id for put in puts])
    }
    changes = [_change(put, cells.get(put.cell_id), by, at) for put in puts]
    update_rows(list(cells.values()), WRITTEN)
    insert_rows(changes)
    lines = ReportLine.objects.filter(pk__in={cell.line_id for cell in cells.values()})
    lines.exclude(confirmed_at=None).update(confirmed_at=None, confirmed_by="")
    homes = dict(lines.values_list("pk", "report_id"))
    return [homes[cell.line_id] for cell in cells.values()]


def _change(put: Put, cell: ReportCell | None, by: str, at: datetime) -> CellChange:
    if cell is None or cell.revision != put.base:
        raise Conflict(
            "cell_changed_meanwhile",
            _("Somebody changed these numbers meanwhile: look at the preview again."),
        )
    change = CellChange(
        id=put.id, cell=cell, revision=cell.revision + 1, old_value=cell.value, old_note=cell.note,
        new_value=put.value, new_note=put.note, reason=put.reason, comment=put.comment, at=at,
        by=by,
    )  # fmt: skip
    cell.value, cell.note, cell.revision = put.value, put.note, change.revision
    cell.reason, cell.comment = put.reason, put.comment
    cell.saved_at, cell.saved_by = put.saved or (None, "")
    return change
