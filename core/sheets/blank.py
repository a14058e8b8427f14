"""The child process that looks into somebody's empty workbook and fills a copy of it.

`python -m core.sheets.blank` takes one JSON value on standard input: `{"mode", "data"}` with the
file in base64, and for the mode `fill` also `writes`.

A copy keeps its styles, formulas and widths. Nothing is computed here: spreadsheet programs do so
when they open the copy.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets.fenced import answer_fenced
from core.sheets.limits import BLANK_CELLS, BLANK_COLUMNS, BLANK_ROWS, MAX_UNPACKED_BYTES
from core.sheets.table import Unreadable
from core.sheets.workbook import inspect_archive

# Parts that fetch something from elsewhere, or run something, when the copy is opened.
_LINKS = (
    "xl/externalLinks/", "xl/connections.xml", "xl/queryTables/", "xl/embeddings/", "xl/activeX/",
)  # fmt: skip
_PICTURES = ("xl/drawings/drawing", "xl/charts/")
_FORMULA_TEXT = "@"


def opened(data: bytes) -> Workbook:
    """The workbook with all of its styles; raises Unreadable."""
    if not data.startswith(b"PK\x03\x04"):
        raise Unreadable("blank_type")
    inspect_archive(data)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    if any(name.startswith(_LINKS) for name in names):
        raise Unreadable("file_links")
    return load_workbook(io.BytesIO(data), keep_links=False)


def layout(data: bytes) -> dict[str, Any]:
    """What stands where: sheets with their cells, merged ranges, and names of single cells."""
    book = opened(data)
    pages = [page for page in book.worksheets if page.sheet_state == "visible"]
    if not pages:
        raise Unreadable("no_rows")
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    return {
        "sheets": [_sheet(page) for page in pages],
        "names": dict(_names(book, {page.title for page in pages})),
        "pictures": any(name.startswith(_PICTURES) for name in names),
    }


def _sheet(page: Worksheet) -> dict[str, Any]:
    cells: list[list[Any]] = []
    for row in page.iter_rows(max_row=min(page.max_row, BLANK_ROWS),
                              max_col=min(page.max_column, BLANK_COLUMNS)):  # fmt: skip
        for cell in row:
            if isinstance(cell, MergedCell) or cell.value is None:
                continue
            if len(cells) >= BLANK_CELLS:
                raise Unreadable("file_too_much")
            kind = "formula" if cell.data_type == "f" else "value"
            cells.append([cell.row, cell.column, kind, _shown(cell.value)])
    return {
        "name": page.title,
        "rows": min(page.max_row, BLANK_ROWS),
        "columns": min(page.max_column, BLANK_COLUMNS),
        "cells": cells,
        "merged": [str(each) for each in page.merged_cells.ranges],
    }


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = getattr(value, "text", value)
    return str(text)[:200]


def _names(book: Workbook, titles: set[str]) -> Iterable[tuple[str, list[str]]]:
    """Names that stand for exactly one cell of a visible sheet."""
    for name, defined in book.defined_names.items():
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            places = list(defined.destinations)
            if len(places) == 1 and places[0][0] in titles:
                cell = places[0][1].replace("$", "")
                if ":" not in cell:
                    yield name, [places[0][0], cell]


def filled(data: bytes, writes: Iterable[dict[str, Any]]) -> bytes:
    """A copy with these cells written; raises Unreadable for a cell that is not free to take one.

    A write has `sheet`, `cell`, and one of `number`, `text`, or `moment` (local time, ISO 8601),
    which becomes a date where the cell is formatted as one.
    """
    book = opened(data)
    for write in writes:
        _write(_free(book, write["sheet"], write["cell"]), write)
    if book.calculation is not None:
        # What formulas gave in the empty workbook is not what they give now.
        book.calculation.fullCalcOnLoad = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _free(book: Workbook, sheet: str, place: str) -> Cell:
    if sheet not in book.sheetnames:
        raise Unreadable("blank_sheet", sheet=sheet)
    cell = book[sheet][place]
    if isinstance(cell, MergedCell):
        raise Unreadable("blank_merged", sheet=sheet, cell=place)
    if not isinstance(cell, Cell) or cell.data_type == "f":
        raise Unreadable("blank_formula", sheet=sheet, cell=place)
    return cell


def _write(cell: Cell, write: dict[str, Any]) -> None:
    if "number" in write:
        cell.value = write["number"]
        if cell.number_format == _FORMULA_TEXT:
            # A number in a cell of texts is left out of the superior's own sums.
            cell.number_format = "General"
        return
    if "moment" in write:
        moment = datetime.fromisoformat(write["moment"])
        if cell.is_date:
            cell.value = moment
            return
        text = moment.strftime("%Y-%m-%d %H:%M")
    else:
        text = str(write["text"])
    cell.value = text
    # As text whatever it begins with, and still text when somebody edits the cell.
    cell.data_type = "s"
    cell.number_format = _FORMULA_TEXT


def answer(data: bytes) -> Iterator[dict[str, Any]]:
    """What one request gives."""
    asked = json.loads(data)
    file = base64.b64decode(asked["data"])
    if asked["mode"] == "layout":
        yield {"layout": layout(file)}
    else:
        yield {"data": base64.b64encode(filled(file, asked["writes"])).decode()}


if __name__ == "__main__":
    # openpyxl writes each sheet to a temporary file before it packs them.
    answer_fenced(answer, temporary_bytes=MAX_UNPACKED_BYTES)
