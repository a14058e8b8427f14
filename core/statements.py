"""Statements of the hot paths: server-side binding and preparation, on Django's own connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection


def run(sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows, if it has any.

    Placeholders are psycopg's (`%b` sends arrays in binary). The statement is prepared on first
    use, so it should come from few templates. Errors are Django's, as with its own cursors.
    """
    connection.ensure_connection()
    driver = connection.connection
    assert isinstance(driver, psycopg.Connection)
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        cursor.execute(sql, params, prepare=True)
        return cursor.fetchall() if cursor.description else []
