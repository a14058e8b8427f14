"""What an issue of a superior's workbook writes, cell by cell, and whether its parts add up."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.cell import column_index_from_string

from core import clock
from core.inputs import Refused
from core.sheets.filling import Blank, Page
from core.sheets.words import FILES
from reporting.outlets.indicators import INDICATORS, Indicator
from reporting.outlets.models import EntryText, Outlet, WorkbookEntry
from reporting.outlets.queries.cut import AreaCut, Cut

Kind = WorkbookEntry.Kind
ISSUE = {"zh": "第{number}期", "en": "No. {number}"}

PROBLEMS: dict[str, Promise] = {
    "sum_differs": _(
        "“%(sheet)s”: %(indicator)s is %(total)s in all, but the streets in it add up to "
        "%(parts)s. Nothing was sent. Not in the sheet: %(absent)s."
    ),
    "street_twice": _("“%(sheet)s”: %(street)s stands in two rows."),
    "no_workbook": _("No empty workbook was uploaded yet."),
    "nothing_mapped": _("Nothing says yet what goes into which cell."),
    "not_issued": _("No situation report of this cut-off was approved yet."),
    "not_known": _("Not known at this moment, so their cells stay as they are: %(labels)s."),
    "streets_absent": _("“%(sheet)s” has no row of: %(streets)s."),
    "file_failed": _("The file could not be made. Try it again; if it fails again, call support."),
    "no_round_runs": _("No round is running: there are no figures to tell."),
    "run_not_failed": _("This issue did not fail: there is nothing to try again."),
}
"""Why an issue could not be made, by code; `core.sheets.words.FILES` has those of cells."""


@dataclass(frozen=True)
class Write:
    """One cell and what it gets. `indicator` is empty for words, `street_id` None for the
    district; a value of None is not known at this moment, and the cell is left as it is."""

    sheet: str
    cell: str
    value: int | Decimal | str | None
    label: str
    indicator: str = ""
    street_id: int | None = None
    moment: str = ""

    @property
    def instruction(self) -> dict[str, Any]:
        """For `core.sheets.filling.fill`."""
        where = {"sheet": self.sheet, "cell": self.cell}
        if self.moment:
            return where | {"moment": self.moment}
        if isinstance(self.value, Decimal):
            return where | {"number": float(self.value)}
        return where | {"text" if isinstance(self.value, str) else "number": self.value}


@dataclass(frozen=True)
class Problem:
    """A sentence about a filling, as it is stored: in nobody's language yet."""

    code: str
    params: dict[str, Any]

    @property
    def text(self) -> str:
        """The sentence in the reader's language."""
        return refusal(self.code, self.params).text


@dataclass
class Filling:
    """All writes of one issue, what keeps it from going out, and what somebody should know."""

    writes: list[Write] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def known(self) -> list[Write]:
        return [write for write in self.writes if write.value is not None]


def filling_of(
    outlet: Outlet, blank: Blank, entries: Iterable[WorkbookEntry], cut: Cut, number: int
) -> Filling:
    """What goes where for one cut. Nothing is written here."""
    filling = Filling()
    by_sheet: defaultdict[str, list[WorkbookEntry]] = defaultdict(list)
    for entry in entries:
        by_sheet[entry.sheet].append(entry)
    for sheet, found in by_sheet.items():
        page = blank.page(sheet)
        if page is None:
            filling.problems.append(_problem("blank_sheet", sheet=sheet))
            continue
        _cells(filling, outlet, found, cut, number)
        _rows(filling, page, found, cut)
        _sums(filling, sheet, cut)
    filling.writes.sort(key=lambda write: (write.sheet, _place(write.cell)))
    if not filling.writes:
        filling.problems.append(_problem("nothing_mapped"))
    unknown = sorted({write.label for write in filling.writes if write.value is None})
    if unknown:
        filling.warnings.append(_problem("not_known", labels="、".join(unknown)))
    return filling


def refusal(code: str, params: dict[str, Any]) -> Refused:
    """A stored problem in the reader's language."""
    words = {**FILES, **PROBLEMS}.get(code, PROBLEMS["file_failed"])
    shown = dict(params)
    if shown.get("indicator") in INDICATORS:
        shown["indicator"] = INDICATORS[shown["indicator"]].name
    return Refused(code, words, **shown)


def _problem(code: str, **params: Any) -> Problem:
    return Problem(code, params)


def _cells(
    filling: Filling, outlet: Outlet, entries: list[WorkbookEntry], cut: Cut, number: int
) -> None:
    streets = {row.division_id: row for row in cut.streets}
    for entry in entries:
        if entry.kind == Kind.TEXT:
            filling.writes.append(_words(entry, outlet, cut, number))
        elif entry.kind == Kind.FIGURE:
            area = streets.get(entry.street_id) if entry.street_id else cut.area
            filling.writes.append(_figure(entry, entry.cell, area, entry.street_id))


def _rows(filling: Filling, page: Page, entries: list[WorkbookEntry], cut: Cut) -> None:
    rows = next((entry for entry in entries if entry.kind == Kind.ROWS), None)
    columns = [entry for entry in entries if entry.kind == Kind.COLUMN]
    if rows is None or not columns:
        return
    by_key = {
        _plain(street.code if rows.row_key == "code" else street.name): street
        for street in cut.streets
    }
    key = column_index_from_string(rows.cell)
    seen: set[int] = set()
    for row in range(rows.first_row or 1, (rows.last_row or 0) + 1):
        street = by_key.get(_plain(page.cells.get((row, key), (False, ""))[1]))
        if street is None:
            continue
        if street.division_id in seen:
            filling.problems.append(_problem("street_twice", sheet=page.name, street=street.name))
        seen.add(street.division_id)
        for entry in columns:
            place = f"{entry.cell}{row}"
            filling.writes.append(_figure(entry, place, street, street.division_id))
    absent = [street.name for street in cut.streets if street.division_id not in seen]
    if absent:
        filling.warnings.append(
            _problem("streets_absent", sheet=page.name, streets="、".join(absent))
        )


def _sums(filling: Filling, sheet: str, cut: Cut) -> None:
    """What is written for the district equals what is written for its streets (X14).

    One street alone may be told beside the district; two and more are its parts. Figures that are
    no sums (shares, rates, vehicles of the district) are not compared.
    """
    for key in {write.indicator for write in filling.writes if write.sheet == sheet}:
        indicator = INDICATORS.get(key)
        if indicator is None or not indicator.summed:
            continue
        _compare(filling, sheet, cut, indicator)


def _compare(filling: Filling, sheet: str, cut: Cut, indicator: Indicator) -> None:
    mine = [w for w in filling.writes if w.sheet == sheet and w.indicator == indicator.key]
    parts = {w.street_id: w.value for w in mine if w.street_id is not None}
    totals = [w for w in mine if w.street_id is None and isinstance(w.value, int)]
    if len(parts) < 2 or not totals:
        return
    added = sum(value for value in parts.values() if isinstance(value, int))
    for total in totals:
        if total.value != added:
            absent = [row.name for row in cut.streets if row.division_id not in parts]
            filling.problems.append(
                _problem(
                    "sum_differs", sheet=sheet, indicator=indicator.key,
                    total=f"{total.value:,}", parts=f"{added:,}", absent="、".join(absent) or "—",
                )
            )  # fmt: skip


def _figure(entry: WorkbookEntry, cell: str, area: AreaCut | None, street_id: int | None) -> Write:
    value = area.values.get(entry.indicator) if area is not None else None
    name = str(INDICATORS[entry.indicator].name) if entry.indicator in INDICATORS else "—"
    label = f"{area.name} · {name}" if area is not None and street_id else name
    return Write(entry.sheet, cell, value, label, entry.indicator, street_id)


def _words(entry: WorkbookEntry, outlet: Outlet, cut: Cut, number: int) -> Write:
    label = str(entry.get_text_display())
    if entry.text == EntryText.AS_OF:
        here = clock.local(cut.as_of).replace(tzinfo=None, second=0, microsecond=0)
        shown = here.strftime("%Y-%m-%d %H:%M")
        return Write(entry.sheet, entry.cell, shown, label, moment=here.isoformat())
    if entry.text == EntryText.NUMBER:
        return Write(entry.sheet, entry.cell, number, label)
    value = {
        EntryText.ISSUE: issue_words(outlet, number),
        EntryText.ROUND: round_words(outlet, cut),
        EntryText.DISTRICT: cut.round.district_name,
        EntryText.SUPERIOR: outlet.superior.name,
        EntryText.TYPED: entry.typed,
    }[EntryText(entry.text)]
    return Write(entry.sheet, entry.cell, value, label)


def issue_words(outlet: Outlet, number: int) -> str:
    """第3期, or No. 3, in the language that the superior reads."""
    return ISSUE[outlet.language[:2]].format(number=number)


def round_words(outlet: Outlet, cut: Cut) -> str:
    """The campaign with its round, in the language that the superior reads."""
    with override(outlet.language):
        which = gettext("round %(number)s") % {"number": cut.round.number}
    return f"{cut.round.campaign_name} {which}"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _place(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    return int(cell[len(letters) :] or 0), column_index_from_string(letters)
