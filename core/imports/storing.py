"""Rows of a run in the database and back: what was read stays encrypted until it is erased."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from core.imports.bulk import insert_rows, update_rows
from core.imports.judging import Counts
from core.imports.kinds import Place, Reason, Row, Text
from core.imports.models import ImportRow, ImportRun
from core.inputs import Refused
from core.sheets.table import Line

_LONGEST_LABEL = 120


def place_of(run: ImportRun) -> Place:
    """Where a run's rows belong."""
    return Place(run.district_id, run.street_id, run.context)


def headings_of(run: ImportRun) -> list[str]:
    """The headings of the file, in its own order."""
    return list(_load(run.header))


def store_lines(run: ImportRun, lines: Sequence[Line]) -> None:
    """Keep the lines of a file that nobody has judged yet."""
    insert_rows([_new(run, line) for line in lines])


def lines_of(run: ImportRun) -> list[Line]:
    """The lines of a run as they came, by number."""
    rows = run.rows.order_by("line").only("run", "line", "cells", "faults")
    return [Line(row.line, list(_load(row.cells)), dict(row.faults)) for row in rows]


def store_judgement(
    run: ImportRun, lines: Sequence[Line], rows: Sequence[Row], counts: Counts
) -> None:
    """Replace what is stored of a run's rows by this judgement, and its counts with it."""
    run.rows.all().delete()
    pairs = zip(lines, rows, strict=True)
    insert_rows([_judged(run, *pair) for pair in pairs])
    run.rows_in, run.rows_new, run.rows_changed = counts.rows_in, counts.new, counts.changed
    run.rows_same, run.rows_refused = counts.same, counts.refused
    run.preview += 1


def rows_of(stored: Iterable[ImportRow]) -> list[Row]:
    """Rows as a kind knows them, out of the database."""
    return [
        Row(
            line=row.line,
            values=_load(row.values),
            verdict=row.verdict,
            label=row.key,
            before=_load(row.before),
            reasons=[reason_of(reason) for reason in row.reasons],
            target=row.target,
        )
        for row in stored
    ]


def fingerprint(rows: Iterable[Row]) -> list[str]:
    """What a person saw of each row: two judgements are the same if these are equal."""
    return [
        _json([row.line, row.verdict, row.values, row.before, [plain(r) for r in row.reasons]])
        for row in rows
    ]


def store_targets(run: ImportRun, rows: Sequence[Row]) -> None:
    """Remember what each row wrote, so that it can be undone."""
    by_line = {row.line: row.target for row in rows if row.target}
    stored: QuerySet[ImportRow] = run.rows.filter(verdict__in=["new", "changed"])
    written = [row for row in stored.only("run", "line") if row.line in by_line]
    for row in written:
        row.target = by_line[row.line]
    update_rows(written, ["target"])


def note(code: str, text: Text, **params: Any) -> dict[str, Any]:
    """A remark on the whole file, for `ImportRun.notes` and `.failure`."""
    return plain(Reason(code, text, "", params))


def note_of(refused: Refused) -> dict[str, Any]:
    """The same for a refusal."""
    return plain(Reason.of(refused))


def plain(reason: Reason) -> dict[str, Any]:
    """A reason as JSON: its sentence untranslated, to be said in the reader's language."""
    params = {name: _untranslated(value) for name, value in reason.params.items()}
    with override("en"):
        text = str(reason.text)
    return {"column": reason.column, "code": reason.code, "text": text, "params": params}


def reason_of(stored: Mapping[str, Any]) -> Reason:
    """The reason that `plain` stored."""
    return Reason(stored["code"], stored["text"], stored["column"], stored["params"])


def say(stored: Mapping[str, Any]) -> str:
    """The sentence of a stored reason or note, in the language that is active now."""
    params = {name: _translated(value) for name, value in stored["params"].items()}
    text = stored["text"]
    sentence = gettext(text)
    return sentence % params if params else sentence


def _untranslated(value: Any) -> Any:
    if isinstance(value, Promise):
        with override("en"):
            return {"word": str(value)}
    return value


def _translated(value: Any) -> Any:
    word = value.get("word") if isinstance(value, dict) else None
    return value if word is None else gettext(word)


def _new(run: ImportRun, line: Line) -> ImportRow:
    return ImportRow(
        run=run,
        district_id=run.district_id,
        street_id=run.street_id,
        line=line.number,
        cells=_json(line.cells),
        faults=[[index, code] for index, code in sorted(line.faults.items())],
    )


def _judged(run: ImportRun, line: Line, row: Row) -> ImportRow:
    stored = _new(run, line)
    stored.verdict = row.verdict
    stored.key = row.label[:_LONGEST_LABEL]
    stored.values, stored.before = _json(row.values), _json(row.before)
    stored.reasons = [plain(reason) for reason in row.reasons]
    return stored


def _load(text: Any) -> Any:
    # Encrypted columns are text here, though they are declared as bytes.
    return json.loads(text) if text else []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
