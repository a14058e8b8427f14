"""The demo's round as the detectors read it: what its devices would have sent, written at once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from campaigns.models import Division, Round, RoundTarget, TargetVersion
from core import clock
from demo import roundplan, scenario
from reporting.progress.models import Cell, Snapshot, SnapshotTotal
from sites.models import (
    PointStateChange,
    QueueReport,
    SamplingPoint,
    SamplingUnit,
    UnitStateChange,
)
from sites.models.points import QueueBand
from tests.personnel.make import District, make_district, make_division

BUSY_HOUR = 5.0


def make_demo_day(fraction: float) -> District:
    """The round of 4-5 November at a fraction of its size, from its first hour to its last."""
    place = make_district()
    plan = scenario.build(fraction=fraction)
    Round.objects.filter(pk=place.round.pk).update(
        starts_at=roundplan.STARTS, planned_end_at=roundplan.OVER
    )
    place.round.refresh_from_db()
    streets = {code: make_division("street", place.district) for code in roundplan.POINTS}
    homes = {code: make_division("community", street) for code, street in streets.items()}
    units = _units(place, plan, streets, homes)
    _shifts(plan, units)
    heard = [(row.unit, datetime.fromtimestamp(row.due, UTC)) for row in plan.deliveries]
    _cells(place, units, heard)
    _snapshots(place, plan, streets, homes)
    return place


def _units(place, plan, streets, homes) -> list[SamplingUnit]:
    keys = sorted({(unit.street, unit.point) for unit in plan.units})
    points = SamplingPoint.objects.bulk_create(
        SamplingPoint(
            round=place.round,
            community=homes[street],
            street_id=streets[street].pk,
            district_id=place.district.pk,
            code=f"{street}-{nth}",
            name=f"point {street[-3:]}-{nth}",
            state="open",
        )
        for street, nth in keys
    )
    PointStateChange.objects.bulk_create(
        PointStateChange(
            point=point, from_state="planned", to_state="open", at=roundplan.STARTS, by="test"
        )
        for point in points
    )
    by_key = dict(zip(keys, points, strict=True))
    return SamplingUnit.objects.bulk_create(
        SamplingUnit(
            point=by_key[unit.street, unit.point],
            street_id=streets[unit.street].pk,
            district_id=place.district.pk,
            number=unit.number,
        )
        for unit in plan.units
    )


def _shifts(plan, units: list[SamplingUnit]) -> None:
    state = dict.fromkeys(range(len(units)), "planned")
    changes, queues = [], []
    for shift in plan.shifts:
        unit, at = units[shift.unit], datetime.fromtimestamp(shift.at, UTC)
        if state[shift.unit] == shift.state:
            continue
        changes.append(
            UnitStateChange(
                unit=unit, from_state=state[shift.unit], to_state=shift.state, at=at, by="test"
            )
        )
        state[shift.unit] = shift.state
        if shift.state == "open":
            queues.append(QueueReport(point_id=unit.point_id, band=_band(unit, at), at=at))
    UnitStateChange.objects.bulk_create(changes)
    QueueReport.objects.bulk_create(queues)


def _band(unit: SamplingUnit, at: datetime) -> str:
    hour = int((at - roundplan.STARTS).total_seconds() // 3600)
    if roundplan.PER_HOUR[min(max(hour, 0), 25)] < BUSY_HOUR:
        return QueueBand.SMOOTH
    return QueueBand.BUSY


def _cells(place, units: list[SamplingUnit], heard: list[tuple[int, datetime]]) -> None:
    last: dict[tuple[int, datetime], datetime] = {}
    for unit, at in heard:
        key = unit, clock.minute_of(at)
        last[key] = max(last.get(key, at), at)
    Cell.objects.bulk_create(
        Cell(
            round_id=place.round.pk,
            kind="unit",
            key_id=units[unit].pk,
            width=1,
            start=start,
            street_id=units[unit].street_id,
            swabs=1,
            last_received_at=at,
        )
        for (unit, start), at in last.items()
    )


def _snapshots(place, plan, streets: dict[str, Division], homes: dict[str, Division]) -> None:
    """Persons of each street as the tubes filled, against targets that are just reached."""
    sealed = sorted(
        (tube.sealed, plan.units[tube.unit].street, len(tube.visits))
        for tube in plan.tubes
        if tube.visits
    )
    totals = Counter()
    for _at, street, people in sealed:
        totals[street] += people
    version = TargetVersion.objects.create(
        round=place.round, version=1, frozen_at=roundplan.STARTS, frozen_by="test"
    )
    for code, street in streets.items():
        RoundTarget.objects.create(
            version=version,
            round=place.round,
            community=homes[code],
            street_id=street.pk,
            district_id=place.district.pk,
            registered=totals[code],
            exempt=0,
            target=totals[code],
        )
    done: Counter[str] = Counter()
    position, at = 0, roundplan.STARTS
    while at <= roundplan.OVER:
        while position < len(sealed) and sealed[position][0] <= at.timestamp():
            done[sealed[position][1]] += sealed[position][2]
            position += 1
        snapshot = Snapshot.objects.create(
            round_id=place.round.pk, as_of=at, taken_at=at + timedelta(seconds=1), version=1
        )
        SnapshotTotal.objects.bulk_create(
            SnapshotTotal(
                snapshot=snapshot,
                kind="street",
                key_id=street.pk,
                street_id=street.pk,
                persons=done[code],
                last_received_at=at,
            )
            for code, street in streets.items()
        )
        at += timedelta(minutes=15)
