"""From stored slices to records of text, one at a time, whatever the size of the file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from campaigns.models import RegisterChunk
from core.crypto import decrypt_bytes
from core.sheets.delimited import DELIMITERS
from core.sheets.limits import LINES_ABOVE_HEADER, MAX_CELL_CHARACTERS
from core.sheets.words import refused_file

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTED = re.compile(r'"[^"]*"')
Beat = Callable[[], None]


@dataclass(frozen=True)
class Text:
    """How the stored bytes are read: encoding, whether it was guessed, separator, lines."""

    encoding: str
    guessed: bool
    delimiter: str
    lines: int


class Slices(io.RawIOBase):
    """The stored slices of a run as one stream of bytes; one slice is in memory at a time."""

    def __init__(self, run_id: UUID, beat: Beat = lambda: None) -> None:
        self._run_id = run_id
        self._beat = beat
        self._next = 0
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            content = slice_of(self._run_id, self._next)
            if content is None:
                return 0
            self._beat()
            self._held = memoryview(content)
            self._next += 1
        taken = min(len(buffer), len(self._held))
        buffer[:taken] = self._held[:taken]
        self._held = self._held[taken:]
        return taken


def slice_of(run_id: UUID, number: int) -> bytes | None:
    """The plain bytes of one slice; None behind the last."""
    row = (
        RegisterChunk.objects.filter(run_id=run_id, number=number)
        .values_list("content", flat=True)
        .first()
    )
    return None if row is None else decrypt_bytes(row)


def look(run_id: UUID) -> Text:
    """Read all slices once, to know their encoding before anything is believed (rule R8).

    Raises FileRefused for text in no known encoding, with a NUL, or damaged earlier.
    """
    first = slice_of(run_id, 0)
    if not first:
        raise refused_file("file_empty")
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return _decoded(run_id, encoding, guessed=False)
    try:
        return _decoded(run_id, "utf-8", guessed=False)
    except UnicodeDecodeError:
        pass
    try:
        return _decoded(run_id, "gb18030", guessed=True)
    except UnicodeDecodeError:
        raise refused_file("text_encoding") from None


def _decoded(run_id: UUID, encoding: str, *, guessed: bool) -> Text:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, number, head = 1, 0, ""
    try:
        while (content := slice_of(run_id, number)) is not None:
            text = decoder.decode(content)
            _refuse_damage(text, lines)
            head = head or text
            lines += text.count("\n")
            number += 1
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if encoding in ("utf-8", "gb18030"):
            raise
        raise refused_file("text_encoding") from None
    return Text(encoding, guessed, _delimiter(head), lines)


def _refuse_damage(text: str, lines: int) -> None:
    for char, code in (("\x00", "text_nul"), ("\ufffd", "text_damaged")):
        if char in text:
            raise refused_file(code, line=lines + text.count("\n", 0, text.index(char)))


def _delimiter(text: str) -> str:
    """The separator that the first lines use most, outside of quotation marks."""
    head = [_QUOTED.sub("", line) for line in text[:100_000].splitlines()[:LINES_ABOVE_HEADER]]
    best = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in head), default=0))
    return best if any(best in line for line in head) else ","


def records(run_id: UUID, text: Text, beat: Beat = lambda: None) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of every record that holds anything, as a spreadsheet would number them.

    Raises FileRefused where a quotation mark makes the rest unreadable (rule R9).
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    lines = io.TextIOWrapper(
        io.BufferedReader(Slices(run_id, beat), 262_144), encoding=text.encoding, newline=""
    )
    # Strict: otherwise everything behind a quotation mark that is never closed becomes one cell.
    reader = csv.reader(lines, delimiter=text.delimiter, strict=True)
    begins, number = 1, 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise refused_file("text_quotes", line=begins) from None
        number += 1
        begins = reader.line_num + 1
        if any(cells) and any(map(str.strip, cells)):
            yield number, cells
