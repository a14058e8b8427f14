"""A laid-out report as a workbook: a sheet of notes first, then a sheet for each table."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.sheets.writing import Table as Sheet
from core.sheets.writing import xlsx_bytes
from reporting.outlets.situation.document import LANGUAGES, Document, Section


def workbook(document: Document, *, digest: str) -> bytes:
    """All figures and words of the report; every cell is text, none can start a formula."""
    with translation.override(LANGUAGES[document.language]):
        sheets = [_notes(document, digest)]
        sheets += [
            Sheet(
                section.title, table.headings, [[cell.text for cell in row] for row in table.rows]
            )
            for section in document.sections
            for table in section.tables
        ]
        return xlsx_bytes(sheets)


def _notes(document: Document, digest: str) -> Sheet:
    rows = [
        [_("Report"), document.title],
        [_("Issue"), document.issue],
        *([_("Cut-off and round"), line] for line in document.lines),
        [_("Headline"), document.headline],
        *_passages(document.sections),
        *([_("Imprint"), line] for line in document.foot),
        [_("Hash of the figures (SHA-256)"), digest],
    ]
    return Sheet(pgettext("sheet", "Notes"), [_("Item"), _("Content")], rows)


def _passages(sections: list[Section]) -> list[list[str]]:
    found = []
    for section in sections:
        found += [[section.title, passage] for passage in section.passages]
        if section.note:
            found.append([section.title, section.note])
    return found
