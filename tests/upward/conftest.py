"""A superior with an outlet, on a district at work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.scope import scoped
from tests.upward.make import House, make_house


@pytest.fixture
def house(db: None) -> Iterator[House]:
    """Two streets at work, swabs in one of them; rows are seen as the district sees them."""
    made = make_house()
    made.board.capture("CJ0001", people=3, strangers=1)
    with scoped(made.scope):
        yield made
