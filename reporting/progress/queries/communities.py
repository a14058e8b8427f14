"""All communities of a round at once, for the map. A constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Deadline, Division, Round
from core.scope import Scope
from reporting.progress.figures import Overview
from reporting.progress.queries.overview import overview, window_counts
from reporting.progress.queries.series import areas
from reporting.progress.queries.street import CommunityRow, community_row
from sites.models import SamplingPoint
from sites.models.points import QueueBand

WORST_FIRST = (QueueBand.JAMMED, QueueBand.BUSY, QueueBand.SMOOTH)


@dataclass(frozen=True, slots=True)
class CommunityMap:
    """Communities with targets, the street of each, and the worst queue at its points."""

    board: Overview
    rows: list[CommunityRow]
    streets: dict[int, int]
    queues: dict[int, tuple[str, datetime]]


def community_map(scope: Scope, round_: Round, *, forecast: bool = True) -> CommunityMap:
    """The communities of one's area as they stand now, ordered by code.

    Without `forecast` nobody's pace is read: rates and estimates then mean nothing.
    """
    board = overview(scope, round_)
    found = areas(scope, round_, "community", street_id=None, snapshot=None)
    keys = [area[0] for area in found]
    streets = {
        pk: street
        for pk, street in Division.objects.filter(pk__in=keys).values_list("pk", "street_id")
        if street is not None
    }
    due = dict(
        Deadline.objects.filter(round=round_, level=Deadline.Level.COMMUNITY).values_list(
            "division_id", "due_at"
        )
    )
    of_street = {row.division_id: row.due_at for row in board.streets}
    paced = keys if forecast else []
    windows = window_counts(paced, round_, None, board.as_of, kind="community")
    rows = [
        community_row(
            area,
            windows[area[0]],
            due.get(area[0], of_street.get(streets.get(area[0], 0), board.due_at)),
            board,
        )
        for area in found
    ]
    return CommunityMap(board, rows, streets, _queues(scope, round_))


def _queues(scope: Scope, round_: Round) -> dict[int, tuple[str, datetime]]:
    """The worst reported queue among the points that stand in each community."""
    points = SamplingPoint.objects.filter(round=round_).within(scope).exclude(queue_band="")
    worst: dict[int, tuple[str, datetime]] = {}
    for community, band, at in points.values_list("community_id", "queue_band", "queue_at"):
        known = worst.get(community)
        if at is not None and (known is None or _badness(band) < _badness(known[0])):
            worst[community] = (band, at)
    return worst


def _badness(band: str) -> int:
    return WORST_FIRST.index(QueueBand(band))
