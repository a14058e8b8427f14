"""The floor beneath the visits: a street's workers never read another street's addresses."""

from django.db import migrations

FLOOR = """
ALTER TABLE logistics_visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY logistics_visit_app ON logistics_visit TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY logistics_visit_worker ON logistics_visit TO jinjian_worker USING (true);
"""

UNDO = """
DROP POLICY logistics_visit_app ON logistics_visit;
DROP POLICY logistics_visit_worker ON logistics_visit;
ALTER TABLE logistics_visit DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("logistics", "0001_initial")]

    operations = [migrations.RunSQL(FLOOR, UNDO)]
