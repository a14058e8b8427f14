"""A wall's page with its day of pulses, served from memory: what a browser asks, it gets at once.

Page, scripts, styles and the first picture are those of a running installation. The pulses are
its panels with figures that grow (the curve once a minute), most of them a 204, as fast as the page
asks.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.load.bodies import get
from bench.load.screens import Page
from bench.load.wire import Answer, Wire

KEPT = ("Content-Type", "Content-Security-Policy")
_FIGURE = re.compile(rb'data-value="(\d+)">[\d,]+<')
_PANEL = re.compile(rb'(?=<div hx-swap-oob="true")')
_SELDOM = re.compile(rb'id="panel-(curve|exceptions)"')
CHANGES = 4
"""Of so many pulses one brings new figures: half of a day's, in the twelve hours of sampling."""
A_MINUTE = 32
"""Pulses after which the curve and the exceptions come too."""
_EVERY = re.compile(rb'data-every="\d+"')


class Day:
    """What is served: files by path, and the next pulse. `limit` holds further pulses back."""

    def __init__(self, port: int, path: str) -> None:
        self._wire_port, self.path = port, path
        self._files: dict[str, Answer] = {}
        self._lock = threading.Condition()
        self._limit = 0
        self.asked = self.changed = 0
        self.waiting = False
        page = self.fetch(path)
        self.page = Page.read(page.body.decode())
        self.page.tag = self.page.panels = ""  # so that it brings every panel
        wire = Wire(port)
        self.first = wire.ask(self.page.request())
        wire.close()
        if self.first.status != 200:
            raise LookupError(f"the pulse was answered {self.first.status}")
        self.began = datetime.now(UTC)
        panels = _PANEL.split(self.first.body)
        self._busy = b"".join(each for each in panels if not _SELDOM.search(each))

    def fetch(self, path: str) -> Answer:
        """One file of the installation, asked for once."""
        if path not in self._files:
            wire = Wire(self._wire_port)
            self._files[path] = wire.ask(get("127.0.0.1", path))
            wire.close()
        return self._files[path]

    def let(self, pulses: int) -> None:
        """Answer pulses until so many were asked in all, then hold the next one."""
        with self._lock:
            self._limit = pulses
            self._lock.notify_all()

    def release(self) -> None:
        """Answer whatever is held, so that the server can end."""
        self.let(2**62)

    def pulse(self) -> tuple[int, bytes, dict[str, str]]:
        """The next answer; waits while the limit is reached."""
        with self._lock:
            self.waiting = self.asked >= self._limit
            self._lock.wait_for(lambda: self.asked < self._limit)
            self.waiting = False
            self.asked += 1
            number = self.asked
        now = datetime.now(UTC)
        # The round's clock runs as the day would: two seconds a pulse.
        shown = self.began + timedelta(seconds=2 * number)
        headers = {
            "X-Jinjian-Heartbeat": now.isoformat(timespec="milliseconds"),
            "X-Jinjian-Clock": f"{shown.isoformat(timespec='milliseconds')};rate=1",
            "X-Jinjian-Tag": f"{number}-{number // 30}",
        }
        if number % CHANGES:
            return 204, b"", headers
        self.changed += 1
        headers["X-Jinjian-Panels"] = self.first.header("X-Jinjian-Panels") or ""
        body = self.first.body if number % A_MINUTE == 0 else self._busy
        return 200, _FIGURE.sub(_grown(number), body), headers


def _grown(number: int) -> Callable[[re.Match[bytes]], bytes]:
    def later(found: re.Match[bytes]) -> bytes:
        value = int(found[1]) + number
        return f'data-value="{value}">{value:,}<'.encode()

    return later


class Server:
    """The little server of one page, on a port of its own."""

    def __init__(self, day: Day) -> None:
        handler = type("Handler", (_Handler,), {"day": day})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    day: Day
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/pulse/":
            self._answer(*self.day.pulse())
        elif path.endswith("/ticket/"):
            self._answer(204, b"", {"X-Jinjian-Ticket": self.day.page.ticket})
        else:
            found = self.day.fetch(self.path)
            body = _EVERY.sub(b'data-every="1"', found.body)
            kept = {name: found.header(name) for name in KEPT}
            self._answer(found.status, body, {name: value for name, value in kept.items() if value})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_values: Any) -> None:
        """A day of pulses is not worth forty thousand lines."""
