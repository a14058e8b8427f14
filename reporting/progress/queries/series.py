"""Figures by area and over time, as the API gives them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from campaigns.models import Division, Round, RoundTarget
from core.scope import Scope
from core.statements import run
from reporting.progress.figures import Figures
from reporting.progress.models import Snapshot
from reporting.progress.models.cells import SUMMED
from reporting.progress.queries.overview import COLUMNS, target_version, visible_totals
from sites.models import SamplingPoint, SamplingUnit

WIDTHS = {5: 1, 15: 15, 60: 15}
"""Width asked for in minutes -> width of the cells it folds."""

# By the key of each total, so that the minutes between the quarter hours are never read.
_SERIES = f"""
    SELECT t.key_id, to_timestamp(floor(extract(epoch FROM c.start) / %(span)b::int)
                                  * %(span)b::int) AS stretch,
           {", ".join(f"sum(c.{column})::int" for column in SUMMED)}
    FROM progress_total t CROSS JOIN LATERAL (
        SELECT * FROM progress_cell c
        WHERE c.round_id = t.round_id AND c.kind = t.kind AND c.key_id = t.key_id
          AND c.width = %(width)b::int
        OFFSET 0) c
    WHERE t.round_id = %(round)b AND t.kind = %(kind)b
      AND (%(whole)b OR c.street_id = ANY(%(streets)b::int[]))
      AND (%(street)b::int IS NULL OR c.street_id = %(street)b::int)
    GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608 (column names of ours)


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
    whole = scope.everything or round_.campaign.district_id in scope.districts
    rows = run(
        _SERIES,
        {
            "round": round_.pk, "kind": kind, "width": WIDTHS[minutes], "span": minutes * 60,
            "whole": whole, "streets": sorted(scope.streets), "street": street_id,
        },
    )  # fmt: skip
    for key, start, *figures in rows:
        yield key, start, dict(zip(SUMMED, figures, strict=True))


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
