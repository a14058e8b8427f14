"""What a file turns into: sheets of lines of text, with the faults of single cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WHOLE_LINE = -1
"""In place of a column's index: the fault lies in the line itself."""


class Unreadable(Exception):
    """The whole file is refused. `code` is one of those in `words.FILES`; params fill its text."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class Line:
    """One line that is not empty, by its number in the person's own program, from 1.

    `faults` maps a column's index (from 0) to a code of `words.CELLS`: such a cell's text must not
    be used.
    """

    number: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)


@dataclass
class Sheet:
    """One visible sheet, or the whole of a text file.

    `even` says that every line should have as many cells as the header (text files): a shorter or
    longer one has slipped. `guessed` says that the encoding was tried, not declared.
    """

    name: str
    lines: list[Line] = field(default_factory=list)
    even: bool = False
    guessed: bool = False
    hidden_rows: int = 0


@dataclass
class Book:
    """The visible sheets of a file that hold anything, and the names of the hidden ones."""

    sheets: list[Sheet] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
