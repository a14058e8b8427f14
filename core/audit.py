"""The audit trail: one row per act or per batch, written inside the act's own transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.models import AuditEvent
from core.request_id import current_request_id
from core.statements import run

__all__ = ["AuditEvent", "Entry", "changes", "record", "record_each"]

_PERSONAL_KEYS = frozenset({"name", "phone", "id_number", "number", "address", "birth_on"})
_LOOKS_PERSONAL = re.compile(r"[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to write. `summary` takes counts, codes and ids, and nothing personal."""

    by: str
    at: datetime
    act: str
    object_type: str = ""
    object_id: str = ""
    district_id: int | None = None
    street_id: int | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""


def record(
    *,
    by: str,
    at: datetime,
    act: str,
    object_type: str = "",
    object_id: object = "",
    district_id: int | None = None,
    street_id: int | None = None,
    **summary: Any,
) -> None:
    """Write one audit row. `by` is a text label, `act` a stable code such as `tube.void`.

    `summary` takes counts, codes and ids. A key or text that would carry personal data raises
    ValueError: it is a mistake in the calling code.
    """
    record_each(
        [
            Entry(by, at, act, object_type, str(object_id), district_id, street_id, summary,
                  current_request_id())
        ]
    )  # fmt: skip


def record_each(entries: Sequence[Entry]) -> None:
    """Write audit rows of several requests in one statement, in their order."""
    for entry in entries:
        for key, value in entry.summary.items():
            _refuse_personal(key, value)
    run(
        """INSERT INTO core_auditevent (by, at, act, object_type, object_id, district_id, street_id,
                                        summary, request_id)
           SELECT * FROM unnest(%b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::text[],
                                %s::int[], %s::int[], %s::jsonb[], %b::text[])""",
        [
            [entry.by[:150] for entry in entries],
            [entry.at for entry in entries],
            [entry.act for entry in entries],
            [entry.object_type for entry in entries],
            [entry.object_id for entry in entries],
            [entry.district_id for entry in entries],
            [entry.street_id for entry in entries],
            [Jsonb(dict(entry.summary)) for entry in entries],
            [entry.request_id for entry in entries],
        ],
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs, as `{field: [old, new]}`: the history of an edited row, for `summary`.

    Text that looks like a document or mobile number, such as a code of 18 digits that somebody
    typed, is told as "…": that it changed is kept, and the number is not.
    """
    return {
        field: [_plain(before.get(field)), _plain(value)]
        for field, value in after.items()
        if before.get(field) != value
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str) and _LOOKS_PERSONAL.fullmatch(value):
        return "…"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _refuse_personal(key: str, value: Any) -> None:
    if key in _PERSONAL_KEYS:
        raise ValueError(f"an audit summary may not hold {key!r}")
    if isinstance(value, str):
        if _LOOKS_PERSONAL.fullmatch(value):
            raise ValueError(f"the audit summary {key!r} looks like personal data")
    elif isinstance(value, Mapping):
        for inner_key, inner in value.items():
            _refuse_personal(str(inner_key), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_personal("", inner)
