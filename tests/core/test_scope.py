"""Scope: default deny in the application, row-level security beneath it, restored on exit."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from django.db.utils import DatabaseError
from django.test.utils import isolate_apps

from core.models import AuditEvent
from core.scope import NOBODY, Scope, ScopedQuerySet, current_floor, scope_settings_sql, scoped

STREET_3 = Scope(streets=frozenset({3}), permissions=frozenset({"swab.read"}))
STREETS = Scope(streets=frozenset({3, 4}), districts=frozenset({1}))
EVERYTHING = Scope(everything=True)


def sql(*statements: str) -> None:
    """Run statements on the test's connection."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def floor() -> tuple[str, str]:
    """What row-level security sees on this connection now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.districts', true), ''),"
            " coalesce(current_setting('app.streets', true), '')"
        )
        return cursor.fetchone()


@pytest.fixture
def rows(db):
    """A table with the floor's own policy, and one row in each of three streets."""
    sql(
        "CREATE TEMP TABLE core_floor (street_id int, district_id int)",
        "INSERT INTO core_floor VALUES (3, 1), (4, 1), (5, 2)",
        "ALTER TABLE core_floor ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE core_floor FORCE ROW LEVEL SECURITY",
        "CREATE POLICY floor ON core_floor USING ("
        "street_id = ANY((SELECT string_to_array("
        "nullif(current_setting('app.streets', true), ''), ','))::int[]) OR "
        "district_id = ANY((SELECT string_to_array("
        "nullif(current_setting('app.districts', true), ''), ','))::int[]))",
    )

    def seen() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT street_id FROM core_floor ORDER BY 1")
            return [row[0] for row in cursor.fetchall()]

    return seen


def test_the_floor_shows_nothing_until_a_scope_opens_it(rows):
    assert rows() == []
    with scoped(STREET_3):
        assert rows() == [3]
    with scoped(Scope(districts=frozenset({1}))):
        assert rows() == [3, 4]
    with scoped(Scope(units=frozenset({9}), floor_streets=frozenset({5}))):
        assert rows() == [5]
    with scoped(NOBODY):
        assert rows() == []
    assert rows() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [True, False], ids=["in a transaction", "in autocommit"])
def test_nested_scopes_restore_the_outer_one(inside):
    outer = transaction.atomic() if inside else _nothing()
    with outer:
        with scoped(STREET_3):
            with scoped(STREETS):
                assert floor() == ("1", "3,4")
                assert current_floor() == ("1", "3,4")
            assert floor() == ("", "3")
        assert floor() == ("", "")
        assert current_floor() == ("", "")


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


@pytest.mark.django_db(transaction=True)
def test_an_exception_closes_the_floor():
    with pytest.raises(RuntimeError), scoped(STREET_3):
        raise RuntimeError
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_a_failed_statement_inside_an_outer_transaction_closes_the_floor():
    with pytest.raises(DatabaseError), transaction.atomic(), scoped(STREET_3):
        sql("SELECT 1 / 0")
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_an_inner_rollback_request_does_not_stop_the_restoring():
    with transaction.atomic():
        with scoped(STREET_3):
            transaction.set_rollback(True)
        assert current_floor() == ("", "")
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_savepoint_keeps_the_outer_scope():
    with transaction.atomic(), scoped(STREET_3):
        with pytest.raises(DatabaseError), transaction.atomic(), scoped(STREETS):
            sql("SELECT 1 / 0")
        assert floor() == ("", "3")
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_needs_no_restoring():
    with scoped(STREET_3):
        connection.connection.close()
    connection.close()
    assert floor() == ("", "")
    with scoped(STREET_3):
        connection.close()
        assert floor() == ("", "")
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_took_the_place_of_a_broken_one_is_closed_too():
    with scoped(STREET_3):
        connection.close()
        with scoped(STREETS):
            assert floor() == ("1", "3,4")
        assert floor() == ("", "3")
    assert floor() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_the_hot_path_opens_the_floor_for_its_transaction_only():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(*scope_settings_sql(STREETS))
        assert floor() == ("1", "3,4")
    assert floor() == ("", "")


@pytest.mark.django_db
def test_a_scope_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1), scoped(STREETS):
        pass


@pytest.mark.django_db
def test_a_web_process_never_asks_for_everything(settings):
    settings.ROLE = "web"
    with pytest.raises(ImproperlyConfigured), scoped(EVERYTHING):
        pass
    with pytest.raises(ImproperlyConfigured):
        scope_settings_sql(EVERYTHING)
    settings.ROLE = "worker"
    with scoped(EVERYTHING):
        assert floor() == ("", "")


@pytest.mark.django_db
def test_no_scope_sees_nothing():
    for scope in (None, NOBODY, Scope(actor="x", permissions=frozenset({"all"}))):
        assert AuditEvent.objects.within(scope).query.is_empty()
    assert AuditEvent.objects.within(EVERYTHING).query.where.children == []


@isolate_apps("core")
def test_a_model_must_say_how_it_is_reached():
    class Silent(models.Model):
        objects = ScopedQuerySet.as_manager()

        class Meta:
            app_label = "core"

    class Odd(models.Model):
        objects = ScopedQuerySet.as_manager()
        scope_lookups = {"city": "city_id"}

        class Meta:
            app_label = "core"

    for model in (Silent, Odd):
        with pytest.raises(ImproperlyConfigured):
            model.objects.within(STREET_3)


def test_permissions_are_granted_one_by_one():
    assert STREET_3.can("swab.read")
    assert not STREET_3.can("swab.void")
    assert not NOBODY.can("swab.read")
    assert EVERYTHING.can("swab.void")


def test_the_digest_tells_scopes_apart_by_what_they_see():
    same = Scope(streets=frozenset({3}), permissions=frozenset({"swab.read"}), actor="other")
    assert same.digest == STREET_3.digest
    different = {
        STREET_3,
        NOBODY,
        STREETS,
        EVERYTHING,
        Scope(streets=frozenset({3})),
        Scope(communities=frozenset({3})),
        Scope(units=frozenset({3})),
        Scope(districts=frozenset({3})),
    }
    assert len({scope.digest for scope in different}) == len(different)
