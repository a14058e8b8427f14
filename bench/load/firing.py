"""Fire prepared requests: as fast as answers come, or at a rate that answers cannot slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.load.bodies import Shot
from bench.load.wire import Wire

OPEN_LANES = 48
#: Seconds between a refusal or a broken connection and the same request again.
AGAIN = 0.2


class Delivery(NamedTuple):
    """One delivery: when it was due and taken (seconds), how often it was tried, the answer."""

    shot: Shot
    due: float
    done: float
    status: int
    body: bytes
    tries: int


class Volley:
    """Delivers shots from several connections at once and keeps every answer.

    `rate` fixes when each request is due, whatever the server does, and latency counts from
    there; without it each lane sends as soon as it has its answer. `patience` is how long one
    request is tried again with the same ids (0: never).
    """

    def __init__(
        self,
        port: int,
        shots: Sequence[Shot],
        *,
        lanes: int,
        rate: float | None = None,
        seconds: float | None = None,
        patience: float = 0.0,
        on_taken: Callable[[Delivery], None] | None = None,
    ) -> None:
        self.port, self.shots, self.lanes, self.rate = port, shots, lanes, rate
        self.seconds, self.patience, self.on_taken = seconds, patience, on_taken
        self.deliveries: list[Delivery] = []
        self.began = self.ended = 0.0
        self._next = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> Volley:
        """Begin; returns at once."""
        self.began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._lane, daemon=True) for _ in range(self.lanes)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> Volley:
        """Send nothing new, and wait for what is under way."""
        self._stop.set()
        return self.join()

    def join(self) -> Volley:
        """Wait until every lane has ended."""
        for thread in self._threads:
            thread.join()
        self.ended = max((each.done for each in self.deliveries), default=time.monotonic())
        return self

    @property
    def exhausted(self) -> bool:
        """Whether the prepared requests ran out: then a timed run was shorter than meant."""
        return self._next >= len(self.shots)

    def _take(self) -> tuple[Shot, float] | None:
        with self._lock:
            now = time.monotonic()
            late = self.seconds is not None and now - self.began > self.seconds
            if late or self._stop.is_set() or self._next >= len(self.shots):
                return None
            k, self._next = self._next, self._next + 1
        return self.shots[k], self.began + k / self.rate if self.rate else now

    def _lane(self) -> None:
        wire = Wire(self.port)
        while (taken := self._take()) is not None:
            shot, due = taken
            if (early := due - time.monotonic()) > 0 and self._stop.wait(early):
                break
            self._deliver(wire, shot, due)
        wire.close()

    def _deliver(self, wire: Wire, shot: Shot, due: float) -> None:
        tries = 0
        while True:
            tries += 1
            try:
                answer = wire.ask(shot.request)
                status, body = answer.status, answer.body
            except OSError:
                status, body = 0, b""
            done = time.monotonic()
            final = 0 < status < 500 and status != 429
            if final or done - due > self.patience:
                break
            time.sleep(AGAIN)
        outcome = Delivery(shot, due, done, status, body, tries)
        self.deliveries.append(outcome)
        if self.on_taken and status == 200:
            self.on_taken(outcome)


def fire(port: int, shots: Sequence[Shot], **options: object) -> Volley:
    """Deliver and wait for the end (see `Volley`)."""
    return Volley(port, shots, **options).start().join()  # type: ignore[arg-type]
