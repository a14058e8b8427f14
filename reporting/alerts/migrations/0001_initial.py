"""Alert rules, their last run, alerts and their steps (append-only)."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER alerts_alertstep_append_only BEFORE UPDATE OR DELETE ON alerts_alertstep
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
APPEND_ONLY_UNDONE = "DROP TRIGGER alerts_alertstep_append_only ON alerts_alertstep;"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0005_register_intake"),
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertRun",
            fields=[
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="alert_run",
                        serialize=False,
                        to="campaigns.round",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("ran_at", models.DateTimeField()),
                ("raised", models.PositiveIntegerField(default=0)),
                ("cleared", models.PositiveIntegerField(default=0)),
                ("problems", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("detector", models.CharField(max_length=40, verbose_name="rule")),
                ("threshold", models.PositiveIntegerField(verbose_name="threshold")),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("crit", "act now"),
                            ("warn", "act soon"),
                            ("info", "keep in mind"),
                        ],
                        max_length=4,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "escalate_after",
                    models.PositiveSmallIntegerField(verbose_name="escalates after (minutes)"),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="watched")),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=80)),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alert_rules",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "detector"),
                        name="alert_rule_once",
                        violation_error_message="This district already has this rule.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("escalate_after__gte", 1), ("escalate_after__lte", 1440)
                        ),
                        name="alert_rule_escalates_within_a_day",
                        violation_error_message="An alert escalates after 1 to 1,440 minutes.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("detector", models.CharField(max_length=40)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(null=True)),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[
                            ("round", "round"),
                            ("street", "street"),
                            ("point", "sampling point"),
                            ("unit", "sampling unit"),
                            ("community", "community"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject_id", models.IntegerField()),
                (
                    "severity",
                    models.CharField(
                        choices=[
                            ("crit", "act now"),
                            ("warn", "act soon"),
                            ("info", "keep in mind"),
                        ],
                        max_length=4,
                    ),
                ),
                ("value", models.IntegerField(null=True)),
                ("params", models.JSONField(default=dict)),
                ("since", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("absent_since", models.DateTimeField(null=True)),
                ("cleared_at", models.DateTimeField(null=True)),
                ("inhibited", models.BooleanField(default=False)),
                ("leads", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "nobody on it yet"),
                            ("acked", "being handled"),
                            ("snoozed", "snoozed"),
                            ("closed", "closed"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("owner", models.CharField(blank=True, default="", max_length=80)),
                ("action", models.CharField(blank=True, default="", max_length=200)),
                ("due_at", models.DateTimeField(null=True)),
                ("for_group", models.BooleanField(default=False)),
                ("waiting_since", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=80)),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="campaigns.round",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alerts",
                        to="alerts.alertrule",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=["district_id", "street_id"],
                        name="alert_standing",
                    ),
                    models.Index(fields=["district_id", "-raised_at"], name="alert_by_raising"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at__isnull", True)),
                        fields=("round", "rule", "subject_kind", "subject_id"),
                        name="alert_one_per_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cleared_at__isnull", True), ("state", "closed"), _connector="OR"
                        ),
                        name="alert_cleared_is_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["acked", "snoozed"]), _negated=True),
                            models.Q(
                                ("due_at__isnull", False),
                                models.Q(("owner", ""), _negated=True),
                                models.Q(("action", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="alert_handled_says_how",
                        violation_error_message="Say what will be done, and by when.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", "closed"),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("ended_at__isnull", True),
                                ("ended_by", ""),
                            ),
                            _connector="OR",
                        ),
                        name="alert_closed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertStep",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("raised", "raised"),
                            ("acked", "taken on"),
                            ("taken", "taken over"),
                            ("snoozed", "snoozed"),
                            ("woke", "snooze ended"),
                            ("escalated", "escalated"),
                            ("closed", "closed by hand"),
                            ("cleared", "condition ended"),
                        ],
                        max_length=10,
                    ),
                ),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="alerts.alert",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["alert", "at"], name="alert_step_by_alert")],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDONE),
    ]
