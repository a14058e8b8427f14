"""Intake of the register: chunks, sources, what was before, contradictions, requests to rehome.

The staged rows of a run are a partition that only the worker's account may touch: PostgreSQL
refuses COPY FROM under row-level security. It is not logged: after a crash the run is checked
again from its chunks.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_app ON {table} TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY {table}_worker ON {table} TO jinjian_worker USING (true);
"""
TABLES = (
    "campaigns_registersource",
    "campaigns_residentbefore",
    "campaigns_contradiction",
    "campaigns_unmasking",
)

CHUNKS = """
ALTER TABLE campaigns_registerchunk ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE campaigns_registerchunk ENABLE ROW LEVEL SECURITY;
CREATE POLICY campaigns_registerchunk_app ON campaigns_registerchunk TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[]));
CREATE POLICY campaigns_registerchunk_worker ON campaigns_registerchunk
    TO jinjian_worker USING (true);
"""

STAGE = """
CREATE TABLE campaigns_registerstage (
    run_id uuid NOT NULL,
    line integer NOT NULL,
    person_key uuid NOT NULL,
    street_id integer NOT NULL,
    community_id integer NOT NULL,
    building varchar(60),
    id_type varchar(16) NOT NULL,
    id_number bytea NOT NULL,
    name bytea NOT NULL,
    phone bytea,
    id_last4 varchar(4) NOT NULL,
    name_mask varchar(20) NOT NULL,
    name_print bigint NOT NULL,
    phone_print bigint,
    birth_on date,
    groups jsonb,
    cells bytea
) PARTITION BY LIST (run_id);
REVOKE ALL ON campaigns_registerstage FROM jinjian_app;

CREATE FUNCTION campaigns_stage_open(p_run uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    part text := 'campaigns_registerstage_' || replace(p_run::text, '-', '');
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', part);
    EXECUTE format('CREATE UNLOGGED TABLE %I (LIKE campaigns_registerstage)', part);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, jinjian_app, jinjian_worker', part);
    EXECUTE format('ALTER TABLE campaigns_registerstage ATTACH PARTITION %I FOR VALUES IN (%L)',
                   part, p_run);
END $$;
CREATE FUNCTION campaigns_stage_ready(p_run uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    part text := 'campaigns_registerstage_' || replace(p_run::text, '-', '');
BEGIN
    EXECUTE format('CREATE INDEX %I ON %I (person_key)', part || '_p', part);
    EXECUTE format('ANALYZE %I', part);
END $$;
CREATE FUNCTION campaigns_stage_close(p_run uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I',
                   'campaigns_registerstage_' || replace(p_run::text, '-', ''));
END $$;
-- After a large change the planner must not go on with yesterday's figures.
CREATE FUNCTION campaigns_register_changed() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    ANALYZE campaigns_resident;
    ANALYZE campaigns_registersource;
END $$;
REVOKE ALL ON FUNCTION campaigns_stage_open(uuid), campaigns_stage_ready(uuid),
    campaigns_stage_close(uuid), campaigns_register_changed() FROM PUBLIC, jinjian_app;
GRANT EXECUTE ON FUNCTION campaigns_stage_open(uuid), campaigns_stage_ready(uuid),
    campaigns_stage_close(uuid), campaigns_register_changed() TO jinjian_worker;
"""

FLOOR = "".join(POLICIES.format(table=table) for table in TABLES) + CHUNKS + STAGE
UNDO = """
DROP FUNCTION campaigns_register_changed();
DROP FUNCTION campaigns_stage_close(uuid);
DROP FUNCTION campaigns_stage_ready(uuid);
DROP FUNCTION campaigns_stage_open(uuid);
DROP TABLE campaigns_registerstage;
""" + "".join(
    f"DROP POLICY {table}_app ON {table}; DROP POLICY {table}_worker ON {table};"
    f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for table in (*TABLES, "campaigns_registerchunk")
)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_target_groups"),
        ("core", "0002_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contradiction",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("community_id", models.IntegerField()),
                (
                    "attribute",
                    models.CharField(
                        choices=[
                            ("name", "name"),
                            ("home", "community of residence"),
                            ("birth", "date of birth"),
                        ],
                        max_length=5,
                    ),
                ),
                ("earlier_run", models.UUIDField()),
                ("later_run", models.UUIDField()),
                ("earlier", models.CharField(max_length=80)),
                ("later", models.CharField(max_length=80)),
                ("raised_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contradictions",
                        to="campaigns.resident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=["district_id", "community_id"],
                        name="contradiction_open",
                    ),
                    models.Index(fields=["later_run"], name="contradiction_of_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resident", "attribute", "earlier_run", "later_run"),
                        name="contradiction_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_at__isnull", True),
                            models.Q(("settled_by", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="contradiction_settled_by_someone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterChunk",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("number", models.PositiveIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=32)),
                ("content", models.BinaryField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="core.importrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "number"),
                        name="register_chunk_once",
                        violation_error_message="This part of the file was already received.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterCount",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("community_id", models.IntegerField()),
                ("group", models.CharField(blank=True, default="", max_length=24)),
                ("people", models.PositiveIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "community_id", "group"), name="register_count_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterSource",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.UUIDField()),
                ("person_key", models.UUIDField()),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("community_id", models.IntegerField()),
                ("building", models.CharField(max_length=60, null=True)),
                ("name_mask", models.CharField(max_length=20)),
                ("name_print", models.BigIntegerField()),
                ("phone_print", models.BigIntegerField(null=True)),
                ("birth_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "person_key", "run_id"), name="register_source_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rehoming",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("register", "the register changed"),
                            ("targets", "the targets were frozen anew"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=150)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("passes", models.PositiveSmallIntegerField(default=0)),
                ("people", models.PositiveIntegerField(default=0)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rehomings",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["due_at"],
                        name="rehoming_to_do",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResidentBefore",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.UUIDField()),
                ("person_key", models.UUIDField()),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("community_id", models.IntegerField()),
                ("building", models.CharField(max_length=60)),
                ("name", models.BinaryField()),
                ("phone", models.BinaryField()),
                ("name_mask", models.CharField(max_length=20)),
                ("birth_on", models.DateField(null=True)),
                ("groups", models.JSONField()),
                ("name_print", models.BigIntegerField(null=True)),
                ("phone_print", models.BigIntegerField(null=True)),
                ("source_run", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run_id", "person_key"), name="resident_before_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unmasking",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("community_id", models.IntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("recall", "recall of a positive tube"),
                            ("visit", "door-to-door visit or telephone call"),
                            ("mend", "check or mend the register"),
                            ("aid", "medical or daily-life aid"),
                            ("inquiry", "inquiry by the person"),
                        ],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
                (
                    "opened_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unmaskings",
                        to="campaigns.resident",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["by", "opened_at"], name="unmasking_by_reader")],
            },
        ),
        migrations.RemoveIndex(
            model_name="resident",
            name="resident_by_last4",
        ),
        migrations.AddField(
            model_name="resident",
            name="name_print",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="phone_print",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="source_run",
            field=models.UUIDField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="updated_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["district_id", "id_last4"], name="resident_by_last4"),
        ),
        migrations.RunSQL(FLOOR, UNDO),
    ]
