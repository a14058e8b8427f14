"""The statements of bulk exports. Times leave as local text, codes as they are stored.

Each takes %(round)s, %(street)s (null: the whole district), %(level)s and %(width)s. Besides its
columns a statement may end with one for the order of its rows, which is cut off.
"""

from __future__ import annotations

from reporting.progress.models.cells import SUMMED


def _local(expression: str) -> str:
    return f"to_char({expression} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')"


def _of_street(column: str) -> str:
    return f"(%(street)s::int IS NULL OR {column} = %(street)s)"


_COUNTS = ", ".join(f"c.{column}" for column in SUMMED)

PROGRESS = f"""
SELECT {_local("c.start")} AS start, c.width::int AS minutes, c.kind AS level,
       COALESCE(p.code || '-' || u.number, d.code) AS code,
       COALESCE(p.name, d.name) AS name, s.code AS street_code, s.name AS street, {_COUNTS}
FROM progress_cell c
JOIN campaigns_division s ON s.id = c.street_id
LEFT JOIN campaigns_division d ON c.kind IN ('community', 'street') AND d.id = c.key_id
LEFT JOIN sites_samplingunit u ON c.kind = 'unit' AND u.id = c.key_id
LEFT JOIN sites_samplingpoint p ON p.id = u.point_id
WHERE c.round_id = %(round)s AND c.kind = %(level)s AND c.width = %(width)s
  AND {_of_street("c.street_id")}
"""  # noqa: S608 (columns of ours)

TUBES = f"""
SELECT t.code, p.code AS point, u.number::int AS unit, s.code AS street_code, s.name AS street,
       t.channel, {_local("t.opened_at")} AS opened_at, {_local("t.sealed_at")} AS sealed_at,
       t.state, t.pool_size::int AS pool_size, COALESCE(w.swabs, 0)::int AS swabs
FROM sites_tube t
LEFT JOIN (SELECT tube_now_id, count(*) AS swabs FROM sites_swab
           WHERE round_id = %(round)s AND valid GROUP BY tube_now_id) w ON w.tube_now_id = t.id
JOIN campaigns_division s ON s.id = t.street_id
LEFT JOIN sites_samplingunit u ON u.id = t.unit_id
LEFT JOIN sites_samplingpoint p ON p.id = u.point_id
WHERE t.round_id = %(round)s AND {_of_street("t.street_id")}
"""  # noqa: S608 (columns of ours)

SWABS = f"""
SELECT w.id::text AS id, t.code AS tube, p.code AS point, u.number::int AS unit,
       s.code AS street_code, s.name AS street, {_local("w.at")} AS at,
       {_local("w.received_at")} AS received_at, w.off_register::text AS off_register,
       w.valid::text AS valid
FROM sites_swab w
LEFT JOIN sites_tube t ON t.round_id = %(round)s AND t.id = w.tube_now_id
JOIN campaigns_division s ON s.id = w.street_id
LEFT JOIN sites_samplingunit u ON u.id = w.unit_id
LEFT JOIN sites_samplingpoint p ON p.id = u.point_id
WHERE w.round_id = %(round)s AND {_of_street("w.street_id")}
"""  # noqa: S608 (columns of ours)

DUTY = f"""
SELECT COALESCE(NULLIF(l.name, ''), p.code, s.name) AS place, s.code AS street_code,
       s.name AS street, r.name AS role, {_local("n.starts_at")} AS starts_at,
       {_local("n.ends_at")} AS ends_at, n.needed::int AS needed, b.booked, b.arrived
FROM personnel_shift n
JOIN personnel_dutyplace l ON l.id = n.place_id
JOIN personnel_dutyrole r ON r.id = n.role_id
LEFT JOIN sites_samplingpoint p ON p.id = l.point_id
LEFT JOIN campaigns_division s ON s.id = n.street_id
CROSS JOIN LATERAL (
    SELECT count(*)::int AS booked, count(k.arrived_at)::int AS arrived
    FROM personnel_duty k JOIN personnel_dutyplace kl ON kl.id = k.place_id
    WHERE k.role_id = n.role_id AND k.state <> 'cancelled'
      AND k.starts_at < n.ends_at AND k.ends_at > n.starts_at
      AND (k.place_id = n.place_id OR (l.point_id IS NOT NULL AND kl.point_id = l.point_id))) b
WHERE n.round_id = %(round)s AND {_of_street("n.street_id")}
"""  # noqa: S608 (columns of ours)

# An unsubmitted draft is the street's own affair; what it submitted last is what it answers for.
REPORTS = f"""
SELECT f.title AS form, {_local("k.as_of")} AS as_of, s.code AS street_code, s.name AS street,
       COALESCE(d.name, '') AS community, c.title AS column, c.unit,
       x.value, x.system_value, x.reason, v.number::int AS version,
       (r.accepted_version IS NOT DISTINCT FROM v.number)::text AS accepted, c.position
FROM daily_report r
JOIN daily_cutoff k ON k.id = r.cutoff_id
JOIN daily_reportform f ON f.id = k.form_id
JOIN daily_reportversion v ON v.report_id = r.id AND v.number = r.version
JOIN daily_versioncell x ON x.version_id = v.id
JOIN daily_reportcolumn c ON c.id = x.column_id AND c.unit <> 'note'
JOIN campaigns_division s ON s.id = r.street_id
LEFT JOIN campaigns_division d ON d.id = x.community_id
WHERE k.round_id = %(round)s AND {_of_street("r.street_id")}
"""  # noqa: S608 (columns of ours)

ALERTS = f"""
SELECT a.detector AS rule, a.severity, a.subject_kind AS subject,
       s.code AS street_code, s.name AS street, a.value, {_local("a.since")} AS since,
       {_local("a.raised_at")} AS raised_at, a.state, {_local("a.ended_at")} AS ended_at,
       a.id AS id_order
FROM alerts_alert a
LEFT JOIN campaigns_division s ON s.id = a.street_id
WHERE a.round_id = %(round)s AND {_of_street("a.street_id")}
"""  # noqa: S608 (columns of ours)

# Numbers and telephones are stored encrypted: they come out as they are stored and are masked one
# by one, and the clear text is never kept.
PEOPLE = f"""
SELECT r.name_mask AS name, r.id_number AS number, r.phone, d.name AS community, r.building,
       COALESCE(c.standing, CASE WHEN e.id IS NULL THEN 'target' ELSE 'exempt' END) AS standing,
       {_local("c.first_at")} AS first_at, r.id::text AS row_order
FROM campaigns_resident r
JOIN campaigns_division d ON d.id = r.community_id
LEFT JOIN sites_coverage c ON c.round_id = %(round)s AND c.person_key = r.person_key
LEFT JOIN campaigns_exemption e ON e.round_id = %(round)s AND e.person_key = r.person_key
WHERE r.street_id = %(street)s
"""  # noqa: S608 (columns of ours)
