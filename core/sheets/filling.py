"""Fill a copy of somebody's empty workbook, in a child process (rules R7 and R10)."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.sheets.limits import CHILD_WALL_SECONDS
from core.sheets.words import FILES, FileRefused, refused_file

CHILD = [sys.executable, "-m", "core.sheets.blank"]
MAX_BLANK_BYTES = 2 * 1024 * 1024
"""An empty form with its styles; the copy is kept with every run."""

WORDS: dict[str, Any] = {
    "blank_type": _("Only workbooks saved as .xlsx can be filled."),
    "file_links": _(
        "This workbook fetches from other files or data sources. Break its links and save it anew."
    ),
    "blank_sheet": _("This workbook has no sheet “%(sheet)s”."),
    "blank_merged": _(
        "Cell %(cell)s of “%(sheet)s” is covered by a merged one. Name the first cell of the range."
    ),
    "blank_formula": _("Cell %(cell)s of “%(sheet)s” holds a formula, which stays the superior's."),
}


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
        raise _refused("blank_type")
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
    """Ask a child without any environment of ours; believed only if its answer is complete."""
    given = json.dumps(asked | {"data": base64.b64encode(data).decode()}).encode()
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PYTHONHASHSEED": "random", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            CHILD, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR, env=environment, timeout=CHILD_WALL_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refused_file("file_too_much") from None
    lines = done.stdout.splitlines()
    if len(lines) != 2 or json.loads(lines[1]) != {"end": True}:
        # Killed by a limit, or by something else: what it had said until then proves nothing.
        raise refused_file("file_too_much")
    answer: dict[str, Any] = json.loads(lines[0])
    if "refused" in answer:
        raise _refused(answer["refused"], **answer.get("params", {}))
    return answer


def _refused(code: str, **params: Any) -> FileRefused:
    if code in WORDS:
        return FileRefused(code, WORDS[code], **params)
    return refused_file(code if code in FILES else "file_damaged", **params)
