import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_register_floor"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChecklistItem",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[("start", "before the start"), ("close", "before closing")],
                        max_length=5,
                        verbose_name="phase",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="what")),
                (
                    "owner",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="owner"),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "done_by",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="done by"),
                ),
                (
                    "waived_because",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="waived because"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checklist",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "phase", "title"),
                        name="checklist_item_once",
                        violation_error_message="This item is already on the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("done_at__isnull", True), ("done_by", ""), ("waived_because", "")
                            ),
                            models.Q(
                                ("done_at__isnull", False), models.Q(("done_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="checklist_item_done_by_someone",
                        violation_error_message="A finished item names who finished it and when.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PopulationGroup",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24, verbose_name="code")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "name_en",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="English name"
                    ),
                ),
                (
                    "pool_size",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="people per tube"
                    ),
                ),
                (
                    "needs_knock",
                    models.BooleanField(default=False, verbose_name="knock at the door"),
                ),
                ("at_home", models.BooleanField(default=False, verbose_name="sampled at home")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groups",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district", "code"),
                        name="population_group_once",
                        violation_error_message="This district already has a group of this code.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pool_size__isnull", True),
                            ("pool_size__range", (1, 30)),
                            _connector="OR",
                        ),
                        name="population_group_pool_size_sane",
                        violation_error_message="Between 1 and 30 people share a tube.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExemptionRule",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("age", "below the age of sampling"),
                            ("quarantine", "in quarantine, sampled there"),
                            ("own_schedule", "sampled on a schedule of their own"),
                            ("vaccinated", "just vaccinated"),
                            ("away", "away, sampled elsewhere"),
                            ("medical", "medical reason"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                (
                    "under_age",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="younger than, years"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in force")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemption_rules",
                        to="campaigns.division",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="campaigns.populationgroup",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group__isnull", True), ("under_age__isnull", False)),
                            models.Q(("group__isnull", False), ("under_age__isnull", True)),
                            _connector="OR",
                        ),
                        name="exemption_rule_age_or_group",
                        violation_error_message="A rule is about an age or about a group, not both.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("group__isnull", False), ("is_active", True)),
                        fields=("district", "group"),
                        name="exemption_rule_group_once",
                        violation_error_message="A rule about this group is already in force.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("under_age__isnull", False)),
                        fields=("district",),
                        name="exemption_rule_age_once",
                        violation_error_message="A rule about an age is already in force.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NormSetting",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="norm")),
                (
                    "value",
                    models.DecimalField(decimal_places=3, max_digits=9, verbose_name="value"),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("district", "code"), name="norm_setting_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gt", 0)),
                        name="norm_setting_positive",
                        violation_error_message="A norm is greater than nought.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundArea",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="areas",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "division"),
                        name="round_area_once",
                        violation_error_message="The round already covers this division.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundExtension",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_end", models.DateTimeField(verbose_name="planned end before")),
                ("to_end", models.DateTimeField(verbose_name="planned end now")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("to_end__gt", models.F("from_end"))),
                        name="round_extension_is_later",
                        violation_error_message="An extension ends later than the plan did.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="round_extension_has_reason",
                        violation_error_message="Say why the round is extended.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoundStateChange",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("ready", "ready"),
                            ("running", "running"),
                            ("closing", "closing"),
                            ("closed", "closed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("ready", "ready"),
                            ("running", "running"),
                            ("closing", "closing"),
                            ("closed", "closed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                        name="round_state_change_moves",
                        violation_error_message="The round is already in this state.",
                    )
                ],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="round",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="round",
            name="update_update",
        ),
        migrations.AddField(
            model_name="division",
            name="aliases",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80),
                blank=True,
                default=list,
                size=None,
                verbose_name="other names",
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="copied_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="campaigns.round",
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="is_template",
            field=models.BooleanField(default=False, verbose_name="pre-made plan"),
        ),
        migrations.AddField(
            model_name="round",
            name="lab_tubes_per_day",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="laboratory capacity, tubes a day"
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="late_data_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="late data until"),
        ),
        migrations.AddField(
            model_name="round",
            name="open_hours",
            field=models.PositiveSmallIntegerField(
                default=10, verbose_name="hours of sampling planned"
            ),
        ),
        migrations.AddField(
            model_name="roundevent",
            name="copied_from",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="campaigns.round",
            ),
        ),
        migrations.AddField(
            model_name="roundevent",
            name="is_template",
            field=models.BooleanField(default=False, verbose_name="pre-made plan"),
        ),
        migrations.AddField(
            model_name="roundevent",
            name="lab_tubes_per_day",
            field=models.PositiveIntegerField(
                blank=True, null=True, verbose_name="laboratory capacity, tubes a day"
            ),
        ),
        migrations.AddField(
            model_name="roundevent",
            name="late_data_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="late data until"),
        ),
        migrations.AddField(
            model_name="roundevent",
            name="open_hours",
            field=models.PositiveSmallIntegerField(
                default=10, verbose_name="hours of sampling planned"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="round",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "campaigns_roundevent" ("campaign_id", "copied_from_id", "id", "is_template", "lab_tubes_per_day", "late_data_until", "name", "number", "open_hours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_end_at", "pool_size", "starts_at", "state") VALUES (NEW."campaign_id", NEW."copied_from_id", NEW."id", NEW."is_template", NEW."lab_tubes_per_day", NEW."late_data_until", NEW."name", NEW."number", NEW."open_hours", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."planned_end_at", NEW."pool_size", NEW."starts_at", NEW."state"); RETURN NULL;',
                    hash="cab5c8582bed48172dd8b45d2099a4d53adf7da4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_00a0c",
                    table="campaigns_round",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="round",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "campaigns_roundevent" ("campaign_id", "copied_from_id", "id", "is_template", "lab_tubes_per_day", "late_data_until", "name", "number", "open_hours", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_end_at", "pool_size", "starts_at", "state") VALUES (NEW."campaign_id", NEW."copied_from_id", NEW."id", NEW."is_template", NEW."lab_tubes_per_day", NEW."late_data_until", NEW."name", NEW."number", NEW."open_hours", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."planned_end_at", NEW."pool_size", NEW."starts_at", NEW."state"); RETURN NULL;',
                    hash="000017be64784ec7bb20cc69ddb75c2e80a28030",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2d199",
                    table="campaigns_round",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("late_data_until__isnull", True),
                    ("late_data_until__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="round_late_data_after_start",
                violation_error_message="Late data is awaited until after the round began.",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("open_hours__range", (1, 120))),
                name="round_open_hours_sane",
                violation_error_message="Between 1 and 120 hours of sampling are planned.",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_template", False), ("state", "draft"), _connector="OR"),
                name="round_template_stays_draft",
                violation_error_message="A pre-made plan is copied to be run, never run itself.",
            ),
        ),
    ]
