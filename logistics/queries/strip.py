"""The strip above the board: what is missing in each street now and next, and how the rest stands.

Two statements for all streets of a district, whatever their number of points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.scope import Scope
from logistics.models import Order, OrderState
from logistics.queries.fleet import Fleet, fleet

# Need and supply of every (place, role) at each moment; a point is one place with all its units.
# What stands at any of the moments is read once, and only then set against each of them.
_MISSING = """
WITH moment AS (SELECT n, t FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS m(t, n)),
needed AS MATERIALIZED (
    SELECT s.street_id, coalesce(p.point_id, -p.id) AS spot, s.role_id, s.needed AS people,
           s.starts_at, s.ends_at
    FROM personnel_shift s JOIN personnel_dutyplace p ON p.id = s.place_id
    WHERE s.starts_at <= %(last)s AND s.ends_at > %(first)s
      AND (s.district_id = ANY(%(districts)s) OR s.street_id = ANY(%(streets)s) OR %(all)s)),
booked AS MATERIALIZED (
    SELECT coalesce(p.point_id, -p.id) AS spot, d.role_id, 1 AS people,
           (d.state = 'present')::int AS present, d.starts_at, d.ends_at
    FROM personnel_duty d JOIN personnel_dutyplace p ON p.id = d.place_id
    WHERE d.state <> 'cancelled' AND d.team_duty_id IS NULL
      AND d.starts_at <= %(last)s AND d.ends_at > %(first)s
      AND (d.district_id = ANY(%(districts)s) OR d.street_id = ANY(%(streets)s) OR %(all)s)
    UNION ALL
    SELECT coalesce(p.point_id, -p.id), b.role_id, b.people,
           CASE WHEN t.state = 'present' THEN b.people ELSE 0 END, t.starts_at, t.ends_at
    FROM personnel_teamduty t
    JOIN personnel_teamplace b ON b.duty_id = t.id
    JOIN personnel_dutyplace p ON p.id = b.place_id
    WHERE t.state <> 'cancelled' AND t.starts_at <= %(last)s AND t.ends_at > %(first)s
      AND (t.district_id = ANY(%(districts)s) OR p.street_id = ANY(%(streets)s) OR %(all)s)),
need AS (
    SELECT n, street_id, spot, role_id, sum(people) AS people
    FROM needed JOIN moment ON starts_at <= t AND ends_at > t GROUP BY 1, 2, 3, 4),
have AS (
    SELECT n, spot, role_id, sum(people) AS people, sum(present) AS present
    FROM booked JOIN moment ON starts_at <= t AND ends_at > t GROUP BY 1, 2, 3)
SELECT need.n, need.street_id, sum(need.people),
       sum(greatest(need.people - coalesce(have.people, 0), 0)),
       sum(least(need.people, coalesce(have.present, 0)))
FROM need LEFT JOIN have USING (n, spot, role_id)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Lack:
    """People needed, missing and present in a street at one moment."""

    needed: int = 0
    missing: int = 0
    present: int = 0


def missing_by_street(scope: Scope, *moments: datetime) -> list[dict[int | None, Lack]]:
    """For each moment what each street lacks; the district's own posts stand under None.

    Counted by place and role: a surplus at one point fills no gap at another.
    """
    found: list[dict[int | None, Lack]] = [{} for _moment in moments]
    with connection.cursor() as cursor:
        cursor.execute(
            _MISSING,
            {
                "moments": list(moments),
                "first": min(moments),
                "last": max(moments),
                "districts": sorted(scope.districts),
                "streets": sorted(scope.streets),
                "all": scope.everything,
            },
        )
        for number, street, needed, missing, present in cursor.fetchall():
            found[number - 1][street] = Lack(int(needed), int(missing), int(present))
    return found


@dataclass(frozen=True)
class Strip:
    """How dispatch stands at one moment; `soon` is the next column of the board."""

    as_of: datetime
    soon: datetime
    now: dict[int | None, Lack]
    next: dict[int | None, Lack]
    fleet: Fleet
    unanswered: int
    overdue: int

    @property
    def missing(self) -> int:
        return sum(lack.missing for lack in self.now.values())

    @property
    def missing_soon(self) -> int:
        return sum(lack.missing for lack in self.next.values())

    @property
    def needed(self) -> int:
        return sum(lack.needed for lack in self.now.values())

    def worst_street(self) -> int | None:
        """The street that lacks most people now or soon; None where nobody is missing."""
        totals: dict[int, int] = {}
        for lacks in (self.now, self.next):
            for street, lack in lacks.items():
                if street is not None:
                    totals[street] = max(totals.get(street, 0), lack.missing)
        worst = max(totals, key=lambda street: (totals[street], -street), default=None)
        return worst if worst is not None and totals[worst] else None


def strip(scope: Scope, *, at: datetime, soon: datetime) -> Strip:
    """The figures above the board for one's area."""
    now, later = missing_by_street(scope, at, soon)
    waiting = Order.objects.within(scope).filter(state=OrderState.REQUESTED)
    return Strip(
        as_of=at, soon=soon, now=now, next=later, fleet=fleet(scope, at=at),
        unanswered=waiting.count(), overdue=waiting.filter(answer_by__lt=at).count(),
    )  # fmt: skip
