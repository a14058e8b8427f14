"""The studio: who asks is answered at once, with the picture that stands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core import painting
from core.painting import Studio
from core.pulse import PanelKey, Tag

NOW = datetime(2021, 11, 4, 11, 0, 30, tzinfo=UTC)


def key(
    version: int = 8, page: str = "overview", language: str = "en", whose: str = "a"
) -> PanelKey:
    return PanelKey(page, 1, Tag.of(version, NOW), whose, language)


class Easel:
    """Paints nothing, and keeps what it was asked for; `gate` holds the brush."""

    def __init__(self) -> None:
        self.painted: list[PanelKey] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.fault: Exception | None = None

    def __call__(self, wanted: PanelKey) -> None:
        assert self.gate.wait(10)
        self.threads.add(threading.current_thread().name)
        if self.fault:
            raise self.fault
        self.painted.append(wanted)


@pytest.fixture
def easel() -> Iterator[Easel]:
    easel = Easel()
    yield easel
    easel.gate.set()


def until(said: object, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said():
            return True
        time.sleep(0.01)
    return False


def test_the_first_paints_for_itself_and_a_picture_stands_for_a_while(easel: Easel) -> None:
    studio = Studio(seconds=60)

    assert studio.hold(key(8), easel) == key(8)
    assert studio.hold(key(9), easel) == key(8)
    assert studio.hold(key(9, language="zh-hans"), easel) == key(8, language="zh-hans")
    assert studio.hold(key(9, whose="b"), easel) == key(9, whose="b")
    assert easel.painted == []


def test_every_version_is_painted_where_nothing_stands(easel: Easel) -> None:
    studio = Studio(seconds=0)

    assert [studio.hold(key(n), easel).tag for n in (8, 9)] == [key(8).tag, key(9).tag]


def test_who_asks_first_waits_a_moment_and_gets_the_new_one(easel: Easel) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    time.sleep(0.02)

    assert studio.hold(key(9), easel) == key(9)
    assert (easel.painted, easel.threads) == ([key(9)], {"painter"})


def test_nobody_waits_for_a_slow_painting(easel: Easel) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    studio.hold(key(8, page="wall"), easel)
    easel.gate.clear()
    time.sleep(0.02)

    began = time.monotonic()
    assert studio.hold(key(9), easel) == key(8)  # waited, in vain
    assert studio.hold(key(9), easel) == key(8)  # did not wait at all
    assert time.monotonic() - began < 2
    easel.gate.set()

    assert until(lambda: studio.hold(key(9), easel) == key(9))
    assert easel.painted == [key(9), key(9, page="wall")]


def test_the_newest_is_not_painted_again(easel: Easel) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    time.sleep(0.02)

    assert studio.hold(key(8), easel) == key(8)
    assert easel.painted == []


def test_costly_pictures_stand_longer(easel: Easel) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    for stream in studio._streams.values():
        stream.cost = 20.0
    time.sleep(0.02)

    assert studio.hold(key(9), easel) == key(8)
    assert easel.painted == []


def test_a_picture_that_cannot_be_painted_is_taken_down(easel: Easel) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    easel.fault = RuntimeError("no paint")
    time.sleep(0.02)

    studio.hold(key(9), easel)

    # Who asks now paints it, and meets the fault.
    assert until(lambda: studio.hold(key(9), easel) == key(9))


def test_an_old_picture_is_never_shown(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painting, "OLDEST_SECONDS", 0.05)
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    time.sleep(0.1)

    assert studio.hold(key(9), easel) == key(9)
    assert easel.painted == []


def test_pages_that_nobody_watches_are_not_painted(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(seconds=0.01)
    studio.hold(key(8), easel)
    studio.hold(key(8, page="wall"), easel)
    studio.hold(key(8, whose="b"), easel)
    monkeypatch.setattr(painting, "WATCHED_SECONDS", 0.05)
    time.sleep(0.1)

    studio.hold(replace(key(9)), easel)

    assert until(lambda: easel.painted == [key(9)])
    assert until(lambda: len(studio._streams) == 1)
