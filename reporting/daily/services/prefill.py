"""Pre-filling: every cell that the system can know starts from what it knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from core import audit
from core.scope import Scope
from core.statements import run
from reporting.daily.models import Report, ReportCell, ReportLine
from reporting.daily.queries.owing import is_older
from reporting.daily.queries.sources import known_of
from reporting.daily.services.entry import editable

# All of a report at once: thirty streets' reports open in one transaction.
_SET = """
    UPDATE daily_reportcell c SET value = p.value, system_value = p.figure, system_at = %b
    FROM unnest(%b::int[], %b::int[], %b::int[]) AS p(id, value, figure) WHERE c.id = p.id"""


def _confirm_again(lines: Iterable[int]) -> None:
    """A community stands by the numbers it saw: others are to be confirmed anew."""
    ReportLine.objects.filter(pk__in=set(lines)).update(confirmed_at=None, confirmed_by="")


@transaction.atomic
def take_newest(*, report_id: int, scope: Scope, by: str, at: datetime) -> int:
    """Take the system's figures as they are now into a report that is being filled.

    Numbers that a person entered stay, with the new figure beside them; a line whose numbers
    changed is to be confirmed again. Returns how many cells got another figure. Raises Refused
    when the report is not open for entry.
    """
    return prefill(report=editable(report_id, scope, at), by=by, at=at)


def prefill(*, report: Report, by: str, at: datetime) -> int:
    """As `take_newest`, for a report whose row the caller holds."""
    cutoff = report.cutoff
    known = known_of(cutoff.round, report.street_id, at=at, cutoff=cutoff.as_of)
    if is_older(known.as_of, report):
        return 0
    changed = []
    cells = ReportCell.objects.filter(line__report=report).exclude(column__source="")
    for cell in cells.select_related("line", "column"):
        if cell.column.per_community and cell.line.community_id is None:
            continue  # the street's own total is typed or left to the sum
        figure = known.of(cell.line.community_id, cell.column.source)
        if figure is None or (figure, known.as_of) == (cell.system_value, cell.system_at):
            continue
        moved = figure != cell.system_value
        cell.system_value, cell.system_at = figure, known.as_of
        # Below nought a number is always the system's own, whoever gave a reason for it.
        if moved and (not cell.saved_by or (cell.value is not None and cell.value < 0)):
            cell.value = figure
        changed.append((cell, moved))
    if changed:
        _confirm_again(cell.line_id for cell, moved in changed if moved and not cell.saved_by)
        moving = [cell for cell, _moved in changed]
        run(_SET, [
            known.as_of, [cell.pk for cell in moving], [cell.value for cell in moving],
            [cell.system_value for cell in moving],
        ])  # fmt: skip
    moved_cells = sum(moved for _cell, moved in changed)
    report.prefilled_at = known.as_of
    report.edition += bool(moved_cells)
    report.save(update_fields=["prefilled_at", "edition"])
    if moved_cells:
        audit.record(
            by=by, at=at, act="report.prefill", object_type="report", object_id=report.pk,
            district_id=report.district_id, street_id=report.street_id, cells=moved_cells,
        )  # fmt: skip
    return moved_cells
