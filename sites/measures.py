"""Arithmetic on tubes and swabs: pure functions, the same for a unit, a street and a district."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def people_per_tube(swabs: int, tubes: int) -> Decimal | None:
    """平均混采人数: swabs / tubes, two decimals; None without tubes."""
    if tubes <= 0:
        return None
    return (Decimal(swabs) / tubes).quantize(Decimal("0.01"), ROUND_HALF_UP)
