"""Take a sheet in, and judge it without writing anything of it (dry run)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.imports.headings import Found, find_table, own_headings, plain, signature_of
from core.imports.judging import count, judge_lines, mark_lines
from core.imports.kinds import ImportKind, Place, Row, kind_of
from core.imports.models import ImportRun, RunState
from core.imports.services.columns import recall_columns, remember_columns
from core.imports.storing import (
    headings_of,
    lines_of,
    note,
    place_of,
    store_judgement,
    store_lines,
)
from core.inputs import Conflict
from core.scope import Scope
from core.sheets.limits import MAX_ROWS
from core.sheets.reading import read_sheets
from core.sheets.table import Book, Line
from core.sheets.words import refused_file

CHANGEABLE = (RunState.MAPPING, RunState.CHECKED)


class RunMoved(Conflict):
    """The run went on meanwhile; the page shows where it is now."""


@dataclass(frozen=True)
class Upload:
    """A file or pasted text as it came."""

    data: bytes
    name: str
    sender: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def sender_of(upload: Upload, by: str) -> str:
    """Who a mapping is remembered for: the sender who was named, else the person at work."""
    return upload.sender or ":".join(by.split(":")[:2])


def start_run(
    *, run_id: uuid.UUID, kind: ImportKind, place: Place, upload: Upload, by: str, at: datetime
) -> ImportRun:
    """Read a file and keep its preview. The same form sent twice is one run.

    1. a run of this id, maker and content is there already: it is the answer; another content
       under the same id (the browser's back button) becomes a run of its own;
    2. a child process reads the file, outside of any transaction;
    3. its header is found, by words or by memory;
    4. if every column is known the rows are judged, otherwise they wait for the columns' names.
    Raises FileRefused, and then nothing is kept.
    """
    known = ImportRun.objects.filter(pk=run_id).first()
    if known is not None and _is_same(known, kind, place, upload, by):
        return known
    if known is not None:
        run_id = uuid.uuid4()
    kind = kind.at(place)
    book = _read(kind, upload)
    sender = sender_of(upload, by)
    memory = recall_columns(kind=kind.code, district_id=place.district_id, sender=sender)
    found = find_table(book, kind, memory.get)
    if len(found.lines) > MAX_ROWS:
        raise refused_file("too_many_rows", limit=MAX_ROWS)
    mark_lines(found.lines, found.headings, even=found.sheet.even)
    run = ImportRun(
        id=run_id,
        kind=kind.code,
        district_id=place.district_id,
        street_id=place.street_id,
        context=dict(place.context),
        state=RunState.MAPPING,
        file_name=upload.name[:120],
        digest=upload.digest,
        sender=upload.sender,
        header=json.dumps(found.headings, ensure_ascii=False),
        mapping=found.mapping,
        notes=sheet_notes(book, found),
        rows_in=len(found.lines),
        at=at,
        by=by,
    )
    return _keep(run, kind, found)


def name_columns(
    *, run_id: uuid.UUID, mapping: Sequence[str], scope: Scope, by: str, at: datetime
) -> ImportRun:
    """Say which column means what, judge the rows by it, and remember it for this sender.

    Raises MappingUnfit if a needed column is missing, RunMoved if the run was written already.
    Rows are judged before the lock is taken: long work in a transaction would block others.
    """
    run = ImportRun.objects.within(scope).get(pk=run_id)
    kind = kind_of(run.kind).at(place_of(run))
    headings, own = headings_of(run), own_headings()
    given = [*mapping, *[""] * len(headings)]
    named = ["" if plain(heading) in own else given[i] for i, heading in enumerate(headings)]
    lines = lines_of(run)
    rows = judge_lines(kind, lines, named, headings, place_of(run))
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.state not in CHANGEABLE:
            raise RunMoved("import_moved", _("This import has gone on meanwhile."))
        run.mapping, run.state = named, RunState.CHECKED
        store_judgement(run, lines, rows, count(rows))
        run.save()
        remember_columns(
            kind=run.kind,
            district_id=run.district_id,
            sender=sender_of(Upload(b"", "", run.sender), run.by),
            signature=signature_of(headings),
            mapping=[named[i] for i, heading in enumerate(headings) if plain(heading) not in own],
            at=at,
        )
        _record(run, by, at)
    return run


def judge_again(run: ImportRun, kind: ImportKind) -> tuple[list[Line], list[Row]]:
    """The run's own lines, judged against what is stored now."""
    lines = lines_of(run)
    return lines, judge_lines(kind, lines, run.mapping, headings_of(run), place_of(run))


def _read(kind: ImportKind, upload: Upload) -> Book:
    """The sheets of a file; pasted text may have a form that only the kind knows."""
    pasted = None if upload.name else kind.read_text(upload.data.decode(errors="replace"))
    return pasted or read_sheets(upload.data, upload.name)


def _is_same(known: ImportRun, kind: ImportKind, place: Place, upload: Upload, by: str) -> bool:
    there = (known.kind, known.digest, known.by, place_of(known))
    return there == (kind.code, upload.digest, by, place)


def _keep(run: ImportRun, kind: ImportKind, found: Found) -> ImportRun:
    rows = None
    if found.complete:
        rows = judge_lines(kind, found.lines, found.mapping, found.headings, place_of(run))
    try:
        with transaction.atomic():
            # First the run: whoever sent the same form at the same moment waits here.
            run.save(force_insert=True)
            if rows is None:
                store_lines(run, found.lines)
            else:
                store_judgement(run, found.lines, rows, count(rows))
                run.state = RunState.CHECKED
                run.save()
            _record(run, run.by, run.at)
    except IntegrityError as error:
        twin = ImportRun.objects.filter(pk=run.pk, by=run.by).first()
        if twin is None:
            raise readable(error) from error
        return twin
    return run


def _record(run: ImportRun, by: str, at: datetime) -> None:
    audit.record(
        by=by,
        at=at,
        act="import.check",
        object_type="import",
        object_id=run.pk,
        district_id=run.district_id,
        street_id=run.street_id,
        kind=run.kind,
        rows_in=run.rows_in,
        refused=run.rows_refused,
    )


def sheet_notes(book: Book, found: Found) -> list[dict[str, Any]]:
    """What of a workbook was not read, or read though it is hidden."""
    notes = []
    if book.hidden:
        notes.append(
            note(
                "hidden_sheets",
                _("Hidden sheets were not read: %(names)s."),
                names=_list(book.hidden),
            )
        )
    if found.others:
        notes.append(
            note(
                "other_sheets",
                _("Only the sheet %(sheet)s was read. Not read: %(names)s."),
                sheet=found.sheet.name,
                names=_list(found.others),
            )
        )
    if found.sheet.hidden_rows:
        notes.append(
            note(
                "hidden_rows",
                _("Hidden or filtered rows were read too: %(rows)s."),
                rows=found.sheet.hidden_rows,
            )
        )
    return notes


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} …" if len(names) > 5 else shown
