"""One street in full: its figures, communities, points and units. A constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Sum

from campaigns.models import Deadline, Division, Round
from core import clock
from core.scope import Scope
from reporting.progress import measures
from reporting.progress.figures import Figures, Overview, RoundHeader
from reporting.progress.models import Cell, Snapshot
from reporting.progress.queries.overview import SILENT, overview, visible_totals, window_counts
from reporting.progress.queries.series import areas
from reporting.progress.queries.state import snapshot_at
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import State

IDLE = timedelta(minutes=15)
"""An open unit without a capture for so long has hands to spare (S046)."""


@dataclass(frozen=True, slots=True)
class CommunityRow:
    """One community of a street; persons (人) only, since throughput belongs to units."""

    division_id: int
    code: str
    name: str
    figures: Figures
    coverage: Decimal | None
    closure: Decimal | None
    plan_share: Decimal | None
    rate_per_hour: int | None
    pace_needed: int | None
    eta: measures.Eta
    due_at: datetime | None
    late: timedelta | None
    remaining: int
    data_age: timedelta | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit: `silent` when open and nothing came for half an hour, else `idle` when open and
    it took no swab for a quarter of one. Looking back, neither is known."""

    id: int
    number: int
    channel: str
    state: str
    swabs: int
    rate_per_hour: int | None
    last_swab_at: datetime | None
    last_received_at: datetime | None
    silent: bool
    idle: bool


@dataclass(frozen=True, slots=True)
class PointRow:
    """One sampling point with its units; swabs in 人次."""

    id: int
    code: str
    name: str
    kind: str
    state: str
    opens: time | None
    closes: time | None
    queue_band: str
    queue_at: datetime | None
    units: tuple[UnitRow, ...]

    @property
    def open_units(self) -> tuple[UnitRow, ...]:
        return tuple(unit for unit in self.units if unit.state == State.OPEN)

    @property
    def swabs(self) -> int:
        return sum(unit.swabs for unit in self.units)

    @property
    def rate_per_hour(self) -> int | None:
        rates = [unit.rate_per_hour for unit in self.units if unit.rate_per_hour is not None]
        return sum(rates) if rates else None

    @property
    def last_swab_at(self) -> datetime | None:
        return max((u.last_swab_at for u in self.units if u.last_swab_at), default=None)

    @property
    def silent(self) -> bool:
        """Whether all that is open here is silent: what the point does now, nobody knows."""
        return bool(self.open_units) and all(unit.silent for unit in self.open_units)


@dataclass(frozen=True, slots=True)
class StreetDetail:
    """A street at one moment. `board` is an overview of this street alone, measured against the
    street's own deadline; `deadlines` are (level, due) from the earliest on."""

    board: Overview
    street: Division
    communities: list[CommunityRow]
    points: list[PointRow]
    deadlines: list[tuple[str, datetime]]


def narrowed(scope: Scope, street_id: int) -> Scope:
    """The same rights over one street, which must be within the scope."""
    return Scope(streets=frozenset({street_id}), permissions=scope.permissions, actor=scope.actor)


def street_detail(
    scope: Scope, round_: Round, street_id: int, as_of: datetime | None = None
) -> StreetDetail:
    """The street as it stands now, or as it was known at the last snapshot before `as_of`.

    Raises Round.DoesNotExist where the street takes no part in the round.
    """
    narrow = narrowed(scope, street_id)
    board = overview(narrow, round_, as_of)
    row = next((each for each in board.streets if each.division_id == street_id), None)
    if row is None:
        raise Round.DoesNotExist
    board = replace(
        board, due_at=row.due_at, late=row.late, pace_needed=row.pace_needed, eta=row.eta
    )
    snapshot = snapshot_at(round_.pk, as_of) if as_of else None
    due = _community_deadlines(round_, street_id)
    return StreetDetail(
        board=board,
        street=Division.objects.get(pk=street_id),
        communities=_communities(narrow, round_, street_id, snapshot, board, due),
        points=_points(narrow, round_, snapshot, board.as_of),
        deadlines=_nested(round_, board, due),
    )


def _community_deadlines(round_: Round, street_id: int) -> dict[int, datetime]:
    rows = Deadline.objects.filter(
        round=round_, level=Deadline.Level.COMMUNITY, division__street_id=street_id
    )
    return dict(rows.values_list("division_id", "due_at"))


def _nested(
    round_: Round, board: Overview, communities: dict[int, datetime]
) -> list[tuple[str, datetime]]:
    """Key communities, street, district: what applies here, each level once."""
    found: list[tuple[str, datetime]] = []
    if communities:
        found.append((Deadline.Level.COMMUNITY, min(communities.values())))
    named = Deadline.objects.filter(round=round_, level=Deadline.Level.DISTRICT)
    district = named.values_list("due_at", flat=True).first() or round_.planned_end_at
    if board.due_at is not None and board.due_at != district:
        found.append((Deadline.Level.STREET, board.due_at))
    if district is not None:
        found.append((Deadline.Level.DISTRICT, district))
    return sorted(found, key=lambda pair: pair[1])


def _communities(
    scope: Scope,
    round_: Round,
    street_id: int,
    snapshot: Snapshot | None,
    board: Overview,
    due: dict[int, datetime],
) -> list[CommunityRow]:
    found = areas(scope, round_, "community", street_id=street_id, snapshot=snapshot)
    keys = [key for key, _code, _name, _figures in found]
    windows = window_counts(keys, round_, snapshot, board.as_of, kind="community")
    rows = [
        community_row(area, windows[area[0]], due.get(area[0], board.due_at), board)
        for area in found
    ]
    return sorted(rows, key=_latest_first)


def community_row(
    area: tuple[int, str, str, Figures], counts: list[int], due: datetime | None, board: Overview
) -> CommunityRow:
    """One community against its deadline; `counts` are persons in the trailing windows."""
    key, code, name, figures = area
    header, now = board.round, board.as_of
    eta = measures.estimate(
        figures.remaining, counts, now, figures.last_received_at, now - header.starts_at
    )
    heard = figures.last_received_at
    return CommunityRow(
        division_id=key,
        code=code,
        name=name,
        figures=figures,
        coverage=measures.coverage(figures.persons, figures.target),
        closure=measures.closure(figures.persons, figures.accepted_reasons, figures.target),
        plan_share=measures.plan_share(now, header.starts_at, due),
        rate_per_hour=_rate(header, counts[1], now),
        pace_needed=measures.pace_needed(figures.remaining, now, due),
        eta=eta,
        due_at=due,
        late=measures.lateness(eta, now, due, figures.remaining),
        remaining=figures.remaining,
        data_age=max(now - heard, timedelta(0)) if heard else None,
    )


def _rate(header: RoundHeader, count: int, now: datetime) -> int | None:
    if now - header.starts_at < measures.WINDOWS[1]:
        return None
    return measures.per_hour(count, measures.WINDOWS[1])


def _latest_first(row: CommunityRow) -> tuple[bool, timedelta, str]:
    return row.late is None, -(row.late or timedelta(0)), row.code


def _points(
    scope: Scope, round_: Round, snapshot: Snapshot | None, now: datetime
) -> list[PointRow]:
    units = _units(scope, round_, snapshot, now)
    # Who leads a point is personal: it is read for the page alone and never kept with figures.
    points = SamplingPoint.objects.filter(round=round_).within(scope)
    points = points.defer("lead_name", "lead_phone", "address").order_by("code", "pk")
    return [
        PointRow(
            id=point.pk,
            code=point.code,
            name=point.name,
            kind=point.kind,
            state=point.state,
            opens=point.opens,
            closes=point.closes,
            queue_band="" if snapshot else point.queue_band,
            queue_at=None if snapshot else point.queue_at,
            units=tuple(units.get(point.pk, ())),
        )
        for point in points
    ]


def _units(
    scope: Scope, round_: Round, snapshot: Snapshot | None, now: datetime
) -> defaultdict[int, list[UnitRow]]:
    """Units by point, each with what the roll-ups say of it."""
    totals = visible_totals(scope, round_, snapshot).filter(kind="unit")
    known = {
        key: (swabs, swab_at, received_at)
        for key, swabs, swab_at, received_at in totals.values_list(
            "key_id", "swabs", "last_swab_at", "last_received_at"
        )
    }
    rates = {} if snapshot else _unit_rates(scope, round_, now)
    early = now - round_.starts_at < measures.WINDOWS[1]
    rows: defaultdict[int, list[UnitRow]] = defaultdict(list)
    for unit in SamplingUnit.objects.within(scope).of_round(round_.pk).order_by("number", "pk"):
        swabs, swab_at, received_at = known.get(unit.pk, (0, None, None))
        silent = snapshot is None and _quiet(unit, received_at, now, SILENT)
        rows[unit.point_id].append(
            UnitRow(
                id=unit.pk,
                number=unit.number,
                channel=unit.channel,
                state=unit.state,
                swabs=swabs,
                rate_per_hour=None if snapshot or early else rates.get(unit.pk, 0),
                last_swab_at=swab_at,
                last_received_at=received_at,
                silent=silent,
                idle=snapshot is None and not silent and _quiet(unit, swab_at, now, IDLE),
            )
        )
    return rows


def _quiet(unit: SamplingUnit, last: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether an open unit has been open for the span and nothing came of it meanwhile."""
    if unit.state != State.OPEN or unit.opened_at is None or unit.opened_at > now - span:
        return False
    return last is None or last <= now - span


def _unit_rates(scope: Scope, round_: Round, now: datetime) -> dict[int, int]:
    """Swabs of each unit in the last full sixty minutes."""
    minute = clock.minute_of(now)
    cells = Cell.objects.filter(
        round_id=round_.pk,
        kind="unit",
        width=1,
        start__gte=minute - measures.WINDOWS[1],
        start__lt=minute,
    ).within(scope)
    return dict(cells.order_by().values_list("key_id").annotate(n=Sum("swabs")))
