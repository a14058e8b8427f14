"""Superiors, what they get and when, each issue of it, and its deliveries."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import core.crypto

# What left the house stays as it left: files, attempts and the trail are only added, of an issue
# and of a message only the state moves on.
APPEND_ONLY = """
CREATE TRIGGER outlets_runfile_append_only BEFORE UPDATE OR DELETE ON outlets_runfile
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_runstep_append_only BEFORE UPDATE OR DELETE ON outlets_runstep
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_deliveryattempt_append_only
    BEFORE UPDATE OR DELETE ON outlets_deliveryattempt
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_workbook_append_only BEFORE UPDATE OR DELETE ON outlets_workbook
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_outletrun_as_owed
    BEFORE DELETE OR UPDATE OF outlet_id, round_id, number, as_of, due_at, opened_at
    ON outlets_outletrun FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_delivery_as_made
    BEFORE DELETE OR UPDATE OF id, endpoint_id, run_id, event, body, made_at, made_by
    ON outlets_delivery FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
ALTER TABLE outlets_runfile ADD CONSTRAINT run_file_is_what_it_says
    CHECK (sha256 = encode(sha256(data), 'hex'));
ALTER TABLE outlets_workbook ADD CONSTRAINT workbook_is_what_it_says
    CHECK (sha256 = encode(sha256(data), 'hex'));
"""
APPEND_ONLY_UNDONE = """
ALTER TABLE outlets_workbook DROP CONSTRAINT workbook_is_what_it_says;
ALTER TABLE outlets_runfile DROP CONSTRAINT run_file_is_what_it_says;
DROP TRIGGER outlets_delivery_as_made ON outlets_delivery;
DROP TRIGGER outlets_outletrun_as_owed ON outlets_outletrun;
DROP TRIGGER outlets_workbook_append_only ON outlets_workbook;
DROP TRIGGER outlets_deliveryattempt_append_only ON outlets_deliveryattempt;
DROP TRIGGER outlets_runstep_append_only ON outlets_runstep;
DROP TRIGGER outlets_runfile_append_only ON outlets_runfile;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_form_sent_once"),
        ("outlets", "0004_situation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Superior",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("made_by", models.CharField(max_length=80, verbose_name="made by")),
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
                    models.UniqueConstraint(
                        fields=("district", "name"),
                        name="superior_once",
                        violation_error_message="This district already has a superior of this name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=300, verbose_name="address")),
                ("secret", core.crypto.EncryptedTextField(editable=True)),
                ("old_secret", core.crypto.EncryptedTextField(editable=True, null=True)),
                ("old_until", models.DateTimeField(null=True)),
                (
                    "disabled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="switched off at"),
                ),
                ("disabled_why", models.CharField(blank=True, default="", max_length=20)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("made_by", models.CharField(max_length=80, verbose_name="made by")),
                (
                    "superior",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endpoints",
                        to="outlets.superior",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("superior", "url"),
                        name="endpoint_once",
                        violation_error_message="This superior already has this address.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("disabled_at__isnull", True), ("disabled_why", "")),
                            models.Q(
                                ("disabled_at__isnull", False),
                                models.Q(("disabled_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="endpoint_disabled_why",
                        violation_error_message="An address that is switched off says why.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("old_secret__isnull", True), ("old_until__isnull", True)),
                            models.Q(("old_secret__isnull", False), ("old_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="endpoint_old_secret_ends",
                        violation_error_message="An old secret has an end.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outlet",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=60, verbose_name="title")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("workbook", "the superior's own workbook, filled"),
                            ("data_values", "data-value document"),
                            ("situation", "situation report"),
                        ],
                        max_length=12,
                        verbose_name="what goes there",
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[
                            ("xlsx", "workbook (.xlsx)"),
                            ("json", "JSON document"),
                            ("pdf", "A4 pages (.pdf)"),
                            ("txt", "text for a chat"),
                            ("png", "picture for a phone"),
                        ],
                        max_length=5,
                        verbose_name="form",
                    ),
                ),
                (
                    "language",
                    models.CharField(default="zh-hans", max_length=7, verbose_name="language"),
                ),
                (
                    "cadence",
                    models.CharField(
                        choices=[("every", "every few hours"), ("daily", "once a day")],
                        max_length=5,
                        verbose_name="how often",
                    ),
                ),
                ("first_minute", models.PositiveSmallIntegerField(verbose_name="cut-off")),
                (
                    "every_minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="every"),
                ),
                (
                    "due_after",
                    models.PositiveSmallIntegerField(
                        verbose_name="minutes from the cut-off until it is due"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                ("owed_since", models.DateTimeField(verbose_name="owed since")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("made_by", models.CharField(max_length=80, verbose_name="made by")),
                (
                    "endpoint",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outlets",
                        to="outlets.endpoint",
                    ),
                ),
                (
                    "superior",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outlets",
                        to="outlets.superior",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("superior", "title"),
                        name="outlet_once",
                        violation_error_message="This superior already gets something of this title.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cadence", "daily"), ("every_minutes__isnull", True)),
                            models.Q(
                                ("cadence", "every"),
                                ("every_minutes__in", [30, 60, 120, 180, 240, 360, 720]),
                                ("every_minutes__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outlet_times_divide_the_day",
                        violation_error_message="Choose how many hours lie between two cut-offs.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_after__lte", 720), ("first_minute__lt", 1440)),
                        name="outlet_times_in_a_day",
                        violation_error_message="It is due within twelve hours of its cut-off.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("form", "xlsx"), ("what", "workbook")),
                            models.Q(("form", "json"), ("what", "data_values")),
                            models.Q(
                                ("form__in", ["pdf", "xlsx", "txt", "png"]), ("what", "situation")
                            ),
                            _connector="OR",
                        ),
                        name="outlet_form_fits",
                        violation_error_message="This does not come in that form.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutletRun",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="issue")),
                ("as_of", models.DateTimeField(verbose_name="cut-off")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "not made yet"),
                            ("failed", "could not be made"),
                            ("made", "made, not sent"),
                            ("sent", "sent"),
                            ("acknowledged", "acknowledged"),
                        ],
                        default="due",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.CharField(blank=True, default="", max_length=40)),
                ("problem_params", models.JSONField(blank=True, default=dict)),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "sent_by",
                    models.CharField(blank=True, default="", max_length=80, verbose_name="sent by"),
                ),
                (
                    "sent_to",
                    models.CharField(
                        blank=True, default="", max_length=120, verbose_name="sent where"
                    ),
                ),
                (
                    "acknowledged_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="acknowledged at"),
                ),
                (
                    "receipt",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="receipt"
                    ),
                ),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="outlets.outlet",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["due", "failed", "made"])),
                        fields=["due_at"],
                        name="outlet_run_unsent",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("outlet", "as_of"),
                        name="outlet_run_once",
                        violation_error_message="This cut-off has its issue already.",
                    ),
                    models.UniqueConstraint(
                        fields=("outlet", "number"),
                        name="outlet_run_number_once",
                        violation_error_message="This number is taken.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("as_of"))),
                        name="outlet_run_due_after_cutoff",
                        violation_error_message="Nothing is due before its cut-off.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("sent_at__isnull", True), ("state__in", ["due", "failed", "made"])
                            ),
                            models.Q(
                                ("sent_at__isnull", False),
                                ("state__in", ["sent", "acknowledged"]),
                                models.Q(("sent_to", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="outlet_run_sent_somewhere",
                        violation_error_message="Say where it was sent.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledged_at__isnull", True),
                            ("state", "acknowledged"),
                            _connector="XOR",
                        ),
                        name="outlet_run_acknowledged_at",
                        violation_error_message="A receipt has its time.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="outlet_run_failed_why",
                        violation_error_message="A failed issue says why.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunFile",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="file",
                        serialize=False,
                        to="outlets.outletrun",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("content_type", models.CharField(max_length=100)),
                ("data", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("figures", models.JSONField(default=list)),
                ("figures_as_of", models.DateTimeField()),
                ("version", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "event",
                    models.CharField(
                        choices=[("outlet.run", "issue"), ("test", "test")], max_length=12
                    ),
                ),
                ("body", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "on its way"),
                            ("sent", "delivered"),
                            ("dead", "given up"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("begun", models.PositiveSmallIntegerField(default=0)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=10)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="outlets.endpoint",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="outlets.outletrun",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_at"],
                        name="delivery_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "waiting")),
                            models.Q(("ended_at__isnull", False), ("state__in", ["sent", "dead"])),
                            _connector="OR",
                        ),
                        name="delivery_ended_at",
                        violation_error_message="A delivery that is over says when.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease__isnull", True), ("leased_until__isnull", True)),
                            models.Q(("lease__isnull", False), ("leased_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="delivery_lease_ends",
                        violation_error_message="A lease has an end.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunStep",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("opened", "owed"),
                            ("failed", "could not be made"),
                            ("made", "made"),
                            ("taken", "file taken"),
                            ("queued", "given to delivery"),
                            ("sent", "sent"),
                            ("acknowledged", "receipt noted"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="outlets.outletrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Workbook",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("data", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("layout", models.JSONField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                (
                    "outlet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="workbooks",
                        to="outlets.outlet",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("outlet", "number"), name="workbook_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkbookEntry",
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
                            ("figure", "a figure in a cell"),
                            ("text", "words in a cell"),
                            ("rows", "rows of streets"),
                            ("column", "a figure in the rows of streets"),
                        ],
                        max_length=6,
                    ),
                ),
                ("sheet", models.CharField(max_length=31, verbose_name="sheet")),
                ("cell", models.CharField(max_length=10, verbose_name="cell")),
                ("named", models.CharField(blank=True, default="", max_length=60)),
                (
                    "indicator",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="figure"),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("as_of", "the moment the figures are of"),
                            ("number", "number of the issue"),
                            ("issue", "number of the issue in words (第N期)"),
                            ("round", "campaign and round"),
                            ("district", "name of the district"),
                            ("superior", "name of the superior"),
                            ("typed", "words typed here (who filled it in, telephone)"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="words",
                    ),
                ),
                (
                    "typed",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="typed words"
                    ),
                ),
                (
                    "row_key",
                    models.CharField(
                        blank=True,
                        choices=[("name", "name of the street"), ("code", "code of the street")],
                        default="",
                        max_length=4,
                        verbose_name="rows are told by",
                    ),
                ),
                (
                    "first_row",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="first row"
                    ),
                ),
                (
                    "last_row",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="last row"
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
                (
                    "workbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="outlets.workbook",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workbook", "sheet", "cell"),
                        name="workbook_cell_once",
                        violation_error_message="Something goes into this cell already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "rows")),
                        fields=("workbook", "sheet"),
                        name="workbook_rows_once",
                        violation_error_message="This sheet has its rows of streets already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["figure", "column"]),
                                models.Q(("indicator", ""), _negated=True),
                            ),
                            models.Q(
                                ("indicator", ""),
                                ("kind", "text"),
                                models.Q(("text", ""), _negated=True),
                            ),
                            models.Q(
                                ("first_row__isnull", False),
                                ("indicator", ""),
                                ("kind", "rows"),
                                ("last_row__isnull", False),
                                models.Q(("row_key", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="workbook_entry_complete",
                        violation_error_message="Say what goes into this cell.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_row__isnull", True),
                            ("last_row__gte", models.F("first_row")),
                            _connector="OR",
                        ),
                        name="workbook_rows_in_order",
                        violation_error_message="The last row comes after the first.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("taken", "taken"),
                            ("refused", "refused by the receiver"),
                            ("gone", "address is no more"),
                            ("busy", "receiver is busy"),
                            ("failing", "receiver failed"),
                            ("redirect", "redirected elsewhere, which is not followed"),
                            ("timeout", "no answer in time"),
                            ("name", "name of the address not found"),
                            ("forbidden", "address is not allowed"),
                            ("tls", "certificate not accepted"),
                            ("closed", "no connection"),
                            ("lost", "worker ended before it was noted"),
                        ],
                        max_length=10,
                    ),
                ),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("milliseconds", models.PositiveIntegerField(null=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="outlets.delivery",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("delivery", "number"), name="attempt_in_turn")
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDONE),
    ]
