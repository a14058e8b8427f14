"""Figures on one line, and the arithmetic under them."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence

_BEGAN = time.monotonic()


def step(text: str) -> None:
    """Say on standard error what begins now, and how long the run has taken."""
    print(f"{time.monotonic() - _BEGAN:6.1f} s  {text}", file=sys.stderr, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all are not above (nearest rank); nan of nothing."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(math.ceil(len(ranked) * percent / 100), 1) - 1]


def median(values: Sequence[float]) -> float:
    """The middle value; nan of nothing."""
    return percentile(values, 50)


def line(**figures: object) -> str:
    """`name=value` pairs; numbers short enough to read, whole ones from a hundred on."""
    return " ".join(f"{name}={shown(value)}" for name, value in figures.items())


def shown(value: object) -> str:
    """A figure with three significant digits, never in powers of ten."""
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "nan"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 or value == 0 else f"{value:.5f}"
