"""Buildings in the order in which people count them."""

from __future__ import annotations

import re


def natural(building: str) -> list[tuple[int, int, str]]:
    """Sorting key: 2号楼 before 10号楼."""
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", building)
    ]
