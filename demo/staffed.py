"""The dispatch of the demo against its plan: heads by category, staffed points, coaches, visits."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import ceil
from typing import Any

from demo import crew, places, roundplan

Values = dict[tuple[str, str], int]
DISTRICT = places.DISTRICT.code
OPENED = roundplan.STARTS + timedelta(seconds=1)

TWICE = """
    SELECT count(*) FROM personnel_duty a JOIN personnel_duty b
      ON b.member_id = a.member_id AND b.id > a.id
     AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
    WHERE a.state <> 'cancelled' AND b.state <> 'cancelled'
    UNION ALL SELECT count(*) FROM logistics_trip a JOIN logistics_trip b
      ON b.vehicle_id = a.vehicle_id AND b.id > a.id
     AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
    WHERE a.state <> 'cancelled' AND b.state <> 'cancelled'"""


def wanted(state: dict[str, Any]) -> Values:
    """What the plan says: people by street and category, and what must not be."""
    fraction = state["fraction"]
    out: Values = {}
    people = Counter(
        (worker.street, worker.category)
        for worker in crew.workers(seed=state["seed"], fraction=fraction)
    )
    out.update(people)
    teams, medics = 0, 0
    for street in places.ROUND_STREETS:
        desks = sum(unit.street == street for unit in roundplan.units(fraction))
        sent = min(crew.TEAMS[street], ceil(desks / crew.SEATS_TAKEN))
        points = len({u.point for u in roundplan.units(fraction) if u.street == street})
        teams += sent
        medics += desks + min(points, sent * crew.SEATS_TAKEN - desks)
    return out | {
        (DISTRICT, "medic"): medics, (DISTRICT, "coaches"): teams, (DISTRICT, "declined"): 1,
        (DISTRICT, "points short at the start"): 0, (DISTRICT, "double bookings"): 0,
        (DISTRICT, "visits left"): 0,
    }  # fmt: skip


def found(state: dict[str, Any]) -> Values:
    """What the product says of the same."""
    from core.scope import Scope
    from logistics.models import Order, Trip, Visit
    from logistics.models.visits import VISIT_ENDED
    from personnel.queries.staffing import headcount, staffing

    round_id = state["round"]
    out: Values = {}
    areas = {code: Scope(streets=frozenset({pk})) for code, pk in state["streets"].items()}
    areas[DISTRICT] = Scope(districts=frozenset({state["district"]}))
    for code, scope in areas.items():
        heads = headcount(scope, at=roundplan.OVER, round_id=round_id)
        out |= {(code, row.category.code): row.people for row in heads.rows}
    opened = staffing(areas[DISTRICT], round_id=round_id, at=OPENED)
    trips = Trip.objects.filter(round_id=round_id, state="done")
    orders = Order.objects.filter(round_id=round_id)
    visits = Visit.objects.filter(round_id=round_id)
    return out | {
        (DISTRICT, "coaches"): trips.filter(vehicle__vehicle_class__code="coach").count(),
        (DISTRICT, "declined"): orders.filter(state="declined").count(),
        (DISTRICT, "points short at the start"): sum(
            bool(point.missing) for point in opened.points.values()
        ),
        (DISTRICT, "double bookings"): _twice(),
        (DISTRICT, "visits left"): visits.exclude(state__in=VISIT_ENDED).count(),
    }  # fmt: skip


def _twice() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        return sum(count for (count,) in cursor.fetchall())
