"""The same floor, asked once a statement instead of once a row.

A street's statement over the district's list asked for each of some thousand people whether they
serve in the street; now it asks once who does.
"""

from django.db import migrations

FLOOR = """
CREATE FUNCTION personnel_serving(p_streets int[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT d.member_id FROM personnel_duty d
    WHERE d.street_id = ANY (p_streets) AND d.state <> 'cancelled'
    UNION
    SELECT t.leader_id FROM personnel_supportteam t JOIN personnel_teamduty d ON d.team_id = t.id
    WHERE d.street_id = ANY (p_streets) AND d.state <> 'cancelled' AND t.leader_id IS NOT NULL
$$;
REVOKE ALL ON FUNCTION personnel_serving(int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personnel_serving(int[]) TO jinjian_app, jinjian_worker;
ALTER POLICY personnel_staffmember_app ON personnel_staffmember
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[])
        OR id IN (SELECT personnel_serving((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[])));
"""

UNDO = """
ALTER POLICY personnel_staffmember_app ON personnel_staffmember
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[])
        OR personnel_serves_streets(id, (SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
DROP FUNCTION personnel_serving(int[]);
"""


class Migration(migrations.Migration):
    dependencies = [("personnel", "0005_own_staff_row")]

    operations = [migrations.RunSQL(FLOOR, UNDO)]
