"""What somebody once said about the columns of a header, for the next sheet of the same sender."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.imports.models import ColumnMemory


def recall_columns(*, kind: str, district_id: int, sender: str) -> dict[str, list[str]]:
    """The mappings remembered for a sender, by the header's signature."""
    found = ColumnMemory.objects.filter(kind=kind, district_id=district_id, sender=sender)
    return {memory.signature: list(memory.mapping) for memory in found}


def remember_columns(
    *,
    kind: str,
    district_id: int,
    sender: str,
    signature: str,
    mapping: Sequence[str],
    at: datetime,
) -> None:
    """Keep a mapping for the next time; the newest word wins."""
    ColumnMemory.objects.update_or_create(
        kind=kind,
        district_id=district_id,
        sender=sender,
        signature=signature,
        defaults={"mapping": list(mapping), "last_used_at": at},
    )
