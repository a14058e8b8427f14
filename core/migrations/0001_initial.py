"""Audit trail (append-only) and the scenario clock."""

import django.db.models.functions.datetime
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER core_auditevent_append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""

APPEND_ONLY_UNDONE = """
DROP TRIGGER core_auditevent_append_only ON core_auditevent;
DROP FUNCTION core_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("by", models.CharField(max_length=150)),
                ("act", models.CharField(max_length=60)),
                ("object_type", models.CharField(blank=True, default="", max_length=60)),
                ("object_id", models.CharField(blank=True, default="", max_length=64)),
                ("district_id", models.IntegerField(null=True)),
                ("street_id", models.IntegerField(null=True)),
                ("summary", models.JSONField(default=dict)),
                ("request_id", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="auditevent_object"),
                    models.Index(fields=["at"], name="auditevent_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("anchor_real", models.DateTimeField()),
                ("anchor_scenario", models.DateTimeField()),
                ("rate", models.DecimalField(decimal_places=3, max_digits=9)),
            ],
            options={
                "db_table": "core_clock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="clock_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)), name="clock_runs_forward"
                    ),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDONE),
    ]
