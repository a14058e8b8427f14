"""The activity log, major events, matters and requests for exceptions."""

import django.db.models.deletion
from django.db import migrations, models

# Lines and steps are only added. A matter and a request keep what was reported: their state alone
# moves on, and nothing of them is deleted.
APPEND_ONLY = """
CREATE TRIGGER alerts_logentry_append_only BEFORE UPDATE OR DELETE ON alerts_logentry
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER alerts_eventmark_append_only BEFORE UPDATE OR DELETE ON alerts_eventmark
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER alerts_matterstep_append_only BEFORE UPDATE OR DELETE ON alerts_matterstep
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER alerts_requeststep_append_only BEFORE UPDATE OR DELETE ON alerts_requeststep
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER alerts_matter_as_reported
    BEFORE DELETE OR UPDATE OF client_key, district_id, street_id, community_id, point_id, year, number,
        kind, urgency, what, wanted, leader_name, leader_post, direct_name, direct_post, at, by
    ON alerts_matter FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER alerts_exceptionrequest_as_asked
    BEFORE DELETE OR UPDATE OF client_key, district_id, street_id, community_id, kind, subject, why, at, by
    ON alerts_exceptionrequest FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
APPEND_ONLY_UNDONE = """
DROP TRIGGER alerts_exceptionrequest_as_asked ON alerts_exceptionrequest;
DROP TRIGGER alerts_matter_as_reported ON alerts_matter;
DROP TRIGGER alerts_requeststep_append_only ON alerts_requeststep;
DROP TRIGGER alerts_matterstep_append_only ON alerts_matterstep;
DROP TRIGGER alerts_eventmark_append_only ON alerts_eventmark;
DROP TRIGGER alerts_logentry_append_only ON alerts_logentry;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_initial"),
        ("campaigns", "0005_register_intake"),
        ("sites", "0005_conflict_swabbed_twice"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExceptionRequest",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_key", models.UUIDField(unique=True)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("home_isolation", "isolation at home"),
                            ("not_sampled", "exempt from sampling beyond the rules"),
                            ("other_place", "sampled at another place or time"),
                            ("passage", "passage out of a controlled area"),
                            ("other", "other"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "subject",
                    models.CharField(max_length=200, verbose_name="who or what it is about"),
                ),
                ("why", models.CharField(max_length=500, verbose_name="why the rules do not fit")),
                ("at", models.DateTimeField(verbose_name="asked at")),
                ("by", models.CharField(max_length=80, verbose_name="asked by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "waits for the street"),
                            ("seen", "waits for the district"),
                            ("granted", "agreed to"),
                            ("refused", "turned down"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("state_at", models.DateTimeField(verbose_name="in this state since")),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["district_id", "state", "state_at"], name="request_by_district"
                    ),
                    models.Index(
                        fields=["street_id", "state", "state_at"], name="request_by_street"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject", ""), _negated=True),
                            models.Q(("why", ""), _negated=True),
                        ),
                        name="exception_request_says_why",
                        violation_error_message="Say what it is about and why the rules do not fit.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LogEntry",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_key", models.UUIDField(unique=True)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                ("role", models.CharField(max_length=24, verbose_name="role")),
                (
                    "phrase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("taken_over", "Took over the shift"),
                            ("handed_over", "Handed over the shift"),
                            ("order_received", "Instruction received"),
                            ("order_passed_on", "Instruction passed on"),
                            ("reported_up", "Reported to the higher level"),
                            ("meeting", "Meeting held"),
                            ("staff_sent", "Staff sent"),
                            ("supplies_sent", "Supplies sent"),
                            ("point_opened", "Sampling point opened"),
                            ("point_paused", "Sampling point paused"),
                            ("point_moved", "Sampling point moved"),
                            ("fault", "Fault noticed"),
                            ("fault_mended", "Fault mended"),
                            ("visit", "Inspection on site"),
                        ],
                        max_length=16,
                        verbose_name="quick phrase",
                    ),
                ),
                (
                    "text",
                    models.CharField(blank=True, max_length=500, verbose_name="what happened"),
                ),
                ("happened_at", models.DateTimeField(verbose_name="happened at")),
                ("at", models.DateTimeField(verbose_name="noted at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "amends",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="alerts.logentry",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["district_id", "-happened_at"], name="log_by_district"),
                    models.Index(fields=["street_id", "-happened_at"], name="log_by_street"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("phrase", ""), ("text", ""), _negated=True),
                        name="log_entry_says_something",
                        violation_error_message="Choose a phrase or write what happened.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amends__isnull", True),
                            models.Q(("text", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="log_entry_amendment_has_words",
                        violation_error_message="Say what is corrected or added.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("happened_at__lte", models.F("at"))),
                        name="log_entry_has_happened",
                        violation_error_message="What has not happened yet is not logged.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventMark",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="title")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="event_marks",
                        to="alerts.logentry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), ("title", ""), _negated=True),
                        name="event_mark_says_why",
                        violation_error_message="Say why it is taken off the major events.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_key", models.UUIDField(unique=True)),
                ("district_id", models.IntegerField()),
                ("street_id", models.IntegerField(blank=True, null=True)),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("staff", "staffing"),
                            ("supplies", "supplies"),
                            ("equipment", "equipment or network"),
                            ("crowding", "crowding or safety"),
                            ("positive", "positive or medical"),
                            ("opinion", "public opinion"),
                            ("weather", "weather"),
                            ("other", "other"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("urgent", "urgent"),
                            ("serious", "serious"),
                            ("ordinary", "ordinary"),
                        ],
                        max_length=8,
                        verbose_name="urgency",
                    ),
                ),
                ("what", models.CharField(max_length=500, verbose_name="what happened")),
                ("wanted", models.CharField(max_length=300, verbose_name="what is asked for")),
                ("leader_name", models.CharField(max_length=40, verbose_name="first responsible")),
                (
                    "leader_post",
                    models.CharField(max_length=40, verbose_name="post of the first responsible"),
                ),
                (
                    "direct_name",
                    models.CharField(max_length=40, verbose_name="directly responsible"),
                ),
                (
                    "direct_post",
                    models.CharField(
                        max_length=40, verbose_name="post of the directly responsible"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="raised at")),
                ("by", models.CharField(max_length=80, verbose_name="raised by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "not taken up"),
                            ("taken", "taken up"),
                            ("done", "settled"),
                            ("declined", "declined"),
                        ],
                        default="raised",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("state_at", models.DateTimeField(verbose_name="in this state since")),
                (
                    "holder",
                    models.CharField(
                        blank=True, default="", max_length=80, verbose_name="taken up by"
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.division",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sites.samplingpoint",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["district_id", "state", "state_at"], name="matter_by_district"
                    ),
                    models.Index(
                        fields=["street_id", "state", "state_at"], name="matter_by_street"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "year", "number"),
                        name="matter_number_once",
                        violation_error_message="This number is taken already; send again.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="matter_number_from_one",
                        violation_error_message="Matters are numbered from 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("holder", ""), ("state", "raised")),
                            ("state", "declined"),
                            models.Q(
                                ("state__in", ["taken", "done"]),
                                models.Q(("holder", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="matter_taken_by_someone",
                        violation_error_message="A matter that is taken up names who took it up.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("what", ""), _negated=True),
                            models.Q(("wanted", ""), _negated=True),
                        ),
                        name="matter_says_what",
                        violation_error_message="Say what happened and what is asked for.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("community__isnull", True),
                            ("street_id__isnull", False),
                            _connector="OR",
                        ),
                        name="matter_community_has_street",
                        violation_error_message="A community lies in a street.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MatterStep",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_key", models.UUIDField(unique=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("raise", "reported"),
                            ("follow_up", "follow-up report"),
                            ("take_up", "taken up"),
                            ("finish", "settled"),
                            ("decline", "declined"),
                            ("reopen", "opened again"),
                        ],
                        max_length=10,
                        verbose_name="step",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="words")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="alerts.matter",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("action__in", ["raise", "take_up"]),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="matter_step_has_words",
                        violation_error_message="This step needs a few words.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestStep",
            fields=[
                (
                    "id",
                    models.AutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("ask", "asked"),
                            ("support", "street recommends"),
                            ("oppose", "street advises against"),
                            ("grant", "district grants"),
                            ("refuse", "district refuses"),
                            ("withdraw", "withdrawn"),
                        ],
                        max_length=10,
                        verbose_name="step",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                ("person", models.CharField(max_length=40)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="alerts.exceptionrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="request_step_has_reason",
                        violation_error_message="Say why.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("action", "withdraw"), _negated=True),
                        fields=("request", "person"),
                        name="request_step_another_person",
                        violation_error_message="Each step of a request is taken by another person than the steps before.",
                    ),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_UNDONE),
    ]
