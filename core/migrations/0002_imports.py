"""Imports: runs, their rows with row-level security, remembered columns."""

import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import core.crypto

POLICIES = """
ALTER TABLE core_importrow ENABLE ROW LEVEL SECURITY;
CREATE POLICY core_importrow_app ON core_importrow TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[])
        OR street_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.streets', true), ''), ','))::int[]));
CREATE POLICY core_importrow_worker ON core_importrow TO jinjian_worker USING (true);
"""

UNDO = """
DROP POLICY core_importrow_app ON core_importrow;
DROP POLICY core_importrow_worker ON core_importrow;
ALTER TABLE core_importrow DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ColumnMemory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("district_id", models.IntegerField()),
                ("sender", models.CharField(max_length=150)),
                ("signature", models.CharField(max_length=64)),
                ("mapping", models.JSONField(default=list)),
                ("last_used_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "district_id", "sender", "signature"),
                        name="column_memory_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                ("context", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploading", "uploading"),
                            ("mapping", "columns to be named"),
                            ("checking", "being checked"),
                            ("checked", "checked, not written yet"),
                            ("applying", "being written"),
                            ("applied", "written"),
                            ("undone", "undone"),
                            ("discarded", "discarded"),
                            ("failed", "failed"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "file_name",
                    models.CharField(blank=True, default="", max_length=120, verbose_name="file"),
                ),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                (
                    "sender",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="sender"),
                ),
                ("header", core.crypto.EncryptedTextField(blank=True, default="", editable=True)),
                ("mapping", models.JSONField(blank=True, default=list)),
                ("notes", models.JSONField(blank=True, default=list)),
                ("failure", models.JSONField(blank=True, default=list)),
                ("preview", models.PositiveSmallIntegerField(default=0)),
                ("rows_in", models.PositiveIntegerField(default=0)),
                ("rows_new", models.PositiveIntegerField(default=0)),
                ("rows_changed", models.PositiveIntegerField(default=0)),
                ("rows_same", models.PositiveIntegerField(default=0)),
                ("rows_refused", models.PositiveIntegerField(default=0)),
                ("progress_done", models.PositiveIntegerField(default=0)),
                ("progress_total", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("at", models.DateTimeField(verbose_name="brought in at")),
                ("by", models.CharField(max_length=150, verbose_name="brought in by")),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("applied_by", models.CharField(blank=True, default="", max_length=150)),
                ("undo_until", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_by", models.CharField(blank=True, default="", max_length=150)),
                ("swept_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["district_id", "-at"], name="import_run_of_district"),
                    models.Index(
                        condition=models.Q(("swept_at__isnull", True)),
                        fields=["state", "at"],
                        name="import_run_to_sweep",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["uploading", "mapping", "checking", "failed", "discarded"],
                            ),
                            (
                                "rows_in",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("rows_new"), "+", models.F("rows_changed")
                                        ),
                                        "+",
                                        models.F("rows_same"),
                                    ),
                                    "+",
                                    models.F("rows_refused"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="import_run_rows_add_up",
                        violation_error_message="The rows of this file do not add up, so nothing was written.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["applied", "undone"]), _negated=True),
                            models.Q(("applied_at__isnull", False), ("undo_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="import_run_applied_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "undone"), _negated=True),
                            ("undone_at__isnull", False),
                            _connector="OR",
                        ),
                        name="import_run_undone_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                ("line", models.PositiveIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "new"),
                            ("changed", "changed"),
                            ("same", "unchanged"),
                            ("refused", "refused"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(blank=True, default="", max_length=120)),
                ("target", models.CharField(blank=True, default="", max_length=64)),
                ("cells", core.crypto.EncryptedTextField(editable=True)),
                ("faults", models.JSONField(blank=True, default=list)),
                ("values", core.crypto.EncryptedTextField(blank=True, default="{}", editable=True)),
                ("before", core.crypto.EncryptedTextField(blank=True, default="{}", editable=True)),
                ("reasons", models.JSONField(blank=True, default=list)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="core.importrun",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "verdict", "line"], name="import_row_by_verdict")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "line"), name="import_row_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "refused"), _negated=True),
                            models.Q(("reasons", []), _negated=True),
                            _connector="OR",
                        ),
                        name="import_row_refused_has_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(POLICIES, UNDO),
    ]
