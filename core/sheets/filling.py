"""Fill a copy of somebody's empty workbook, in a child process (rules R7 and R10)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from core.sheets.asking import ask_child
from core.sheets.words import refused_file

MAX_BLANK_BYTES = 2 * 1024 * 1024
"""An empty form with its styles; the copy is kept with every run."""


@dataclass(frozen=True)
class Page:
    """One visible sheet. `cells` maps (row, column), both from 1, to (is a formula, text)."""

    name: str
    rows: int
    columns: int
    cells: dict[tuple[int, int], tuple[bool, str]] = field(default_factory=dict)
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blank:
    """What stands where in an empty workbook. `pictures`: it has drawings or charts, of which a
    filled copy may lose some."""

    pages: tuple[Page, ...]
    names: dict[str, tuple[str, str]]
    pictures: bool = False

    def page(self, name: str) -> Page | None:
        """The sheet of a name."""
        return next((page for page in self.pages if page.name == name), None)


def read_layout(data: bytes, name: str) -> dict[str, Any]:
    """The layout of an uploaded workbook, as it is stored; raises FileRefused with words."""
    suffix = PurePath(name).suffix.lower()
    if len(data) > MAX_BLANK_BYTES:
        raise refused_file("file_large", limit=MAX_BLANK_BYTES // 2**20)
    if suffix in (".xlsm", ".xltm"):
        raise refused_file("file_macros")
    if suffix != ".xlsx":
        raise refused_file("blank_type")
    layout: dict[str, Any] = _ask({"mode": "layout"}, data)["layout"]
    return layout


def blank_of(layout: dict[str, Any]) -> Blank:
    """A stored layout as a value."""
    pages = tuple(
        Page(
            sheet["name"], sheet["rows"], sheet["columns"],
            {(row, column): (kind == "formula", text)
             for row, column, kind, text in sheet["cells"]},
            tuple(sheet["merged"]),
        )
        for sheet in layout["sheets"]
    )  # fmt: skip
    names = {name: (place[0], place[1]) for name, place in layout["names"].items()}
    return Blank(pages, names, bool(layout.get("pictures")))


def fill(data: bytes, writes: Sequence[dict[str, Any]]) -> bytes:
    """A filled copy (`core.sheets.blank.filled`); raises FileRefused naming the cell."""
    return base64.b64decode(_ask({"mode": "fill", "writes": list(writes)}, data)["data"])


def _ask(asked: dict[str, Any], data: bytes) -> dict[str, Any]:
    given = json.dumps(asked | {"data": base64.b64encode(data).decode()}).encode()
    answer: dict[str, Any] = ask_child(["core.sheets.blank"], given)[0]
    return answer
