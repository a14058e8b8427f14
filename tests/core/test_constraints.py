"""Database refusals become sentences, for partitions too, without stored values."""

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from core import constraints
from core.constraints import readable
from core.inputs import Conflict

pytestmark = pytest.mark.django_db

TABLES = """
CREATE TEMP TABLE core_probe (
    round_id int NOT NULL, person int NOT NULL, pool int, during tstzrange, parent int,
    CONSTRAINT probe_pool CHECK (pool > 0),
    CONSTRAINT probe_person_once UNIQUE (round_id, person)
) PARTITION BY LIST (round_id);
CREATE TEMP TABLE core_probe_r12 PARTITION OF core_probe FOR VALUES IN (12);
CREATE TEMP TABLE core_duty (id int PRIMARY KEY, staff int NOT NULL, during tstzrange,
    CONSTRAINT duty_once EXCLUDE USING gist (staff WITH =, during WITH &&));
CREATE TEMP TABLE core_badge (id int PRIMARY KEY, duty int REFERENCES core_duty, code text UNIQUE);
"""


@pytest.fixture
def probe(monkeypatch):
    """Tables made for the test, and the models that describe them."""
    with isolate_apps("core"):

        class Probe(models.Model):
            round_id = models.IntegerField()
            key = models.IntegerField(db_column="person")
            pool = models.IntegerField()

            class Meta:
                app_label = "core"
                db_table = "core_probe"
                constraints = [
                    models.CheckConstraint(
                        condition=models.Q(pool__gt=0),
                        name="probe_pool",
                        violation_error_message="A pool takes at least one person.",
                    ),
                    models.UniqueConstraint(
                        fields=["round_id", "key"],
                        name="probe_person_once",
                        violation_error_message="This person is in this round already.",
                        violation_error_code="person_twice",
                    ),
                ]

        class Duty(models.Model):
            staff = models.IntegerField()
            during = DateTimeRangeField()

            class Meta:
                app_label = "core"
                db_table = "core_duty"
                constraints = [
                    ExclusionConstraint(
                        name="duty_once",
                        expressions=[
                            ("staff", RangeOperators.EQUAL),
                            ("during", RangeOperators.OVERLAPS),
                        ],
                    )
                ]

    found = {"core_probe": Probe, "core_duty": Duty}
    named = {rule.name: rule for model in found.values() for rule in model._meta.constraints}
    monkeypatch.setattr(constraints, "_tables", lambda: found)
    monkeypatch.setattr(constraints, "_named", lambda: named)
    sql(TABLES)


def sql(*statements: str) -> None:
    """Run statements on the test's connection."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def refusal_of(*statements):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        sql(*statements)
    return readable(caught.value)


def test_a_partition_reports_its_own_index_and_is_understood(probe):
    refusal = refusal_of(
        "INSERT INTO core_probe VALUES (12, 4711, 10)",
        "INSERT INTO core_probe VALUES (12, 4711, 10)",
    )
    assert isinstance(refusal, Conflict)
    assert (refusal.code, refusal.text) == ("person_twice", "This person is in this round already.")


def test_a_check_is_found_by_name_and_is_the_callers_fault(probe):
    refusal = refusal_of("INSERT INTO core_probe VALUES (12, 1, 0)")
    assert (refusal.status, refusal.code) == (400, "probe_pool")
    assert refusal.text == "A pool takes at least one person."


def test_an_exclusion_without_words_of_its_own_still_names_the_rule(probe):
    row = "INSERT INTO core_duty VALUES (%s, 4711, '[2021-11-04 08:00+08,2021-11-04 12:00+08)')"
    refusal = refusal_of(row % 1, row % 2)
    assert (refusal.status, refusal.code) == (409, "duty_once")
    assert "duty_once" in refusal.text
    assert "4711" not in refusal.text


def test_what_no_model_describes_is_said_in_general_words(probe):
    twice = refusal_of(
        "INSERT INTO core_badge VALUES (1, NULL, '13800138000')",
        "INSERT INTO core_badge VALUES (2, NULL, '13800138000')",
    )
    orphan = refusal_of("INSERT INTO core_badge VALUES (3, 99, 'x')")
    absent = refusal_of("INSERT INTO core_probe VALUES (12, NULL, 1)")
    assert [(one.status, one.code) for one in (twice, orphan, absent)] == [
        (409, "already_exists"),
        (409, "not_linked"),
        (400, "missing_value"),
    ]
    assert "13800138000" not in twice.text + str(twice.params)


def test_the_kernels_own_tables_are_found_by_name():
    refusal = refusal_of("INSERT INTO core_clock VALUES (1, now(), now(), 0)")
    assert refusal.code == "clock_runs_forward"


def test_an_error_without_details_is_still_a_refusal():
    assert readable(IntegrityError("odd")).status == 409
