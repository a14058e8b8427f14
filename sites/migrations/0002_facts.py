"""The large facts, partitioned by round so that history never slows the running round.

The list partition stands in for a foreign key to the round: without its partition a fact cannot
be stored. Devices write (round, id); (round, tube, person) makes one scan of one fact.
"""

from django.db import migrations

TABLES = """
CREATE TABLE sites_tube (
    id uuid NOT NULL,
    round_id integer NOT NULL,
    code varchar(32) NOT NULL,
    unit_id integer NOT NULL REFERENCES sites_samplingunit (id),
    street_id integer NOT NULL,
    district_id integer NOT NULL,
    device_id integer NOT NULL,
    pool_size smallint NOT NULL CHECK (pool_size BETWEEN 1 AND 30),
    channel varchar(12) NOT NULL CHECK (channel IN ('general', 'yellow', 'priority')),
    state varchar(12) NOT NULL,
    opened_at timestamptz NOT NULL,
    device_at timestamptz,
    received_at timestamptz NOT NULL,
    sealed_at timestamptz,
    voided_at timestamptz,
    PRIMARY KEY (round_id, id),
    CONSTRAINT tube_state_known CHECK (state IN ('open', 'sealed', 'boxed', 'dispatched',
        'at_hub', 'received', 'testing', 'resulted', 'void')),
    CONSTRAINT tube_void_has_time CHECK ((state = 'void') = (voided_at IS NOT NULL)),
    CONSTRAINT tube_sealed_has_time CHECK (state <> 'sealed' OR sealed_at IS NOT NULL)
) PARTITION BY LIST (round_id);
CREATE INDEX tube_cell ON sites_tube (unit_id, opened_at);

CREATE TABLE sites_swab (
    id uuid NOT NULL,
    round_id integer NOT NULL,
    tube_id uuid NOT NULL,
    person_key uuid NOT NULL,
    unit_id integer NOT NULL,
    street_id integer NOT NULL,
    district_id integer NOT NULL,
    device_id integer NOT NULL,
    at timestamptz NOT NULL,
    device_at timestamptz,
    received_at timestamptz NOT NULL,
    off_register boolean NOT NULL,
    repeat_reason varchar(40) NOT NULL,
    tube_now_id uuid NOT NULL,
    valid boolean NOT NULL,
    PRIMARY KEY (round_id, id),
    CONSTRAINT swab_once_per_tube UNIQUE (round_id, tube_id, person_key),
    FOREIGN KEY (round_id, tube_id) REFERENCES sites_tube (round_id, id)
) PARTITION BY LIST (round_id);
CREATE INDEX swab_cell ON sites_swab (unit_id, at);
CREATE INDEX swab_person ON sites_swab (person_key);

CREATE TABLE sites_coverage (
    person_key uuid NOT NULL,
    round_id integer NOT NULL,
    district_id integer NOT NULL,
    street_id integer NOT NULL,
    community_id integer,
    standing varchar(12) NOT NULL,
    first_at timestamptz,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (round_id, person_key),
    CONSTRAINT coverage_standing_known
        CHECK (standing IN ('target', 'exempt', 'outside', 'off_register')),
    CONSTRAINT coverage_off_register_has_no_home
        CHECK ((standing = 'off_register') = (community_id IS NULL))
) PARTITION BY LIST (round_id);
CREATE INDEX coverage_cell ON sites_coverage (street_id, community_id, first_at);
"""

FLOOR = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_app ON {table} TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY {table}_worker ON {table} TO jinjian_worker USING (true);
"""

PARTITIONS = """
CREATE FUNCTION sites_prepare_round(p_round int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    parent text;
    part text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM campaigns_round WHERE id = p_round) THEN
        RAISE foreign_key_violation USING MESSAGE = format('round %s does not exist', p_round);
    END IF;
    FOREACH parent IN ARRAY ARRAY['sites_tube', 'sites_swab', 'sites_coverage'] LOOP
        part := format('%s_r%s', parent, p_round);
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, jinjian_app, jinjian_worker', part);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)',
                       parent, part, p_round);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION sites_prepare_round(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sites_prepare_round(int) TO jinjian_app, jinjian_worker;
"""

# Persons, tubes and swabs are named by arrays as well as joined: every plan then finds them by
# their key, also one that was made while the round was empty.
COVER = """
CREATE FUNCTION sites_cover(p_round int, p_district int, p_received timestamptz, p_sent json)
RETURNS TABLE (street_id int, community_id int, standing text, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
DECLARE
    fresh_count int;
    people uuid[];
BEGIN
    -- First swabs: one row a person. A concurrent first swab makes us wait here, then it exists.
    RETURN QUERY WITH fresh AS (
        INSERT INTO sites_coverage AS c (round_id, person_key, district_id, street_id,
                                         community_id, standing, first_at, received_at)
        SELECT DISTINCT ON (s.person) p_round, s.person, p_district, s.street, s.community,
                            s.standing, s.at, p_received
        FROM json_to_recordset(p_sent) AS s(person uuid, street int, community int,
                                            standing text, at timestamptz)
        ORDER BY s.person, s.at, s.street
        ON CONFLICT DO NOTHING
        RETURNING c.person_key, c.street_id, c.community_id, c.standing, c.first_at)
    SELECT f.street_id, f.community_id, f.standing::text, f.first_at FROM fresh f;

    GET DIAGNOSTICS fresh_count = ROW_COUNT;
    IF fresh_count = COALESCE(json_array_length(p_sent), 0) THEN
        RETURN;
    END IF;
    people := ARRAY(SELECT DISTINCT person FROM json_to_recordset(p_sent) AS s(person uuid));

    -- People covered before: lock their rows in one order, then keep the earliest time.
    PERFORM 1 FROM sites_coverage c
    WHERE c.round_id = p_round AND c.person_key = ANY (people)
    ORDER BY c.person_key FOR UPDATE;
    RETURN QUERY WITH earlier AS (
        SELECT DISTINCT ON (s.person) s.person, s.street, s.at
        FROM json_to_recordset(p_sent) AS s(person uuid, street int, at timestamptz)
        ORDER BY s.person, s.at, s.street
    ), before AS (
        SELECT c.person_key, c.street_id, c.community_id, c.standing, c.first_at
        FROM sites_coverage c
        WHERE c.round_id = p_round AND c.person_key = ANY (people)
    ), moved AS (
        UPDATE sites_coverage c
        SET first_at = e.at, received_at = p_received,
            street_id = CASE c.standing WHEN 'off_register' THEN e.street ELSE c.street_id END
        FROM earlier e
        WHERE c.round_id = p_round AND c.person_key = e.person AND c.person_key = ANY (people)
          AND (c.first_at IS NULL OR (e.at, e.street) < (c.first_at,
               CASE c.standing WHEN 'off_register' THEN c.street_id ELSE e.street END))
        RETURNING c.person_key, c.street_id, c.community_id, c.standing, c.first_at)
    SELECT m.street_id, m.community_id, m.standing::text, m.first_at FROM moved m
    UNION ALL
    SELECT b.street_id, b.community_id, b.standing::text, b.first_at
    FROM before b JOIN moved m ON m.person_key = b.person_key WHERE b.first_at IS NOT NULL;
END $$;

CREATE FUNCTION sites_recover(p_round int, p_received timestamptz, p_people uuid[])
RETURNS TABLE (street_id int, community_id int, standing text, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
BEGIN
    PERFORM 1 FROM sites_coverage c
    WHERE c.round_id = p_round AND c.person_key = ANY (p_people)
    ORDER BY c.person_key FOR UPDATE;
    -- A later statement sees the swabs of whoever held those rows before us.
    RETURN QUERY WITH first AS (
        SELECT DISTINCT ON (s.person_key) s.person_key, s.street_id, s.at
        FROM sites_swab s
        WHERE s.round_id = p_round AND s.person_key = ANY (p_people) AND s.valid
        ORDER BY s.person_key, s.at, s.street_id
    ), before AS (
        SELECT c.person_key, c.street_id, c.community_id, c.standing, c.first_at
        FROM sites_coverage c
        WHERE c.round_id = p_round AND c.person_key = ANY (p_people)
    ), moved AS (
        UPDATE sites_coverage c
        SET first_at = f.at, received_at = p_received,
            street_id = CASE WHEN c.standing = 'off_register'
                             THEN COALESCE(f.street_id, c.street_id) ELSE c.street_id END
        FROM before b LEFT JOIN first f ON f.person_key = b.person_key
        WHERE c.round_id = p_round AND c.person_key = b.person_key
          AND c.person_key = ANY (p_people)
          AND (c.first_at IS DISTINCT FROM f.at
               OR c.standing = 'off_register' AND c.street_id <> f.street_id)
        RETURNING c.person_key, c.street_id, c.community_id, c.standing, c.first_at)
    SELECT m.street_id, m.community_id, m.standing::text, m.first_at
    FROM moved m WHERE m.first_at IS NOT NULL
    UNION ALL
    SELECT b.street_id, b.community_id, b.standing::text, b.first_at
    FROM before b JOIN moved m ON m.person_key = b.person_key WHERE b.first_at IS NOT NULL;
    -- A valid swab without a row: it was void when it came, and its tube was changed since.
    RETURN QUERY SELECT n.* FROM (
        SELECT DISTINCT ON (s.person_key) s.person_key, s.street_id, s.district_id, s.at
        FROM sites_swab s
        WHERE s.round_id = p_round AND s.person_key = ANY (p_people) AND s.valid
          AND NOT EXISTS (SELECT 1 FROM sites_coverage c WHERE c.round_id = p_round
                          AND c.person_key = s.person_key)
        ORDER BY s.person_key, s.at, s.street_id) s
    LEFT JOIN LATERAL campaigns_find_residents(s.district_id, p_round, ARRAY[s.person_key]) r
        ON true
    CROSS JOIN LATERAL sites_cover(p_round, s.district_id, p_received,
        json_build_array(json_build_object(
            'person', s.person_key, 'street', COALESCE(r.street_id, s.street_id),
            'community', r.community_id, 'standing', COALESCE(r.standing, 'off_register'),
            'at', s.at))) n;
END $$;

CREATE FUNCTION sites_settle(p_round int, p_tube uuid, p_swabs uuid[])
RETURNS TABLE (street_id int, unit_id int, at timestamptz, person_key uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
DECLARE
    swabs uuid[] := p_swabs;
BEGIN
    IF p_tube IS NOT NULL THEN
        swabs := ARRAY(
            SELECT s.id FROM sites_swab s WHERE s.round_id = p_round AND s.tube_id = p_tube
            UNION SELECT e.swab_id FROM sites_tubeevent e
            WHERE e.round_id = p_round AND e.tube_id = p_tube AND e.kind = 'move');
    END IF;
    PERFORM 1 FROM sites_swab s
    WHERE s.round_id = p_round AND s.id = ANY (swabs) ORDER BY s.id FOR UPDATE;
    -- A later statement sees the events of whoever held those rows before us.
    RETURN QUERY WITH said AS MATERIALIZED (
        SELECT s.id, COALESCE((SELECT e.tube_id FROM sites_tubeevent e
                               WHERE e.round_id = s.round_id AND e.swab_id = s.id
                                 AND e.kind = 'move'
                               ORDER BY e.at DESC, e.id DESC LIMIT 1), s.tube_id) AS tube_id,
               EXISTS (SELECT 1 FROM sites_tubeevent e WHERE e.round_id = s.round_id
                       AND e.swab_id = s.id AND e.kind = 'void_swab') AS spilt
        FROM sites_swab s WHERE s.round_id = p_round AND s.id = ANY (swabs)
    ), derived AS MATERIALIZED (
        SELECT d.id, d.tube_id, t.voided_at IS NULL AND NOT d.spilt AS valid
        FROM said d JOIN sites_tube t ON t.round_id = p_round AND t.id = d.tube_id
                                     AND t.id = ANY (ARRAY(SELECT tube_id FROM said)))
    UPDATE sites_swab s SET tube_now_id = d.tube_id, valid = d.valid
    FROM derived d
    WHERE s.round_id = p_round AND s.id = d.id AND s.id = ANY (swabs)
      AND (s.tube_now_id, s.valid) IS DISTINCT FROM (d.tube_id, d.valid)
    RETURNING s.street_id, s.unit_id, s.at, s.person_key;
END $$;
REVOKE ALL ON FUNCTION sites_settle(int, uuid, uuid[]),
    sites_cover(int, int, timestamptz, json),
    sites_recover(int, timestamptz, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sites_settle(int, uuid, uuid[]),
    sites_cover(int, int, timestamptz, json),
    sites_recover(int, timestamptz, uuid[]) TO jinjian_app, jinjian_worker;
"""

IMMUTABLE = """
CREATE FUNCTION sites_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER swab_as_captured
    BEFORE UPDATE ON sites_swab FOR EACH ROW
    WHEN ((OLD.id, OLD.round_id, OLD.tube_id, OLD.person_key, OLD.unit_id, OLD.street_id,
           OLD.district_id, OLD.device_id, OLD.at, OLD.received_at, OLD.repeat_reason)
          IS DISTINCT FROM
          (NEW.id, NEW.round_id, NEW.tube_id, NEW.person_key, NEW.unit_id, NEW.street_id,
           NEW.district_id, NEW.device_id, NEW.at, NEW.received_at, NEW.repeat_reason))
    EXECUTE FUNCTION sites_refuse();
CREATE TRIGGER swab_never_deleted
    BEFORE DELETE ON sites_swab FOR EACH ROW EXECUTE FUNCTION sites_refuse();
CREATE TRIGGER tube_never_deleted
    BEFORE DELETE ON sites_tube FOR EACH ROW EXECUTE FUNCTION sites_refuse();
CREATE TRIGGER tube_event_append_only
    BEFORE UPDATE OR DELETE ON sites_tubeevent FOR EACH ROW EXECUTE FUNCTION sites_refuse();
CREATE TRIGGER unit_state_change_append_only
    BEFORE UPDATE OR DELETE ON sites_unitstatechange
    FOR EACH ROW EXECUTE FUNCTION sites_refuse();
"""

UNDO = """
DROP TRIGGER unit_state_change_append_only ON sites_unitstatechange;
DROP TRIGGER tube_event_append_only ON sites_tubeevent;
DROP FUNCTION sites_settle(int, uuid, uuid[]);
DROP FUNCTION sites_recover(int, timestamptz, uuid[]);
DROP FUNCTION sites_cover(int, int, timestamptz, json);
DROP FUNCTION sites_prepare_round(int);
DROP TABLE sites_coverage, sites_swab, sites_tube;
DROP FUNCTION sites_refuse();
DROP POLICY sites_offregisterperson_app ON sites_offregisterperson;
DROP POLICY sites_offregisterperson_worker ON sites_offregisterperson;
ALTER TABLE sites_offregisterperson DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("sites", "0001_initial"), ("campaigns", "0002_register_floor")]

    operations = [
        migrations.RunSQL(
            TABLES
            + FLOOR.format(table="sites_swab")
            + FLOOR.format(table="sites_coverage")
            + FLOOR.format(table="sites_offregisterperson")
            + PARTITIONS
            + COVER
            + IMMUTABLE,
            UNDO,
        )
    ]
