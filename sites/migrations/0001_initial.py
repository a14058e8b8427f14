"""Rooms of the sampling sites. Tubes, swabs and coverage are made by hand in 0002."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.crypto


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("campaigns", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Coverage",
                    fields=[
                        ("person_key", models.UUIDField(primary_key=True, serialize=False)),
                        ("round_id", models.IntegerField()),
                        ("district_id", models.IntegerField()),
                        ("street_id", models.IntegerField()),
                        ("community_id", models.IntegerField(null=True)),
                        (
                            "standing",
                            models.CharField(
                                choices=[
                                    ("target", "on the register, in the target"),
                                    ("exempt", "on the register, exempt"),
                                    (
                                        "outside",
                                        "on the register, of a community outside the round",
                                    ),
                                    ("off_register", "not on the register"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("first_at", models.DateTimeField(null=True)),
                        ("received_at", models.DateTimeField()),
                    ],
                ),
            ]
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Swab",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("round_id", models.IntegerField()),
                        ("tube_id", models.UUIDField()),
                        ("person_key", models.UUIDField()),
                        ("unit_id", models.IntegerField()),
                        ("street_id", models.IntegerField()),
                        ("district_id", models.IntegerField()),
                        ("device_id", models.IntegerField()),
                        ("at", models.DateTimeField(verbose_name="taken at")),
                        (
                            "device_at",
                            models.DateTimeField(
                                null=True, verbose_name="device's own time, where it was odd"
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        ("off_register", models.BooleanField(verbose_name="not on the register")),
                        (
                            "repeat_reason",
                            models.CharField(
                                default="", max_length=40, verbose_name="reason for a repeat"
                            ),
                        ),
                        ("tube_now_id", models.UUIDField()),
                        ("valid", models.BooleanField(default=True)),
                    ],
                ),
            ]
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Tube",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("round_id", models.IntegerField()),
                        ("code", models.CharField(max_length=32, verbose_name="code")),
                        ("unit_id", models.IntegerField()),
                        ("street_id", models.IntegerField()),
                        ("district_id", models.IntegerField()),
                        ("device_id", models.IntegerField()),
                        (
                            "pool_size",
                            models.PositiveSmallIntegerField(verbose_name="people per tube"),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("general", "general"),
                                    ("yellow", "yellow code"),
                                    ("priority", "priority"),
                                ],
                                max_length=12,
                                verbose_name="channel",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "open"),
                                    ("sealed", "sealed"),
                                    ("boxed", "boxed"),
                                    ("dispatched", "dispatched"),
                                    ("at_hub", "at the hub"),
                                    ("received", "received by the laboratory"),
                                    ("testing", "in testing"),
                                    ("resulted", "resulted"),
                                    ("void", "void"),
                                ],
                                max_length=12,
                                verbose_name="state",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened at")),
                        (
                            "device_at",
                            models.DateTimeField(
                                null=True, verbose_name="device's own time, where it was odd"
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        ("sealed_at", models.DateTimeField(null=True, verbose_name="sealed at")),
                        ("voided_at", models.DateTimeField(null=True, verbose_name="voided at")),
                    ],
                ),
            ]
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.UUIDField()),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("id_reused", "the same event id came with other content"),
                            ("tube_code_used", "two devices opened the same tube code"),
                            ("tube_other_round", "the tube code belongs to another round"),
                            ("already_in_tube", "the person is already in the target tube"),
                            ("other_unit", "the tube belongs to another unit"),
                            ("tally_and_scans", "a quarter hour was both scanned and tallied"),
                            ("overfull", "more people than the tube takes"),
                            ("pending_too_long", "the tube of this event never came"),
                        ],
                        max_length=20,
                    ),
                ),
                ("round_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("unit_id", models.IntegerField()),
                ("device_id", models.IntegerField(null=True)),
                ("tube_code", models.CharField(blank=True, default="", max_length=32)),
                ("item", core.crypto.EncryptedTextField(blank=True, default="", editable=True)),
                ("raised_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, default="", max_length=80)),
                ("decision", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("decided_at__isnull", True)),
                        fields=["round_id", "street_id"],
                        name="conflict_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event_id", "code"), name="conflict_once_per_event"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_at__isnull", True),
                            models.Q(
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decision", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="conflict_decision_has_author",
                        violation_error_message="A decision needs its author and its words.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OffRegisterPerson",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_key", models.UUIDField()),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("id_type", models.CharField(max_length=16)),
                (
                    "id_number",
                    core.crypto.EncryptedTextField(blank=True, default="", editable=True),
                ),
                ("name", core.crypto.EncryptedTextField(blank=True, default="", editable=True)),
                ("phone", core.crypto.EncryptedTextField(blank=True, default="", editable=True)),
                ("first_seen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "person_key"), name="off_register_person_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PendingEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("round_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("unit_id", models.IntegerField()),
                ("device_id", models.IntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("tube_code", models.CharField(blank=True, default="", max_length=32)),
                ("swab_id", models.UUIDField(null=True)),
                ("item", core.crypto.EncryptedTextField(editable=True)),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["round_id", "tube_code"], name="pending_by_tube"),
                    models.Index(fields=["round_id", "swab_id"], name="pending_by_swab"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SamplingPoint",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("street_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("code", models.CharField(max_length=24, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fixed", "fixed"),
                            ("temporary", "temporary"),
                            ("mobile", "mobile"),
                            ("booth", "booth"),
                        ],
                        default="temporary",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, default="", max_length=160, verbose_name="address"
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="points",
                        to="campaigns.division",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="points",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["round", "street_id"], name="point_by_street")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "code"),
                        name="sampling_point_code_once",
                        violation_error_message="This round already has a point of this code.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SamplingPointEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("code", models.CharField(max_length=24, verbose_name="code")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fixed", "fixed"),
                            ("temporary", "temporary"),
                            ("mobile", "mobile"),
                            ("booth", "booth"),
                        ],
                        default="temporary",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, default="", max_length=160, verbose_name="address"
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="campaigns.division",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="sites.samplingpoint",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SamplingUnit",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("street_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("general", "general"),
                            ("yellow", "yellow code"),
                            ("priority", "priority"),
                        ],
                        default="general",
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                (
                    "state",
                    models.CharField(
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
                (
                    "opened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="opened at"),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["street_id"], name="unit_by_street")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("point", "number"),
                        name="sampling_unit_number_once",
                        violation_error_message="This point already has a unit of this number.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "open"), _negated=True),
                            ("opened_at__isnull", False),
                            _connector="OR",
                        ),
                        name="sampling_unit_open_has_time",
                        violation_error_message="An open unit needs the time it opened.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SamplingUnitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("general", "general"),
                            ("yellow", "yellow code"),
                            ("priority", "priority"),
                        ],
                        default="general",
                        max_length=12,
                        verbose_name="channel",
                    ),
                ),
                (
                    "state",
                    models.CharField(
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
                (
                    "opened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="opened at"),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="sites.samplingunit",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("round_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("district_id", models.IntegerField()),
                ("quarter", models.DateTimeField(verbose_name="quarter hour")),
                ("version", models.PositiveSmallIntegerField(verbose_name="version")),
                ("swabs", models.PositiveIntegerField(verbose_name="swabs")),
                ("tubes", models.PositiveIntegerField(verbose_name="tubes")),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("entered_at", models.DateTimeField(verbose_name="entered at")),
                ("entered_by", models.CharField(max_length=80, verbose_name="entered by")),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="sites.samplingunit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round_id", "unit", "quarter", "version"), name="tally_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("round_id", "unit", "quarter"),
                        name="tally_one_current",
                        violation_error_message="This quarter hour already has a tally; correct that one instead.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tubes__lte", models.F("swabs"))),
                        name="tally_tubes_within_swabs",
                        violation_error_message="There cannot be more tubes than swabs.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("version", 1), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="tally_correction_has_reason",
                        violation_error_message="A correction needs a reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TubeCode",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("code", models.CharField(max_length=32)),
                ("round_id", models.IntegerField()),
                ("tube_id", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "code"),
                        name="tube_code_once",
                        violation_error_message="This tube code is already in use.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TubeEvent",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("round_id", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("seal", "sealed"),
                            ("void_tube", "tube voided"),
                            ("void_swab", "swab voided"),
                            ("move", "moved to another tube"),
                        ],
                        max_length=12,
                    ),
                ),
                ("tube_id", models.UUIDField(null=True)),
                ("swab_id", models.UUIDField(null=True)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                ("unit_id", models.IntegerField()),
                ("device_id", models.IntegerField()),
                (
                    "reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="reason"),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["round_id", "tube_id"], name="tube_event_by_tube"),
                    models.Index(fields=["round_id", "swab_id"], name="tube_event_by_swab"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["seal", "void_tube"]), ("tube_id__isnull", False)
                            ),
                            models.Q(("kind", "void_swab"), ("swab_id__isnull", False)),
                            models.Q(
                                ("kind", "move"),
                                ("swab_id__isnull", False),
                                ("tube_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="tube_event_names_its_object",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "seal"),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="tube_event_has_reason",
                        violation_error_message="A void or a move needs a reason.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitStateChange",
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
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="sites.samplingunit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                        name="unit_state_change_moves",
                        violation_error_message="The unit is already in this state.",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplingpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "sites_samplingpointevent" ("address", "code", "community_id", "district_id", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "street_id") VALUES (NEW."address", NEW."code", NEW."community_id", NEW."district_id", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."round_id", NEW."street_id"); RETURN NULL;',
                    hash="c405b0d45b06ec8f056510fd3c5de4c87a37ba22",
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
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "sites_samplingpointevent" ("address", "code", "community_id", "district_id", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "round_id", "street_id") VALUES (NEW."address", NEW."code", NEW."community_id", NEW."district_id", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."round_id", NEW."street_id"); RETURN NULL;',
                    hash="0c3f0428bed164a077a33863e90dfb42c5e1b91d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7d473",
                    table="sites_samplingpoint",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplingunit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "sites_samplingunitevent" ("channel", "district_id", "id", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_id", "state", "street_id") VALUES (NEW."channel", NEW."district_id", NEW."id", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."point_id", NEW."state", NEW."street_id"); RETURN NULL;',
                    hash="54c26c0b4f76429627c998c4142412f04f625a93",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_4d07b",
                    table="sites_samplingunit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplingunit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "sites_samplingunitevent" ("channel", "district_id", "id", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "point_id", "state", "street_id") VALUES (NEW."channel", NEW."district_id", NEW."id", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."point_id", NEW."state", NEW."street_id"); RETURN NULL;',
                    hash="477b5b3266fa16461bc4dabee642a88c56d9c71c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_30153",
                    table="sites_samplingunit",
                    when="AFTER",
                ),
            ),
        ),
    ]
