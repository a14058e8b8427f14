"""The change feed and the triggers that write it; decision 0030 says why."""

from django.db import migrations, models

# Table -> how its rows (r) are noted: stream, key, area, via, district, round.
NOTES: dict[str, list[str]] = {
    "campaigns_division": [
        """SELECT 'divisions', r.id::text, COALESCE(r.street_id, 0), '',
                  COALESCE(r.district_id, r.id), NULL::int FROM {rows} r"""
    ],
    "campaigns_campaign": [
        "SELECT 'campaigns', r.id::text, 0, '', r.district_id, NULL::int FROM {rows} r"
    ],
    # A street sees a campaign by its rounds, and a round by its targets.
    "campaigns_round": [
        """SELECT 'rounds', r.id::text, 0, '', c.district_id, r.id
           FROM {rows} r JOIN campaigns_campaign c ON c.id = r.campaign_id""",
        """SELECT 'campaigns', c.id::text, 0, 'r' || r.id, c.district_id, NULL::int
           FROM {rows} r JOIN campaigns_campaign c ON c.id = r.campaign_id""",
    ],
    "campaigns_targetversion": [
        """SELECT 'rounds', o.id::text, 0, 'v' || r.id, c.district_id, o.id
           FROM {rows} r JOIN campaigns_round o ON o.id = r.round_id
           JOIN campaigns_campaign c ON c.id = o.campaign_id""",
        """SELECT 'campaigns', c.id::text, 0, 'v' || r.id, c.district_id, NULL::int
           FROM {rows} r JOIN campaigns_round o ON o.id = r.round_id
           JOIN campaigns_campaign c ON c.id = o.campaign_id""",
    ],
    "campaigns_deadline": [
        """SELECT 'rounds', o.id::text, 0, 'd' || r.id, c.district_id, o.id
           FROM {rows} r JOIN campaigns_round o ON o.id = r.round_id
           JOIN campaigns_campaign c ON c.id = o.campaign_id"""
    ],
    "campaigns_roundtarget": [
        "SELECT 'targets', r.id::text, r.street_id, '', r.district_id, r.round_id FROM {rows} r"
    ],
    "sites_samplingpoint": [
        "SELECT 'points', r.id::text, r.street_id, '', r.district_id, r.round_id FROM {rows} r"
    ],
    "sites_samplingpoint_serves": [
        """SELECT 'points', p.id::text, p.street_id, 's' || r.id, p.district_id, p.round_id
           FROM {rows} r JOIN sites_samplingpoint p ON p.id = r.samplingpoint_id"""
    ],
    "sites_samplingunit": [
        """SELECT 'units', r.id::text, r.street_id, '', r.district_id, p.round_id
           FROM {rows} r JOIN sites_samplingpoint p ON p.id = r.point_id"""
    ],
    "personnel_shift": [
        """SELECT 'shifts', r.id::text, COALESCE(r.street_id, 0), '', r.district_id, r.round_id
           FROM {rows} r"""
    ],
    # Who is booked at a unit counts for its point, where the need is stated.
    "personnel_duty": [
        """SELECT 'shifts', s.id::text, COALESCE(s.street_id, 0), 'd' || r.id, s.district_id,
                  s.round_id
           FROM {rows} r JOIN personnel_dutyplace p ON p.id = r.place_id
           LEFT JOIN personnel_dutyplace home
               ON p.kind = 'unit' AND home.kind = 'point' AND home.point_id = p.point_id
           JOIN personnel_shift s ON s.place_id = COALESCE(home.id, p.id)
               AND s.role_id = r.role_id AND s.starts_at < r.ends_at AND s.ends_at > r.starts_at"""
    ],
    "personnel_teamduty": [
        """SELECT 'shifts', s.id::text, COALESCE(s.street_id, 0), 't' || t.id, s.district_id,
                  s.round_id
           FROM {rows} r JOIN personnel_teamplace t ON t.duty_id = r.id
           JOIN personnel_dutyplace p ON p.id = t.place_id
           LEFT JOIN personnel_dutyplace home
               ON p.kind = 'unit' AND home.kind = 'point' AND home.point_id = p.point_id
           JOIN personnel_shift s ON s.place_id = COALESCE(home.id, p.id)
               AND s.role_id = t.role_id AND s.starts_at < r.ends_at AND s.ends_at > r.starts_at"""
    ],
    "personnel_teamplace": [
        """SELECT 'shifts', s.id::text, COALESCE(s.street_id, 0), 't' || r.id, s.district_id,
                  s.round_id
           FROM {rows} r JOIN personnel_teamduty d ON d.id = r.duty_id
           JOIN personnel_dutyplace p ON p.id = r.place_id
           LEFT JOIN personnel_dutyplace home
               ON p.kind = 'unit' AND home.kind = 'point' AND home.point_id = p.point_id
           JOIN personnel_shift s ON s.place_id = COALESCE(home.id, p.id)
               AND s.role_id = r.role_id AND s.starts_at < d.ends_at AND s.ends_at > d.starts_at"""
    ],
    # What a point needs ends with its closing.
    "sites_pointstatechange": [
        """SELECT 'shifts', s.id::text, COALESCE(s.street_id, 0), 'c' || r.id, s.district_id,
                  s.round_id
           FROM {rows} r
           JOIN personnel_dutyplace p ON p.point_id = r.point_id AND p.kind = 'point'
           JOIN personnel_shift s ON s.place_id = p.id"""
    ],
    "logistics_vehicle": [
        """SELECT 'vehicles', r.id::text, COALESCE(r.street_id, 0), '', r.district_id, NULL::int
           FROM {rows} r"""
    ],
    # Quarter hours; minutes are the recount's own.
    "progress_cell": [
        """SELECT 'cells-' || r.kind, r.round_id || '-' || r.kind || '-' || r.key_id || '-' ||
                  to_char(r.start AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI"Z"'), r.street_id, '',
                  c.district_id, r.round_id
           FROM {rows} r JOIN campaigns_round o ON o.id = r.round_id
           JOIN campaigns_campaign c ON c.id = o.campaign_id WHERE r.width = 15"""
    ],
    "daily_report": [
        """SELECT 'daily-reports', r.id::text, r.street_id, '', r.district_id, o.round_id
           FROM {rows} r JOIN daily_cutoff o ON o.id = r.cutoff_id"""
    ],
    "alerts_alert": [
        """SELECT 'alerts', r.id::text, COALESCE(r.street_id, 0), '', r.district_id, r.round_id
           FROM {rows} r"""
    ],
    # An amendment is part of the entry that it amends.
    "alerts_logentry": [
        """SELECT 'events', COALESCE(o.id, r.id)::text,
                  COALESCE(CASE WHEN o.id IS NULL THEN r.street_id ELSE o.street_id END, 0),
                  CASE WHEN o.id IS NULL THEN '' ELSE 'a' || r.id END, r.district_id, NULL::int
           FROM {rows} r LEFT JOIN alerts_logentry o ON o.id = r.amends_id"""
    ],
    "alerts_eventmark": [
        """SELECT 'events', e.id::text, COALESCE(e.street_id, 0), 'm' || r.id, e.district_id,
                  NULL::int
           FROM {rows} r JOIN alerts_logentry e ON e.id = r.entry_id"""
    ],
}
# Rows that are written often for reasons that no reader of the feed sees.
SEEN: dict[str, tuple[str, ...]] = {
    "alerts_alert": ("district_id", "street_id", "severity", "value", "cleared_at", "inhibited",
                     "leads", "state", "due_at", "escalated_at", "ended_at"),
    "daily_report": ("state", "version", "accepted_version", "submitted_at", "street_id",
                     "district_id"),
}  # fmt: skip

TABLE = """
ALTER TABLE outlets_change SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 2000);
CREATE SEQUENCE outlets_change_seq;
CREATE FUNCTION outlets_incarnation() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (SELECT system_identifier FROM pg_control_system()) || '-' ||
           substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) || '-' ||
           (SELECT oid FROM pg_database WHERE datname = current_database())
$$;
INSERT INTO outlets_feed (id, incarnation, renewed_at)
VALUES (1, outlets_incarnation(), clock_timestamp());
"""
COLUMNS = "(stream, key, area, via, district_id, round_id)"
# One place writes, in key order. The row's own transaction is its place in the feed.
WRITE = """
    INSERT INTO outlets_change
        (stream, key, area, via, district_id, round_id, deleted, at, xid, seq)
    SELECT n.*, clock_timestamp(), pg_current_xact_id()::text::bigint,
           nextval('outlets_change_seq')
    FROM (SELECT DISTINCT ON (stream, key, area, via)
                 stream, key, area, via, district_id, round_id, deleted
          FROM ({noted}) AS all_of_them
          ORDER BY stream, key, area, via, deleted) n
    ON CONFLICT (stream, key, area, via) DO UPDATE
    SET district_id = EXCLUDED.district_id, round_id = EXCLUDED.round_id,
        deleted = EXCLUDED.deleted, at = EXCLUDED.at, xid = EXCLUDED.xid, seq = EXCLUDED.seq;"""
LIVE = f"SELECT x.*, false AS deleted FROM ({{query}}) AS x{COLUMNS}"  # noqa: S608
GONE = f"SELECT x.*, true FROM ({{query}}) AS x{COLUMNS}"  # noqa: S608


def write(table: str, rows: str) -> str:
    """The statement that notes all rows as they are now."""
    live = [LIVE.format(query=query.format(rows=rows)) for query in NOTES[table]]
    return WRITE.format(noted=" UNION ALL ".join(live))


def function(table: str) -> str:
    """Notes what a statement inserted, changed (with where it was before) or deleted."""
    new, old = "new_rows", "old_rows"
    if table in SEEN:
        fields = SEEN[table]
        news, olds = (", ".join(f"{side}.{field}" for field in fields) for side in "no")
        seen = f"({news}) IS DISTINCT FROM ({olds})"
        new = f"(SELECT n.* FROM new_rows n JOIN old_rows o USING (id) WHERE {seen})"  # noqa: S608
    changed = []
    for query in NOTES[table]:
        before, after = query.format(rows=old), query.format(rows="new_rows")
        changed.append(LIVE.format(query=query.format(rows=new)))
        changed.append(GONE.format(query=f"{before} EXCEPT {after}"))
    update = WRITE.format(noted=" UNION ALL ".join(changed))
    gone = [GONE.format(query=query.format(rows=old)) for query in NOTES[table]]
    # The first SELECT of a UNION names the columns.
    gone[0] = gone[0].replace("true FROM", "true AS deleted FROM", 1)
    delete = WRITE.format(noted=" UNION ALL ".join(gone))
    return f"""
CREATE FUNCTION outlets_note_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN{write(table, "new_rows")}
    ELSIF TG_OP = 'UPDATE' THEN{update}
    ELSE{delete}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER outlets_note_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_{table}();
CREATE TRIGGER outlets_note_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_{table}();
CREATE TRIGGER outlets_note_delete AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_{table}();
"""


FORWARD = TABLE + "".join(function(table) + write(table, table) for table in NOTES)
BACKWARD = (
    "".join(
        f"DROP TRIGGER outlets_note_{act} ON {table};"
        for table in NOTES
        for act in ("insert", "update", "delete")
    )
    + "".join(f"DROP FUNCTION outlets_note_{table}();" for table in NOTES)
    + "DROP FUNCTION outlets_incarnation(); DROP SEQUENCE outlets_change_seq;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("outlets", "0001_clients"),
        ("campaigns", "0006_form_sent_once"),
        ("sites", "0005_conflict_swabbed_twice"),
        ("personnel", "0006_staff_floor_by_set"),
        ("logistics", "0004_phone_steps"),
        ("progress", "0001_initial"),
        ("alerts", "0002_log_matters_requests"),
        ("daily", "0005_sources_of_fieldwork"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream", "key", "area", "via", blank=True, editable=False,
                        primary_key=True, serialize=False,
                    ),
                ),
                ("stream", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=64)),
                ("area", models.IntegerField()),
                ("via", models.CharField(blank=True, max_length=20)),
                ("district_id", models.IntegerField()),
                ("round_id", models.IntegerField(null=True)),
                ("deleted", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("xid", models.BigIntegerField()),
                ("seq", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["stream", "xid", "seq"], name="change_in_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("incarnation", models.CharField(max_length=80)),
                ("renewed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="feed_one_row")
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]  # fmt: skip
