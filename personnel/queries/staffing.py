"""Need against supply: who is missing where and when, who is on duty, from where they come.

Nothing here is stored. Need (`Shift`) and supply (`Duty`, `TeamPlace`) become steps up and down at
their beginnings and ends; running sums over the steps are the slices. A team's people count by its
parts and not again by its listed members; a member who is ill or leaves early is taken off.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.scope import Scope
from core.statements import run
from personnel.models import SourceCategory


@dataclass(frozen=True)
class Gap:
    """One role at one place over one stretch in which nothing changes.

    `place_id` is the point's own place for what is booked at its units. `present` counts who was
    noted on site; for a stretch ahead, who is on site now and stays.
    """

    place_id: int
    point_id: int | None
    street_id: int | None
    role_id: int
    starts_at: datetime
    ends_at: datetime
    needed: int
    booked: int
    present: int

    @property
    def missing(self) -> int:
        """How many seats nobody is booked for."""
        return max(self.needed - self.booked, 0)


@dataclass(frozen=True, slots=True)
class Lack:
    """People needed, missing and present in a street at one moment."""

    needed: int = 0
    missing: int = 0
    present: int = 0


@dataclass(frozen=True)
class Headcount:
    """People of one source category."""

    category: SourceCategory
    people: int


@dataclass(frozen=True)
class Headcounts:
    """People engaged, by source category in the district's order, with their instant."""

    at: datetime
    rows: list[Headcount]

    @property
    def total(self) -> int:
        return sum(row.people for row in self.rows)


@dataclass
class Staffing:
    """Needed, booked, on site and missing at one place of need; persons, summed over roles.

    `missing` sums the roles' own gaps: a spare usher fills no sampler's seat.
    """

    place_id: int
    point_id: int | None
    street_id: int | None
    needed: int = 0
    expected: int = 0
    present: int = 0
    missing: int = 0


# Each place with its place of need: a unit's people count for its point. What a point needed ends
# with its closing.
_PLACES = """
    places AS MATERIALIZED (
        SELECT p.id, COALESCE(home.id, p.id) AS home_id, COALESCE((
            SELECT max(c.at) FROM sites_pointstatechange c
            WHERE c.point_id = shut.id AND c.to_state = 'closed'), 'infinity') AS closed_at
        FROM personnel_dutyplace p
        LEFT JOIN sites_samplingpoint shut ON shut.id = p.point_id AND shut.state = 'closed'
        LEFT JOIN personnel_dutyplace home
            ON p.kind = 'unit' AND home.kind = 'point' AND home.point_id = p.point_id
        WHERE {within})"""
_WITHIN = """(%(all)s OR p.district_id = ANY(%(districts)b::int[])
        OR p.street_id = ANY(%(streets)b::int[]))"""
_ROWS = """
    rows AS (
        SELECT p.home_id, s.role_id, s.starts_at, LEAST(s.ends_at, p.closed_at) AS ends_at,
               s.needed::int AS needed, 0 AS booked, 0 AS present
        FROM personnel_shift s JOIN places p ON p.id = s.place_id
        WHERE LEAST(s.ends_at, p.closed_at) > %(start)s AND s.starts_at < %(end)s
          AND s.starts_at < p.closed_at
        UNION ALL
        SELECT p.home_id, d.role_id, d.starts_at, d.ends_at, 0, 1,
               (d.state IN ('present', 'done'))::int
        FROM personnel_duty d JOIN places p ON p.id = d.place_id
        WHERE d.team_duty_id IS NULL AND d.state <> 'cancelled'
          AND d.ends_at > %(start)s AND d.starts_at < %(end)s
        UNION ALL
        SELECT p.home_id, t.role_id, d.starts_at, d.ends_at, 0, t.people::int,
               CASE WHEN d.state IN ('present', 'done') THEN t.people ELSE 0 END
        FROM personnel_teamduty d JOIN personnel_teamplace t ON t.duty_id = d.id
        JOIN places p ON p.id = t.place_id
        WHERE d.state <> 'cancelled' AND d.ends_at > %(start)s AND d.starts_at < %(end)s
        UNION ALL
        SELECT p.home_id, m.role_id,
               CASE WHEN m.state = 'cancelled' THEN d.starts_at ELSE m.ends_at END, d.ends_at,
               0, -1, CASE WHEN d.state IN ('present', 'done') THEN -1 ELSE 0 END
        FROM personnel_teamduty d JOIN personnel_duty m ON m.team_duty_id = d.id
        JOIN personnel_teamplace t
            ON t.duty_id = d.id AND t.place_id = m.place_id AND t.role_id = m.role_id
        JOIN places p ON p.id = m.place_id
        WHERE d.state <> 'cancelled' AND d.ends_at > %(start)s AND d.starts_at < %(end)s
          AND (m.state = 'cancelled' OR m.ends_at < d.ends_at))"""
_SLICES = """
    steps AS (
        SELECT home_id, role_id, GREATEST(starts_at, %(start)s) AS at, needed, booked, present
        FROM rows WHERE ends_at > GREATEST(starts_at, %(start)s)
        UNION ALL
        SELECT home_id, role_id, ends_at, -needed, -booked, -present
        FROM rows WHERE ends_at > GREATEST(starts_at, %(start)s) AND ends_at < %(end)s),
    changes AS (
        SELECT home_id, role_id, at, sum(needed) AS needed, sum(booked) AS booked,
               sum(present) AS present
        FROM steps GROUP BY home_id, role_id, at
        HAVING sum(needed) <> 0 OR sum(booked) <> 0 OR sum(present) <> 0),
    slices AS (
        SELECT home_id, role_id, at, lead(at, 1, %(end)s) OVER w AS until,
               sum(needed) OVER w AS needed, sum(booked) OVER w AS booked,
               sum(present) OVER w AS present
        FROM changes WINDOW w AS (PARTITION BY home_id, role_id ORDER BY at))"""
_GAPS = f"""
    WITH {_PLACES}, {_ROWS}, {_SLICES}
    SELECT s.home_id, p.point_id, p.street_id, s.role_id, s.at, s.until,
           s.needed::int, s.booked::int, s.present::int
    FROM slices s JOIN personnel_dutyplace p ON p.id = s.home_id
    WHERE s.needed > 0 OR s.booked > 0
    ORDER BY s.home_id, s.role_id, s.at"""  # noqa: S608
_LACKS = f"""
    WITH {_PLACES}, {_ROWS}, {_SLICES}
    SELECT m.at, p.street_id, sum(s.needed)::int, sum(GREATEST(s.needed - s.booked, 0))::int,
           sum(LEAST(s.present, s.needed))::int
    FROM slices s JOIN personnel_dutyplace p ON p.id = s.home_id
    JOIN unnest(%(moments)b::timestamptz[]) m(at) ON s.at <= m.at AND s.until > m.at
    WHERE s.needed > 0
    GROUP BY m.at, p.street_id"""  # noqa: S608
_OF_ROUND = """ AND (p.point_id IS NULL OR EXISTS (
        SELECT FROM sites_samplingpoint s WHERE s.id = p.point_id AND s.round_id = %(round)s))"""
_ON_DUTY = "d.starts_at <= %(at)s AND d.ends_at > %(at)s"
_IN_ROUND = "d.starts_at <= %(at)s AND d.round_id = %(round)s"
_HEADS = """
    WITH listed AS (
        SELECT DISTINCT d.member_id FROM personnel_duty d JOIN personnel_dutyplace p
            ON p.id = d.place_id
        WHERE d.state <> 'cancelled' AND {when} AND {within}),
    unlisted AS (
        SELECT d.team_id, d.id, LEAST(sum(GREATEST(t.people - (
            SELECT count(*) FROM personnel_duty m WHERE m.team_duty_id = d.id
              AND m.place_id = t.place_id AND m.role_id = t.role_id), 0)), s.headcount - (
            SELECT count(*) FROM personnel_duty m WHERE m.team_duty_id = d.id)) AS people
        FROM personnel_teamduty d JOIN personnel_teamplace t ON t.duty_id = d.id
        JOIN personnel_supportteam s ON s.id = d.team_id
        JOIN personnel_dutyplace p ON p.id = t.place_id
        WHERE d.state <> 'cancelled' AND {when} AND {within}
        GROUP BY d.team_id, d.id, s.headcount),
    teams AS (SELECT team_id, max(people) AS people FROM unlisted GROUP BY team_id)
    SELECT source_id, sum(people)::int FROM (
        SELECT m.source_id, 1 AS people FROM listed l
        JOIN personnel_staffmember m ON m.id = l.member_id
        UNION ALL
        SELECT s.source_id, t.people FROM teams t JOIN personnel_supportteam s
            ON s.id = t.team_id WHERE t.people > 0) heads
    GROUP BY source_id""".replace("{within}", _WITHIN)
_FEW = 50
"""Up to so many places are asked for by name; of more, all are read and the others dropped: the
server expects a handful and would loop."""
_INSTANT = timedelta(microseconds=1)
_NARROW = {
    "streets": " AND p.street_id = ANY(%(only_streets)b::int[])",
    "places": """ AND COALESCE(home.id, p.id) IN (
            SELECT unnest(%(only_places)b::int[]))""",
}


def gaps(
    scope: Scope,
    *,
    starts_at: datetime,
    ends_at: datetime,
    street_ids: Collection[int] | None = None,
    place_ids: Collection[int] | None = None,
) -> list[Gap]:
    """Needed, booked and present by place and role, in slices between two changes.

    Slices in which nothing is needed or booked are left out. `place_ids` are places of need: a
    point's place, not its units'. One statement.
    """
    within, params = _scoped(scope)
    if street_ids is not None:
        within += _NARROW["streets"]
        params["only_streets"] = sorted(street_ids)
    if place_ids is not None and len(place_ids) <= _FEW:
        within += _NARROW["places"]
        params["only_places"] = sorted(place_ids)
    sql = _GAPS.replace("{within}", within)
    found = [Gap(*row) for row in run(sql, params | {"start": starts_at, "end": ends_at})]
    if place_ids is None or len(place_ids) <= _FEW:
        return found
    wanted = set(place_ids)
    return [gap for gap in found if gap.place_id in wanted]


def lacks(scope: Scope, *moments: datetime) -> list[dict[int | None, Lack]]:
    """For each moment, in order of time, what each street lacks; the district's own posts stand
    under None. Counted by place and role: a surplus at one point fills no gap at another.

    The slices of `gaps`, summed by the database: a district has thousands of them.
    """
    within, params = _scoped(scope)
    found: dict[datetime, dict[int | None, Lack]] = {moment: {} for moment in moments}
    span = {"start": moments[0], "end": moments[-1] + _INSTANT, "moments": list(moments)}
    for at, street, *figures in run(_LACKS.replace("{within}", within), params | span):
        found[at][street] = Lack(*figures)
    return list(found.values())


def _scoped(scope: Scope) -> tuple[str, dict[str, object]]:
    params: dict[str, object] = {
        "all": scope.everything,
        "districts": sorted(scope.districts),
        "streets": sorted(scope.streets),
    }
    return _WITHIN, params


@dataclass(frozen=True)
class Picture:
    """Staffing at one instant: by point, by street (its points and its other places), with when."""

    at: datetime
    points: dict[int, Staffing]
    streets: dict[int, Staffing]


def staffing(scope: Scope, *, round_id: int | None, at: datetime) -> Picture:
    """Who is needed, expected, on site and missing at `at`; with a round, of its points alone.

    Places that are no points (checkpoints, posts, streets) count for their street in any round.
    """
    within, params = _scoped(scope)
    if round_id is not None:
        within += _OF_ROUND
        params["round"] = round_id
    sql = _GAPS.replace("{within}", within)
    picture = Picture(at, {}, {})
    for row in run(sql, params | {"start": at, "end": at + _INSTANT}):
        gap = Gap(*row)
        if gap.point_id is not None:
            _count(picture.points, gap.point_id, gap)
        if gap.street_id is not None:
            _count(picture.streets, gap.street_id, gap)
    return picture


def _count(sums: dict[int, Staffing], key: int, gap: Gap) -> None:
    place = sums.setdefault(key, Staffing(gap.place_id, gap.point_id, gap.street_id))
    place.needed += gap.needed
    place.expected += gap.booked
    place.present += gap.present
    place.missing += gap.missing


def headcount(scope: Scope, *, at: datetime, round_id: int | None = None) -> Headcounts:
    """People engaged by source category: those on duty at `at`, or all of a round up to `at`.

    Each person once, however many duties; of a team's people those who are not listed one by one
    count by the team's category, the most of them at any one booking: never more than its head
    count less those listed, who may stand at disposal and not at one of its parts.
    """
    _within, params = _scoped(scope)
    params |= {"at": at, "round": round_id}
    when = _IN_ROUND if round_id is not None else _ON_DUTY
    people = dict(run(_HEADS.replace("{when}", when), params))
    categories = SourceCategory.objects.filter(pk__in=people)
    return Headcounts(at, [Headcount(each, people[each.pk]) for each in categories])
