"""What a room says about one kind of table, and the list of the kinds there are.

A kind is judged from (rows, place) alone, never from who asks: the same rows give the same
verdicts for the person who previews and for a colleague who confirms.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.imports.models import Verdict
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from core.sheets.table import Book, Line

Text = Any
"""A sentence or word, translated when it is shown."""


UNREAD = "unread"
"""The fault of a whole line that a kind's own reader could not read."""


@dataclass(frozen=True)
class Column:
    """One column of a kind.

    `read` turns a cell's text into a value that JSON can hold and raises `Refused`; it never sees
    an empty cell. An empty cell of an optional column says nothing: its value is left alone.
    `synonyms` are headings in any language that mean this column (compared without case, spaces,
    brackets). `show` gives the text of a value on the preview; a personal column is masked there.
    """

    name: str
    label: Text
    synonyms: tuple[str, ...] = ()
    required: bool = False
    example: Text = ""
    hint: Text = ""
    personal: bool = False
    read: Callable[[str], Any] = clean_note
    show: Callable[[Any], str] = str


@dataclass(frozen=True)
class Place:
    """What a run is about: whose area, and what else the kind must know (such as the round)."""

    district_id: int
    street_id: int | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaceChoice:
    """One place that somebody may import for. `value` is stable text for a form."""

    value: str
    label: Text
    place: Place


@dataclass(frozen=True)
class Reason:
    """Why a row is refused, or a remark on an accepted one. Never repeats a personal value.

    `text` is the untranslated sentence (as in `_("…")`), filled from `params` when shown.
    """

    code: str
    text: Text
    column: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, refused: Refused, column: str = "") -> Reason:
        """The same words as a refusal."""
        return cls(refused.code, refused.message, column, refused.params)


@dataclass
class Row:
    """One row of a sheet as the kind judges and writes it.

    `values` holds what the columns' `read` gave, by column name, and only for cells that say
    something. The kind sets `verdict`, `before` (the old values of what changes, by column name)
    and `label` (what the preview calls the row; it may not be personal), adds `reasons`, and when
    writing sets `target` (the id of what was written).
    """

    line: int
    values: dict[str, Any]
    verdict: str = ""
    label: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    target: str = ""

    def refuse(self, code: str, text: Text, column: str = "", /, **params: Any) -> None:
        """Refuse this row for one more reason."""
        self.verdict = Verdict.REFUSED
        self.reasons.append(Reason(code, text, column, params))

    def remark(self, code: str, text: Text, column: str = "", /, **params: Any) -> None:
        """Say something about a row that is accepted all the same."""
        self.reasons.append(Reason(code, text, column, params))

    @property
    def refused(self) -> bool:
        return self.verdict == Verdict.REFUSED


class UndoRefused(Conflict):
    """The import cannot be undone, because later work rests on these rows. Nothing is undone."""

    def __init__(self, rows: Sequence[tuple[int, str, Reason]]) -> None:
        super().__init__(
            "undo_refused",
            _("This import cannot be undone any more: later work rests on %(rows)s of its rows."),
            rows=len(rows),
        )
        self.rows = list(rows)
        """(line, label, reason) of each row in the way."""


class ImportKind(ABC):
    """One kind of table. Subclasses set the attributes; their methods ask in sets, never per row.

    `permission` is the code a scope must hold. `samples` are example rows in the order of
    `columns`, shown on the page and written into the template. `after` names the URL of the page
    that shows what was imported. A kind with a lane of its own (the bulk lane) sets `start_url`
    and `run_url` (URL names; the run's takes `run_id`), and the pages here lead there.
    `key_column` names the column that a doubled row is reported at.
    """

    code: str
    key_column: str = ""
    title: Text
    intro: Text
    permission: str
    columns: tuple[Column, ...]
    samples: tuple[tuple[Text, ...], ...] = ()
    after: str = ""
    start_url: str = ""
    run_url: str = ""
    nowhere: Text = _("There is nothing in your area that this could be imported for.")
    """What the page says when `places` is empty: what has to exist first."""

    @abstractmethod
    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """Where this caller may import to; the first is preselected."""

    def at(self, place: Place) -> ImportKind:
        """The kind as it is for one place: another one where the columns depend on the place."""
        return self

    def read_text(self, text: str) -> Book | None:
        """The table in pasted text that is none to look at (numbered chat lines); None if it is
        an ordinary table. A line that could not be read has the fault UNREAD."""
        return None

    def unread(self, line: Line) -> Reason:
        """Why `read_text` could not read a line."""
        return Reason(UNREAD, _("This line could not be read."))

    @abstractmethod
    def key(self, values: Mapping[str, Any]) -> str:
        """What may come once in a file ("" where the row has no such key). Stays in memory."""

    def label(self, values: Mapping[str, Any]) -> str:
        """What the preview calls a row; never personal, at most 120 characters."""
        return ""

    @abstractmethod
    def judge(self, rows: Sequence[Row], place: Place) -> None:
        """Give each row a verdict by comparing it with what is stored; writes nothing.

        Rows that could not be read, or whose key is doubled, come along with the verdict refused
        and may lack values: leave them so. The keys of the others come once. Raises Refused if the
        whole file cannot be imported to this place (any more).
        """

    @abstractmethod
    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        """Write the rows whose verdict is new or changed, and set their `target`.

        Runs inside the import's transaction, after the rows were judged under its lock. Database
        refusals may pass: the caller turns them into words and writes nothing.
        """

    @abstractmethod
    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        """Take new rows away and give changed rows their `before` back, or raise UndoRefused.

        Runs inside one transaction. A row that later work depends on, or that somebody changed
        since, refuses the whole undo.
        """

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)

    def labelled(self, name: str) -> Text:
        """The label of a column, or its name where the kind has none such."""
        column = self.column(name)
        return column.label if column else name


class KindUnknown(Refused):
    """No such kind (HTTP 404)."""

    status = 404


_kinds: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Add a kind. Rooms call this in `AppConfig.ready`; the order is that of the pages."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> ImportKind:
    """The kind of this code; raises KindUnknown."""
    try:
        return _kinds[code]
    except KeyError:
        raise KindUnknown("import_kind_unknown", _("There is no such import.")) from None


def kinds_for(scope: Scope) -> list[ImportKind]:
    """The kinds that this caller may import."""
    return [kind for kind in _kinds.values() if scope.can(kind.permission)]
