"""Free text that names no resident: a document or telephone number in it is refused."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, clean_note, fold

_GAPS = re.compile(r"(?<=\d)[ \-](?=\d)")
_DOCUMENT = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dXx])", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)", re.ASCII)


def without_persons(text: object, *, max_length: int) -> str:
    """A note of at most `max_length` characters without anything that looks like a document
    number or a mobile number, also written with gaps or in full width. Raises Refused."""
    note = clean_note(text, max_length=max_length)
    folded = fold(note)
    for shown in (folded, _GAPS.sub("", folded)):
        if _DOCUMENT.search(shown) or _MOBILE.search(shown):
            raise Refused(
                "text_personal",
                _(
                    "This holds what looks like a document or telephone number. Leave it out: "
                    "many people read this."
                ),
            )
    return note
