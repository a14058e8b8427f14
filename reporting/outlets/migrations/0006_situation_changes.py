"""Issued situation reports in the change feed; as in 0002."""

from django.db import migrations

WRITE = """
    INSERT INTO outlets_change
        (stream, key, area, via, district_id, round_id, deleted, at, xid, seq)
    SELECT 'situation-reports', r.id::text, COALESCE(r.street_id, 0), '', r.district_id,
           r.round_id, false, clock_timestamp(), pg_current_xact_id()::text::bigint,
           nextval('outlets_change_seq')
    FROM {rows} r WHERE r.state = 'issued' ORDER BY r.id::text
    ON CONFLICT (stream, key, area, via) DO UPDATE
    SET deleted = false, at = EXCLUDED.at, xid = EXCLUDED.xid, seq = EXCLUDED.seq;"""
FORWARD = f"""
CREATE FUNCTION outlets_note_outlets_situationreport() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{WRITE.format(rows="new_rows")}
    RETURN NULL;
END $$;
CREATE TRIGGER outlets_note_insert AFTER INSERT ON outlets_situationreport
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_outlets_situationreport();
CREATE TRIGGER outlets_note_update AFTER UPDATE ON outlets_situationreport
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION outlets_note_outlets_situationreport();
""" + WRITE.format(rows="outlets_situationreport")
BACKWARD = """
DROP TRIGGER outlets_note_insert ON outlets_situationreport;
DROP TRIGGER outlets_note_update ON outlets_situationreport;
DROP FUNCTION outlets_note_outlets_situationreport();
"""


class Migration(migrations.Migration):
    dependencies = [("outlets", "0005_upward")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
