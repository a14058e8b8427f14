"""Changes that the feed did not see: a cut-off's due time, the words of an alert.

And quarter hours, of which a recount writes thousands, are noted by a statement of their own: it
means what that of 0002 means, and makes and sorts no text before it knows what there is to note.
"""

from importlib import import_module

from django.db import migrations

first = import_module("reporting.outlets.migrations.0002_changes")


def replacing(table: str) -> str:
    """The function of 0002 that notes a table, without its triggers: they stay."""
    function: str = first.function(table).partition("CREATE TRIGGER")[0]
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


# A sentence is made of its parameters.
ALERTS = (
    replacing("alerts_alert")
    .replace("n.ended_at)", "n.ended_at, n.params)")
    .replace("o.ended_at)", "o.ended_at, o.params)")
)

# A report shows when its cut-off is due. Nothing else of one changes, and it is there before its
# reports and goes after them.
DUE = """SELECT 'daily-reports', p.id::text, p.street_id, 'c' || n.id, p.district_id, n.round_id
         FROM new_rows n JOIN old_rows o USING (id) JOIN daily_report p ON p.cutoff_id = n.id
         WHERE n.due_at <> o.due_at"""
CUTOFFS = f"""
CREATE FUNCTION outlets_note_daily_cutoff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{first.WRITE.format(noted=first.LIVE.format(query=DUE))}
    RETURN NULL;
END $$;
CREATE TRIGGER outlets_note_update AFTER UPDATE ON daily_cutoff
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_daily_cutoff();
"""

# What is neither among the new rows nor in its old street is gone from there. Grouped, and not
# joined: a plan made for few rows must do for many. A cell is its own source and is there once.
CELLS = """
    INSERT INTO outlets_change
        (stream, key, area, via, district_id, round_id, deleted, at, xid, seq)
    SELECT 'cells-' || n.kind, n.round_id || '-' || n.kind || '-' || n.key_id || '-' ||
           to_char(n.start AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MI"Z"'), n.street_id, '',
           c.district_id, n.round_id, n.gone, clock_timestamp(),
           pg_current_xact_id()::text::bigint, nextval('outlets_change_seq')
    FROM (SELECT round_id, kind, key_id, start, street_id, bool_and(gone) AS gone
          FROM ({rows}) AS cells GROUP BY round_id, kind, key_id, start, street_id) n
    JOIN campaigns_round o ON o.id = n.round_id JOIN campaigns_campaign c ON c.id = o.campaign_id
    ON CONFLICT (stream, key, area, via) DO UPDATE
    SET district_id = EXCLUDED.district_id, round_id = EXCLUDED.round_id,
        deleted = EXCLUDED.deleted, at = EXCLUDED.at, xid = EXCLUDED.xid, seq = EXCLUDED.seq;"""
CELL = (
    "SELECT round_id, kind, key_id, start, street_id, {gone} AS gone FROM {rows} WHERE width = 15"
)
NEW = CELL.format(gone="false", rows="new_rows")
OLD = CELL.format(gone="true", rows="old_rows")
QUARTERS = f"""
CREATE OR REPLACE FUNCTION outlets_note_progress_cell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN{CELLS.format(rows=NEW)}
    ELSIF TG_OP = 'UPDATE' THEN{CELLS.format(rows=f"{NEW} UNION ALL {OLD}")}
    ELSE{CELLS.format(rows=OLD)}
    END IF;
    RETURN NULL;
END $$;
"""

# What was missed until now comes once more.
AGAIN = "".join(first.write(table, table) for table in ("alerts_alert", "daily_report"))
FORWARD = ALERTS + CUTOFFS + QUARTERS + AGAIN
BACKWARD = (
    "DROP TRIGGER outlets_note_update ON daily_cutoff; DROP FUNCTION outlets_note_daily_cutoff();"
    + replacing("alerts_alert")
    + replacing("progress_cell")
)


class Migration(migrations.Migration):
    dependencies = [("outlets", "0006_situation_changes")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
