"""The child process that reads one file: bytes in, its sheets line by line out.

`python -m core.sheets.child FILE_NAME` takes the file on standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePath

from core.sheets.fenced import answer_fenced
from core.sheets.table import Book, Unreadable

OTHER_NAMES = {
    ".xls", ".xlsm", ".xlsb", ".xlt", ".xltx", ".xltm", ".et", ".ett", ".ods", ".numbers", ".doc",
    ".docx", ".wps", ".pdf", ".zip", ".rar", ".7z", ".gz", ".json", ".xml", ".htm", ".html",
    ".jpg", ".jpeg", ".png", ".exe", ".sqlite", ".dbf", ".mdb",
}  # fmt: skip
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Microsoft's own name for the content of a workbook with a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK\x03\x04"
_STARTS = ((b"%PDF", ".pdf"), (b"Rar!", ".rar"), (b"7z\xbc\xaf", ".7z"), (b"\x1f\x8b", ".gz"))
_MARKUP = (b"<html", b"<table", b"<?xml", b"<!doctype")


def read(data: bytes, name: str) -> Book:
    """Read a file by what it contains; its name only refuses. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("file_empty")
    suffix = PurePath(name).suffix.lower()
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise Unreadable("file_encrypted")
        raise Unreadable("file_type", kind=suffix if suffix in OTHER_NAMES else ".xls")
    if suffix == ".xlsm":
        raise Unreadable("file_macros")
    if suffix in OTHER_NAMES:
        raise Unreadable("file_type", kind=suffix)
    for start, kind in _STARTS:
        if data.startswith(start):
            raise Unreadable("file_type", kind=kind)
    if data[:512].lstrip().lower().startswith(_MARKUP):
        raise Unreadable("file_type", kind=".html")
    if data.startswith(_ZIP):
        # Only here, because most files are text and this import takes longer than reading them.
        from core.sheets.workbook import read_workbook

        return read_workbook(data)
    if suffix == ".xlsx":
        raise Unreadable("file_damaged")
    from core.sheets.delimited import read_delimited

    return read_delimited(data)


def answer(book: Book) -> Iterator[object]:
    """The lines that describe a book."""
    yield {"hidden": book.hidden}
    for sheet in book.sheets:
        yield {
            "sheet": sheet.name,
            "even": sheet.even,
            "guessed": sheet.guessed,
            "hidden_rows": sheet.hidden_rows,
        }
        for line in sheet.lines:
            yield [line.number, line.cells, line.faults]


def read_named(data: bytes) -> Iterator[object]:
    """The answer to a file of the name that this process was started with."""
    return answer(read(data, sys.argv[1] if len(sys.argv) > 1 else ""))


if __name__ == "__main__":
    answer_fenced(read_named)
