"""Give a file to a child process and take back its sheets (rule R7)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from typing import Any

from django.conf import settings

from core.sheets.limits import (
    CHILD_WALL_SECONDS,
    CHILDREN_AT_ONCE,
    MAX_FILE_BYTES,
    WAIT_FOR_CHILD_SECONDS,
)
from core.sheets.table import Book, Line, Sheet
from core.sheets.words import refused_file

CHILD = [sys.executable, "-m", "core.sheets.child"]
_places = threading.BoundedSemaphore(CHILDREN_AT_ONCE)


def read_sheets(data: bytes, name: str) -> Book:
    """Read a file of at most MAX_FILE_BYTES; raises FileRefused with words for a person.

    The child gets no environment of ours (no keys, no database), narrow limits of memory and time,
    and is believed only if its answer is complete. At most CHILDREN_AT_ONCE run in this process.
    """
    if len(data) > MAX_FILE_BYTES:
        raise refused_file("file_large", limit=MAX_FILE_BYTES // 2**20)
    if not _places.acquire(timeout=WAIT_FOR_CHILD_SECONDS):
        raise refused_file("reader_busy")
    try:
        answer = _ask_child(data, name)
    finally:
        _places.release()
    return _book(answer)


def _ask_child(data: bytes, name: str) -> bytes:
    # Only the ending of the name matters, and a command line can be seen by others.
    ending = re.sub(r"[^a-z0-9]", "", os.path.splitext(name.lower())[1])[:12]
    environment = {"PYTHONPATH": str(settings.BASE_DIR), "PYTHONHASHSEED": "random", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*CHILD, f"file.{ending}"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env=environment,
            timeout=CHILD_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refused_file("file_too_much") from None
    return done.stdout


def _book(answer: bytes) -> Book:
    book = Book()
    complete = False
    for text in answer.splitlines():
        try:
            item = json.loads(text)
        except ValueError:
            break
        if isinstance(item, list):
            number, cells, faults = item
            faults = {int(index): code for index, code in faults.items()}
            book.sheets[-1].lines.append(Line(number, cells, faults))
        else:
            complete = _take(item, book)
    if not complete:
        # Killed by a limit, or by something else: what it had said until then proves nothing.
        raise refused_file("file_too_much")
    if not book.sheets:
        raise refused_file("no_rows")
    return book


def _take(item: dict[str, Any], book: Book) -> bool:
    if "refused" in item:
        raise refused_file(item["refused"], **item.get("params", {}))
    if "sheet" in item:
        book.sheets.append(
            Sheet(
                item["sheet"],
                even=item["even"],
                guessed=item["guessed"],
                hidden_rows=item["hidden_rows"],
            )
        )
    elif "hidden" in item:
        book.hidden = item["hidden"]
    return bool(item.get("end"))
