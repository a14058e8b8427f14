"""Who could fill a gap, best first; a person chooses, nothing is sent by itself (S9).

Only who holds the role and is certified for it, is free for the whole time and has not
left. First those who keep their rest and way, then by distance (same community, same street, of
the whole district, other street), then who has worked least; members of a support team come last,
for they belong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import get_language

from campaigns.norms import norms_of
from core import clock
from core.scope import Scope
from personnel.models import DutyPlace, DutyRole

AROUND = timedelta(hours=24)
REST = timedelta(hours=8)
NEAR, SAME_STREET, DISTRICT, OTHER_STREET = range(4)

_AROUND = """
WITH holding AS (
    SELECT member_id FROM personnel_qualification
    WHERE kind_id = ANY(%(kinds)s) AND withdrawn_at IS NULL AND obtained_on <= %(day)s
      AND (expires_on IS NULL OR expires_on >= %(day)s)
    GROUP BY member_id HAVING count(DISTINCT kind_id) = cardinality(%(kinds)s::int[])),
fit AS (
    SELECT m.id, m.name_mask, m.street_id, m.home_unit_id, m.source_id, m.team_id
    FROM personnel_staffmember m
    JOIN personnel_staffmember_roles r ON r.staffmember_id = m.id AND r.dutyrole_id = %(role)s
    WHERE m.district_id = %(district)s AND m.left_at IS NULL
      AND (%(kinds)s::int[] = '{}' OR m.id IN (SELECT member_id FROM holding))),
around AS (
    SELECT d.member_id, d.starts_at, d.ends_at, d.street_id, d.place_id, n.community_id
    FROM fit
    JOIN personnel_duty d ON d.member_id = fit.id
    JOIN personnel_dutyplace p ON p.id = d.place_id
    LEFT JOIN sites_samplingpoint n ON n.id = p.point_id
    WHERE d.state <> 'cancelled'
      AND d.starts_at < %(ends)s + %(around)s AND d.ends_at > %(starts)s - %(around)s)
"""

_FREE = (
    _AROUND  # noqa: S608 (two constants)
    + """,
history AS (
    SELECT member_id,
           bool_or(starts_at < %(ends)s AND ends_at > %(starts)s) AS taken,
           max(ends_at) FILTER (WHERE ends_at <= %(starts)s) AS since,
           min(starts_at) FILTER (WHERE starts_at >= %(ends)s) AS until,
           coalesce(bool_or(community_id = %(community)s), false) AS near,
           sum(greatest(extract(epoch FROM least(ends_at, %(starts)s)
               - greatest(starts_at, %(starts)s - %(around)s)), 0)) / 3600 AS hours
    FROM around GROUP BY member_id)
SELECT fit.id, fit.name_mask, o.name, o.name_en, c.name, c.name_en,
       CASE WHEN h.near OR EXISTS (
                SELECT 1 FROM personnel_patchassignment a
                WHERE a.owner_id = fit.id AND a.community_id = %(community)s
                  AND a.starts_at <= %(starts)s
                  AND (a.ends_at IS NULL OR a.ends_at > %(starts)s)) THEN 0
            WHEN fit.street_id = %(street)s THEN 1
            WHEN fit.street_id IS NULL THEN 2 ELSE 3 END AS distance,
       (coalesce(h.since > %(starts)s - %(rest)s, false)
        OR coalesce(h.until < %(ends)s + %(rest)s, false)) AS tight,
       fit.team_id IS NOT NULL AS of_team,
       coalesce(h.hours, 0)::float AS hours, h.since, h.until
FROM fit
JOIN personnel_organisation o ON o.id = fit.home_unit_id
JOIN personnel_sourcecategory c ON c.id = fit.source_id
LEFT JOIN history h ON h.member_id = fit.id
WHERE NOT coalesce(h.taken, false)
ORDER BY tight, of_team, distance, hours, fit.id
LIMIT %(limit)s
"""
)

_TAKEN = (
    _AROUND
    + """
SELECT fit.id, fit.name_mask, around.starts_at, around.ends_at, around.place_id
FROM fit JOIN around ON around.member_id = fit.id
WHERE around.starts_at < %(ends)s AND around.ends_at > %(starts)s
ORDER BY (fit.street_id IS DISTINCT FROM %(street)s), around.ends_at, fit.id
LIMIT %(limit)s
"""
)

# Sets that are looked up and not joined: the numbers of rows are hard to foresee.
_FREE_BY_ROLE = """
SELECT r.dutyrole_id, count(*)
FROM personnel_staffmember m
JOIN personnel_staffmember_roles r ON r.staffmember_id = m.id
WHERE m.district_id = ANY(%(districts)s) AND m.left_at IS NULL
  AND m.id NOT IN (
    SELECT member_id FROM personnel_duty
    WHERE district_id = ANY(%(districts)s) AND state <> 'cancelled'
      AND starts_at < %(ends)s AND ends_at > %(starts)s)
  AND r.id NOT IN (
    SELECT h.id FROM personnel_staffmember_roles h
    JOIN personnel_dutyrole_requires k ON k.dutyrole_id = h.dutyrole_id
    WHERE NOT EXISTS (
        SELECT 1 FROM personnel_qualification q
        WHERE q.member_id = h.staffmember_id AND q.kind_id = k.qualificationkind_id
          AND q.withdrawn_at IS NULL AND q.obtained_on <= %(day)s
          AND (q.expires_on IS NULL OR q.expires_on >= %(day)s)))
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who could go. `hours` is time on duty in the day before; `tight` breaks a rest."""

    member_id: UUID
    name_mask: str
    home: str
    source: str
    distance: int
    tight: bool
    of_team: bool
    hours: float
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody who is fit and booked already: where, and until when."""

    member_id: UUID
    name_mask: str
    place: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Wish:
    """What is looked for: a role somewhere in a district from one time to another."""

    district_id: int
    street_id: int | None
    community_id: int | None
    role: DutyRole
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def at(cls, place: DutyPlace, role: DutyRole, starts_at: datetime, ends_at: datetime) -> Wish:
        """A role at one place of duty."""
        community = place.point.community_id if place.point else None
        return cls(place.district_id, place.street_id, community, role, starts_at, ends_at)


def people_for(scope: Scope, wish: Wish, *, limit: int = 8) -> list[Person]:
    """Free and certified people, best first. One statement of about a tenth of a second at 8,000
    people. Only who sees a whole district looks for people in it."""
    if not _sees(scope, wish.district_id):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FREE, _parameters(wish, limit))
        rows = cursor.fetchall()
    return [
        Person(
            member, mask, _named(*home), _named(*source), distance, tight, of_team, hours,
            since, until,
        )
        for member, mask, *words, distance, tight, of_team, hours, since, until in rows
        for home, source in [(words[:2], words[2:])]
    ]  # fmt: skip


def taken_for(scope: Scope, wish: Wish, *, limit: int = 3) -> list[Taken]:
    """Fit people who are booked elsewhere at that time, the soonest free first."""
    if not _sees(scope, wish.district_id):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, _parameters(wish, limit))
        rows = cursor.fetchall()
    places = DutyPlace.objects.select_related("point", "unit__point").in_bulk(
        {row[4] for row in rows}
    )
    return [Taken(row[0], row[1], str(places[row[4]]), row[2], row[3]) for row in rows]


def free_by_role(scope: Scope, *, starts_at: datetime, ends_at: datetime) -> dict[int, int]:
    """How many certified people of each role are free for the whole of a time."""
    if not scope.districts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _FREE_BY_ROLE,
            {
                "districts": sorted(scope.districts),
                "starts": starts_at,
                "ends": ends_at,
                "day": _last_day(starts_at, ends_at),
            },
        )
        return dict(cursor.fetchall())


def _last_day(starts_at: datetime, ends_at: datetime) -> date:
    return clock.day_of(max(starts_at, ends_at - timedelta(seconds=1)))


def _sees(scope: Scope, district_id: int) -> bool:
    return scope.everything or district_id in scope.districts


def _parameters(wish: Wish, limit: int) -> dict[str, Any]:
    norms = norms_of(wish.district_id)
    rest = norms.get("rest_hours")
    return {
        "district": wish.district_id,
        "street": wish.street_id,
        "community": wish.community_id,
        "role": wish.role.pk,
        "kinds": sorted(wish.role.requires.values_list("pk", flat=True)),
        "starts": wish.starts_at,
        "ends": wish.ends_at,
        "day": _last_day(wish.starts_at, wish.ends_at),
        "around": AROUND,
        "rest": timedelta(hours=float(rest.value)) if rest else REST,
        "limit": limit,
    }


def _named(chinese: str, english: str) -> str:
    return chinese if (get_language() or "").startswith("zh") or not english else english
