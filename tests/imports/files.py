"""Files as people bring them, sound and faulty, made in the test that needs them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter


def workbook(
    *sheets: tuple[str, Sequence[Sequence[Any]]],
    hidden: Sequence[str] = (),
    dress: Callable[[Any, dict[str, Any]], None] | None = None,
    **options: Any,
) -> bytes:
    """A workbook; `dress(book, sheets)` adds what a plain table does not have."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    made = {}
    for name, rows in sheets:
        made[name] = sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value not in (None, ""):
                    sheet.write(number, column, value)
    if dress:
        dress(book, made)
    book.close()
    return out.getvalue()


def rewritten(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one part changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == part else body)
    return out.getvalue()


def with_part(data: bytes, name: str, body: bytes) -> bytes:
    """The same archive with one part more."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return out.getvalue()


def lying_dimension(data: bytes) -> bytes:
    """A sheet that says it ends in its first row."""
    return rewritten(
        data,
        "xl/worksheets/sheet1.xml",
        lambda body: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B1"', body),
    )


def table(rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()
