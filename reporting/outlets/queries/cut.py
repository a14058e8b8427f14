"""A cut: every figure of a round at one frozen moment, in one's area, as one value.

All outlets read this and nothing else, so a bulletin, a data-value set and a superior's workbook
of one cut-off hold equal figures. What the house does not know at that moment is None and never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.models import Round
from campaigns.models.divisions import Level
from core.scope import Scope, scoped
from personnel.queries.staffing import Headcount, headcount
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.queries.cut_anew import known_by_now
from reporting.outlets.queries.cut_crew import VehicleCount, crew_at, fleet_at, vehicles_at
from reporting.outlets.queries.cut_sites import Owed, alerts_at, desks_at, reports_at, visits_at
from reporting.progress import measures
from reporting.progress.figures import Figures, Overview, RoundHeader, StreetRow
from reporting.progress.queries import overview

Number = int | Decimal | None
_COUNTED = (
    "target", "exempt", "persons", "everybody", "exempt_persons", "outside_persons",
    "off_register_persons", "accepted_reasons", "remaining", "swabs", "off_register_swabs",
    "voided", "tubes", "sealed", "tallied", "tallied_tubes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AreaCut:
    """One area's figures by indicator key; None: not known here at that moment. `late`: how far it
    lies behind its deadline, as boards tell it."""

    division_id: int
    level: str
    code: str
    name: str
    name_en: str
    values: Mapping[str, Number]
    due_at: datetime | None = None
    eta: measures.Eta | None = None
    missing_reports: tuple[Owed, ...] = ()
    late: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A round at one moment. `as_of` is the moment the figures are of, `known_at` when they were
    kept (None: read live); `area` is the sum of `streets`."""

    round: RoundHeader
    as_of: datetime
    known_at: datetime | None
    version: int
    source: str
    whole_district: bool
    area: AreaCut
    streets: list[AreaCut]
    heads: list[Headcount] = field(default_factory=list)
    vehicles: list[VehicleCount] = field(default_factory=list)

    @property
    def people_engaged(self) -> int:
        """Everybody on duty in the round up to the cut, each person once."""
        return sum(row.people for row in self.heads)


def cut_of(
    scope: Scope, round_: Round, as_of: datetime | None = None, *, known_now: bool = False
) -> Cut:
    """All figures of a round in one's area, live or as known at the last snapshot before `as_of`.

    For one street pass a scope of that street alone. People needed and booked are those of the
    streets; the district's own posts count among `heads` only. Where nothing had been kept by
    `as_of`, the answer is live (`known_at` is None). With `known_now` the counts are what is known
    of that moment by now, for corrections. A fixed number of statements.

    Row-level security is opened for the reading: counts leave it and no person does, also for a
    caller (a machine client) for whom it is shut otherwise.
    """
    with scoped(scope):
        board = overview(scope, round_, as_of)
        if known_now:
            board = known_by_now(board, scope, round_)
        return _read(scope, round_, board)


def _read(scope: Scope, round_: Round, board: Overview) -> Cut:
    at = board.as_of
    parts: dict[int | None, dict[str, Number]] = defaultdict(dict)
    missing: defaultdict[int, list[Owed]] = defaultdict(list)
    readers: tuple[Callable[[], Mapping[Any, Mapping[str, Number]]], ...] = (
        lambda: desks_at(scope, round_, at),
        lambda: visits_at(scope, round_, at),
        lambda: crew_at(scope, round_, at),
        lambda: alerts_at(scope, round_, at),
        lambda: reports_at(scope, round_, at, missing),
    )
    for read in readers:
        for street_id, figures in read().items():
            parts[street_id] |= figures
    streets = [
        _street(row, parts[row.division_id], tuple(missing[row.division_id]))
        for row in sorted(board.streets, key=lambda row: row.code)
    ]
    return Cut(
        round=board.round, as_of=at, known_at=board.known_at, version=board.version,
        source="scan", whole_district=board.figures.second_swabs is not None,
        area=_area(board, streets, fleet_at(scope, round_, at), parts[None], scope),
        streets=streets, heads=headcount(scope, at=at, round_id=round_.pk).rows,
        vehicles=vehicles_at(scope, round_, at),
    )  # fmt: skip


def _counted(figures: Figures) -> dict[str, Number]:
    """What follows from the counts of an area alone, by the measures that boards use."""
    values: dict[str, Number] = {key: getattr(figures, key) for key in _COUNTED}
    return values | {
        "coverage_percent": measures.coverage(figures.persons, figures.target),
        "closure_percent": measures.closure(
            figures.persons, figures.accepted_reasons, figures.target
        ),
        "people_per_tube": measures.people_per_tube(figures.swabs, figures.tubes),
    }


def _complete(values: Mapping[str, Number]) -> dict[str, Number]:
    return {key: values.get(key) for key in INDICATORS}


def _street(row: StreetRow, part: Mapping[str, Number], missing: tuple[Owed, ...]) -> AreaCut:
    values = _counted(row.figures) | {"rate_per_hour": row.rate_per_hour} | dict(part)
    return AreaCut(
        row.division_id, "street", row.code, row.name, row.name_en, _complete(values),
        row.due_at, row.eta, missing, row.late,
    )  # fmt: skip


def _area(
    board: Overview,
    rows: list[AreaCut],
    fleet: tuple[int, int],
    of_no_street: Mapping[str, Number],
    scope: Scope,
) -> AreaCut:
    """The whole of what was read: the district, the one street, or the sum of several."""
    values = _counted(board.figures) | {"rate_per_hour": board.rate_per_hour}
    for key in set(INDICATORS) - set(values):
        values[key] = _sum([*(row.values[key] for row in rows), of_no_street.get(key)])
    # Counted without their classes, so that a class that is missing shows in the sums.
    values["vehicles_listed"], values["vehicles_engaged"] = fleet
    header = board.round
    only = rows[0] if len(rows) == 1 and not (scope.districts or scope.everything) else None
    names: tuple[int, str, str, str, str] = (
        (only.division_id, only.level, only.code, only.name, only.name_en)
        if only
        else (header.district_id, Level.DISTRICT.value, header.district_code,
              header.district_name, header.district_name_en)
    )  # fmt: skip
    missing = tuple(owed for row in rows for owed in row.missing_reports)
    return AreaCut(*names, _complete(values), board.due_at, board.eta, missing, board.late)


def _sum(numbers: Iterable[Number]) -> Number:
    """The sum of what is known; None where nothing is known of any part."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
