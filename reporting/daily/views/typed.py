"""What a page without scripts sends: every box of the sheet, of which only some were typed over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.strict_json import decode
from reporting.daily.faces import written
from reporting.daily.services.entry import Change


def key_of(post: QueryDict) -> uuid.UUID:
    """The key that the server gave to this filled-in page."""
    try:
        return uuid.UUID(post.get("key", ""))
    except ValueError:
        raise _unreadable() from None


def edition_of(post: QueryDict) -> int:
    """The edition that the page showed."""
    text = post.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _unreadable()
    return int(text)


def changes_of(post: QueryDict) -> list[Change]:
    """The boxes that differ from what the page showed. Each change's id follows from the page's
    key and from what was typed, so that a page sent twice is one change."""
    key = key_of(post)
    return [
        Change(
            id=uuid.uuid5(key, f"{cell_id}:{text}:{reason}:{comment}"),
            cell_id=cell_id, base=base, text=text, reason=reason, comment=comment,
        )
        for cell_id, base, text, reason, comment in _typed_over(post)
    ]  # fmt: skip


def _typed_over(post: QueryDict) -> Iterator[tuple[int, int, str, str, str]]:
    for cell_id, base, value, *rest in _shown(post):
        name = f"c{cell_id}"
        if name not in post:
            continue
        text = post[name].replace("\r\n", "\n")
        was = value if isinstance(value, str) else written(value)
        old_reason, old_comment = rest[1:3] if len(rest) > 2 else ("", "")
        asked = f"w{cell_id}" in post
        reason = post.get(f"w{cell_id}", "") if asked else old_reason
        comment = post.get(f"m{cell_id}", "") if asked else old_comment
        if text != was and not asked:
            reason = comment = ""  # one that was given for another number does not stay
        if (text, reason, comment) != (was, old_reason, old_comment):
            yield cell_id, base, text, reason, comment


def _shown(post: QueryDict) -> list[list[Any]]:
    rows = decode(post.get("shown", "").encode())
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise _unreadable()
    return rows


def _is_row(row: Any) -> bool:
    if not isinstance(row, list) or len(row) not in (4, 6):
        return False
    cell_id, base, value, system, *why = row
    return (
        _is_number(cell_id)
        and _is_number(base)
        and (value is None or isinstance(value, int | str))
        and (system is None or isinstance(system, int))
        and all(isinstance(text, str) for text in why)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _unreadable() -> Refused:
    return Refused("form_unreadable", _("This page cannot be read: load it again, then send it."))
