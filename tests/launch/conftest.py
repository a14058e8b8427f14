"""Stacks of the launcher's own tests: throw-away folders, servers of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from launch.stack import Stack


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's own servers must not be taken for a user's."""
    for name in ("DATABASE_URL", "REDIS_URL", "JINJIAN_DATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make_stack(tmp_path: Path, said: list[str]) -> Callable[..., Stack]:
    def make(folder: str = "data", **options: object) -> Stack:
        settings = {"shared_buffers": "16MB"}
        return Stack(
            tmp_path / folder,
            fsync=False,
            postgres_settings=settings,
            say=said.append,
            **options,
        )

    return make
