"""Devices as the server sees them: each keeps its events until the server has taken them.

A delivery is sent until it is answered 200. While the server or its database is away the device
waits and sends exactly the same again, so nothing is lost and the server sees it once or twice.
"""

from __future__ import annotations

import http.client
import json
import logging
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

log = logging.getLogger("demo.devices")

#: Connections kept open; every unit always uses the same one, so its events keep their order.
LANES = 6
LONGEST_WAIT = 5.0


class Message(NamedTuple):
    """One request of one unit: `position` in the stream, path, and the body when it is needed."""

    position: int
    unit: int
    path: str
    body: Callable[[], dict]


class Player:
    """Sends messages through the public API with device tokens; counts the verdicts."""

    def __init__(self, url: str, tokens: list[str], lanes: int = LANES) -> None:
        self.verdicts: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self._tokens = tokens
        self._address = urlsplit(url)
        self._waiting: set[int] = set()
        self._changed = threading.Condition()
        self._closing = False
        self._lanes: list[queue.Queue[Message | None]] = [queue.Queue() for _ in range(lanes)]
        for lane in self._lanes:
            threading.Thread(target=self._run, args=(lane,), daemon=True).start()

    def send(self, message: Message) -> None:
        """Hand a message to its device; returns at once."""
        with self._changed:
            self._waiting.add(message.position)
        self._lanes[message.unit % len(self._lanes)].put(message)

    def waiting(self) -> int:
        """How many messages the server has not taken yet."""
        with self._changed:
            return len(self._waiting)

    def oldest(self) -> int | None:
        """Position of the first message that the server has not taken yet."""
        with self._changed:
            return min(self._waiting, default=None)

    def drain(self, timeout: float) -> bool:
        """Wait until the server has taken everything; False at the timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def close(self) -> None:
        """Let the lanes end; what still waits stays unsent."""
        self._closing = True
        for lane in self._lanes:
            lane.put(None)

    def _run(self, lane: queue.Queue[Message | None]) -> None:
        connection: http.client.HTTPConnection | None = None
        while (message := lane.get()) is not None and not self._closing:
            connection = self._deliver(message, connection)
            with self._changed:
                self._waiting.discard(message.position)
                self._changed.notify_all()

    def _deliver(
        self, message: Message, connection: http.client.HTTPConnection | None
    ) -> http.client.HTTPConnection | None:
        """Send one message until it is taken (or can never be); the connection to go on with."""
        body = json.dumps(message.body(), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Authorization": f"Device {self._tokens[message.unit]}",
            "Content-Type": "application/json",
        }
        tries = 0
        while not self._closing:
            status, answer = 0, b""
            try:
                connection = connection or self._connect()
                connection.request("POST", message.path, body, headers)
                response = connection.getresponse()
                status, answer = response.status, response.read()
            except (OSError, http.client.HTTPException):
                if connection:
                    connection.close()
                connection = None
            if status and status < 500 and status != 429:
                self._note(status, answer)
                return connection
            self.requests["again"] += 1
            tries += 1
            time.sleep(min(0.2 * 2**tries, LONGEST_WAIT) * random.uniform(0.5, 1.0))
        return connection

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            self._address.hostname or "127.0.0.1", self._address.port, timeout=30
        )

    def _note(self, status: int, answer: bytes) -> None:
        self.requests[str(status)] += 1
        try:
            read = json.loads(answer)
        except ValueError:
            read = {}
        if status >= 400:
            self.refusals[str(read.get("code") or status)] += 1
            log.warning("a request was refused: %s %s", status, read.get("code"))
            return
        for result in read.get("results", ()):
            self.verdicts[result["verdict"]] += 1
            if result["verdict"] == "refused":
                self.refusals[str(result.get("code"))] += 1
                log.warning("an event was refused: %s", result.get("code"))
