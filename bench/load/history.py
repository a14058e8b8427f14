"""Swabs by the million, made inside the database, with roll-ups to match.

A round's partitions are filled before they are attached, so that the server builds each index
once. Facts and roll-ups then look as if the day had been captured and recounted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bench.load.district import District

#: Tables like the parents', without indexes. Ids ascend with time, as devices make them; persons
#: do not.
_TABLES = """
CREATE TABLE sites_tube_r{r} (LIKE sites_tube INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE sites_swab_r{r} (LIKE sites_swab INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE sites_coverage_r{r} (LIKE sites_coverage INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TEMP TABLE desk ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS k, id, street_id, district_id
    FROM sites_samplingunit;
CREATE TEMP TABLE home ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS k, id, street_id, district_id
    FROM campaigns_division WHERE level = 'community';
"""
#: Tube t of a unit is opened t/n of the way through the span: every unit works all the time.
_TUBES = """
INSERT INTO sites_tube_r{r} (id, round_id, code, unit_id, street_id, district_id, device_id,
    pool_size, channel, state, opened_at, received_at, sealed_at)
SELECT ('{r:08x}-0000-7000-8000-' || lpad(to_hex(t), 12, '0'))::uuid, {r},
       'H{r}-' || t, d.id, d.street_id, d.district_id, 0, 10, 'general', 'sealed', m.at, m.at, m.at
FROM generate_series(0::bigint, %(tubes)s - 1) t
JOIN desk d ON d.k = t %% %(desks)s
CROSS JOIN LATERAL (SELECT %(start)s::timestamptz
    + %(span)s * interval '1 second' * LEAST(t / %(desks)s * %(desks)s + (t * 7919) %% %(desks)s,
                                             %(tubes)s - 1) / %(tubes)s AS at) m
"""
_SWABS = """
INSERT INTO sites_swab_r{r} (id, round_id, tube_id, person_key, unit_id, street_id, district_id,
    device_id, at, received_at, off_register, repeat_reason, tube_now_id, valid)
SELECT (substr(t.id::text, 1, 19) || to_hex(32768 + k) || substr(t.id::text, 24))::uuid, {r},
       t.id, md5(t.id::text || k)::uuid, t.unit_id, t.street_id, t.district_id, 0, t.opened_at,
       t.received_at, false, '', t.id, true
FROM sites_tube_r{r} t CROSS JOIN generate_series(1, 10) k
"""
_COVERAGE = """
INSERT INTO sites_coverage_r{r} (round_id, person_key, district_id, street_id, community_id,
    standing, first_at, received_at)
SELECT {r}, s.person_key, h.district_id, h.street_id, h.id, 'target', s.at, s.received_at
FROM (SELECT *, row_number() OVER () AS n FROM sites_swab_r{r}) s
JOIN home h ON h.k = s.n %% (SELECT count(*) FROM home)
"""
_ATTACH = """
ALTER TABLE sites_tube ATTACH PARTITION sites_tube_r{r} FOR VALUES IN ({r});
ALTER TABLE sites_swab ATTACH PARTITION sites_swab_r{r} FOR VALUES IN ({r});
ALTER TABLE sites_coverage ATTACH PARTITION sites_coverage_r{r} FOR VALUES IN ({r});
ANALYZE sites_tube_r{r}; ANALYZE sites_swab_r{r}; ANALYZE sites_coverage_r{r};
"""
_MINUTES = """
INSERT INTO progress_cell (round_id, kind, key_id, width, start, street_id, swabs, tubes, sealed,
    persons, off_register_swabs, voided, tallied, tallied_tubes, exempt_persons, outside_persons,
    off_register_persons, last_swab_at, last_received_at)
SELECT {r}, kind, key_id, 1, start, street_id, sum(swabs), sum(tubes), sum(tubes), sum(persons),
       0, 0, 0, 0, 0, 0, 0, max(at), max(at)
FROM (
    SELECT 'unit' AS kind, unit_id AS key_id, date_trunc('minute', opened_at) AS start, street_id,
           10 AS swabs, 1 AS tubes, 0 AS persons, opened_at AS at FROM sites_tube_r{r}
    UNION ALL
    SELECT 'community', community_id, date_trunc('minute', first_at), street_id, 0, 0, 1, first_at
    FROM sites_coverage_r{r}) f
GROUP BY kind, key_id, start, street_id;
"""
_FOLDED = """swabs, off_register_swabs, voided, tubes, sealed, tallied, tallied_tubes, persons,
    exempt_persons, outside_persons, off_register_persons, last_swab_at, last_received_at"""
_SUMS = """sum(swabs), sum(off_register_swabs), sum(voided), sum(tubes), sum(sealed), sum(tallied),
    sum(tallied_tubes), sum(persons), sum(exempt_persons), sum(outside_persons),
    sum(off_register_persons), max(last_swab_at), max(last_received_at)"""
_STREETS = f"""
INSERT INTO progress_cell (round_id, kind, key_id, width, start, street_id, {_FOLDED})
SELECT round_id, 'street', street_id, 1, start, street_id, {_SUMS}
FROM progress_cell WHERE round_id = {{r}} AND width = 1
GROUP BY round_id, street_id, start;
INSERT INTO progress_cell (round_id, kind, key_id, width, start, street_id, {_FOLDED})
SELECT round_id, kind, key_id, 15, to_timestamp(floor(extract(epoch FROM start) / 900) * 900),
       street_id, {_SUMS}
FROM progress_cell WHERE round_id = {{r}} AND width = 1 GROUP BY 1, 2, 3, 5, 6;
INSERT INTO progress_total (round_id, kind, key_id, street_id, computed_at, accepted_reasons,
    {_FOLDED})
SELECT round_id, kind, key_id, street_id, now(), 0, {_SUMS}
FROM progress_cell WHERE round_id = {{r}} AND width = 15 GROUP BY round_id, kind, key_id, street_id;
ANALYZE progress_cell; ANALYZE progress_total;
"""


def fill(district: District, round_id: int, *, swabs: int, start: datetime, seconds: int) -> None:
    """Fill a round that has no partitions yet with `swabs` between `start` and `seconds` later.

    Tubes hold ten. The roll-ups are written as a recount would write them.
    """
    from django.db import connection, transaction

    values: dict[str, Any] = {
        "tubes": swabs // 10,
        "desks": len(district.desks),
        "start": start,
        "span": seconds,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute(_TABLES.format(r=round_id))
        for statement in (_TUBES, _SWABS, _COVERAGE):
            cursor.execute(statement.format(r=round_id), values)
        cursor.execute(_ATTACH.format(r=round_id))
        cursor.execute(_MINUTES.format(r=round_id))
        cursor.execute(_STREETS.format(r=round_id))
