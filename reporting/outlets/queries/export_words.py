"""How a bulk export speaks: headings, masks, the mark in each row, and the sheet of notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext

from core.actors import names_of
from core.clock import local
from core.crypto import decrypt, mask_id, mask_phone
from core.sheets.writing import Cell
from reporting.outlets.models import ExportJob
from reporting.outlets.queries.export_kinds import EXPORT_KINDS, LEVELS, WIDTHS, ExportKind

_MINUTE = "%Y-%m-%d %H:%M"


class Words:
    """The texts of one job, in the language that is active when it is made."""

    def __init__(self, job: ExportJob, kind: ExportKind, as_of: datetime) -> None:
        self._job, self._kind, self._as_of = job, kind, as_of
        self.title = str(kind.title)
        self.notes_title = gettext("Notes")
        name = names_of([job.by])[job.by]
        # Real time, as on a camera's picture: when this copy was made, and for whom.
        self.mark = f"{name} {local(timezone.now()).strftime(_MINUTE)} {str(job.pk)[:8]}"
        self.headings = [str(column.label) for column in kind.columns]
        self.headings.append(pgettext("column of an export", "made for"))
        self._convert = [_converter(kind, at) for at in range(len(kind.columns))]

    def row(self, row: Sequence[Any]) -> list[Cell]:
        """A row of the statement as it stands in the file; the mark at its end.

        The mark is in every row and not in a line of its own: that would break whoever reads the
        file by machine, and be cut off by whoever copies some of its rows.
        """
        cells: list[Cell] = [
            convert(value) if convert else value
            for convert, value in zip(self._convert, row, strict=False)
        ]
        cells.append(self.mark)
        return cells

    def notes(self, rows: int, digest: str) -> list[tuple[str, str]]:
        """What stands beside the rows: what they are, of when, how many, what each column says."""
        job = self._job
        campaign = job.round.campaign
        street = job.street.spoken if job.street else gettext("the whole district")
        said = [
            (self.title, str(self._kind.about)),
            (gettext("round"), f"{campaign.name} · {job.round.number}"),
            (gettext("area"), street),
            (gettext("cut-off"), local(self._as_of).strftime("%Y-%m-%d %H:%M:%S")),
            (gettext("rows"), ngettext("%(n)s row", "%(n)s rows", rows) % {"n": f"{rows:,}"}),
            (gettext("SHA-256 of the rows (as CSV)"), digest),
            (gettext("made for"), self.mark),
        ]
        if job.level:
            said.insert(3, (gettext("level"), f"{LEVELS[job.level]} · {WIDTHS[job.width]}"))
        if job.reason:
            said.append((gettext("needed for"), job.reason))
        if job.personal:
            said.append((gettext("agreed by"), names_of([job.decided_by])[job.decided_by]))
        said.append(("", ""))
        said += [(str(each.label), str(each.meaning)) for each in self._kind.columns]
        return said


def file_name(job: ExportJob) -> str:
    """What a job's file is called, in the reader's language."""
    kind = EXPORT_KINDS[job.kind]
    street = f" {job.street.spoken}" if job.street else ""
    when = local(job.as_of or job.at).strftime("%Y-%m-%d %H%M")
    return f"{kind.title}{street} {when}.{job.format}"


def _converter(kind: ExportKind, at: int) -> Callable[[Any], Cell] | None:
    column = kind.columns[at]
    if column.words:
        words = {code: str(word) for code, word in column.words.items()}
        return lambda value: words.get(value, value)
    return MASKS.get(column.key) if kind.personal else None


def _masked(mask: Callable[[str], str]) -> Callable[[Any], Cell]:
    return lambda value: mask(decrypt(value)) if value else ""


MASKS: dict[str, Callable[[Any], Cell]] = {
    "number": _masked(mask_id),
    "phone": _masked(mask_phone),
}
"""Columns of people that are stored encrypted: how they leave the house, by whatever way."""
