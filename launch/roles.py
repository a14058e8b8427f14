"""Make the three database roles, the database, its extensions and its default privileges."""

import os
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from launch.keys import ROLES

OWNER, APP, WORKER = ROLES
# A web request that takes five seconds has lost its reader; one that waits two for a lock says
# so and is tried again. The worker's recounts are bounded by its own time limits.
ROLE_SETTINGS = {
    OWNER: {"lock_timeout": "5s"},
    APP: {
        "jit": "off",  # nothing here runs long enough to be worth compiling
        # What is prepared is planned once: five trial plans for each connection cost more than
        # a better plan would save, for every statement of ours goes by its index.
        "plan_cache_mode": "force_generic_plan",
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "15s",
    },
    WORKER: {
        "jit": "off",
        "plan_cache_mode": "force_generic_plan",
        "statement_timeout": "60s",
        "idle_in_transaction_session_timeout": "120s",
    },
}
EXTENSIONS = ("btree_gist", "pg_trgm")


def with_account(url: str, user: str, password: str) -> str:
    """Give `url` with another account."""
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    place = f"[{host}]" if ":" in host else host
    if parts.port:
        place += f":{parts.port}"
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{place}"))


def with_database(url: str, name: str) -> str:
    """Give `url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def database_name(url: str) -> str:
    """Give the database that `url` names, or ""."""
    return unquote(urlsplit(url).path.lstrip("/"))


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Connect, or raise OperationalError: a server that accepts and says nothing is given up."""
    patience = os.environ.get("PGCONNECT_TIMEOUT", "10")
    return psycopg.connect(url, autocommit=autocommit, connect_timeout=int(patience))


def prepare(admin_url: str, database: str, passwords: dict[str, str], *, fresh: bool) -> None:
    """Make roles and database where they are missing; with `fresh` the database starts empty.

    What the roles may do in it comes with what is put into it: see `grant_defaults`.
    """
    with connect(with_database(admin_url, "postgres"), autocommit=True) as connection:
        # Two that alter one role at once would fail with "tuple concurrently updated": the second
        # waits for the first, whose lock ends with its connection.
        connection.execute("SELECT pg_advisory_lock(hashtext('jinjian_roles'))")
        for role in ROLES:
            _make_role(connection, role, passwords[role])
        make_database(connection, database, fresh=fresh)


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if not known:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name))
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password))
    )
    for setting, value in ROLE_SETTINGS[role].items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                name, sql.Identifier(setting), sql.Literal(value)
            )
        )


def make_database(
    connection: psycopg.Connection, database: str, *, fresh: bool, template: str = "template0"
) -> None:
    """Make `database`, owned by the owner role, unless it is there and may stay."""
    name = sql.Identifier(database)
    if fresh:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    there = connection.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", [database]
    ).fetchone()
    if there:
        return
    superuser = connection.execute(
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if superuser and not superuser[0]:
        # An account that may only create roles must be a member of one to give it a database.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    statement = "CREATE DATABASE {} OWNER {} TEMPLATE {}"
    if template == "template0":
        statement += " ENCODING 'UTF8'"
    connection.execute(
        sql.SQL(statement).format(name, sql.Identifier(OWNER), sql.Identifier(template))
    )


def grant_defaults(owner_url: str) -> None:
    """As the owner: extensions, and what the other two may do with everything it will make.

    Before migrations, never before a dump is read back: whatever the dump makes would be granted
    too, and where the migrations took a right away it would be there again. TRUNCATE is not
    granted: it would pass under row-level security.
    """
    others = sql.SQL("{}, {}").format(sql.Identifier(APP), sql.Identifier(WORKER))
    with connect(owner_url, autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
            )
        for what in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
            "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {}",
        ):
            connection.execute(sql.SQL(what).format(others))
