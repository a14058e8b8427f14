"""Work done once for all who ask at the same time, and kept for those who ask again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Bounded, thread-safe, per process.

    Process memory and not Redis: a paused Redis must block no screen.
    """

    def __init__(self, size: int = 512, wait_seconds: float = 10.0) -> None:
        self._size = size
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, T] = OrderedDict()
        self._running: dict[Hashable, threading.Event] = {}

    def once(self, slot: Hashable, make: Callable[[], T]) -> T:
        """What the slot holds, made at most once.

        1. stored: take it; 2. somebody makes it: wait, then look again; 3. nobody does: make it,
        store it, wake the others. If the making fails, it fails for its own caller only and the
        next one tries; who waited too long makes it without storing.
        """
        while True:
            with self._lock:
                if slot in self._made:
                    self._made.move_to_end(slot)
                    return self._made[slot]
                running = self._running.get(slot)
                if running is None:
                    self._running[slot] = mine = threading.Event()
                    break
            if not running.wait(self._wait_seconds):
                return make()
        try:
            made = make()
            with self._lock:
                self._made[slot] = made
                while len(self._made) > self._size:
                    self._made.popitem(last=False)
            return made
        finally:
            with self._lock:
                del self._running[slot]
            mine.set()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._made.clear()

    def __len__(self) -> int:
        return len(self._made)
