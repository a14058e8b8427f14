"""Workbooks (.xlsx) in one pass over the cells themselves (rule R7).

The sheet's own word about its size is never asked: a false one would hide rows. openpyxl gives the
strings, the styles and the list of sheets; cells are read here, because a formula without a result
and a merged range must be seen, and the public reader shows neither.
"""

from __future__ import annotations

import io
import itertools
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse
from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import from_excel, from_ISO8601

from core.sheets.limits import (
    EXACT_DIGITS,
    LINES_ABOVE_HEADER,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_ENTRIES,
)
from core.sheets.table import Book, Line, Sheet, Unreadable

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _CELL, _VALUE, _FORMULA = f"{_NS}row", f"{_NS}c", f"{_NS}v", f"{_NS}f"
_INLINE, _MERGED = f"{_NS}is", f"{_NS}mergeCell"
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_CHUNK = 1 << 16
_LAST_ROW = 1 << 20
_MOST_MERGED = 50_000


def read_workbook(data: bytes) -> Book:
    """Read every visible sheet of an .xlsx file; raises Unreadable."""
    inspect_archive(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    found = Book()
    for page in book.worksheets:
        if page.sheet_state != "visible":
            found.hidden.append(page.title)
            continue
        sheet = _Reader(book, page).read()
        if sheet.lines:
            found.sheets.append(sheet)
    return found


def inspect_archive(data: bytes) -> None:
    """Count what the archive really holds, and refuse what no plain workbook contains."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise Unreadable("file_damaged") from None
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    _refuse_other_archives(archive, names)
    if len(entries) > MAX_ZIP_ENTRIES or len(names) != len(entries):
        raise Unreadable("zip_entries", limit=MAX_ZIP_ENTRIES)
    left = MAX_UNPACKED_BYTES
    for entry in entries:
        if entry.flag_bits & 1:
            raise Unreadable("file_encrypted")
        with archive.open(entry) as source:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise Unreadable("zip_too_large", limit=MAX_UNPACKED_BYTES // 2**20)


def _refuse_other_archives(archive: zipfile.ZipFile, names: set[str]) -> None:
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Unreadable("file_macros")
    if "xl/workbook.bin" in names:
        raise Unreadable("file_type", kind=".xlsb")
    if "mimetype" in names:
        raise Unreadable("file_type", kind=".ods")
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
        kind = ".docx" if any(n.startswith("word/") for n in names) else ".zip"
        raise Unreadable("file_type", kind=kind)
    with archive.open("[Content_Types].xml") as types:
        if b"macroEnabled" in types.read(_CHUNK):
            raise Unreadable("file_macros")


class _Reader:
    """Reads the cells of one sheet."""

    def __init__(self, book: Any, page: Any) -> None:
        self.page = page
        self.archive = book._archive
        self.strings = page._shared_strings
        self.dates = book._date_formats
        self.spans = book._timedelta_formats
        self.epoch = book.epoch
        self.merged: list[str] = []
        self.row = 0
        self.hidden_rows = 0

    def read(self) -> Sheet:
        lines: list[Line] = []
        with self.archive.open(self.page._worksheet_path) as source:
            for element in self._rows(source):
                line = self._line(element)
                element.clear()
                if line is None:
                    continue
                if len(lines) >= MAX_ROWS + LINES_ABOVE_HEADER:
                    raise Unreadable("too_many_rows", limit=MAX_ROWS)
                lines.append(line)
        lines.sort(key=lambda line: line.number)
        if any(one.number == two.number for one, two in itertools.pairwise(lines)):
            raise Unreadable("file_damaged")
        self._mark_merged(lines)
        return Sheet(self.page.title, lines, hidden_rows=self.hidden_rows)

    def _rows(self, source: Any) -> Iterator[Element]:
        for _event, element in iterparse(source, forbid_dtd=True):
            if element.tag == _ROW:
                yield element
            elif element.tag == _MERGED:
                self.merged.append(element.get("ref") or "")
                if len(self.merged) > _MOST_MERGED:
                    raise Unreadable("file_damaged")

    def _line(self, element: Element) -> Line | None:
        self.row = int(element.get("r") or self.row + 1)
        if not 0 < self.row <= _LAST_ROW:
            # Empty lines are written out by their number: a made-up one would fill the memory.
            raise Unreadable("file_damaged")
        cells: dict[int, str] = {}
        faults: dict[int, str] = {}
        column = 0
        for cell in element:
            if cell.tag != _CELL:
                continue
            place = cell.get("r")
            column = coordinate_to_tuple(place)[1] if place else column + 1
            text, fault = self._cell(cell)
            if not text and not fault:
                continue
            if column > MAX_COLUMNS:
                raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
            cells[column - 1] = text
            if fault:
                faults[column - 1] = fault
        if not cells:
            return None
        if element.get("hidden") in ("1", "true"):
            self.hidden_rows += 1
        width = max(cells) + 1
        return Line(self.row, [cells.get(index, "") for index in range(width)], faults)

    def _cell(self, element: Element) -> tuple[str, str]:
        """The cell's text and its fault, either of which may be empty."""
        kind = element.get("t", "n")
        raw = element.findtext(_VALUE) or ""
        if kind == "inlineStr":
            inline = element.find(_INLINE)
            return _plain("" if inline is None else Text.from_tree(inline).content)
        if not raw:
            return "", "formula" if element.find(_FORMULA) is not None else ""
        if kind == "s":
            return _plain(self.strings[int(raw)])
        if kind == "str":
            return _plain(raw)
        if kind == "b":
            return ("TRUE" if raw == "1" else "FALSE"), ""
        if kind == "e":
            return raw[:20], "error"
        if kind == "d":
            return _date_text(from_ISO8601(raw)), ""
        return self._number(raw, int(element.get("s") or 0))

    def _number(self, raw: str, style: int) -> tuple[str, str]:
        try:
            number = float(raw)
        except ValueError:
            return "", "error"
        if not math.isfinite(number):
            return "", "error"
        if style in self.dates:
            try:
                moment = from_excel(number, self.epoch, timedelta=style in self.spans)
            except (OverflowError, ValueError):
                return "", "error"
            return _date_text(moment), ""
        if abs(number) >= 10**EXACT_DIGITS:
            return f"{number:.0f}", "digits_lost"
        return (str(int(number)) if number.is_integer() else repr(number)), ""

    def _mark_merged(self, lines: list[Line]) -> None:
        """A value that stands for several cells belongs to none of them for certain."""
        by_number = {line.number: line for line in lines}
        for ref in self.merged:
            left, top, right, bottom = range_boundaries(ref)
            if None in (left, top, right, bottom):
                raise Unreadable("file_damaged")
            for number in range(top, min(bottom, lines[-1].number if lines else 0) + 1):
                if line := by_number.get(number):
                    for index in range(left - 1, min(right, MAX_COLUMNS)):
                        line.faults[index] = "merged"


def _plain(text: str | None) -> tuple[str, str]:
    text = (text or "").strip()
    if len(text) > MAX_CELL_CHARACTERS:
        raise Unreadable("file_damaged")
    if "\n" in text or "\r" in text:
        return text, "line_break"
    return text, "digits_lost" if _SCIENTIFIC.fullmatch(text) else ""


def _date_text(value: Any) -> str:
    """`2021-11-04`, with ` 19:30` where there is a time; only `19:30` where there is no day."""
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, time):
        value = datetime.combine(date(2000, 1, 1), value) + timedelta(seconds=30)
        return "24:00" if value.day > 1 else value.strftime("%H:%M")
    if isinstance(value, datetime):
        value += timedelta(milliseconds=500)
        return value.strftime("%Y-%m-%d" if value.time() < time(0, 0, 1) else "%Y-%m-%d %H:%M")
    return str(value.isoformat())
