"""Workbooks of any length for people to take away, written row by row (rule R10).

Text is text: what a spreadsheet could take for a formula is a plain text cell. Whole numbers are
numbers. Memory does not grow with the rows, and
nothing is written to a disk: what is made goes out at once.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from core.sheets.writing import Cell, sheet_name

MOST_SHEET_ROWS = 1_048_575
"""Rows below the headings that a sheet of XLSX holds."""

_TEXT_STYLE = 1
# Most text has none of these and is copied as it is.
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LIKE_ESCAPE = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_SHEET = "xl/worksheets/sheet1.xml"


class SheetStream:
    """A workbook whose first sheet is filled row by row, handed out in pieces as it is made.

    Styles, headings and the sheet of notes are xlsxwriter's; the rows are put between them by our
    own hand, because xlsxwriter takes about six times as long for them.
    """

    def __init__(
        self,
        write: Callable[[bytes], Any],
        name: str,
        headings: Sequence[str],
        notes_name: str,
        *,
        footer: str = "",
    ) -> None:
        self._names = (sheet_name(name), sheet_name(notes_name))
        self._headings, self._footer = headings, footer
        self._letters = [xl_col_to_name(at) for at in range(len(headings))]
        frame = self._frame(())
        before, after = frame.read(_SHEET).split(b"</sheetData>")
        self._after = b"</sheetData>" + after
        # A sink without a position: sizes follow each part, as in any streamed archive.
        self._sink = _Sink(write)
        self._zip = zipfile.ZipFile(
            self._sink,
            "w",
            zipfile.ZIP_DEFLATED,
            compresslevel=1,
        )
        self._part = self._zip.open(_SHEET, "w")
        self._part.write(_DIMENSION.sub(b"", before))
        self._at = 1

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write rows below those written before; None and empty text are empty cells."""
        out, at, letters = [], self._at, self._letters
        # Most columns say the same again and again.
        known: dict[str, str] = {}
        for row in rows:
            at += 1
            out.append(f'<row r="{at}">')
            for letter, value in zip(letters, row, strict=True):
                if isinstance(value, int):
                    out.append(f'<c r="{letter}{at}"><v>{value}</v></c>')
                elif value:
                    text = known.get(value)
                    if text is None:
                        text = known[value] = _text(value)
                    out.append(f'<c r="{letter}{at}" s="{_TEXT_STYLE}" t="inlineStr">{text}</c>')
            out.append("</row>")
        self._at = at
        self._part.write("".join(out).encode())

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        """End the rows and write the rest of the workbook, with what is now known in its notes."""
        self._part.write(self._after)
        self._part.close()
        frame = self._frame(notes)
        for name in frame.namelist():
            if name != _SHEET:
                self._zip.writestr(name, frame.read(name))
        self._zip.close()

    def discard(self) -> None:
        """Give up: what would still be written goes nowhere."""
        self._sink.shut = True
        self._part.close()
        self._zip.close()

    def _frame(self, notes: Sequence[tuple[str, str]]) -> zipfile.ZipFile:
        """The same workbook without rows, as xlsxwriter makes it."""
        out = io.BytesIO()
        book = Workbook(out, {"in_memory": True})
        text = book.add_format({"num_format": "@"})
        wrap = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bg_color": "#E8F0FA", "bottom": 1})
        sheet, beside = (book.add_worksheet(name) for name in self._names)
        sheet.set_column(0, max(len(self._headings) - 1, 0), 20, text)
        sheet.freeze_panes(1, 0)
        if self._footer:
            # An ampersand would begin one of Excel's own codes.
            sheet.set_footer("&L" + self._footer.replace("&", "&&")[:240])
        for at, heading in enumerate(self._headings):
            sheet.write_string(0, at, heading, head)
        beside.set_column(0, 0, 28, wrap)
        beside.set_column(1, 1, 80, wrap)
        for at, (word, meaning) in enumerate(notes):
            beside.write_string(at, 0, word, wrap)
            beside.write_string(at, 1, meaning, wrap)
        book.close()
        return zipfile.ZipFile(out)


class _Sink:
    """The least that an archive needs of a file: it is written and never looked at again."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write = write
        self.shut = False

    def write(self, data: bytes, /) -> int:
        if not self.shut:
            self._write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def close(self) -> None:
        """What takes the bytes is closed by whoever opened it."""


def _text(value: str) -> str:
    if _SPECIAL.search(value) or value[0].isspace() or value[-1].isspace():
        return f"<is>{_escaped(value)}</is>"
    return f"<is><t>{value}</t></is>"


def _escaped(value: str) -> str:
    """Text for XML. What XML cannot hold is left out; what Excel would read as an escaped
    character (_x0041_) is escaped itself, so that it is read back as it was."""
    text = _LIKE_ESCAPE.sub(r"_x005F_\1", _UNWRITABLE.sub("", value))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<t xml:space="preserve">{text}</t>'
