"""The hexes and rows of the map as text: a thousand of each are put together faster than by a
template, and every value is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from reporting.boards.hexes import CORNERS

PATTERNED = ("none", "crit")


def cells(lines: Sequence[Any]) -> SafeString:
    """One link (or, without an address, one group) for each community."""
    return mark_safe("".join([_cell(line) for line in lines]))  # noqa: S308  escaped below


def _cell(line: Any) -> str:
    tone = line.step.tone
    address = f' href="{escape(line.url)}"' if line.url else ""
    name = escape(f"{line.row.name}, {line.street}: {line.value}")
    over = f'<polygon class="over-{tone}" points="{CORNERS}"/>' if tone in PATTERNED else ""
    return (
        f'<a{address} class="cell" data-hex="{escape(line.row.code)}" data-x="{line.x}"'
        f' data-y="{line.y}" transform="translate({line.x} {line.y})" aria-label="{name}">'
        f'<polygon class="hex tone-{tone}" points="{CORNERS}"/>{over}'
        f'<text class="hex-word on-{tone}" y="4" aria-hidden="true">{escape(line.short)}</text></a>'
    )


def rows(lines: Sequence[Any]) -> SafeString:
    """The same communities as rows of a table, in the same order."""
    return mark_safe("".join([_row(line) for line in lines]))  # noqa: S308  escaped below


def _row(line: Any) -> str:
    name = escape(line.row.name)
    linked = f'<a href="{escape(line.url)}">{name}</a>' if line.url else name
    return (
        f'<tr data-row="{escape(line.row.code)}"><th scope="row">{linked}'
        f'<span class="note">{escape(line.street)}</span></th>'
        f'<td><span class="swatch tone-{line.step.tone}"></span>{escape(line.value)}'
        f'<span class="note">{escape(str(line.step.word))}</span></td></tr>'
    )
