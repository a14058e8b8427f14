"""The tests' own database: migrated by the owner, used as the application account."""

import os

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError


@pytest.mark.django_db
def test_tests_run_as_the_application_account_on_this_workers_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == ("jinjian_app", settings.TEST_DATABASE)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    assert settings.TEST_DATABASE.endswith(worker)


@pytest.mark.django_db(databases=["default", "owner", "worker"])
def test_fixtures_may_use_the_other_two_accounts() -> None:
    for alias in ("owner", "worker"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (f"jinjian_{alias}",)


@pytest.mark.django_db
def test_the_application_cannot_change_the_schema() -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE mine (n int)")


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_can_empty_the_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
