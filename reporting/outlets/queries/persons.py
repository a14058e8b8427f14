"""Rows of people for a machine client: those of the bulk export's file of people, page by page."""

from __future__ import annotations

from typing import Any

from core.scope import Scope, scoped
from core.statements import run
from reporting.outlets.queries.export_kinds import EXPORT_KINDS
from reporting.outlets.queries.export_words import MASKS

_KIND = EXPORT_KINDS["people"]
_KEYS = tuple(column.key for column in _KIND.columns)
_PAGE = f"""
SELECT * FROM ({_KIND.statement}) people
WHERE row_order COLLATE "C" > %(after)s ORDER BY row_order COLLATE "C" LIMIT %(limit)s
"""  # noqa: S608 (a statement of ours)


def people_page(
    scope: Scope, *, round_id: int, street_id: int, after: str, limit: int
) -> tuple[list[dict[str, Any]], str]:
    """Up to `limit` people of a street's register after one place, masked, and the place to go on
    from ("" at the end). The one reading for machine clients that opens row-level security for
    rows of people; who may ask is checked before.
    """
    params = {"round": round_id, "street": street_id, "after": after, "limit": limit + 1}
    with scoped(scope):
        rows = run(_PAGE, params)
    found, more = rows[:limit], len(rows) > limit
    return [_shown(row) for row in found], found[-1][-1] if more else ""


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    item: dict[str, Any] = {
        key: MASKS[key](value) if key in MASKS else value
        for key, value in zip(_KEYS, row, strict=False)
    }
    if item["first_at"] is not None:
        # The file says Asia/Shanghai in its heading; here each time says it itself.
        item["first_at"] = f"{item['first_at'].replace(' ', 'T')}+08:00"
    return item
