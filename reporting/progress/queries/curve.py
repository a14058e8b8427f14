"""The curve of a round: persons and swabs so far, against an even plan."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Sum

from campaigns.models import Round
from core import clock
from core.scope import Scope
from reporting.progress.figures import Curve, Overview
from reporting.progress.models import Cell, SnapshotTotal

QUARTER = timedelta(minutes=15)


def curve(scope: Scope, round_: Round, as_of: datetime | None = None, *, board: Overview) -> Curve:
    """Cumulative quarter hours: by time of swab when live, by time known when looking back."""
    target = board.figures.target
    due = board.due_at
    plan = [(round_.starts_at, 0), (due, target)] if due and target else []
    points = _known(scope, round_, board.as_of) if as_of else _live(scope, round_)
    eta = board.eta
    band = (eta.low, eta.high) if eta.low and eta.high else None
    if points and not as_of:
        points.append((board.as_of, board.figures.persons, board.figures.swabs))
    return Curve(points, plan, due, board.as_of, band, target)


def _live(scope: Scope, round_: Round) -> list[tuple[datetime, int, int]]:
    cells = Cell.objects.filter(round_id=round_.pk, kind="street", width=15)
    if not (scope.everything or round_.campaign.district_id in scope.districts):
        cells = cells.within(scope)
    quarters = cells.values("start").order_by("start").annotate(p=Sum("persons"), s=Sum("swabs"))
    persons = swabs = 0
    points = []
    now = clock.now()
    for row in quarters:
        persons, swabs = persons + row["p"], swabs + row["s"]
        if row["start"] + QUARTER <= now:
            points.append((row["start"] + QUARTER, persons, swabs))
    return [(round_.starts_at, 0, 0), *points] if points else points


def _known(scope: Scope, round_: Round, until: datetime) -> list[tuple[datetime, int, int]]:
    rows = SnapshotTotal.objects.filter(
        snapshot__round_id=round_.pk, snapshot__as_of__lte=until, kind="street"
    )
    if not (scope.everything or round_.campaign.district_id in scope.districts):
        rows = rows.within(scope)
    known = rows.values_list("snapshot__as_of", "persons", "swabs").order_by("snapshot__as_of")
    points = []
    for at, group in groupby(known, key=lambda row: row[0]):
        streets = list(group)
        points.append((at, sum(row[1] for row in streets), sum(row[2] for row in streets)))
    return points
