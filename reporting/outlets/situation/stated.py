"""A figure that somebody states and this system does not know, as composing functions see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Stated:
    """`key` is delivered, tested or reported; `unit` persons, swabs or tubes."""

    key: str
    value: int
    unit: str
    source: str
    source_en: str
    as_of: datetime


def stated_of(rows: Iterable[Any]) -> dict[str, Stated]:
    """Statements of a report by key, from its rows."""
    return {
        row.key: Stated(row.key, row.value, row.unit, row.source, row.source_en, row.as_of)
        for row in rows
    }
