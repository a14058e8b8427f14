"""One unit on one day: tubes, swabs by hour, the last captures, silence, conflicts, tallies.

The facts are partitioned by round: every statement names the rounds, and finds the unit by index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import TruncHour

from campaigns.models import Resident, Round
from core import clock
from core.scope import Scope
from sites import measures
from sites.models import (
    Conflict,
    SamplingPoint,
    SamplingUnit,
    Swab,
    Tally,
    Tube,
    UnitStateChange,
)
from sites.models.points import State
from sites.models.tubes import TubeState
from sites.queries.points import IDLE_AFTER

LAST_SHOWN = 20
TALLIES_SHOWN = 40
CONFLICTS_SHOWN = 20


@dataclass(frozen=True)
class RoundTubes:
    """Tubes and swabs of the unit on the day, in one round."""

    round: Round
    open: int
    sealed: int
    void: int
    swabs: int
    in_tubes: int

    @property
    def tubes(self) -> int:
        """Tubes that hold samples: all but the voided."""
        return self.open + self.sealed

    @property
    def people_per_tube(self) -> Decimal | None:
        """平均混采人数 of closed tubes: an open one is still filling."""
        return measures.people_per_tube(self.in_tubes, self.sealed)


@dataclass(frozen=True)
class Capture:
    """One of the last captures, masked: the person only where one's area holds them."""

    at: datetime
    tube: str
    name_mask: str
    last_four: str
    valid: bool
    off_register: bool


@dataclass(frozen=True)
class HourCount:
    start: datetime
    swabs: int


@dataclass(frozen=True)
class TallyLine:
    """A quarter hour on paper: the version that counts, and those it superseded."""

    current: Tally
    earlier: list[Tally]


def rounds_at(point: SamplingPoint) -> list[Round]:
    """The point's round, and others of its district that take samples now (they may overlap)."""
    return list(
        Round.objects.filter(
            Q(pk=point.round_id)
            | Q(campaign__district_id=point.district_id, state__in=["running", "closing"])
        )
        .select_related("campaign")
        .order_by("-starts_at", "-pk")
    )


def tubes_today(unit: SamplingUnit, rounds: Sequence[Round], now: datetime) -> list[RoundTubes]:
    """The day's tubes and swabs by round; rounds without any are left out."""
    since = clock.start_of_day(clock.day_of(now))
    ids = [round_.pk for round_ in rounds]
    states = (
        Tube.objects.filter(round_id__in=ids, unit_id=unit.pk, opened_at__gte=since)
        .order_by()
        .values_list("round_id", "state")
        .annotate(Count("pk"))
    )
    tubes: dict[int, dict[str, int]] = {}
    for round_id, state, count in states:
        tubes.setdefault(round_id, {})[state] = count
    swabs = {
        round_id: (count, closed) for round_id, count, closed in _swabs_today(unit, ids, since)
    }
    return [
        RoundTubes(
            round=round_,
            open=tubes.get(round_.pk, {}).get(TubeState.OPEN, 0),
            void=tubes.get(round_.pk, {}).get(TubeState.VOID, 0),
            sealed=sum(
                count
                for state, count in tubes.get(round_.pk, {}).items()
                if state not in (TubeState.OPEN, TubeState.VOID)
            ),
            swabs=swabs.get(round_.pk, (0, 0))[0],
            in_tubes=swabs.get(round_.pk, (0, 0))[1],
        )
        for round_ in rounds
        if round_.pk in tubes or round_.pk in swabs
    ]


def _swabs_today(
    unit: SamplingUnit, ids: Sequence[int], since: datetime
) -> list[tuple[int, int, int]]:
    """(round, valid swabs of the day, valid swabs in the day's closed tubes)."""
    closed = Tube.objects.filter(round_id__in=ids, unit_id=unit.pk, opened_at__gte=since).exclude(
        state__in=[TubeState.OPEN, TubeState.VOID]
    )
    swabs = (
        Swab.objects.filter(round_id__in=ids, unit_id=unit.pk, at__gte=since, valid=True)
        .order_by()
        .values("round_id")
        .annotate(
            swabs=Count("pk"),
            in_tubes=Count("pk", filter=Q(tube_now_id__in=closed.values("pk"))),
        )
    )
    return [(row["round_id"], row["swabs"], row["in_tubes"]) for row in swabs]


def hours_today(unit: SamplingUnit, rounds: Sequence[Round], now: datetime) -> list[HourCount]:
    """Valid swabs of the day by clock hour, from the first hour with any to the present one."""
    since = clock.start_of_day(clock.day_of(now))
    counted = dict(
        Swab.objects.filter(
            round_id__in=[r.pk for r in rounds], unit_id=unit.pk, at__gte=since, valid=True
        )
        .order_by()
        .annotate(hour=TruncHour("at", tzinfo=clock.HERE))
        .values_list("hour")
        .annotate(Count("pk"))
    )
    if not counted:
        return []
    start, hours = min(counted), []
    while start <= now:
        hours.append(HourCount(start, counted.get(start, 0)))
        start += timedelta(hours=1)
    return hours


def last_captures_of(unit: SamplingUnit, rounds: Sequence[Round], scope: Scope) -> list[Capture]:
    """The last swabs, newest first: three queries, no full number, no name."""
    swabs = list(
        Swab.objects.filter(round_id__in=[r.pk for r in rounds], unit_id=unit.pk).order_by("-at")[
            :LAST_SHOWN
        ]
    )
    tubes = dict(
        Tube.objects.filter(
            round_id__in={swab.round_id for swab in swabs},
            pk__in={swab.tube_now_id for swab in swabs},
        ).values_list("pk", "code")
    )
    people = _masks(swabs, scope)
    return [
        Capture(
            at=swab.at,
            tube=tubes.get(swab.tube_now_id, ""),
            name_mask=people.get(swab.person_key, ("", ""))[0],
            last_four=people.get(swab.person_key, ("", ""))[1],
            valid=swab.valid,
            off_register=swab.off_register,
        )
        for swab in swabs
    ]


def _masks(swabs: Sequence[Swab], scope: Scope) -> dict[UUID, tuple[str, str]]:
    if not swabs:
        return {}
    people = Resident.objects.within(scope).filter(
        district_id=swabs[0].district_id, person_key__in={swab.person_key for swab in swabs}
    )
    return {key: (mask, four) for key, mask, four in people.values_list(
        "person_key", "name_mask", "id_last4"
    )}  # fmt: skip


def silence_of(unit: SamplingUnit, last: datetime | None, now: datetime) -> timedelta | None:
    """How long an open unit has sent nothing, if that is too long; else None."""
    if unit.state != State.OPEN or unit.opened_at is None:
        return None
    heard = max(unit.opened_at, last) if last else unit.opened_at
    return now - heard if now - heard > IDLE_AFTER else None


def tallies_of(unit: SamplingUnit, rounds: Sequence[Round]) -> list[TallyLine]:
    """The unit's newest quarter hours on paper with their history: one query."""
    lines: dict[tuple[int, datetime], list[Tally]] = {}
    tallies = Tally.objects.filter(unit=unit, round_id__in=[r.pk for r in rounds])
    for tally in tallies.order_by("-quarter", "-version")[: TALLIES_SHOWN * 2]:
        lines.setdefault((tally.round_id, tally.quarter), []).append(tally)
    return [
        TallyLine(current=versions[0], earlier=versions[1:])
        for versions in list(lines.values())[:TALLIES_SHOWN]
    ]


def open_conflicts(unit: SamplingUnit, scope: Scope) -> list[Conflict]:
    """Undecided conflicts of the unit, oldest first."""
    found = Conflict.objects.within(scope).open().filter(unit_id=unit.pk)
    return list(found.defer("item").order_by("raised_at", "pk")[:CONFLICTS_SHOWN])


def changes_of(unit: SamplingUnit) -> list[UnitStateChange]:
    """The latest steps of the unit, newest first."""
    return list(unit.changes.order_by("-at", "-pk")[:10])
