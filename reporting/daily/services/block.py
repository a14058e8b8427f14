"""How numbers are written, three typed ones or twenty thousand of a sheet: in a few statements.

One change a cell, in turn, kept for ever; a line is confirmed again after its numbers changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict
from core.statements import run
from reporting.daily.models import Report, ReportLine


class NotEditable(Conflict):
    """The report is not open for entry: submitted, accepted or locked (HTTP 409)."""


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
    shut = [report for report in reports if not report.is_open(at)]
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
    """Write batches of numbers into open reports whose rows the caller holds; returns how many.

    A batch names a cell once. Raises Conflict if a cell is not at the revision that it was judged
    at. Nothing is written then.
    """
    touched: Counter[int] = Counter()
    for puts in batches:
        if puts:
            touched += _write(puts, by, at)
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


_PUT = """
    WITH put AS (
        SELECT * FROM unnest(%b::uuid[], %b::int[], %b::int[], %b::int[], %b::text[], %b::text[],
                             %b::text[], %b::timestamptz[], %b::text[])
            AS p(key, cell_id, base, value, note, reason, comment, saved_at, saved_by)),
    old AS (
        SELECT put.*, c.line_id, c.value AS old_value, c.note AS old_note
        FROM put JOIN daily_reportcell c ON c.id = put.cell_id AND c.revision = put.base),
    kept AS (
        INSERT INTO daily_cellchange (id, cell_id, revision, old_value, new_value, old_note,
                                      new_note, reason, comment, at, by)
        SELECT key, cell_id, base + 1, old_value, value, old_note, note, reason, comment, %b, %b
        FROM old),
    written AS (
        UPDATE daily_reportcell c SET value = old.value, note = old.note, revision = old.base + 1,
               reason = old.reason, comment = old.comment, saved_at = old.saved_at,
               saved_by = old.saved_by
        FROM old WHERE c.id = old.cell_id RETURNING c.line_id)
    SELECT l.id, l.report_id, count(*)::int
    FROM written JOIN daily_reportline l ON l.id = written.line_id GROUP BY 1, 2"""


def _write(puts: Sequence[Put], by: str, at: datetime) -> Counter[int]:
    """One batch in two statements; returns how many cells of each report were written."""
    columns = [
        [put.id for put in puts], [put.cell_id for put in puts], [put.base for put in puts],
        [put.value for put in puts], [put.note for put in puts], [put.reason for put in puts],
        [put.comment for put in puts],
        [put.saved[0] if put.saved else None for put in puts],
        [put.saved[1] if put.saved else "" for put in puts],
    ]  # fmt: skip
    lines = run(_PUT, [*columns, at, by])
    written: Counter[int] = Counter()
    for _line, report_id, cells in lines:
        written[report_id] += cells
    if sum(written.values()) != len(puts):
        raise Conflict(
            "cell_changed_meanwhile",
            _("Somebody changed these numbers meanwhile: look at the preview again."),
        )
    confirmed = ReportLine.objects.filter(pk__in=[line for line, _r, _n in lines])
    confirmed.exclude(confirmed_at=None).update(confirmed_at=None, confirmed_by="")
    return written
