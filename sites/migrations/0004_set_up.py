import django.db.models.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.crypto


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_set_up"),
        ("sites", "0003_pending_found_by_what_they_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="BuildingCall",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("building", models.CharField(max_length=60, verbose_name="building")),
                ("position", models.PositiveIntegerField(verbose_name="order")),
                ("residents", models.PositiveIntegerField(verbose_name="residents")),
                (
                    "slot_from",
                    models.DateTimeField(blank=True, null=True, verbose_name="slot from"),
                ),
                ("slot_to", models.DateTimeField(blank=True, null=True, verbose_name="slot to")),
                (
                    "called_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="called at"),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="sites.samplingpoint",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "community", "building"),
                        name="building_call_once",
                        violation_error_message="This building already waits in a queue of the round.",
                    ),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("point", "position"),
                        name="building_call_position_once",
                        violation_error_message="Two buildings cannot have the same place.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True),
                            models.Q(
                                ("called_at__isnull", False),
                                ("done_at__gte", models.F("called_at")),
                            ),
                            _connector="OR",
                        ),
                        name="building_call_done_after_called",
                        violation_error_message="A building is called before it is done.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("slot_from__isnull", True), ("slot_to__isnull", True)),
                            ("slot_to__gt", models.F("slot_from")),
                            _connector="OR",
                        ),
                        name="building_call_slot_in_order",
                        violation_error_message="A slot ends after it begins.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BuildingNotice",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("message", "group message"),
                            ("loudspeaker", "loudspeaker"),
                            ("door", "knock at the door"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="sites.buildingcall",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("call", "kind"),
                        name="building_notice_once",
                        violation_error_message="This notice was already given.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PointArea",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("temperature", "temperature check"),
                            ("waiting", "waiting"),
                            ("registration", "registration"),
                            ("sampling", "sampling"),
                            ("buffer", "buffer"),
                            ("isolation", "temporary isolation"),
                            ("specimen", "specimen sorting"),
                            ("waste", "medical waste store"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("required", models.PositiveSmallIntegerField(verbose_name="required")),
                ("ready", models.PositiveSmallIntegerField(default=0, verbose_name="ready")),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="areas",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("point", "kind"),
                        name="point_area_once",
                        violation_error_message="This point already has an area of this kind.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PointCheck",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=24)),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="met at")),
                (
                    "met_by",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="met by"),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("point", "code"), name="point_check_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("met_at__isnull", True), ("met_by", "")),
                            models.Q(
                                ("met_at__isnull", False), models.Q(("met_by", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="point_check_met_by_someone",
                        violation_error_message="A line that is met names who met it and when.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PointStateChange",
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
                            ("planned", "planned"),
                            ("open", "open"),
                            ("paused", "paused"),
                            ("closed", "closed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("open", "open"),
                            ("paused", "paused"),
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
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                        name="point_state_change_moves",
                        violation_error_message="The point is already in this state.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueReport",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "band",
                    models.CharField(
                        choices=[
                            ("smooth", "up to 25 minutes"),
                            ("busy", "26 to 49 minutes"),
                            ("jammed", "50 minutes or more"),
                        ],
                        max_length=8,
                        verbose_name="queue",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queue_reports",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["point", "-at"], name="queue_report_by_point")],
            },
        ),
        migrations.CreateModel(
            name="ReservedSite",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "note",
                    models.CharField(blank=True, default="", max_length=160, verbose_name="note"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "compound",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reserved",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("compound", "name"),
                        name="reserved_site_once",
                        violation_error_message="This compound already reserves a site of this name.",
                    )
                ],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="samplingpoint",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="samplingpoint",
            name="update_update",
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="backup",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="backs_up",
                to="sites.samplingpoint",
                verbose_name="backup point",
            ),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="closes",
            field=models.TimeField(blank=True, null=True, verbose_name="closes"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="has_cover",
            field=models.BooleanField(default=False, verbose_name="cover from rain and sun"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="has_network",
            field=models.BooleanField(default=False, verbose_name="network"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="has_power",
            field=models.BooleanField(default=False, verbose_name="power"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="has_step_free_lane",
            field=models.BooleanField(default=False, verbose_name="step-free lane"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="lead_name",
            field=models.CharField(
                blank=True, default="", max_length=40, verbose_name="head of the point"
            ),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="lead_phone",
            field=core.crypto.EncryptedTextField(
                blank=True, default="", editable=True, verbose_name="telephone of the head"
            ),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="opens",
            field=models.TimeField(blank=True, null=True, verbose_name="opens"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="queue_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="queue reported at"),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="queue_band",
            field=models.CharField(
                blank=True,
                choices=[
                    ("smooth", "up to 25 minutes"),
                    ("busy", "26 to 49 minutes"),
                    ("jammed", "50 minutes or more"),
                ],
                default="",
                max_length=8,
                verbose_name="queue",
            ),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="serves",
            field=models.ManyToManyField(
                blank=True, related_name="served_by", to="campaigns.division", verbose_name="serves"
            ),
        ),
        migrations.AddField(
            model_name="samplingpoint",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "planned"),
                    ("open", "open"),
                    ("paused", "paused"),
                    ("closed", "closed"),
                ],
                default="planned",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="backup",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="sites.samplingpoint",
                verbose_name="backup point",
            ),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="closes",
            field=models.TimeField(blank=True, null=True, verbose_name="closes"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="has_cover",
            field=models.BooleanField(default=False, verbose_name="cover from rain and sun"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="has_network",
            field=models.BooleanField(default=False, verbose_name="network"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="has_power",
            field=models.BooleanField(default=False, verbose_name="power"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="has_step_free_lane",
            field=models.BooleanField(default=False, verbose_name="step-free lane"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="opens",
            field=models.TimeField(blank=True, null=True, verbose_name="opens"),
        ),
        migrations.AddField(
            model_name="samplingpointevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "planned"),
                    ("open", "open"),
                    ("paused", "paused"),
                    ("closed", "closed"),
                ],
                default="planned",
                max_length=8,
                verbose_name="state",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplingpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "sites_samplingpointevent" ("address", "backup_id", "closes", "code", "community_id", "district_id", "has_cover", "has_network", "has_power", "has_step_free_lane", "id", "kind", "name", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "state", "street_id") VALUES (NEW."address", NEW."backup_id", NEW."closes", NEW."code", NEW."community_id", NEW."district_id", NEW."has_cover", NEW."has_network", NEW."has_power", NEW."has_step_free_lane", NEW."id", NEW."kind", NEW."name", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."round_id", NEW."state", NEW."street_id"); RETURN NULL;',
                    hash="7d3190b26d35327dcdeafc373fdb08df6a9e4e4e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_bbea0",
                    table="sites_samplingpoint",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplingpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."backup_id" IS DISTINCT FROM (NEW."backup_id") OR OLD."closes" IS DISTINCT FROM (NEW."closes") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."community_id" IS DISTINCT FROM (NEW."community_id") OR OLD."district_id" IS DISTINCT FROM (NEW."district_id") OR OLD."has_cover" IS DISTINCT FROM (NEW."has_cover") OR OLD."has_network" IS DISTINCT FROM (NEW."has_network") OR OLD."has_power" IS DISTINCT FROM (NEW."has_power") OR OLD."has_step_free_lane" IS DISTINCT FROM (NEW."has_step_free_lane") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."opens" IS DISTINCT FROM (NEW."opens") OR OLD."round_id" IS DISTINCT FROM (NEW."round_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."street_id" IS DISTINCT FROM (NEW."street_id"))',
                    func='INSERT INTO "sites_samplingpointevent" ("address", "backup_id", "closes", "code", "community_id", "district_id", "has_cover", "has_network", "has_power", "has_step_free_lane", "id", "kind", "name", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "state", "street_id") VALUES (NEW."address", NEW."backup_id", NEW."closes", NEW."code", NEW."community_id", NEW."district_id", NEW."has_cover", NEW."has_network", NEW."has_power", NEW."has_step_free_lane", NEW."id", NEW."kind", NEW."name", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."round_id", NEW."state", NEW."street_id"); RETURN NULL;',
                    hash="ae9bf0e445cb87b66225374b7ca9356d12eb1107",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7d473",
                    table="sites_samplingpoint",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="samplingpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes__isnull", True), ("opens__isnull", True)),
                    models.Q(("closes__isnull", False), ("opens__isnull", False)),
                    _connector="OR",
                ),
                name="sampling_point_hours_together",
                violation_error_message="Give both the opening and the closing time, or none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplingpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("backup__isnull", True),
                    models.Q(("backup", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="sampling_point_not_own_backup",
                violation_error_message="A point cannot be its own backup.",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplingpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("queue_at__isnull", True), ("queue_band", "")),
                    models.Q(
                        models.Q(("queue_band", ""), _negated=True), ("queue_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="sampling_point_queue_has_time",
                violation_error_message="A queue report carries its time.",
            ),
        ),
    ]
