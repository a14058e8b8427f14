"""A superior's own workbook: taken in once, and what goes into which of its cells."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries
from openpyxl.utils.exceptions import CellCoordinatesException

from campaigns.models import Division
from core import audit
from core.inputs import Refused, clean_name, fold
from core.scope import Scope
from core.sheets.filling import Blank, Page, blank_of, read_layout
from core.sheets.limits import BLANK_COLUMNS, BLANK_ROWS
from core.sheets.words import FILES
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.models import Outlet, Workbook, WorkbookEntry
from reporting.outlets.services.upward_steps import unknown

Kind = WorkbookEntry.Kind


def upload_workbook(
    *, outlet_id: int, name: str, data: bytes, scope: Scope, by: str, at: datetime
) -> Workbook:
    """Take in an empty workbook; what went into the cells of the one before goes into the same
    cells of this one, as far as they are free."""
    # Before any transaction: a child process reads it, which may take longer than one may idle.
    layout = read_layout(data, name)
    return _keep(outlet_id, name, data, layout, scope=scope, by=by, at=at)


@transaction.atomic
def _keep(
    outlet_id: int, name: str, data: bytes, layout: dict[str, Any], *, scope: Scope, by: str,
    at: datetime,
) -> Workbook:  # fmt: skip
    outlet = Outlet.objects.within(scope).select_related("superior").filter(pk=outlet_id)
    held = outlet.select_for_update(no_key=True, of=("self",)).first()
    if held is None:
        raise unknown()
    if held.what != Outlet.What.WORKBOOK:
        raise Refused("workbook_unwanted", _("This outlet sends something else than a workbook."))
    last = held.workbooks.aggregate(last=Max("number"))["last"] or 0
    book = Workbook.objects.create(
        outlet=held, number=last + 1, name=clean_name(name, max_length=120), data=data,
        sha256=hashlib.sha256(data).hexdigest(), layout=layout, at=at, by=by,
    )  # fmt: skip
    kept = _carry_over(held, last, book)
    _note(book, "workbook.upload", by, at, version=book.number, entries=kept)
    return book


@transaction.atomic
def add_entry(
    *, workbook_id: int, kind: str, sheet: str, place: str, scope: Scope, by: str, at: datetime,
    **values: Any,
) -> WorkbookEntry:  # fmt: skip
    """Say what goes into a cell, or what the rows of streets are and what their columns get.

    `place` is a cell (B4), the name of one, or a column (B). Raises Refused, naming the cell, for
    one that holds a formula of the superior's or is covered by a merged one.
    """
    book = _held(workbook_id, scope)
    blank = blank_of(book.layout)
    named = ""
    place = fold(place).strip()
    if place in blank.names and kind in (Kind.FIGURE, Kind.TEXT):
        named, (sheet, place) = place, blank.names[place]
    page = blank.page(sheet)
    if page is None:
        raise Refused("blank_sheet", FILES["blank_sheet"], sheet=sheet).at("sheet")
    entry = WorkbookEntry(
        workbook=book, kind=kind, sheet=sheet, named=named,
        cell=_cell(page, place, kind), **_fitting(kind, values),
    )  # fmt: skip
    _check(entry, page, book)
    entry.full_clean()
    entry.save()
    _note(book, "workbook.entry", by, at, kind=kind, sheet=sheet, cell=entry.cell)
    return entry


@transaction.atomic
def remove_entry(*, entry_id: int, scope: Scope, by: str, at: datetime) -> Workbook:
    """Leave a cell as the superior had it, from the next issue on."""
    entries = WorkbookEntry.objects.filter(workbook__in=Workbook.objects.within(scope))
    found = entries.filter(pk=entry_id).first()
    if found is None:
        raise unknown()
    book = _held(found.workbook_id, scope)
    if found.kind == Kind.ROWS:
        # Columns say nothing without the rows that they run through.
        book.entries.filter(kind=Kind.COLUMN, sheet=found.sheet).delete()
    _note(book, "workbook.entry_removed", by, at, sheet=found.sheet, cell=found.cell)
    found.delete()
    return book


def newest_workbook(outlet: Outlet) -> Workbook | None:
    """The workbook of an outlet that is filled now."""
    return outlet.workbooks.order_by("-number").first()


def fault_of(page: Page, row: int, column: int) -> tuple[str, dict[str, Any]] | None:
    """Why a cell cannot take anything: (code, params) of `core.sheets.words.FILES`."""
    params = {"sheet": page.name, "cell": f"{get_column_letter(column)}{row}"}
    for area in page.merged:
        left, top, right, bottom = range_boundaries(area)
        inside = left <= column <= right and top <= row <= bottom
        if inside and (row, column) != (top, left):
            return "blank_merged", params
    if page.cells.get((row, column), (False, ""))[0]:
        return "blank_formula", params
    return None


def _cell(page: Page, place: str, kind: str) -> str:
    """The place in its one written form; raises Refused."""
    refused = Refused(
        "cell_unknown",
        _("Name a cell such as B4 or a column such as B, within row %(row)s and column %(column)s,"
          " or one of the workbook's own names of cells."),
        row=BLANK_ROWS, column=get_column_letter(BLANK_COLUMNS),
    ).at("place")  # fmt: skip
    text = place.upper().replace("$", "")
    try:
        if kind in (Kind.ROWS, Kind.COLUMN):
            column = column_index_from_string(text)
            cell = get_column_letter(column)
            row = 1
        else:
            letters, row = coordinate_from_string(text)
            column = column_index_from_string(letters)
            cell = f"{letters}{row}"
    except (ValueError, CellCoordinatesException):
        raise refused from None
    if not (1 <= row <= BLANK_ROWS and column <= BLANK_COLUMNS):
        raise refused
    return cell


def _fitting(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """What of a form belongs to a kind of entry; the rest was left over from another kind."""
    wanted = {
        Kind.FIGURE: ("indicator", "street"),
        Kind.TEXT: ("text", "typed"),
        Kind.ROWS: ("row_key", "first_row", "last_row"),
        Kind.COLUMN: ("indicator",),
    }[Kind(kind)]
    return {name: values[name] for name in wanted if values.get(name) is not None}


def _check(entry: WorkbookEntry, page: Page, book: Workbook) -> None:
    if entry.indicator and entry.indicator not in INDICATORS:
        raise Refused("indicator_unknown", _("Choose a figure.")).at("indicator")
    if entry.kind in (Kind.FIGURE, Kind.COLUMN) and not entry.indicator:
        raise Refused("indicator_missing", _("Choose a figure.")).at("indicator")
    if entry.kind == Kind.TEXT and not entry.text:
        raise Refused("entry_text_missing", _("Choose what it says.")).at("text")
    if entry.text == "typed" and not entry.typed:
        raise Refused("entry_typed_missing", _("Type the words.")).at("typed")
    if entry.street is not None and not _of_district(entry.street, book):
        raise Refused("street_elsewhere", _("This street is not of the district.")).at("street")
    if entry.kind == Kind.ROWS:
        if not (entry.first_row and entry.last_row and entry.row_key):
            raise Refused("rows_missing", _("Say the first and the last row.")).at("first_row")
        if entry.last_row > BLANK_ROWS:
            raise Refused("rows_too_far", _("Rows are filled up to %(row)s."), row=BLANK_ROWS).at(
                "last_row"
            )
    for row, column in _places(entry, book):
        if fault := fault_of(page, row, column):
            raise Refused(fault[0], FILES[fault[0]], **fault[1]).at("place")


def _places(entry: WorkbookEntry, book: Workbook) -> list[tuple[int, int]]:
    """Cells that an entry would write to."""
    if entry.kind == Kind.ROWS:
        return []
    if entry.kind != Kind.COLUMN:
        letters, row = coordinate_from_string(entry.cell)
        return [(row, column_index_from_string(letters))]
    rows = book.entries.filter(kind=Kind.ROWS, sheet=entry.sheet).first()
    if rows is None:
        raise Refused("rows_first", _("Say first in which rows the streets stand.")).at("kind")
    column = column_index_from_string(entry.cell)
    key = column_index_from_string(rows.cell)
    page = blank_of(book.layout).page(entry.sheet)
    named = page.cells if page else {}
    span = range(rows.first_row or 1, (rows.last_row or 0) + 1)
    return [(row, column) for row in span if named.get((row, key), (False, ""))[1]]


def _of_district(street: Division, book: Workbook) -> bool:
    return street.level == "street" and street.district_id == book.outlet.superior.district_id


def _carry_over(outlet: Outlet, last: int, book: Workbook) -> int:
    blank: Blank = blank_of(book.layout)
    before = WorkbookEntry.objects.filter(workbook__outlet=outlet, workbook__number=last)
    kept = 0
    # Rows before the columns that run through them.
    for entry in sorted(before, key=lambda entry: entry.kind != Kind.ROWS):
        page = blank.page(entry.sheet)
        entry.pk, entry.workbook = None, book
        entry._state.adding = True
        try:
            if page is None:
                continue
            _check(entry, page, book)
        except Refused:
            continue
        entry.save()
        kept += 1
    return kept


def _held(workbook_id: int, scope: Scope) -> Workbook:
    books = Workbook.objects.within(scope).select_related("outlet__superior")
    found = books.select_for_update(no_key=True, of=("self",)).filter(pk=workbook_id).first()
    if found is None:
        raise unknown()
    return found


def _note(book: Workbook, act: str, by: str, at: datetime, **said: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="workbook", object_id=book.pk,
        district_id=book.outlet.superior.district_id, **said,
    )  # fmt: skip
