"""Codes for rows whose author gave none."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def next_code(model: Any, district_id: int, prefix: str) -> str:
    """The next free code of a district's list: `T01`, `T02` … after the highest of its kind.

    The caller holds a lock of the list; the unique constraint is the truth.
    """
    codes = model.objects.filter(district_id=district_id, code__startswith=prefix)
    rests = (code[len(prefix) :] for code in codes.values_list("code", flat=True))
    highest = max((int(rest) for rest in rests if _NUMBER.fullmatch(rest)), default=0)
    return f"{prefix}{highest + 1:02}"
