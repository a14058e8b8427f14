"""Entering numbers: cells are saved one by one or in blocks, from any number of people at once.

A change names the revision that it was typed over. Sent again it is the same change; typed over a
number that somebody else has changed meanwhile it is a conflict, and both numbers are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict, Refused, clean_note, fold_digits, whole_number
from core.scope import Scope
from reporting.daily.models import CellChange, Reason, Report, ReportCell, ReportLine, State
from reporting.daily.services.block import NotEditable, Put, write_block


@dataclass(frozen=True)
class Change:
    """One change as it was typed. `text` is what stands in the box: empty clears the cell."""

    id: UUID
    cell_id: int
    base: int
    text: str
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a change: saved, duplicate, conflict or refused; `cell` as it stands now.

    `revision` is the one that this very change made, which somebody else may have followed up:
    whoever sends several changes of one cell types the next one over it.
    """

    id: UUID
    verdict: str
    cell: ReportCell | None = None
    refusal: Refused | None = None
    revision: int | None = None


@dataclass(frozen=True)
class Saved:
    """Outcomes in the order of the changes, and the report with its edition before them."""

    outcomes: list[Outcome]
    edition_before: int
    report: Report

    @property
    def edition(self) -> int:
        return self.report.edition


class ReportUnknown(Refused):
    """No such report in one's area (HTTP 404)."""

    status = 404


def held(report_id: int, scope: Scope) -> Report:
    """The report of one's area with its row locked; raises ReportUnknown."""
    # Locked by key: what `within` joins must not be locked along.
    seen = Report.objects.within(scope).filter(pk=report_id).values("pk")
    report = (
        Report.objects.select_related("cutoff__form", "cutoff__round__campaign", "street")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk__in=seen)
        .first()
    )
    if report is None:
        raise ReportUnknown("report_unknown", _("There is no such report in your area."))
    return report


def editable(report_id: int, scope: Scope, at: datetime) -> Report:
    """As `held`, and open for entry; raises NotEditable with what to do instead."""
    report = held(report_id, scope)
    refuse_closed(report, at)
    return report


def refuse_closed(report: Report, at: datetime) -> None:
    """Raise NotEditable, with what to do instead, where numbers may not be entered."""
    if report.state in (State.SUBMITTED, State.ACCEPTED):
        raise NotEditable(
            "report_submitted",
            _("This report was submitted. Ask the reviewer to return it, then correct it."),
        )
    if report.state == State.LOCKED or at >= report.lock_at:
        raise NotEditable(
            "report_locked", _("This report is locked. Ask for it to be unlocked, with a reason.")
        )


@transaction.atomic
def save_cells(
    *, report_id: int, changes: Sequence[Change], scope: Scope, by: str, at: datetime
) -> Saved:
    """Save what was typed; every change gets its own verdict and none holds up another.

    Raises ReportUnknown and NotEditable.
    """
    report = editable(report_id, scope, at)
    before = report.edition
    cells = {
        cell.pk: cell
        for cell in ReportCell.objects.within(scope)
        .filter(line__report=report, pk__in=[change.cell_id for change in changes])
        .select_related("line", "column")
    }
    known = CellChange.objects.in_bulk([change.id for change in changes])
    written: list[CellChange] = []
    outcomes = []
    for change in changes:
        outcome = _apply(change, cells.get(change.cell_id), known, by, at)
        outcomes.append(outcome)
        if outcome.verdict == "saved":
            written.append(known[change.id])
    if written:
        write_block(reports=[report], batches=_in_turn(written), by=by, at=at)
        report.edition += 1
    return Saved(outcomes, before, report)


def _in_turn(written: Sequence[CellChange]) -> list[list[Put]]:
    """What was typed, so that a cell changed twice keeps both changes, one after the other."""
    turns: list[list[Put]] = []
    seen: Counter[int] = Counter()
    for change in written:
        put = Put(
            change.id, change.cell_id, change.revision - 1, change.new_value, change.new_note,
            change.reason, change.comment, (change.at, change.by),
        )  # fmt: skip
        if seen[change.cell_id] == len(turns):
            turns.append([])
        turns[seen[change.cell_id]].append(put)
        seen[change.cell_id] += 1
    return turns


def _apply(
    change: Change,
    cell: ReportCell | None,
    known: dict[UUID, CellChange],
    by: str,
    at: datetime,
) -> Outcome:
    if cell is None:
        unknown = Refused("cell_unknown", _("There is no such cell in your part of this report."))
        return Outcome(change.id, "refused", refusal=unknown)
    try:
        value, note = _read(change, cell)
        reason, comment = _why(change, cell, value)
    except Refused as refused:
        return Outcome(change.id, "refused", cell, refused)
    if earlier := known.get(change.id):
        return _again(change, earlier, cell, (value, note))
    if (value, note, reason, comment) == (cell.value, cell.note, cell.reason, cell.comment):
        return Outcome(change.id, "duplicate", cell, revision=cell.revision)
    if change.base != cell.revision:
        return Outcome(change.id, "conflict", cell, _crossed())
    known[change.id] = _typed(change, cell, (value, note, reason, comment), by, at)
    return Outcome(change.id, "saved", cell, revision=cell.revision)


def _read(change: Change, cell: ReportCell) -> tuple[int | None, str]:
    """The number or text that was typed; nothing typed is nothing, never 0."""
    if cell.column.is_note:
        return None, clean_note(change.text, max_length=500) if change.text.strip() else ""
    typed = fold_digits(change.text)
    if not typed:
        return None, ""
    if cell.system_value is not None and typed == str(cell.system_value):
        return cell.system_value, ""  # also what remains, when it is below nought
    return whole_number(typed), ""


def _why(change: Change, cell: ReportCell, value: int | None) -> tuple[str, str]:
    """The reason of the short list. One that was given for another number does not stay."""
    if change.reason and change.reason not in Reason.values:
        raise Refused("reason_unknown", _("Choose a reason from the list."))
    comment = clean_note(change.comment, max_length=200) if change.comment.strip() else ""
    if change.reason == Reason.OTHER and not comment:
        raise Refused("reason_without_comment", _("Say in the comment what the other reason is."))
    return change.reason, comment


def _again(
    change: Change, earlier: CellChange, cell: ReportCell, sent: tuple[int | None, str]
) -> Outcome:
    """The same change once more; another one under the same id is a mistake of the sender."""
    stored = (earlier.cell_id, earlier.new_value, earlier.new_note)
    if stored != (cell.pk, *sent):
        reused = Refused("id_reused", _("This id was used for another change; use a new one."))
        return Outcome(change.id, "refused", cell, reused)
    return Outcome(change.id, "duplicate", cell, revision=earlier.revision)


def _crossed() -> Conflict:
    return Conflict(
        "cell_changed_meanwhile",
        _("Somebody else changed this number meanwhile: keep theirs or enter yours again."),
    )


def _typed(
    change: Change,
    cell: ReportCell,
    new: tuple[int | None, str, str, str],
    by: str,
    at: datetime,
) -> CellChange:
    """The cell as it will be, and the change that says so; both are written by the caller."""
    old_value, old_note = cell.value, cell.note
    cell.value, cell.note, cell.reason, cell.comment = new
    cell.revision += 1
    cell.saved_at, cell.saved_by = at, by
    return CellChange(
        id=change.id, cell=cell, revision=cell.revision, old_value=old_value, old_note=old_note,
        new_value=cell.value, new_note=cell.note, reason=cell.reason, comment=cell.comment,
        at=at, by=by,
    )  # fmt: skip


@transaction.atomic
def confirm_line(
    *, line_id: int, confirmed: bool, scope: Scope, by: str, at: datetime
) -> ReportLine:
    """A community stands by its line, or takes that back. Raises ReportUnknown, NotEditable."""
    line = ReportLine.objects.within(scope).filter(pk=line_id).first()
    if line is None:
        raise ReportUnknown("report_unknown", _("There is no such report in your area."))
    report = editable(line.report_id, scope, at)
    line.confirmed_at, line.confirmed_by = (at, by) if confirmed else (None, "")
    line.save(update_fields=["confirmed_at", "confirmed_by"])
    _note(report, by, at, "report.confirm" if confirmed else "report.unconfirm", line=line.pk)
    return line


def _note(report: Report, by: str, at: datetime, act: str, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="report", object_id=report.pk,
        district_id=report.district_id, street_id=report.street_id, **summary,
    )  # fmt: skip
