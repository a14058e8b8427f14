"""A past moment with what is known of it by now: what a correction prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Sum

from campaigns.models import Round
from core.scope import Scope
from reporting.progress.figures import Figures, Overview
from reporting.progress.models import Cell
from reporting.progress.models.cells import SUMMED
from reporting.progress.queries.overview import street_figures, target_version

Counts = dict[str, int]
NONE: Counts = dict.fromkeys(SUMMED, 0)


def counts_before(cells: QuerySet[Cell], round_id: int, moment: datetime) -> dict[int, Counts]:
    """Counts by street of what was swabbed before a full quarter hour, as they are known now."""
    rows: Any = cells.filter(round_id=round_id, kind="street", width=15, start__lt=moment)
    sums = {f"n_{key}": Sum(key, default=0) for key in SUMMED}
    return {
        row["key_id"]: {key: row[f"n_{key}"] for key in SUMMED}
        for row in rows.order_by().values("key_id").annotate(**sums)
    }


def known_by_now(board: Overview, scope: Scope, round_: Round) -> Overview:
    """A board of the past with late data, voids and the targets that are in force now.

    Cells lie by time of swab, so those before its moment are what is known of it. Accepted
    reasons, rates and estimates have no such history: they stay as they were known then.
    """
    cells = Cell.objects.all()
    if not (scope.everything or board.round.district_id in scope.districts):
        cells = cells.within(scope)
    counts = counts_before(cells, round_.pk, board.as_of)
    frozen = target_version(round_, None)
    targets = street_figures(scope, round_, None, frozen)
    streets = [
        replace(
            row,
            figures=_anew(
                row.figures, counts.get(row.division_id, NONE),
                targets.get(row.division_id, Figures()),
            ),
        )
        for row in board.streets
    ]  # fmt: skip
    whole = {key: sum(each[key] for each in counts.values()) for key in SUMMED}
    asked = Figures(
        target=sum(each.target for each in targets.values()),
        exempt=sum(each.exempt for each in targets.values()),
    )
    header = replace(
        board.round,
        target_version=frozen.version if frozen else None,
        frozen_at=frozen.frozen_at if frozen else None,
    )
    return replace(board, round=header, streets=streets, figures=_anew(board.figures, whole, asked))


def _anew(figures: Figures, counts: Counts, targets: Figures) -> Figures:
    fresh: dict[str, Any] = {**counts, "target": targets.target, "exempt": targets.exempt}
    return replace(figures, **fresh)
