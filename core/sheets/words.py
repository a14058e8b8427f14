"""What is wrong with a file or a cell, and how to mend it: words for the reader's codes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.inputs.refusal import Refused

FILES: dict[str, Any] = {
    "file_empty": _("This file is empty."),
    "file_large": _("This file is larger than %(limit)s MB. Split it into several files."),
    "file_type": _(
        "Files of the kind %(kind)s are not read. Open the file in Excel or WPS and save it as "
        ".xlsx or as CSV."
    ),
    "file_macros": _(
        "Workbooks with macros (.xlsm) are not read. Save it as .xlsx without macros, or as CSV."
    ),
    "file_encrypted": _("This file is locked with a password. Save it without one."),
    "file_damaged": _(
        "This file is damaged or not what its name says. Open it in Excel or WPS and save it anew "
        "as .xlsx."
    ),
    "file_too_much": _(
        "Reading this file took too much time or memory, so it was stopped. Copy the rows you need "
        "into a new workbook, or split it."
    ),
    "zip_entries": _(
        "This workbook holds more than %(limit)s parts. Copy the rows into a new workbook without "
        "pictures and objects."
    ),
    "zip_too_large": _(
        "This workbook unpacks to more than %(limit)s MB. Copy the rows into a new workbook."
    ),
    "too_many_rows": _(
        "This table has more than %(limit)s rows. Nothing was read; split it into several files."
    ),
    "too_many_columns": _(
        "This table has more than %(limit)s columns. Delete those that are not needed."
    ),
    "text_encoding": _(
        "The characters of this file cannot be read. Save it as .xlsx, or as CSV UTF-8."
    ),
    "text_nul": _("Line %(line)s holds a NUL character: this is not a text file."),
    "text_damaged": _(
        "Line %(line)s holds a character that was damaged earlier (�). Export the file again."
    ),
    "text_quotes": _(
        "A quotation mark in the row that begins at line %(line)s is never closed, or stands in "
        "the wrong place. Mend it, or save the file as .xlsx."
    ),
    "no_rows": _("This file holds no rows of data below its headings."),
    "heading_twice": _(
        "Columns %(first)s and %(second)s have the same heading. Rename or delete one of them."
    ),
    "heading_missing": _("Column %(column)s holds data but has no heading. Name it, or empty it."),
    "heading_unknown": _(
        "No heading of this file could be recognised, and its characters may have been read "
        "wrongly. Save it as .xlsx, or as CSV UTF-8, with the headings of the template."
    ),
    "reader_busy": _(
        "Several files are being read just now. Nothing was taken; try again in a minute."
    ),
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

CELLS: dict[str, Any] = {
    "formula": _("This cell holds a formula without a result. Copy it and paste it as values."),
    "error": _("This cell holds an error instead of a value."),
    "merged": _("This cell is merged with others. Unmerge it and fill in every cell."),
    "digits_lost": _(
        "This number was stored without its last digits. Format the column as text and enter it "
        "anew."
    ),
    "line_break": _(
        "This cell runs over several lines. Put it on one line; in CSV, look for a quotation mark "
        "that is not closed."
    ),
    "uneven": _(
        "This row has %(cells)s cells, but there are %(headings)s headings: a separator is missing "
        "or too many."
    ),
    "beyond": _("This row holds a value in column %(column)s, which has no heading."),
    "total": _("This is a line of totals, not a record."),
}


class FileRefused(Refused):
    """The whole file is refused; nothing of it was taken."""


def refused_file(code: str, **params: Any) -> FileRefused:
    """The refusal for a code of `FILES`; an unknown one reads as a damaged file."""
    code = code if code in FILES else "file_damaged"
    return FileRefused(code, FILES[code], **params)
