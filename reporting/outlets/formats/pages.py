"""A page of the API as a table: CSV and XLSX with the columns of the resource, whatever its rows.

An item's nested values stand in columns of their own (`figures.swabs`), lists as JSON. A tombstone
is a row with `deleted` true and little else. Where to go on stands in the headers of the answer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from core.sheets.streaming import SheetStream
from core.sheets.writing import BOM, Cell, csv_lines

if TYPE_CHECKING:
    from reporting.outlets.api.resources import Page

DELETED = "deleted"


def page_as_csv(page: Page) -> bytes:
    """CSV in UTF-8 with BOM; the first line names the fields as JSON names them."""
    columns = columns_of(page)
    return BOM + csv_lines([list(columns)]) + csv_lines(_rows(page, list(columns)))


def page_as_xlsx(page: Page) -> bytes:
    """A workbook: the rows, and a sheet that says what they are and what each column means."""
    columns = columns_of(page)
    out = io.BytesIO()
    sheet = SheetStream(out.write, page.resource.name, list(columns), gettext("Notes"))
    rows = list(_rows(page, list(columns)))
    sheet.add(rows)
    sheet.close(
        [
            (str(page.resource.title), str(page.resource.about)),
            ("as_of", page.as_of.isoformat()),
            ("source", page.resource.source),
            ("rows", str(len(rows))),
            ("more", str(page.more).lower()),
            ("next_cursor", page.next_cursor or ""),
            *columns.items(),
        ]
    )
    return out.getvalue()


def columns_of(page: Page) -> dict[str, str]:
    """Every column with its meaning, in a stable order, from the resource's own description: the
    id first, when it changed and whether it is gone last."""
    found = _fields(page.resource.serializer())
    changed = found.pop("changed_at")
    return (
        {"id": found.pop("id")}
        | found
        | {"changed_at": changed, DELETED: "Always true; empty while it is there."}
    )


def _fields(serializer: Any, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in serializer.fields.items():
        if isinstance(field, serializers.Serializer):
            found |= _fields(field, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = str(field.help_text or "")
    return found


def _rows(page: Page, columns: Sequence[str]) -> Iterator[list[Cell]]:
    # Through JSON, so that a value is written here as it is written there.
    for item in json.loads(JSONRenderer().render(page.items)):
        yield [_cell(_at(item, column)) for column in columns]


def _at(item: Mapping[str, Any], column: str) -> Any:
    value: Any = item
    for part in column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
