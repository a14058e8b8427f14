"""Bulk exports: jobs, and their files in encrypted parts that only the district's people see."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.db import migrations, models

import core.actors

PARTS = """
ALTER TABLE outlets_exportpart ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE outlets_exportpart ENABLE ROW LEVEL SECURITY;
CREATE POLICY outlets_exportpart_app ON outlets_exportpart TO jinjian_app
    USING (district_id = ANY ((SELECT string_to_array(
               nullif(current_setting('app.districts', true), ''), ','))::int[]));
CREATE POLICY outlets_exportpart_worker ON outlets_exportpart TO jinjian_worker USING (true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_form_sent_once"),
        ("outlets", "0002_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=16, verbose_name="table")),
                ("personal", models.BooleanField(default=False)),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "XLSX (Excel, WPS)")],
                        max_length=4,
                        verbose_name="format",
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("level", models.CharField(blank=True, default="", max_length=12)),
                ("width", models.PositiveSmallIntegerField(default=0)),
                ("language", models.CharField(max_length=8)),
                (
                    "reason",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="what it is needed for"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for a second person"),
                            ("waiting", "waits for its turn"),
                            ("running", "being written"),
                            ("done", "ready"),
                            ("refused", "refused"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                            ("expired", "erased"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="asked at")),
                ("by", models.CharField(max_length=150, verbose_name="asked by")),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "answer",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="answer"),
                ),
                ("rows_done", models.PositiveIntegerField(default=0)),
                ("rows_total", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("beat_at", models.DateTimeField(blank=True, null=True)),
                ("failure", models.JSONField(blank=True, default=list)),
                ("as_of", models.DateTimeField(blank=True, null=True, verbose_name="cut-off")),
                ("bytes", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("rows_digest", models.CharField(blank=True, default="", max_length=64)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to="campaigns.round",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["district_id", "-at"], name="export_of_district"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running", "done"])),
                        fields=["state", "asked_at"],
                        name="export_to_work_on",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("personal", False),
                            models.Q(
                                ("state__in", ["waiting", "running", "done", "expired"]),
                                _negated=True,
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="export_of_people_was_agreed",
                        violation_error_message="A second person must agree to a file of people.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", ""),
                            models.Q(("state", "asked"), _negated=True),
                            _connector="OR",
                        ),
                        name="export_decided_is_not_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", ""),
                            models.Q(
                                django.db.models.lookups.Exact(
                                    core.actors.Account("decided_by"), core.actors.Account("by")
                                ),
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="export_decided_by_another",
                        violation_error_message="Somebody else than who asked for the file decides.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("personal", False),
                            models.Q(
                                models.Q(("reason", ""), _negated=True), ("street__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="export_of_people_has_reason_and_street",
                        violation_error_message="Say what the file is needed for, and of which street.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("as_of__isnull", False),
                                ("expires_at__isnull", False),
                                ("finished_at__isnull", False),
                                ("state__in", ["done", "expired"]),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state__in", ["done", "expired"]), _negated=True),
                                ("expires_at__isnull", True),
                                ("finished_at__isnull", True),
                                ("sha256", ""),
                            ),
                            _connector="OR",
                        ),
                        name="export_done_has_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["done", "expired"]), _negated=True),
                            ("rows_done", models.F("rows_total")),
                            _connector="OR",
                        ),
                        name="export_done_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["failed"]), _negated=True),
                            models.Q(("failure", []), _negated=True),
                            _connector="OR",
                        ),
                        name="export_failed_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportPart",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="outlets.exportjob",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("job", "number"), name="export_part_once")
                ],
            },
        ),
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
    ]
