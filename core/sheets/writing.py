"""Tables for people to take away: XLSX and CSV whose cells can start no formula (rule R10)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
BOM = b"\xef\xbb\xbf"
Cell = str | int | None
R = TypeVar("R", bound=HttpResponseBase)
_STARTS_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r]")
_NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_WIDEST, _NARROWEST = 60, 10


@dataclass
class Table:
    """One sheet to write: headings, rows of text; `notes` are written as they are, without grid."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[str]] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def guarded(text: str) -> str:
    """The text for a CSV cell: what a spreadsheet could take for a formula gets an apostrophe."""
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def inert(value: Cell) -> Cell:
    """The value for a cell of CSV. Most begin with a letter or digit and need no closer look."""
    if isinstance(value, str) and value and not value[0].isalnum():
        return guarded(value)
    return value


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV in UTF-8 with CRLF, without BOM; None is an empty cell."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([inert(value) for value in row] for row in rows)
    return out.getvalue().encode()


def csv_bytes(table: Table) -> bytes:
    """CSV with BOM, which Excel reads as UTF-8; long numbers lose digits there, see XLSX."""
    return BOM + csv_lines([table.headings]) + csv_lines(table.rows)


def xlsx_bytes(tables: Sequence[Table]) -> bytes:
    """A workbook whose cells are all text: no number is rounded, no formula is made."""
    out = io.BytesIO()
    # Every cell goes through write_string, which makes neither formulas nor links.
    book = Workbook(out, {"in_memory": True})
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E8F0FA", "bottom": 1}),
        "text": book.add_format({"num_format": "@"}),
        "wrap": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
    }
    for table in tables:
        _write(book.add_worksheet(sheet_name(table.name)), table, styles)
    book.close()
    return out.getvalue()


def download(data: bytes, content_type: str, file_name: str) -> HttpResponse:
    """An answer that is saved under a name of any script (RFC 6266) and stored nowhere between."""
    return saved_as(HttpResponse(data, content_type=content_type), file_name)


def saved_as(response: R, file_name: str) -> R:
    """Let an answer, whole or streamed, be saved under a name and stored nowhere between."""
    response["Content-Disposition"] = content_disposition_header(True, file_name) or ""
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _write(sheet: Any, table: Table, styles: dict[str, Any]) -> None:
    widths = [_width(text) for text in table.headings]
    body = styles["wrap"] if table.notes else styles["text"]
    for index in range(len(table.headings)):
        # Text before anything is typed: an identity number keeps all of its digits.
        sheet.set_column(index, index, widths[index], body)
    at = 0
    for note in table.notes:
        sheet.write_string(at, 0, note)
        at += 1
    at += bool(table.notes)
    for index, text in enumerate(table.headings):
        sheet.write_string(at, index, text, styles["head"])
    if not table.notes:
        sheet.freeze_panes(at + 1, 0)
    for row in table.rows:
        at += 1
        for index, text in enumerate(row):
            sheet.write_string(at, index, text, body)
            if index < len(widths):
                widths[index] = max(widths[index], _width(text))
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width, body)


def _width(text: str) -> int:
    # A Chinese character is two Latin ones wide.
    wide = sum(2 if ord(char) > 0x2E80 else 1 for char in text[:_WIDEST]) + 2
    return min(max(wide, _NARROWEST), _WIDEST)


def sheet_name(text: str) -> str:
    """The text as XLSX allows it for the name of a sheet."""
    return _NOT_IN_SHEET_NAME.sub(" ", text).strip()[:31]
