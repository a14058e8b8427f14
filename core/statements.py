"""Statements of the hot paths: prepared once a connection, run without a cursor.

A cursor of Python costs several times what such a statement costs the server. Values are adapted
by psycopg as always; errors and transactions are Django's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?([bs])|%%")
_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_FORMATS = {"b": PyFormat.BINARY, "s": PyFormat.AUTO}


def run(sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows, if it has any.

    Placeholders are psycopg's: `%s`, `%(name)s`, and with `b` to send a value in binary, as arrays
    should be. The statement should come from few templates, for each is kept prepared. Errors are
    Django's, as with its own cursors.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    if wrapper.queries_logged:  # as for Django's own cursors: tests count statements
        wrapper.queries_log.append({"sql": sql, "time": ""})
    with wrapper.wrap_database_errors:
        return _Hot.of(wrapper.connection).run(_compiled(sql), params)


class _Compiled(NamedTuple):
    query: bytes
    formats: list[PyFormat]
    names: list[str] | None


@lru_cache(maxsize=500)
def _compiled(sql: str) -> _Compiled:
    """The statement with `$1`, `$2` …; a name that comes again is one parameter."""
    formats: list[PyFormat] = []
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found.group() == "%%":
            return "%"
        name = found.group(1)
        if name in names:
            return f"${names.index(name) + 1}"
        formats.append(_FORMATS[found.group(2)])
        if name:
            names.append(name)
        return f"${len(formats)}"

    query = _PLACEHOLDER.sub(numbered, sql)
    if names and len(names) != len(formats):
        raise ValueError("a statement has either named or numbered placeholders")
    return _Compiled(query.encode(), formats, names or None)


class _Hot:
    """What one connection keeps: its adapters and the names of what it has prepared."""

    _known: WeakKeyDictionary[psycopg.Connection[Any], _Hot] = WeakKeyDictionary()

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self.pgconn = driver.pgconn
        self.adapter = Transformer(driver)
        self.prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}

    @classmethod
    def of(cls, driver: psycopg.Connection[Any]) -> _Hot:
        found = cls._known.get(driver)
        if found is None:
            found = cls._known[driver] = cls(driver)
        if not driver.autocommit and found.pgconn.transaction_status == TransactionStatus.IDLE:
            # As psycopg does it: the first statement opens the transaction.
            found.checked(found.pgconn.exec_(b"BEGIN"))
        return found

    def run(
        self, statement: _Compiled, params: Sequence[object] | Mapping[str, object]
    ) -> list[tuple[Any, ...]]:
        values: Sequence[object]
        if isinstance(params, Mapping):
            values = [params[name] for name in statement.names or ()]
        else:
            values = params
        dumped: Sequence[Any] = self.adapter.dump_sequence(values, statement.formats)
        types = self.adapter.types or ()
        name = self.prepared.get((statement.query, types))
        if name is None:
            name = f"hot_{len(self.prepared)}".encode()
            self.checked(self.pgconn.prepare(name, statement.query, types))
            self.prepared[statement.query, types] = name
        result = self.checked(
            self.pgconn.exec_prepared(name, dumped, self.adapter.formats, result_format=1)
        )
        if not result.ntuples:
            return []
        self.adapter.set_pgresult(result)
        return self.adapter.load_rows(0, result.ntuples, tuple)

    def checked(self, result: PGresult) -> PGresult:
        """The result, or psycopg's error for it."""
        if result.status in _GOOD:
            return result
        if self.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError(self.pgconn.get_error_message())
        raise error_from_result(result)
