"""The floor beneath the register: row-level security, and look-ups on the exact person key.

A resident of another street is invisible to a unit's scope, so whether somebody is on the
register is judged by functions of the owner, which answer for exact keys only.
"""

from django.db import migrations

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_app ON {table} TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY {table}_worker ON {table} TO jinjian_worker USING (true);
"""

LOOK_UPS = """
CREATE FUNCTION campaigns_find_residents(p_district int, p_round int, p_people uuid[])
RETURNS TABLE (person_key uuid, street_id int, community_id int, standing text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
BEGIN
    -- plpgsql, because it keeps the plan for the session; this is asked for every batch.
    RETURN QUERY SELECT r.person_key, r.street_id, r.community_id,
           CASE WHEN t.id IS NULL THEN 'outside'
                WHEN e.id IS NOT NULL THEN 'exempt'
                ELSE 'target' END
    FROM unnest(p_people) AS asked(person_key)
    JOIN campaigns_resident r
      ON r.district_id = p_district AND r.person_key = asked.person_key
    LEFT JOIN campaigns_roundtarget t
      ON t.community_id = r.community_id AND t.version_id = (
         SELECT v.id FROM campaigns_targetversion v WHERE v.round_id = p_round AND v.is_current)
    LEFT JOIN campaigns_exemption e
      ON e.round_id = p_round AND e.person_key = r.person_key AND e.frozen;
END $$;
CREATE FUNCTION campaigns_roster_keys(p_district int, p_roster uuid[])
RETURNS TABLE (roster_id uuid, person_key uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT r.id, r.person_key FROM campaigns_resident r
    WHERE r.id = ANY (p_roster) AND r.district_id = p_district
$$;
REVOKE ALL ON FUNCTION campaigns_find_residents(int, int, uuid[]),
                       campaigns_roster_keys(int, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION campaigns_find_residents(int, int, uuid[]),
                          campaigns_roster_keys(int, uuid[]) TO jinjian_app, jinjian_worker;
"""

UNDO = """
DROP FUNCTION campaigns_find_residents(int, int, uuid[]);
DROP FUNCTION campaigns_roster_keys(int, uuid[]);
DROP POLICY campaigns_resident_app ON campaigns_resident;
DROP POLICY campaigns_resident_worker ON campaigns_resident;
DROP POLICY campaigns_exemption_app ON campaigns_exemption;
DROP POLICY campaigns_exemption_worker ON campaigns_exemption;
ALTER TABLE campaigns_resident DISABLE ROW LEVEL SECURITY;
ALTER TABLE campaigns_exemption DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [
        migrations.RunSQL(
            POLICIES.format(table="campaigns_resident")
            + POLICIES.format(table="campaigns_exemption")
            + LOOK_UPS,
            UNDO,
        )
    ]
