"""A report laid out: titles, passages and tables in one language. Every form is drawn from this.

A cell that shows a figure of the snapshot names it (`500109006.swabs`, `head.volunteer`), so that
forms can be read back and held against the snapshot figure by figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reporting.outlets.situation.snapshot import Value

NOTHING = "—"
LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""Languages of a report, and the language code by which words are looked up."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and the name and value of the figure that it shows, if it shows one."""

    text: str
    figure: str = ""
    value: Value = None

    @property
    def numeric(self) -> bool:
        return bool(self.figure)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `total` says that the last row is the sum of the others, `compact` that
    all columns fit side by side on a phone."""

    key: str
    headings: list[str]
    rows: list[list[Cell]]
    total: bool = False
    compact: bool = False

    @property
    def wide(self) -> bool:
        """Whether a phone reads it row by row: each figure with its heading."""
        return len(self.headings) > 3 and not self.compact

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Headings, and whether figures stand beneath."""
        first = self.rows[0] if self.rows else []
        return [
            (heading, nth < len(first) and first[nth].numeric)
            for nth, heading in enumerate(self.headings)
        ]

    @property
    def labelled(self) -> list[list[tuple[str, Cell]]]:
        """Rows whose cells come with their heading, for narrow screens."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report: passages first, then tables, then a note."""

    key: str
    title: str
    passages: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in one language."""

    language: str
    title: str
    issue: str
    lines: list[str]
    headline: str
    sections: list[Section]
    foot: list[str]

    def cells(self) -> list[Cell]:
        """Every cell that shows a figure, in the order of reading."""
        return [
            cell
            for section in self.sections
            for table in section.tables
            for row in table.rows
            for cell in row
            if cell.figure
        ]

    def table(self, key: str) -> Table:
        """The table of this key. Raises KeyError where the report has none."""
        for section in self.sections:
            for table in section.tables:
                if table.key == key:
                    return table
        raise KeyError(key)


def count(name: str, value: Value) -> Cell:
    """A figure: whole numbers with commas, shares with their sign, a dash where it is not known."""
    if value is None:
        return Cell(NOTHING, name, None)
    return Cell(
        f"{value:,}".replace("-", "−") if isinstance(value, int) else f"{value}%", name, value
    )


def difference(name: str, value: int) -> Cell:
    """A difference with its sign (a real minus)."""
    text = f"+{value:,}" if value > 0 else f"{value:,}".replace("-", "−")
    return Cell(text, name, value)
