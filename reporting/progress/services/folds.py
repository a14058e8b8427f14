"""The statements of the recount: each writes its cells whole, from the level beneath.

Every statement takes the cells of all streets of a pass at once, as parallel arrays: what a
statement costs before its first row would otherwise be paid for each street.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.statements import run
from reporting.progress.models.cells import LATEST, SUMMED
from sites.services.conflicts import raise_tally_conflicts

__all__ = ["raise_tally_conflicts"]

#: One marked stretch of time: street, kind, key, start of the minute or quarter hour.
Stretch = tuple[int, str, int, datetime]
#: What a total is kept for: street, kind, key.
Subject = tuple[int, str, int]

COLUMNS = (*SUMMED, *LATEST)
KEY = "round_id, kind, key_id, width, start"
SUMS = ", ".join([f"COALESCE(sum({c}), 0)::int AS {c}" for c in SUMMED])
MAXIMA = ", ".join([f"max({c}) AS {c}" for c in LATEST])
FOLD = f"{SUMS}, {MAXIMA}"
EVERY = ", ".join(COLUMNS)


def _overwrite(key: str, columns: Iterable[str]) -> str:
    return f"ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(
        f"{column} = EXCLUDED.{column}" for column in columns
    )


def _columns(rows: Sequence[tuple], width: int) -> list[list]:
    """Rows as the parallel arrays that unnest() takes."""
    return [[row[k] for row in rows] for k in range(width)]


# What the facts say of one minute: shared with the audit, which compares instead of writing.
UNIT_FACTS = """
    SELECT m.street_id, m.key_id, m.minute, s.swabs, s.off_register_swabs, s.voided, t.tubes,
           t.sealed, s.last_swab_at,
           GREATEST(s.last_received_at, t.last_received_at) AS last_received_at
    FROM unnest(%(streets)b::int[], %(keys)b::int[], %(minutes)b::timestamptz[])
         AS m(street_id, key_id, minute)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE valid)::int AS swabs,
               count(*) FILTER (WHERE valid AND off_register)::int AS off_register_swabs,
               count(*) FILTER (WHERE NOT valid)::int AS voided,
               max(at) FILTER (WHERE valid) AS last_swab_at,
               max(received_at) AS last_received_at
        FROM sites_swab WHERE round_id = %(round)b AND unit_id = m.key_id
         AND at >= m.minute AND at < m.minute + interval '1 minute') s
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE voided_at IS NULL)::int AS tubes,
               count(*) FILTER (WHERE voided_at IS NULL AND sealed_at IS NOT NULL)::int AS sealed,
               max(received_at) AS last_received_at
        FROM sites_tube WHERE round_id = %(round)b AND unit_id = m.key_id
         AND opened_at >= m.minute AND opened_at < m.minute + interval '1 minute') t"""

PERSON_FACTS = """
    SELECT m.street_id, m.key_id, m.minute,
           count(*) FILTER (WHERE standing = 'target')::int AS persons,
           count(*) FILTER (WHERE standing = 'exempt')::int AS exempt_persons,
           count(*) FILTER (WHERE standing = 'outside')::int AS outside_persons,
           count(*) FILTER (WHERE standing = 'off_register')::int AS off_register_persons,
           max(first_at) AS last_swab_at, max(received_at) AS last_received_at
    FROM unnest(%(streets)b::int[], %(keys)b::int[], %(minutes)b::timestamptz[])
         AS m(street_id, key_id, minute)
    LEFT JOIN sites_coverage c ON c.round_id = %(round)b AND c.street_id = m.street_id
     AND {home} AND c.first_at >= m.minute AND c.first_at < m.minute + interval '1 minute'
    GROUP BY 1, 2, 3"""
AT_HOME = PERSON_FACTS.format(home="c.community_id = m.key_id")
OFF_REGISTER = PERSON_FACTS.format(home="c.community_id IS NULL")

UNIT_COLUMNS = ("swabs", "off_register_swabs", "voided", "tubes", "sealed", *LATEST)
PERSON_COLUMNS = (
    "persons",
    "exempt_persons",
    "outside_persons",
    "off_register_persons",
    *LATEST,
)


def _write_minutes(
    facts: str, columns: Sequence[str], kind: str, round_id: int, cells: Sequence[Stretch]
) -> None:
    marked = [cell for cell in cells if cell[1] == kind]
    if not marked:
        return
    streets, _kinds, keys, minutes = _columns(marked, 4)
    zeros = [column for column in SUMMED if column not in columns]
    names = ", ".join([*columns, *zeros])
    values = ", ".join([*(f"f.{column}" for column in columns), *("0" for _ in zeros)])
    # A fact table without a key leaves out minutes where nothing is left: they become zero.
    run(
        f"""INSERT INTO progress_cell ({KEY}, street_id, {names})
            SELECT %(round)b, %(kind)b, f.key_id, 1, f.minute, f.street_id, {values}
            FROM ({facts}) f ORDER BY f.key_id, f.minute
            {_overwrite(KEY, ["street_id", *columns])}""",  # noqa: S608 (column names of ours)
        {"round": round_id, "kind": kind, "streets": streets, "keys": keys, "minutes": minutes},
    )


def minutes(round_id: int, cells: Sequence[Stretch]) -> None:
    """Marked minutes from the facts.

    Units by time of swab, their tubes by time of opening; persons by the time of their first valid
    swab, in their community, or in the street that sampled them first where they have none.
    """
    _write_minutes(UNIT_FACTS, UNIT_COLUMNS, "unit", round_id, cells)
    _write_minutes(AT_HOME, PERSON_COLUMNS, "community", round_id, cells)
    _write_minutes(OFF_REGISTER, PERSON_COLUMNS, "off_register", round_id, cells)


def quarters(round_id: int, cells: Sequence[Stretch]) -> None:
    """Quarter hours: the sum of their minutes, and a unit's tally where nothing was scanned."""
    sums = ", ".join(
        f"CASE WHEN f.swabs > 0 THEN 0 ELSE COALESCE(t.{column}, 0) END" if name else f"f.{column}"
        for name, column in _quarter_columns()
    )
    run(
        f"""INSERT INTO progress_cell ({KEY}, street_id, {EVERY})
            SELECT %b, q.kind, q.key_id, 15, q.start, q.street_id, {sums}
            FROM unnest(%b::int[], %b::text[], %b::int[], %b::timestamptz[])
                 AS q(street_id, kind, key_id, start)
            CROSS JOIN LATERAL (
                SELECT {FOLD} FROM progress_cell c
                WHERE c.round_id = %b AND c.kind = q.kind AND c.key_id = q.key_id
                  AND c.width = 1 AND c.start >= q.start
                  AND c.start < q.start + interval '15 minutes') f
            LEFT JOIN sites_tally t ON q.kind = 'unit' AND t.round_id = %b
                 AND t.unit_id = q.key_id AND t.quarter = q.start AND t.superseded_at IS NULL
            ORDER BY q.kind, q.key_id, q.start
            {_overwrite(KEY, ["street_id", *COLUMNS])}""",  # noqa: S608 (column names of ours)
        [round_id, *_columns(cells, 4), round_id, round_id],
    )


def _quarter_columns() -> list[tuple[bool, str]]:
    """(comes from the tally, column of the fold or of the tally), in the order of COLUMNS."""
    of_tally = {"tallied": "swabs", "tallied_tubes": "tubes"}
    return [(column in of_tally, of_tally.get(column, column)) for column in COLUMNS]


def street_cells(round_id: int, width: int, cells: Iterable[Stretch]) -> None:
    """The streets' own series: the sum of their units, communities and off-register people."""
    starts = sorted({(street_id, start) for street_id, _kind, _key, start in cells})
    run(
        f"""INSERT INTO progress_cell ({KEY}, street_id, {EVERY})
            SELECT %b, 'street', s.street_id, %b, s.start, s.street_id,
                   {", ".join(f"f.{c}" for c in COLUMNS)}
            FROM unnest(%b::int[], %b::timestamptz[]) AS s(street_id, start)
            CROSS JOIN LATERAL (
                SELECT {FOLD} FROM progress_cell c
                WHERE c.round_id = %b AND c.street_id = s.street_id AND c.width = %b
                  AND c.start = s.start AND c.kind <> 'street') f
            ORDER BY s.street_id, s.start
            {_overwrite(KEY, ["street_id", *COLUMNS])}""",  # noqa: S608 (column names of ours)
        [round_id, width, *_columns(starts, 2), round_id, width],
    )


#: People not sampled whose reason was accepted after the freeze; they count to closure.
ACCEPTED = """
    SELECT count(*) FROM campaigns_exemption e
    WHERE e.round_id = %(round)b AND e.community_id = k.key_id AND NOT e.frozen
      AND NOT EXISTS (SELECT 1 FROM sites_coverage c WHERE c.round_id = %(round)b
                      AND c.person_key = e.person_key AND c.first_at IS NOT NULL)"""


def totals(round_id: int, subjects: Sequence[Subject], at: datetime) -> None:
    """Totals of units, communities, off-register people and streets: their quarter hours' sum."""
    streets, kinds, keys = _columns(subjects, 3)
    _write_totals(
        f"""SELECT k.street_id, k.kind, k.key_id, f.*,
                   CASE k.kind WHEN 'community' THEN ({ACCEPTED}) ELSE 0 END AS accepted_reasons
            FROM unnest(%(streets)b::int[], %(kinds)b::text[], %(keys)b::int[])
                 AS k(street_id, kind, key_id)
            CROSS JOIN LATERAL (
                SELECT {FOLD} FROM progress_cell c
                WHERE c.round_id = %(round)b AND c.kind = k.kind AND c.key_id = k.key_id
                  AND c.width = 15) f""",  # noqa: S608 (column names of ours)
        {"round": round_id, "streets": streets, "kinds": kinds, "keys": keys, "at": at},
    )


def point_totals(round_id: int, unit_ids: Sequence[int], at: datetime) -> None:
    """Totals of the points whose units were touched: the sum of all their units."""
    if unit_ids:
        _write_totals(
            f"""SELECT min(t.street_id) AS street_id, 'point' AS kind, u.point_id AS key_id,
                       {FOLD}, 0 AS accepted_reasons
                FROM progress_total t JOIN sites_samplingunit u ON u.id = t.key_id
                WHERE t.round_id = %(round)b AND t.kind = 'unit' AND u.point_id IN (
                    SELECT point_id FROM sites_samplingunit WHERE id = ANY(%(units)b::int[]))
                GROUP BY u.point_id""",  # noqa: S608 (column names of ours)
            {"round": round_id, "units": list(unit_ids), "at": at},
        )


def _write_totals(folded: str, params: dict[str, object]) -> None:
    columns = ["street_id", "computed_at", "accepted_reasons", *COLUMNS]
    run(
        f"""INSERT INTO progress_total (round_id, kind, key_id, {", ".join(columns)})
            SELECT %(round)b, f.kind, f.key_id, f.street_id, %(at)b, f.accepted_reasons,
                   {", ".join(f"f.{c}" for c in COLUMNS)}
            FROM ({folded}) f ORDER BY f.kind, f.key_id
            {_overwrite("round_id, kind, key_id", columns)}""",  # noqa: S608
        params,
    )


def bump_version(round_id: int, at: datetime) -> None:
    """Tell the boards that something changed; the last statement of a recount."""
    run(
        """INSERT INTO progress_roundversion AS v (round_id, version, bumped_at)
           VALUES (%b, 1, %b)
           ON CONFLICT (round_id) DO UPDATE
           SET version = v.version + 1, bumped_at = GREATEST(v.bumped_at, EXCLUDED.bumped_at)""",
        [round_id, at],
    )
