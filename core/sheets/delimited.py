"""Text tables: CSV files and what is pasted out of a spreadsheet (rules R8 and R9)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from core.sheets.limits import (
    EXACT_DIGITS,
    LINES_ABOVE_HEADER,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
)
from core.sheets.table import Book, Line, Sheet, Unreadable

DELIMITERS = "\t,;"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# An apostrophe before these is the guard of our own CSV files (rule R10), not part of the value.
_GUARD = re.compile(r"^'(?=\s*[=+\-@＝＋－＠])")
_QUOTED = re.compile(r'"[^"]*"')
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E\+[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_ROUNDED = re.compile(rf"[1-9][0-9]{{{EXACT_DIGITS - 1}}}0+", re.ASCII)
_LONG = re.compile(rf"[1-9][0-9]{{{EXACT_DIGITS},}}", re.ASCII)


def read_delimited(data: bytes) -> Book:
    """Read a text table; raises Unreadable. Empty lines are skipped but keep their number."""
    text, guessed = decode(data)
    if "\x00" in text:
        raise Unreadable("text_nul", line=_line_of(text, "\x00"))
    if "\ufffd" in text:
        raise Unreadable("text_damaged", line=_line_of(text, "\ufffd"))
    sheet = Sheet(name="", even=True, guessed=guessed)
    for number, cells in _records(text, _delimiter(text)):
        cells = [_GUARD.sub("", cell.strip()) for cell in cells]
        if not any(cells):
            continue
        if len(_trimmed(cells)) > MAX_COLUMNS:
            raise Unreadable("too_many_columns", limit=MAX_COLUMNS)
        if len(sheet.lines) >= MAX_ROWS + LINES_ABOVE_HEADER:
            raise Unreadable("too_many_rows", limit=MAX_ROWS)
        faults = {index: "line_break" for index, cell in enumerate(cells) if "\n" in cell}
        sheet.lines.append(Line(number, cells, faults))
    _mark_lost_digits(sheet.lines)
    return Book([sheet] if sheet.lines else [])


def decode(data: bytes) -> tuple[str, bool]:
    """The text, and whether its encoding was only guessed (GB18030 has no sign of its own)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), False
            except UnicodeDecodeError:
                raise Unreadable("text_encoding") from None
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030"), True
    except UnicodeDecodeError:
        raise Unreadable("text_encoding") from None


def _delimiter(text: str) -> str:
    """The separator that the first lines use most, outside of quotation marks."""
    head = [_QUOTED.sub("", line) for line in text[:100_000].splitlines()[:LINES_ABOVE_HEADER]]
    most = {mark: max((line.count(mark) for line in head), default=0) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: most[mark])
    return best if most[best] else ","


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    # Strict: otherwise everything behind a quotation mark that is never closed becomes one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable("text_quotes", line=begins) from None
        number += 1
        begins = reader.line_num + 1
        yield number, cells


def _mark_lost_digits(lines: list[Line]) -> None:
    """Find numbers that a spreadsheet has rounded before it wrote the text.

    "5.1E+17" always is one. A long number that ends in zeros may be right by itself; where most
    long numbers of a column do, the column was saved as numbers.
    """
    rounded: dict[int, list[Line]] = {}
    long: dict[int, int] = {}
    for line in lines:
        for index, cell in enumerate(line.cells):
            if _SCIENTIFIC.fullmatch(cell):
                line.faults[index] = "digits_lost"
            elif len(cell) > EXACT_DIGITS and _LONG.fullmatch(cell):
                long[index] = long.get(index, 0) + 1
                if _ROUNDED.fullmatch(cell):
                    rounded.setdefault(index, []).append(line)
    for index, found in rounded.items():
        if 2 * len(found) > long[index]:
            for line in found:
                line.faults[index] = "digits_lost"


def _trimmed(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def _line_of(text: str, char: str) -> int:
    return text.count("\n", 0, text.index(char)) + 1
