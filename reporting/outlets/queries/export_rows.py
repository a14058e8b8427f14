"""The rows of a bulk export, all of one instant, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.scope import Scope, scope_settings_sql
from reporting.outlets.models import ExportJob
from reporting.outlets.queries.export_kinds import ExportKind

BATCH = 5_000
Batches = Iterator[Sequence[tuple[Any, ...]]]


class TooManyRows(Refused):
    """The file would hold more rows than its kind and format may have."""


@contextmanager
def reading(job: ExportJob, kind: ExportKind, most: int) -> Iterator[tuple[int, Batches]]:
    """How many rows the job has, and the rows in batches, in one frozen view of the database.

    A connection of its own, because this transaction lasts for minutes while the job's progress
    is committed beside it. The floor is opened for the job's district alone. Raises TooManyRows.
    """
    reader = connection.copy()
    params = {
        "round": job.round_id, "street": job.street_id, "level": job.level, "width": job.width,
    }  # fmt: skip
    try:
        reader.set_autocommit(False)
        with reader.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(
                "SET LOCAL statement_timeout = '20min';"
                "SET LOCAL idle_in_transaction_session_timeout = '10min';"
                # The rows are all read: what comes first soonest is no better.
                "SET LOCAL cursor_tuple_fraction = 1.0; SET LOCAL work_mem = '64MB'"
            )
            cursor.execute(*scope_settings_sql(Scope(districts=frozenset({job.district_id}))))
            cursor.execute("SET LOCAL enable_seqscan = on")
            cursor.execute(f"SELECT count(*) FROM ({kind.statement}) counted", params)  # noqa: S608
            [total] = cursor.fetchone()
        if total > most:
            raise TooManyRows(
                "export_too_long",
                _("This file would have %(rows)s rows; %(most)s is the most. Choose one street."),
                rows=total,
                most=most,
            )
        with reader.chunked_cursor() as rows:
            rows.execute(f"{kind.statement} ORDER BY {kind.order}", params)
            yield total, iter(lambda: rows.fetchmany(BATCH), [])
    finally:
        reader.close()
