"""The floor beneath the list of people: row-level security, and a look-up on the exact key.

A street sees its own people, those who are on duty in it, and the leaders of teams booked for it.
Whether somebody is on the district's list already is judged for exact keys only.
"""

from django.db import migrations

FLOOR = """
ALTER TABLE personnel_staffmember ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION personnel_serves_streets(p_member uuid, p_streets int[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM personnel_duty d
                   WHERE d.member_id = p_member AND d.street_id = ANY (p_streets)
                     AND d.state <> 'cancelled')
        OR EXISTS (SELECT FROM personnel_supportteam t JOIN personnel_teamduty d ON d.team_id = t.id
                   WHERE t.leader_id = p_member AND d.street_id = ANY (p_streets)
                     AND d.state <> 'cancelled')
$$;
CREATE POLICY personnel_staffmember_app ON personnel_staffmember TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[])
        OR personnel_serves_streets(id, (SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY personnel_staffmember_worker ON personnel_staffmember TO jinjian_worker USING (true);
CREATE FUNCTION personnel_find_staff(p_district int, p_people uuid[])
RETURNS TABLE (person_key uuid, member_id uuid, street_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT m.person_key, m.id, m.street_id FROM personnel_staffmember m
    WHERE m.district_id = p_district AND m.person_key = ANY (p_people)
$$;
REVOKE ALL ON FUNCTION personnel_serves_streets(uuid, int[]),
                       personnel_find_staff(int, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personnel_serves_streets(uuid, int[]),
                          personnel_find_staff(int, uuid[]) TO jinjian_app, jinjian_worker;
"""

UNDO = """
DROP POLICY personnel_staffmember_app ON personnel_staffmember;
DROP POLICY personnel_staffmember_worker ON personnel_staffmember;
ALTER TABLE personnel_staffmember DISABLE ROW LEVEL SECURITY;
DROP FUNCTION personnel_serves_streets(uuid, int[]);
DROP FUNCTION personnel_find_staff(int, uuid[]);
"""


class Migration(migrations.Migration):
    dependencies = [("personnel", "0003_people_and_duty")]

    operations = [migrations.RunSQL(FLOOR, UNDO)]
