"""Find the header of a sheet and say which column means what (rule R9: header names decide)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.imports.kinds import ImportKind, Text
from core.inputs import fold
from core.sheets.limits import LINES_ABOVE_HEADER
from core.sheets.table import Book, Line, Sheet
from core.sheets.words import refused_file

ROW_HEADING = _("Row in the file")
REASON_HEADING = _("Why it was refused")
NOTES_SHEET = _("How to fill in")
"""Our own headings and sheet: put in by the files we hand out, ignored when they come back."""

_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
_NOISE = re.compile(r"[\s_\-*:.,/、，。·]+")
Recall = Callable[[str], Sequence[str] | None]


@dataclass
class Found:
    """The table of a file: its header line and the data below it.

    `mapping` holds for each place of the header the column's name, or "" where nothing is known.
    `own` are the places of our own remarks. `complete` says that nobody needs to be asked.
    """

    sheet: Sheet
    header: Line
    lines: list[Line]
    mapping: list[str]
    own: frozenset[int]
    signature: str
    complete: bool
    others: list[str]

    @property
    def headings(self) -> list[str]:
        return self.header.cells


def find_table(book: Book, kind: ImportKind, recall: Recall) -> Found:
    """Choose the sheet and line whose headings are best known, or the likeliest one.

    `recall` gives the mapping remembered for a header's signature. Raises FileRefused for a header
    that is doubled or missing, and for a file in a guessed encoding without any known heading.
    """
    words = vocabulary(kind)
    best: tuple[int, Sheet, int] | None = None
    for sheet in book.sheets:
        for index, line in enumerate(sheet.lines[: LINES_ABOVE_HEADER + 1]):
            known = {words[word] for cell in line.cells if (word := plain(cell)) in words}
            # A header that somebody explained once is certain.
            score = 10_000 if recall(signature_of(line.cells)) else len(known)
            if best is None or score > best[0]:
                best = (score, sheet, index)
    if best is None:
        raise refused_file("no_rows")
    score, sheet, index = best
    needed = sum(column.required for column in kind.columns)
    if score < min(2, max(needed, 1)):
        if sheet.guessed:
            raise refused_file("heading_unknown")
        sheet, index = _likeliest(book)
    return _found(book, sheet, index, kind, words, recall)


def vocabulary(kind: ImportKind) -> dict[str, str]:
    """Every plain heading that means a column of this kind, in every language of the product."""
    words: dict[str, str] = {}
    for column in kind.columns:
        said = [column.name, *column.synonyms, *_in_every_language(column.label)]
        for text in said:
            words.setdefault(plain(text), column.name)
    words.pop("", None)
    return words


def plain(heading: str) -> str:
    """A heading without case, spaces, brackets and what stands in them, marks of duty."""
    return _NOISE.sub("", _BRACKETS.sub("", fold(heading).casefold()))


def signature_of(headings: Sequence[str]) -> str:
    """A digest by which the same header is known again; our own remarks do not count."""
    own = own_headings()
    words = [word for heading in headings if (word := plain(heading)) not in own]
    while words and not words[-1]:
        words.pop()
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def own_headings() -> frozenset[str]:
    """Plain forms of the headings that our files of refused rows add."""
    return frozenset(
        plain(text)
        for heading in (ROW_HEADING, REASON_HEADING)
        for text in _in_every_language(heading)
    )


def letter(index: int) -> str:
    """A column's letter in a spreadsheet, from its index: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _in_every_language(text: Text) -> list[str]:
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.append(str(text))
    return found


def _likeliest(book: Book) -> tuple[Sheet, int]:
    """The first line with the most cells filled, near the top: titles fill one or two."""
    sheet = max(book.sheets, key=lambda sheet: len(sheet.lines))
    filled = [sum(map(bool, line.cells)) for line in sheet.lines[: LINES_ABOVE_HEADER + 1]]
    return sheet, filled.index(max(filled))


def _found(
    book: Book, sheet: Sheet, index: int, kind: ImportKind, words: dict[str, str], recall: Recall
) -> Found:
    header, lines = sheet.lines[index], sheet.lines[index + 1 :]
    own_words = own_headings()
    own = frozenset(i for i, cell in enumerate(header.cells) if plain(cell) in own_words)
    _check_header(header, lines, own)
    signature = signature_of(header.cells)
    mapping = _mapping(header, own, words, recall(signature))
    named = [name for name in mapping if name]
    asked = {column.name for column in kind.columns if column.required} - set(named)
    unknown = [i for i, cell in enumerate(header.cells) if cell and not mapping[i] and i not in own]
    remembered = recall(signature) is not None
    notes = set(_in_every_language(NOTES_SHEET))
    return Found(
        sheet=sheet,
        header=header,
        lines=lines,
        mapping=mapping,
        own=own,
        signature=signature,
        complete=not asked and (remembered or not unknown),
        others=[s.name for s in book.sheets if s is not sheet and s.name not in notes],
    )


def _mapping(
    header: Line, own: frozenset[int], words: dict[str, str], remembered: Sequence[str] | None
) -> list[str]:
    """By memory, else by words; each column once, from the left."""
    rest = iter(remembered or ())
    mapping: list[str] = []
    for index, cell in enumerate(header.cells):
        name = ""
        if index not in own:
            name = words.get(plain(cell), "") if remembered is None else next(rest, "")
        mapping.append("" if name in mapping else name)
    return mapping


def _check_header(header: Line, lines: Sequence[Line], own: frozenset[int]) -> None:
    places: dict[str, int] = {}
    for index, cell in enumerate(header.cells):
        word = plain(cell) or cell
        if word and word in places:
            raise refused_file("heading_twice", first=letter(places[word]), second=letter(index))
        places[word] = index
        if not cell and any(len(line.cells) > index and line.cells[index] for line in lines):
            raise refused_file("heading_missing", column=letter(index))
    if not lines:
        raise refused_file("no_rows")
