"""Situation reports. What is issued stays as it is: the database refuses to change it."""

import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models

import core.actors

PARTS = ("situationtext", "situationstatement", "situationoverride")
KEPT = ("situationstep", "situationfile")
REPORT_STAYS = """
CREATE FUNCTION outlets_issued_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.report_id ELSE NEW.report_id END;
BEGIN
    IF EXISTS (SELECT FROM outlets_situationreport r
               WHERE r.id = parent AND r.state IN ('issued', 'withdrawn')) THEN
        RAISE EXCEPTION 'an issued report stays as it is' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER outlets_situationreport_stays BEFORE UPDATE OR DELETE ON outlets_situationreport
    FOR EACH ROW WHEN (OLD.state IN ('issued', 'withdrawn'))
    EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER outlets_situationreport_frozen BEFORE UPDATE ON outlets_situationreport
    FOR EACH ROW WHEN (OLD.snapshot IS NOT NULL AND (
        NEW.snapshot IS DISTINCT FROM OLD.snapshot OR NEW.digest <> OLD.digest
        OR NEW.cut_off <> OLD.cut_off OR NEW.round_id <> OLD.round_id
        OR NEW.division_id <> OLD.division_id))
    EXECUTE FUNCTION core_refuse_change();
"""
PARTS_STAY = [
    f"CREATE TRIGGER outlets_{name}_stays BEFORE INSERT OR UPDATE OR DELETE ON outlets_{name}"
    " FOR EACH ROW EXECUTE FUNCTION outlets_issued_stays();"
    for name in PARTS
] + [
    f"CREATE TRIGGER outlets_{name}_append_only BEFORE UPDATE OR DELETE ON outlets_{name}"
    " FOR EACH ROW EXECUTE FUNCTION core_refuse_change();"
    for name in KEPT
]
ISSUED_STAYS_UNDONE = "\n".join(
    [f"DROP TRIGGER outlets_{name}_stays ON outlets_{name};" for name in PARTS]
    + [f"DROP TRIGGER outlets_{name}_append_only ON outlets_{name};" for name in KEPT]
    + [
        "DROP TRIGGER outlets_situationreport_frozen ON outlets_situationreport;",
        "DROP TRIGGER outlets_situationreport_stays ON outlets_situationreport;",
        "DROP FUNCTION outlets_issued_stays();",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("campaigns", "0006_form_sent_once"),
        ("outlets", "0003_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="SituationReport",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                ("cut_off", models.DateTimeField(verbose_name="cut-off")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "waits for approval"),
                            ("returned", "returned"),
                            ("issued", "issued"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="issue"),
                ),
                ("edition", models.PositiveIntegerField(default=0, verbose_name="edition")),
                ("snapshot", models.JSONField(blank=True, null=True, verbose_name="figures")),
                (
                    "frozen_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="figures fixed at"),
                ),
                (
                    "digest",
                    models.CharField(
                        blank=True, default="", max_length=64, verbose_name="hash of the figures"
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("opened_by", models.CharField(max_length=80, verbose_name="opened by")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="submitted at"),
                ),
                (
                    "author",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="written by"
                    ),
                ),
                (
                    "issued_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="issued at"),
                ),
                (
                    "approver",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="approved by"
                    ),
                ),
                (
                    "correction_reason",
                    models.CharField(
                        blank=True, default="", max_length=300, verbose_name="why it is corrected"
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="outlets.situationreport",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["round", "division", "cut_off"], name="situation_by_cut_off"
                    ),
                    models.Index(fields=["state"], name="situation_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "division", "number"),
                        name="situation_number_once",
                        violation_error_message="This issue number is taken: approve once more.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("state", "withdrawn"), _negated=True),
                            ("corrects__isnull", True),
                        ),
                        fields=("round", "division", "cut_off"),
                        name="situation_once_per_cut_off",
                        violation_error_message="There is a report of this cut-off already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("corrects",),
                        name="situation_corrected_once",
                        violation_error_message="A correction of this issue exists already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("issued_at__isnull", False),
                                ("number__gt", 0),
                                ("number__isnull", False),
                                ("snapshot__isnull", False),
                                ("state", "issued"),
                                models.Q(("approver", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "issued"), _negated=True),
                                ("approver", ""),
                                ("issued_at__isnull", True),
                                ("number__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="situation_issued_is_numbered",
                        violation_error_message="An issued report has its number, its figures and who approved it; others have none.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]),
                            models.Q(
                                ("submitted_at__isnull", False),
                                models.Q(("author", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="situation_submitted_has_author",
                        violation_error_message="A submitted report names who wrote it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                django.db.models.lookups.Exact(
                                    core.actors.Account("author"), core.actors.Account("approver")
                                ),
                                _negated=True,
                            ),
                            ("approver", ""),
                            _connector="OR",
                        ),
                        name="situation_second_person",
                        violation_error_message="Whoever wrote a report cannot also approve it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("digest", ""),
                                ("frozen_at__isnull", True),
                                ("snapshot__isnull", True),
                            ),
                            models.Q(
                                ("frozen_at__isnull", False),
                                ("snapshot__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="situation_figures_have_time",
                        violation_error_message="Fixed figures carry their time and their hash.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("corrects__isnull", True),
                            models.Q(("correction_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="situation_correction_has_reason",
                        violation_error_message="Say what is corrected and why.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationOverride",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("check_code", models.CharField(max_length=40, verbose_name="check")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides",
                        to="outlets.situationreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "check_code"),
                        name="situation_override_once",
                        violation_error_message="This check was let pass already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="situation_override_has_reason",
                        violation_error_message="Say why the report may go out all the same.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationFile",
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
                            ("pdf", "PDF, A4"),
                            ("xlsx", "XLSX workbook"),
                            ("png", "picture for phones"),
                            ("chat", "chat text"),
                        ],
                        max_length=4,
                        verbose_name="kind",
                    ),
                ),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=80)),
                ("sha256", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="outlets.situationreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "kind", "language"), name="situation_file_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationSchedule",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                (
                    "every_minutes",
                    models.PositiveSmallIntegerField(
                        null=True, verbose_name="minutes between reports"
                    ),
                ),
                (
                    "daily_minute",
                    models.PositiveSmallIntegerField(null=True, verbose_name="once a day at"),
                ),
                (
                    "opens_before",
                    models.PositiveSmallIntegerField(
                        default=20, verbose_name="minutes from opening to cut-off"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                ("since", models.DateTimeField(verbose_name="in use since")),
                ("set_at", models.DateTimeField(verbose_name="set at")),
                ("set_by", models.CharField(max_length=80, verbose_name="set by")),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "division"),
                        name="situation_schedule_once",
                        violation_error_message="This area already has its times in this round.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every_minutes__isnull", True),
                            ("every_minutes__in", [15, 30, 60, 120, 180, 240, 360, 480, 720]),
                            _connector="OR",
                        ),
                        name="situation_schedule_divides_the_day",
                        violation_error_message="The stretch between two reports must divide the day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("daily_minute__isnull", True),
                            ("daily_minute__range", (15, 1440)),
                            _connector="OR",
                        ),
                        name="situation_schedule_daily_in_day",
                        violation_error_message="The daily report lies between 00:15 and 24:00.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opens_before__range", (0, 120))),
                        name="situation_schedule_opens_sane",
                        violation_error_message="A draft opens at most two hours ahead.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationStatement",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("delivered", "delivered to laboratories"),
                            ("tested", "tested"),
                            ("reported", "results reported"),
                        ],
                        max_length=9,
                        verbose_name="figure",
                    ),
                ),
                ("value", models.PositiveIntegerField(verbose_name="number")),
                (
                    "unit",
                    models.CharField(
                        choices=[("persons", "persons"), ("swabs", "swabs"), ("tubes", "tubes")],
                        max_length=7,
                        verbose_name="unit of count",
                    ),
                ),
                ("source", models.CharField(max_length=80, verbose_name="stated by")),
                (
                    "source_en",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="stated by, in English"
                    ),
                ),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="outlets.situationreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "key"),
                        name="situation_statement_once",
                        violation_error_message="This figure is stated already: change it there.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="situation_statement_has_source",
                        violation_error_message="Say who states this figure.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationStep",
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
                            ("opened", "opened"),
                            ("frozen", "figures fixed"),
                            ("edited", "words edited"),
                            ("stated", "figure stated"),
                            ("overrode", "check let pass"),
                            ("submitted", "submitted"),
                            ("returned", "returned"),
                            ("issued", "issued"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=9,
                        verbose_name="act",
                    ),
                ),
                (
                    "what",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="what"),
                ),
                ("before", models.TextField(blank=True, default="", verbose_name="before")),
                (
                    "comment",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="comment"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="outlets.situationreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "returned"), _negated=True),
                            models.Q(("comment", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="situation_step_return_has_comment",
                        violation_error_message="Say what has to be mended.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SituationText",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        choices=[
                            ("headline", "Headline"),
                            ("exceptions", "Exceptions"),
                            ("actions", "Actions"),
                        ],
                        max_length=10,
                        verbose_name="passage",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("zh", "Chinese"), ("en", "English")],
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("suggested", models.TextField(blank=True, default="", verbose_name="suggested")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                (
                    "edited_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="edited at"),
                ),
                (
                    "edited_by",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="edited by"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="outlets.situationreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "key", "language"),
                        name="situation_text_once",
                        violation_error_message="This passage exists already.",
                    )
                ],
            },
        ),
        migrations.RunSQL("\n".join([REPORT_STAYS, *PARTS_STAY]), ISSUED_STAYS_UNDONE),
    ]
