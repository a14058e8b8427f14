"""Whoever signs in finds the own row among the people, wherever they are posted or lent to.

A posting and the street one works in may differ for a while; the floor would then hide the own
row. The look-up gives an id and the area, and nothing of anybody else.
"""

from django.db import migrations

FIND = """
CREATE FUNCTION personnel_own_staff(p_user bigint)
RETURNS TABLE (member_id uuid, district_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT m.id, m.district_id FROM personnel_staffmember m
    WHERE m.user_id = p_user AND m.left_at IS NULL
$$;
REVOKE ALL ON FUNCTION personnel_own_staff(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personnel_own_staff(bigint) TO jinjian_app, jinjian_worker;
"""

UNDO = "DROP FUNCTION personnel_own_staff(bigint);"


class Migration(migrations.Migration):
    dependencies = [("personnel", "0004_staff_floor")]

    operations = [migrations.RunSQL(FIND, UNDO)]
