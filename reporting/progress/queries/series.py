"""Figures by area and over time, as the API gives them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.db.models import Sum

from campaigns.models import Division, Round, RoundTarget
from core.scope import Scope
from reporting.progress.figures import Figures
from reporting.progress.models import Cell, Snapshot
from reporting.progress.models.cells import SUMMED
from reporting.progress.queries.overview import COLUMNS, target_version, visible_totals
from sites.models import SamplingPoint, SamplingUnit

WIDTHS = {5: 1, 15: 15, 60: 15}
"""Width asked for in minutes -> width of the cells it folds."""


def areas(
    scope: Scope, round_: Round, level: str, *, street_id: int | None, snapshot: Snapshot | None
) -> list[tuple[int, str, str, Figures]]:
    """(id, code, name, figures) of communities, points or units, ordered by code.

    Every area of the round is there, also those without a single swab yet.
    """
    rows = visible_totals(scope, round_, snapshot).filter(kind=level)
    if street_id is not None:
        rows = rows.filter(street_id=street_id)
    found = {row.pop("key_id"): row for row in rows.values("key_id", *COLUMNS)}
    named = _names(scope, round_, level, street_id, snapshot)
    return [
        (key, code, name, replace(figures, **found.get(key, {})))
        for key, code, name, figures in named
    ]


def _names(
    scope: Scope, round_: Round, level: str, street_id: int | None, snapshot: Snapshot | None
) -> list[tuple[int, str, str, Figures]]:
    if level == "community":
        version = target_version(round_, snapshot)
        targets = RoundTarget.objects.filter(round=round_, version=version).within(scope)
        if street_id is not None:
            targets = targets.filter(street_id=street_id)
        frozen = {t.community_id: t for t in targets}
        divisions = Division.objects.filter(pk__in=frozen).order_by("code", "pk")
        return [
            (d.pk, d.code, d.name, Figures(target=frozen[d.pk].target, exempt=frozen[d.pk].exempt))
            for d in divisions
        ]
    if level == "point":
        points = SamplingPoint.objects.filter(round=round_).within(scope).order_by("code", "pk")
        points = points if street_id is None else points.filter(street_id=street_id)
        return [(p.pk, p.code, p.name, Figures()) for p in points]
    units = SamplingUnit.objects.within(scope).of_round(round_.pk).select_related("point")
    units = units if street_id is None else units.filter(street_id=street_id)
    return [
        (u.pk, f"{u.point.code}-{u.number}", str(u), Figures())
        for u in units.order_by("point__code", "number", "pk")
    ]


def series(
    scope: Scope, round_: Round, kind: str, minutes: int, *, street_id: int | None
) -> Iterator[tuple[int, datetime, dict[str, int]]]:
    """(key, start, counts) per stretch of 5, 15 or 60 minutes, by time of swab.

    Minutes in which nothing happened are absent. Points have no cells: they fold their units'.
    """
    if kind == "point":
        yield from _of_points(series(scope, round_, "unit", minutes, street_id=street_id), round_)
        return
    cells = Cell.objects.filter(round_id=round_.pk, kind=kind, width=WIDTHS[minutes])
    if not (scope.everything or round_.campaign.district_id in scope.districts):
        cells = cells.within(scope)
    if street_id is not None:
        cells = cells.filter(street_id=street_id)
    rows: Any = (
        cells.values("key_id", "start")
        .order_by("key_id", "start")
        .annotate(**{f"n_{column}": Sum(column) for column in SUMMED})
    )
    span = minutes * 60

    def stretch(row: dict[str, Any]) -> tuple[int, datetime]:
        seconds = int(row["start"].timestamp())
        return row["key_id"], datetime.fromtimestamp(seconds - seconds % span, UTC)

    for (key, start), group in groupby(rows.iterator(), key=stretch):
        counts = dict.fromkeys(SUMMED, 0)
        for row in group:
            for column in SUMMED:
                counts[column] += row[f"n_{column}"]
        yield key, start, counts


def _of_points(
    units: Iterator[tuple[int, datetime, dict[str, int]]], round_: Round
) -> Iterator[tuple[int, datetime, dict[str, int]]]:
    points = dict(SamplingUnit.objects.of_round(round_.pk).values_list("pk", "point_id"))
    sums: defaultdict[tuple[int, datetime], Counter[str]] = defaultdict(Counter)
    for unit_id, start, counts in units:
        # A unit of another round's point may have captured for this one: it has no point here.
        if unit_id in points:
            sums[points[unit_id], start].update(counts)
    for point_id, start in sorted(sums):
        counted = sums[point_id, start]
        yield point_id, start, {column: counted[column] for column in SUMMED}
