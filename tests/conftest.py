"""Fixtures of all tests: the databases, and a browser.

Run them with `./dev test [pytest arguments]`, which starts the servers.
"""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from core import clock
from launch import migrated, roles

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TEMPLATE = "test_jinjian_template"
# What no test changes, and Django makes again whenever it empties the tables itself.
REMADE = {"django_content_type", "auth_permission", "outlets_feed"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Make this worker's database: migrated once as the owner, then copied for each worker.

    Tests connect as the application account, so row-level security and missing rights show.
    """
    admin_url = os.environ.get("TEST_SUPERUSER_URL")
    if not admin_url:
        pytest.exit("no test servers: run the tests with ./dev test [pytest arguments]", 4)
    name = settings.TEST_DATABASE
    with psycopg.connect(admin_url, autocommit=True) as admin, django_db_blocker.unblock():
        # One worker migrates, the others wait here and copy.
        admin.execute("SELECT pg_advisory_lock(hashtext('test_jinjian'))")
        _make_template(admin)
        roles.make_database(admin, name, fresh=True, template=TEMPLATE)
        # A test thinks between its statements for as long as a busy machine makes it.
        for setting in ("idle_in_transaction_session_timeout = 0", "statement_timeout = '30s'"):
            admin.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {}").format(
                    sql.Identifier(roles.APP), sql.Identifier(name), sql.SQL(setting)
                )
            )
        admin.execute("SELECT pg_advisory_unlock(hashtext('test_jinjian'))")
        tables = connections["owner"].introspection.django_table_names(
            only_existing=True, include_views=False
        )
    here = roles.with_database(admin_url, name)
    with psycopg.connect(here, autocommit=True) as admin, pytest.MonkeyPatch.context() as patch:
        # A copy is another database: its change feed is named anew, as after a restore.
        admin.execute("UPDATE outlets_feed SET incarnation = outlets_incarnation()")
        empty = partial(_empty, admin, sorted(set(tables) - REMADE))
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield
    with django_db_blocker.unblock():
        connections.close_all()
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _empty(admin: psycopg.Connection, tables: list[str]) -> None:
    """Delete what a transactional test has committed.

    Only from tables that hold something, and without their triggers: to truncate them all, and to
    fill in again what Django wants in two of them, costs as much as many such a test.
    """
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in tables
    ]
    full = admin.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()
    admin.execute("SET session_replication_role = replica")
    for (name,) in full:
        admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def _make_template(admin: psycopg.Connection) -> None:
    """Migrate the template database, unless this very run has done so already."""
    run = os.environ.get("TEST_RUN", "")
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [TEMPLATE],
    ).fetchone()
    if row and run and row[0] == run:
        return
    owner_url = roles.with_database(os.environ["DATABASE_OWNER_URL"], TEMPLATE)

    def empty() -> None:
        roles.make_database(admin, TEMPLATE, fresh=True)

    empty()
    migrated.fill(owner_url, empty=empty, migrate=partial(_migrate, owner_url))
    admin.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(TEMPLATE), sql.Literal(run))
    )


def _migrate(owner_url: str) -> None:
    roles.grant_defaults(owner_url)
    connection = connections["owner"]
    connection.close()
    connection.settings_dict["NAME"] = TEMPLATE
    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = settings.TEST_DATABASE


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One headless Chromium for the whole run: the system's own, found on the path."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("no Chromium on the path: apt-get install chromium fonts-noto-cjk")
    # Playwright runs an event loop in this thread, at which Django refuses synchronous queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium: "Browser") -> "Iterator[BrowserContext]":
    """A fresh browser profile in Chinese and Shanghai time, 1366 x 768."""
    context = chromium.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 768},
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: "BrowserContext") -> "Iterator[Page]":
    """A page that fails its test on a script error or on a breach of the content policy."""
    page = browser_context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    page.close()
    assert not faults, f"the page reported: {faults}"


@pytest.fixture(autouse=True)
def real_clock(monkeypatch: pytest.MonkeyPatch) -> "Iterator[None]":
    """The scenario clock's cached anchor must not outlive the row it was read from.

    Within a test it is read once, however slow the machine: a second reading would be one
    statement more where a test counts them.
    """
    monkeypatch.setattr(clock, "_CACHE_SECONDS", 3600.0)
    clock.forget()
    yield
    clock.forget()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests share one worker's Chromium: two browsers would fight over two cores."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
