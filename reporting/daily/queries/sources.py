"""What the system itself knows of a street at a moment: the figures that cells are pre-filled from.

They come from the roll-ups that the boards read, so a report never starts from another number than
the one on the wall.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from campaigns.models import Round, RoundTarget
from core.scope import Scope
from reporting.daily.models import Source
from reporting.daily.queries import fieldwork
from reporting.progress import measures
from reporting.progress.figures import Figures
from reporting.progress.models import Snapshot
from reporting.progress.queries import snapshot_at
from reporting.progress.queries.overview import target_version, window_counts
from reporting.progress.queries.series import areas
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import State

HOUR = 1
"""Index of the 60-minute window among the measures' trailing windows."""


@dataclass(frozen=True, slots=True)
class Known:
    """Figures by community id (None: the street itself) and source, and the moment they are of."""

    as_of: datetime
    figures: Mapping[int | None, Mapping[str, int]]
    #: Points that stand in a community and are open, for the check on noughts.
    open_points: Mapping[int | None, int]

    def of(self, community_id: int | None, source: str) -> int | None:
        """The figure, or None where the system does not know it."""
        return self.figures.get(community_id, {}).get(source)


def known_of(round_: Round, street_id: int, *, at: datetime, cutoff: datetime) -> Known:
    """What is known of a street and its communities: live until the cut-off, as kept at the
    cut-off afterwards. Opened points and units are known live only."""
    scope = Scope(streets=frozenset({street_id}))
    snapshot = snapshot_at(round_.pk, cutoff) if at > cutoff else None
    now = snapshot.as_of if snapshot else at
    figures: defaultdict[int | None, dict[str, int]] = defaultdict(dict)
    _coverage(figures, scope, round_, street_id, snapshot)
    throughput = _throughput(scope, round_, street_id, snapshot)
    for community_id in [*figures]:
        figures[community_id] |= _counted(throughput[community_id])
    keys = [key for key in figures if key is not None]
    windows = window_counts(keys, round_, snapshot, now, kind="community")
    for key in keys:
        figures[key][Source.RATE] = windows[key][HOUR]
    desks, open_points = _desks(scope, round_, street_id)
    if snapshot is None:
        for key in keys:
            figures[key] |= desks[key]
    _add_fieldwork(figures, keys, round_, street_id, now)
    figures[None] = _sum(figures)
    if (sent := fieldwork.vehicles(round_, street_id, now)) is not None:
        figures[None][Source.VEHICLES] = sent
    open_points[None] = sum(open_points.values())
    return Known(now, dict(figures), open_points if snapshot is None else {})


def _add_fieldwork(
    figures: defaultdict[int | None, dict[str, int]],
    keys: list[int],
    round_: Round,
    street_id: int,
    now: datetime,
) -> None:
    """Visits and people on site: what one community of the street has entered, all are known."""
    here = SamplingPoint.objects.filter(round=round_, street_id=street_id)
    stands_in = dict(here.values_list("pk", "community_id"))
    found = fieldwork.by_community(round_, street_id, stands_in, now)
    sources = {source for row in found.values() for source in row}
    for key in keys:
        figures[key] |= {source: found[key].get(source, 0) for source in sources}


def _coverage(
    figures: dict[int | None, dict[str, int]],
    scope: Scope,
    round_: Round,
    street_id: int,
    snapshot: Snapshot | None,
) -> None:
    version = target_version(round_, snapshot)
    targets = RoundTarget.objects.filter(round=round_, version=version, street_id=street_id)
    registered = dict(targets.values_list("community_id", "registered"))
    for key, _code, _name, found in areas(
        scope, round_, "community", street_id=street_id, snapshot=snapshot
    ):
        figures[key] = {
            Source.REGISTERED: registered.get(key, 0),
            Source.TARGET: found.target,
            Source.EXEMPT: found.exempt,
            Source.PERSONS: found.persons,
            Source.ACCEPTED_REASONS: found.accepted_reasons,
            Source.REMAINING: measures.remaining(
                found.target, found.persons, found.accepted_reasons
            ),
        }


def _throughput(
    scope: Scope, round_: Round, street_id: int, snapshot: Snapshot | None
) -> defaultdict[int | None, Figures]:
    """Work done at the points that stand in each community."""
    here = SamplingPoint.objects.filter(round=round_, street_id=street_id)
    stands_in = dict(here.values_list("pk", "community_id"))
    sums: defaultdict[int | None, Figures] = defaultdict(Figures)
    for point_id, _code, _name, found in areas(
        scope, round_, "point", street_id=street_id, snapshot=snapshot
    ):
        community_id = stands_in.get(point_id)
        sums[community_id] = sums[community_id].plus(found)
    return sums


def _counted(found: Figures) -> dict[str, int]:
    return {
        Source.SWABS: found.swabs,
        Source.TUBES: found.tubes,
        Source.TALLIED: found.tallied,
        Source.OFF_REGISTER: found.off_register_swabs,
    }


def _desks(
    scope: Scope, round_: Round, street_id: int
) -> tuple[defaultdict[int, dict[str, int]], dict[int | None, int]]:
    """Points and units by community: planned, open, not open."""
    found: defaultdict[int, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(
            (Source.POINTS_PLANNED, Source.POINTS_OPEN, Source.POINTS_NOT_OPEN,
             Source.UNITS_PLANNED, Source.UNITS_OPEN), 0,
        )
    )  # fmt: skip
    is_open = Count("pk", filter=Q(state=State.OPEN))
    points = SamplingPoint.objects.filter(round=round_, street_id=street_id)
    for key, planned, opened in points.values_list("community_id").annotate(
        n=Count("pk"), o=is_open
    ):
        found[key] |= {
            Source.POINTS_PLANNED: planned,
            Source.POINTS_OPEN: opened,
            Source.POINTS_NOT_OPEN: planned - opened,
        }
    units = SamplingUnit.objects.of_round(round_.pk).filter(street_id=street_id)
    for key, planned, opened in units.values_list("point__community_id").annotate(
        n=Count("pk"), o=is_open
    ):
        found[key] |= {Source.UNITS_PLANNED: planned, Source.UNITS_OPEN: opened}
    opened_here: dict[int | None, int] = {
        key: row[Source.POINTS_OPEN] for key, row in found.items()
    }
    return found, opened_here


def _sum(figures: Mapping[int | None, Mapping[str, int]]) -> dict[str, int]:
    added: Counter[str] = Counter()
    for row in figures.values():
        added.update(row)
    return dict(added)
