"""Database refusals in words: the constraint's own message, found by name or by columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, models
from django.db.models.constraints import BaseConstraint
from django.utils.translation import gettext_lazy as _

from core.inputs.refusal import Conflict, Refused

# Only the column names are taken from the detail: its second half holds stored values.
_KEY = re.compile(r"\((.+?)\)=\(")
_UNIQUE, _FOREIGN, _NOT_NULL, _CHECK, _EXCLUSION = "23505", "23503", "23502", "23514", "23P01"


def readable(exc: IntegrityError) -> Refused:
    """Return the refusal a person can act on, for a violated constraint.

    First by constraint name; then by table and columns, because a partition reports the name of
    its own child index and its own table. Never repeats stored values.
    """
    diag = getattr(exc.__cause__, "diag", None)
    sqlstate = getattr(diag, "sqlstate", "") or ""
    name = getattr(diag, "constraint_name", "") or ""
    model = _model_of(getattr(diag, "table_name", "") or "")
    columns = _columns(diag)
    constraint = _named().get(name) or _by_columns(model, columns, sqlstate)
    if constraint is not None:
        return _from_constraint(constraint)
    return _generic(sqlstate, model, columns)


def _from_constraint(constraint: BaseConstraint) -> Refused:
    message = constraint.violation_error_message
    if message == constraint.default_violation_error_message:
        message = _("This does not fit what is already stored (%(rule)s).")
    code = constraint.violation_error_code or constraint.name
    refusal = Refused if isinstance(constraint, models.CheckConstraint) else Conflict
    return refusal(code, message, rule=constraint.name)


def _generic(sqlstate: str, model: type[models.Model] | None, columns: list[str]) -> Refused:
    field = _field_names(model, columns)
    if sqlstate == _UNIQUE:
        return Conflict("already_exists", _("This already exists (%(field)s)."), field=field)
    if sqlstate == _FOREIGN:
        return Conflict(
            "not_linked",
            _("What this refers to does not exist, or is still in use (%(field)s)."),
            field=field,
        )
    if sqlstate == _NOT_NULL:
        return Refused("missing_value", _("A value is missing (%(field)s)."), field=field)
    if sqlstate == _EXCLUSION:
        return Conflict("overlaps", _("This overlaps with something already stored."))
    return Conflict("not_consistent", _("This does not fit what is already stored."))


def _columns(diag: Any) -> list[str]:
    match = _KEY.search(getattr(diag, "message_detail", "") or "")
    if match:
        return [column.strip().strip('"') for column in match[1].split(",")]
    column = getattr(diag, "column_name", "") or ""
    return [column] if column else []


def _by_columns(
    model: type[models.Model] | None, columns: list[str], sqlstate: str
) -> BaseConstraint | None:
    if model is None or not columns:
        return None
    kind = {_UNIQUE: models.UniqueConstraint, _EXCLUSION: ExclusionConstraint}.get(sqlstate)
    if kind is None:
        return None
    for constraint in model._meta.constraints:
        if isinstance(constraint, kind) and sorted(_columns_of(model, constraint)) == sorted(
            columns
        ):
            return constraint
    return None


def _columns_of(model: type[models.Model], constraint: BaseConstraint) -> Iterator[str]:
    names: list[Any] = []
    if isinstance(constraint, models.UniqueConstraint):
        names = list(constraint.fields)
    elif isinstance(constraint, ExclusionConstraint):
        names = [getattr(expression, "name", expression) for expression, _op in _pairs(constraint)]
    for name in names:
        if isinstance(name, str):
            column = getattr(model._meta.get_field(name), "column", None)
            yield column or name


def _pairs(constraint: ExclusionConstraint) -> list[tuple[Any, Any]]:
    return [(pair[0], pair[1]) for pair in constraint.expressions]


def _field_names(model: type[models.Model] | None, columns: list[str]) -> str:
    if model is None:
        return ", ".join(columns)
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return ", ".join(
        str(by_column[column].verbose_name) if column in by_column else column for column in columns
    )


def _model_of(table: str) -> type[models.Model] | None:
    """The model of a table, or of the table a partition such as `sites_swab_r12` is part of."""
    tables = _tables()
    while table:
        if table in tables:
            return tables[table]
        table = table.rpartition("_")[0]
    return None


@lru_cache(maxsize=1)
def _tables() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


@lru_cache(maxsize=1)
def _named() -> dict[str, BaseConstraint]:
    return {
        constraint.name: constraint
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }
