"""Read a file's sheets (rule R7)."""

from __future__ import annotations

import os
import re
from typing import Any

from core.sheets.asking import ask_child
from core.sheets.limits import MAX_FILE_BYTES
from core.sheets.table import Book, Line, Sheet
from core.sheets.words import refused_file


def read_sheets(data: bytes, name: str) -> Book:
    """Read a file of at most MAX_FILE_BYTES; raises FileRefused with words for a person."""
    if len(data) > MAX_FILE_BYTES:
        raise refused_file("file_large", limit=MAX_FILE_BYTES // 2**20)
    # Only the ending of the name matters, and a command line can be seen by others.
    ending = re.sub(r"[^a-z0-9]", "", os.path.splitext(name.lower())[1])[:12]
    book = Book()
    for item in ask_child(["core.sheets.child", f"file.{ending}"], data):
        _take(item, book)
    if not book.sheets:
        raise refused_file("no_rows")
    return book


def _take(item: Any, book: Book) -> None:
    if isinstance(item, list):
        number, cells, faults = item
        faults = {int(index): code for index, code in faults.items()}
        book.sheets[-1].lines.append(Line(number, cells, faults))
    elif "sheet" in item:
        book.sheets.append(
            Sheet(
                item["sheet"],
                even=item["even"],
                guessed=item["guessed"],
                hidden_rows=item["hidden_rows"],
            )
        )
    else:
        book.hidden = item["hidden"]
