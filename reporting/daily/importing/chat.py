"""Chat lines as a table that the import can judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.imports.headings import plain
from core.imports.kinds import UNREAD, Column, Reason
from core.sheets.table import WHOLE_LINE, Book, Line, Sheet
from reporting.daily.chatlines import Reader
from reporting.daily.importing.words import PLACE


def book_of(
    text: str, columns: Sequence[Column], words: Mapping[str, str], notes: set[str]
) -> Book | None:
    """The table of a chain of chat lines, with the numbers of the text's own lines; None if it is
    no such chain."""
    reader = Reader(words, notes)
    if not words or not reader.looks_like(text):
        return None
    entries = list(reader.lines(text))
    if not entries:
        return None
    said = {name for entry in entries for name in entry.values}
    shown = [column for column in columns if column.name in said or column.name == PLACE]
    sheet = Sheet("")
    sheet.lines.append(Line(0, _headings(shown)))
    for entry in entries:
        if entry.refusal is not None:
            sheet.lines.append(Line(entry.number, [entry.text], {WHOLE_LINE: UNREAD}))
            continue
        cells = [entry.name, *(entry.values.get(column.name, "") for column in shown[1:])]
        sheet.lines.append(Line(entry.number, cells))
    return Book([sheet])


def reason_of(line: Line, words: Mapping[str, str], notes: set[str]) -> Reason:
    """Why a line of the chain could not be read."""
    refused = Reader(words, notes).why(line.cells[0])
    if refused is None:
        # A title above had said what its number counts, and that is not kept.
        return Reason(UNREAD, "This line could not be read.", PLACE)
    return Reason.of(refused, PLACE)


def _headings(columns: Sequence[Column]) -> list[str]:
    """The columns' labels, or their names where two labels are alike."""
    labels = [str(column.label) for column in columns]
    distinct = len({plain(label) for label in labels}) == len(labels)
    return labels if distinct else [column.name for column in columns]
