"""The panels of a board: one template each, written into the page and sent by the pulse alike.

A panel is a template's output inside a root element made here, so that page and pulse cannot
differ. The browser tells the pulse which versions it shows and gets only those that changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reporting.boards import status
from reporting.boards.crew import Crew

PANELS = ("head", "kpis", "league", "curve", "exceptions", "crew", "sums", "foot")
# What is for reading close up is not for the wall.
WALL_PANELS = tuple(name for name in PANELS if name not in ("crew", "sums"))
STREET_PANELS = (
    "head",
    "street_kpis",
    "communities",
    "points",
    "moves",
    "exceptions",
    "crew",
    "hours",
    "foot",
)
MAP_PANELS = ("map_hexes", "map_list")
OF_PAGE = {"overview": PANELS, "wall": WALL_PANELS, "street": STREET_PANELS}
MAX_GROUPS = 12

WORDS = {
    "silent_unit": _("Silent"),
    "conflict": _("Conflict"),
    "drift": _("Drift"),
    "pending": _("Waiting"),
    "overfull": _("Overfull"),
    "duplicate": _("Swabbed twice"),
}


def html(name: str, context: Mapping[str, Any]) -> str:
    """One panel with its root element, in the active language."""
    return format_html(
        '<div class="panel panel-{0}" id="panel-{0}" data-panel="{0}">{1}</div>',
        name,
        render_to_string(f"boards/panels/{name}.html", dict(context)),
    )


def board_context(
    board: Any,
    curve: Any,
    exceptions: Sequence[Any],
    crew: Crew | None = None,
    *,
    wall: bool = False,
) -> dict[str, Any]:
    """What the panel templates read: the view-model plus what only presentation needs.

    ``wall`` leaves out links and tables that nobody can touch.
    """
    english = not (get_language() or "").startswith("zh")
    state = status.of_round(board)
    late = board.late is not None and board.late > timedelta(0)
    whole = board.figures.second_swabs is not None
    names = {row.name: row.name_en or row.name for row in board.streets} if english else {}
    return {
        "board": board,
        "curve": curve,
        "crew": crew,
        "exceptions": [_with_word(item, names) for item in exceptions[:MAX_GROUPS]],
        "more": max(0, len(exceptions) - MAX_GROUPS),
        "rows": league(board),
        "status": state,
        "late": late,
        "eta_kind": _eta_kind(state, late),
        "overdue": board.due_at is not None and board.as_of > board.due_at,
        "countdown": _countdown(board, state),
        "until_start": board.round.starts_at - board.as_of if state is status.PLANNED else None,
        # the sums of somebody who sees some streets only are not the district's
        "level": "district" if whole else "own",
        "whole": whole,
        "key": board.round.district_code,
        "wall": wall,
        "english": english,
    }


def league(board: Any) -> list[tuple[Any, status.Status]]:
    """Streets with their state, the latest against its deadline first, the finished ones last."""
    rows = [
        (row, status.of_place(row, as_of=board.as_of, header=board.round)) for row in board.streets
    ]
    return sorted(rows, key=lateness)


def lateness(pair: tuple[Any, status.Status]) -> tuple[int, float, Decimal, str]:
    """The order of places: the latest first, the finished ones last."""
    row, state = pair
    behind = (row.plan_share or Decimal(0)) - (row.coverage or Decimal(0))
    late = row.late.total_seconds() if row.late is not None else 0.0
    finished = 1 if state is status.DONE else 0
    return (finished, -late, -behind, row.code)


def _eta_kind(state: status.Status, late: bool) -> str:
    """The tint of the forecast: only what needs action is coloured."""
    if late:
        return "crit"
    return state.kind if state.kind in {"done", "stale", "warn", "crit"} else "info"


def _countdown(board: Any, state: status.Status) -> timedelta | None:
    if board.due_at is None or state in (status.DONE, status.CLOSED):
        return None
    return abs(board.due_at - board.as_of)


def _with_word(item: Any, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "severity": item.severity,
        "word": WORDS.get(item.kind, item.kind),
        "where": names.get(item.where, item.where),
        "what": item.what,
        "count": item.count,
        "since": item.since,
        "url": item.url,
    }
