"""The job that reads a register file: stages who can be read, keeps who cannot, counts both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from campaigns.register_import import KIND
from campaigns.services.register import figures, reading, staging
from campaigns.services.register.places import Places
from campaigns.services.register.rows import RowReader, Unfit
from core import audit
from core.imports.headings import Found, find_table
from core.imports.models import ImportRun, RunState
from core.imports.services.columns import recall_columns
from core.imports.storing import note
from core.inputs.times import today_here
from core.sheets.limits import LINES_ABOVE_HEADER
from core.sheets.table import Book, Line, Sheet
from core.sheets.words import refused_file

BATCH = 10_000
MAX_PEOPLE = 3_000_000
"""More rows than any district has people; beyond it a file is not a register."""
_PEEK = LINES_ABOVE_HEADER + 40
Records = Iterator[tuple[int, list[str]]]


def check(run: ImportRun, *, by: str, at: datetime) -> None:
    """Read the whole file and count what it would do. Nothing is written to the register.

    Ends in the state `checked`, or `mapping` where somebody must say what the columns mean.
    Raises Refused for a file that cannot be read at all. Harmless to run again from the start.
    """
    text = reading.look(run.pk)
    run.progress_done, run.progress_total = 0, text.lines
    found, records = _open(run, text)
    run.header = json.dumps(found.headings, ensure_ascii=False)
    if not run.mapping and not found.complete:
        run.context |= {"guess": found.mapping, "signature": found.signature}
        run.state = RunState.MAPPING
        run.save()
        return
    run.mapping = run.mapping or found.mapping
    run.notes = _notes(found, run)
    run.rows_in = _stage(run, found, records)
    if not run.rows_in:
        raise refused_file("no_rows")
    conclude(run, by=by, at=at)


def conclude(run: ImportRun, *, by: str, at: datetime) -> None:
    """Set the run's counts from its stage as the register stands now, for a person to confirm."""
    with transaction.atomic():
        patience()
        judged = figures.count(run)
        run.rows_refused = run.rows.count()
        run.rows_new, run.rows_changed = judged.new, judged.changed
        run.rows_same = judged.same
        run.context |= judged.as_context() | {"reasons": _reasons(run)}
        run.state, run.preview, run.tries = RunState.CHECKED, run.preview + 1, 0
        run.progress_done = run.progress_total
        run.save()
        audit.record(
            by=by, at=at, act="register.check", object_type="import", object_id=run.pk,
            district_id=run.district_id, rows_in=run.rows_in, new=judged.new,
            changed=judged.changed, same=judged.same, refused=run.rows_refused,
            moved=judged.moved, disputed=judged.disputed,
        )  # fmt: skip


def _reasons(run: ImportRun) -> list[dict[str, object]]:
    """How often each reason refused a row, the commonest first, with the first row it met."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.why ->> 'column', r.why ->> 'code', count(*), min(i.line),
                      (array_agg(r.why ORDER BY i.line))[1]
               FROM core_importrow i, jsonb_array_elements(i.reasons) AS r(why)
               WHERE i.run_id = %s GROUP BY 1, 2 ORDER BY 3 DESC, 4 LIMIT 40""",
            [run.pk],
        )
        return [
            {"rows": rows, "first": first, "why": json.loads(why)}
            for _column, _code, rows, first, why in cursor.fetchall()
        ]


def patience() -> None:
    """A statement over a million rows may take longer than a worker's usual minute."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20min'")


def _open(run: ImportRun, text: reading.Text) -> tuple[Found, Records]:
    """Find the header among the first lines; the records that follow it."""
    records = reading.records(run.pk, text)
    first = list(islice(records, _PEEK))
    lines = [Line(number, [cell.strip() for cell in cells]) for number, cells in first]
    if not lines:
        raise refused_file("no_rows")
    sheet = Sheet("", lines, even=True, guessed=text.guessed)
    memory = recall_columns(kind=run.kind, district_id=run.district_id, sender=run.sender or run.by)
    found = find_table(Book([sheet]), KIND, memory.get)
    below = [pair for pair in first if pair[0] > found.header.number]
    return found, chain(below, records)


def _stage(run: ImportRun, found: Found, records: Records) -> int:
    """Stage every record or keep it as refused; the number of records."""
    stage = staging.Stage(run)
    stage.open()
    reader = RowReader(
        run.district_id, found.headings, run.mapping, Places(run.district_id), today_here()
    )
    total = 0
    for number, cells in records:
        total += 1
        try:
            stage.add(number, reader.read(number, cells), cells)
        except Unfit as unfit:
            stage.refuse(number, unfit.reasons, cells)
        if len(stage) >= BATCH:
            _flush(run, stage, number)
        if total > MAX_PEOPLE:
            raise refused_file("too_many_rows", limit=MAX_PEOPLE)
    _flush(run, stage, run.progress_total)
    with transaction.atomic():
        patience()
        stage.settle()
    return total


def _flush(run: ImportRun, stage: staging.Stage, done: int) -> None:
    with transaction.atomic():
        stage.flush()
        run.progress_done = min(done, run.progress_total)
        ImportRun.objects.filter(pk=run.pk).update(progress_done=run.progress_done)


def _notes(found: Found, run: ImportRun) -> list[dict[str, object]]:
    left = [
        heading
        for index, heading in enumerate(found.headings)
        if heading and index not in found.own and not run.mapping[index]
    ]
    notes: list[dict[str, object]] = list(run.context.get("notes", ()))
    if not left:
        return notes
    text = _("These columns were left out: %(columns)s")
    return [*notes, note("columns_left", text, columns=", ".join(left)[:200])]
