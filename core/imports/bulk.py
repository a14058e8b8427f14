"""Many rows in one statement each: a sheet of 20,000 rows is written while somebody waits.

Django's own bulk methods send one parameter for every value, and compare every row of a batch with
every other (`CASE WHEN`). Here a batch is one JSON parameter that PostgreSQL reads by the types of
the table itself. Names of tables and columns come from models only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection, models

from core.statements import run

BATCH = 5_000


def insert_rows(objects: Sequence[models.Model], *, key: str = "") -> None:
    """Insert new objects whose primary key the database gives, or which all bring their own.

    With `key`, the name of a field that is unique among them, the objects learn their keys.
    """
    if not objects:
        return
    model = type(objects[0])
    pk: Any = model._meta.pk
    given_keys = objects[0].pk is not None
    fields = [f for f in model._meta.concrete_fields if given_keys or f is not pk]
    columns = ", ".join(_quoted(field.column) for field in fields)
    back = _column(model, key) if key else pk.column
    sql = (
        f"INSERT INTO {_table(model)} ({columns})"  # noqa: S608
        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{_table(model)}, %s::jsonb)"
        f" RETURNING {_quoted(pk.column)}, {_quoted(back)}"
    )
    given: dict[Any, Any] = {}
    for part in _parts(objects):
        given.update((found, new) for new, found in run(sql, [_json(part, fields)]))
    if key:
        for one in objects:
            one.pk = given[getattr(one, key)]
            one._state.adding = False


def update_rows(objects: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of stored objects."""
    if not objects:
        return
    model = type(objects[0])
    pk: Any = model._meta.pk
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    settings = ", ".join(f"{_quoted(f.column)} = v.{_quoted(f.column)}" for f in fields)
    sql = (
        f"UPDATE {_table(model)} AS t SET {settings}"  # noqa: S608
        f" FROM jsonb_populate_recordset(NULL::{_table(model)}, %s::jsonb) AS v"
        f" WHERE t.{_quoted(pk.column)} = v.{_quoted(pk.column)}"
    )
    for part in _parts(objects):
        run(sql, [_json(part, [pk, *fields])])


def delete_rows(model: type[models.Model], ids: Collection[Any]) -> None:
    """Delete rows by key. What still points to them is the database's to refuse, at commit."""
    pk: Any = model._meta.pk
    sql = f"DELETE FROM {_table(model)} WHERE {_quoted(pk.column)} = ANY(%b::{_type(pk)}[])"  # noqa: S608
    for part in _parts(sorted(ids)):
        run(sql, [list(part)])


def rests_on(
    model: type[models.Model], ids: Collection[Any], *, ignore: Collection[type[models.Model]] = ()
) -> set[Any]:
    """Those of the ids that some stored row points to.

    Asks every table with a foreign key to `model`, also of rooms that the caller may not import,
    except the models in `ignore`. History tables never count.
    """
    # Only here: it may be imported once all models are there.
    from pghistory.models import Event

    found: set[Any] = set()
    wanted = sorted(ids)
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model in ignore:
            continue
        if not issubclass(relation.related_model, Event):
            found.update(_pointed_at(relation, wanted))
    return found


def _pointed_at(relation: models.ManyToOneRel, ids: Sequence[Any]) -> Iterator[Any]:
    field = relation.field
    table, column = _table(relation.related_model), _quoted(field.column)
    sql = (
        f"SELECT a.id FROM unnest(%b::{_type(field)}[]) AS a(id)"  # noqa: S608
        f" WHERE EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = a.id)"
    )
    for part in _parts(ids):
        yield from (pk for (pk,) in run(sql, [list(part)]))


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _json(objects: Sequence[models.Model], fields: Sequence[Any]) -> str:
    rows = [
        {
            field.column: _plain(field.get_db_prep_save(getattr(one, field.attname), connection))
            for field in fields
        }
        for one in objects
    ]
    return json.dumps(rows, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    # Django wraps JSON for the driver.
    return getattr(value, "obj", value)


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _table(model: Any) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: Any) -> str:
    return connection.ops.quote_name(str(name))


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))
