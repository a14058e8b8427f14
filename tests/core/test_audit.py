"""The audit trail is complete, append-only, and holds nothing personal."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from core import audit, request_id
from core.models import AuditEvent
from core.scope import NOBODY, Scope

AT = datetime(2021, 11, 4, 11, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def record(**over):
    values = {"by": "device 7", "at": AT, "act": "capture.batch", "street_id": 3, "swabs": 98}
    audit.record(**(values | over))
    return AuditEvent.objects.latest("id")


def test_a_row_says_who_when_what_and_in_which_request():
    request_id.begin("request-0001")
    try:
        row = record(object_type="unit", object_id=7, district_id=1)
    finally:
        request_id.end()
    row.refresh_from_db()
    assert (row.by, row.at, row.act, row.object_type, row.object_id) == (
        "device 7",
        AT,
        "capture.batch",
        "unit",
        "7",
    )
    assert (row.district_id, row.street_id, row.summary) == (1, 3, {"swabs": 98})
    assert row.request_id == "request-0001"
    assert row.recorded_at.year >= 2025


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditevent SET by = 'somebody else'",
        "DELETE FROM core_auditevent",
        "DELETE FROM core_auditevent WHERE id = {id}",
    ],
)
def test_a_row_can_be_neither_changed_nor_deleted(statement):
    row = record()
    refused = pytest.raises(IntegrityError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(id=row.id))
    row.refresh_from_db()
    assert row.by == "device 7"


def test_a_rolled_back_act_leaves_no_row():
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "summary",
    [
        {"name": "x"},
        {"phone": "x"},
        {"note": "11010519491231002X"},
        {"note": "13800138000"},
        {"before": {"phone": "1"}},
        {"rows": [{"id_number": "1"}]},
        {"keys": ["13800138000"]},
    ],
)
def test_personal_data_is_a_mistake_of_the_caller(summary):
    with pytest.raises(ValueError, match="audit summary"):
        record(**summary)
    assert not AuditEvent.objects.exists()


def test_changes_hold_old_and_new_of_what_differs():
    before = {"state": "open", "at": AT, "size": 10}
    after = {"state": "closed", "at": AT, "size": None, "reason": "rain"}
    assert audit.changes(before, after) == {
        "state": ["open", "closed"],
        "size": [10, None],
        "reason": [None, "rain"],
    }
    assert audit.changes({"at": None}, {"at": AT}) == {"at": [None, "2021-11-04 11:00:00+00:00"]}


def test_the_trail_is_read_within_a_scope():
    mine, other = record(street_id=3), record(street_id=4)
    whole = record(street_id=None, district_id=1)
    scopes = {
        Scope(streets=frozenset({3})): {mine.id},
        Scope(streets=frozenset({3, 4})): {mine.id, other.id},
        Scope(districts=frozenset({1})): {whole.id},
        Scope(units=frozenset({3})): set(),
        NOBODY: set(),
    }
    for scope, expected in scopes.items():
        assert set(AuditEvent.objects.within(scope).values_list("id", flat=True)) == expected
