from collections.abc import Iterator

import pytest

from core import clock
from personnel.services import roll


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    """What a process remembers for a second or two must not reach the next test."""
    roll.forget()
    clock.forget()
    yield
    roll.forget()
    clock.forget()
