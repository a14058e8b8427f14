"""Screens as the browser plays them: a page once, then its pulse every two seconds.

The protocol is that of static/js/pulse.js: tag in the query, ticket and panels' hashes in
headers, jitter of a fifth. A run must be shorter than a ticket's two minutes.
"""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, urlencode

from bench.load.bodies import get
from bench.load.wire import Answer, Wire

EVERY = 2.0
_ATTRIBUTE = re.compile(r'(hx-get|data-(?:ticket|tag|panels))="([^"]*)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_HOST = "127.0.0.1"


class Beat(NamedTuple):
    """One pulse: when it was asked and answered (wall clock, seconds), status, version shown."""

    asked: float
    answered: float
    status: int
    version: int


@dataclass
class Page:
    """What a page tells its pulse."""

    url: str
    ticket: str
    tag: str
    panels: str

    @classmethod
    def read(cls, html: str) -> Page:
        """Find the pulse's attributes; LookupError where the page has no pulse."""
        found = {name: unescape(value) for name, value in _ATTRIBUTE.findall(html)}
        try:
            return cls(
                found["hx-get"], found["data-ticket"], found["data-tag"], found["data-panels"]
            )
        except KeyError as error:
            raise LookupError(f"the page has no pulse: {error}") from error

    def request(self) -> bytes:
        """The next question of this page's pulse."""
        joint = "&" if "?" in self.url else "?"
        headers = {
            "HX-Request": "true",
            "X-Jinjian-Ticket": self.ticket,
            "X-Jinjian-Panels": self.panels,
        }
        return get(_HOST, f"{self.url}{joint}tag={quote(self.tag)}", headers)

    def take(self, answer: Answer) -> int:
        """Remember what the answer brought; the version now shown."""
        self.panels = answer.header("X-Jinjian-Panels") or self.panels
        self.tag = answer.header("X-Jinjian-Tag") or self.tag
        return version_of(self.tag)


def version_of(tag: str) -> int:
    """The roll-ups' version in a tag such as `1042-27700215`; -1 where it is not one."""
    head = tag.partition("-")[0]
    return int(head) if head.isdigit() else -1


def sign_in(port: int, username: str, password: str) -> str:
    """Sign in through the page like anybody; the session's cookies for further requests."""
    wire = Wire(port)
    first = wire.ask(get(_HOST, "/sign-in/"))
    token = _TOKEN.search(first.body.decode())
    if not token:
        raise LookupError("the sign-in page has no form")
    cookies = _cookies(first)
    form = urlencode(
        {"username": username, "password": password, "csrfmiddlewaretoken": token.group(1)}
    ).encode()
    head = (
        f"POST /sign-in/ HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {_joined(cookies)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    answer = wire.ask(head.encode() + form)
    wire.close()
    if answer.status != 302:
        raise LookupError(f"the sign-in was answered {answer.status}")
    return _joined(cookies | _cookies(answer))


def open_page(port: int, path: str, cookies: str = "") -> Page:
    """Load a board once, as its screen does before the first pulse."""
    wire = Wire(port)
    answer = wire.ask(get(_HOST, path, {"Cookie": cookies} if cookies else {}))
    wire.close()
    if answer.status != 200:
        raise LookupError(f"{path.split('/')[1] or 'overview'} was answered {answer.status}")
    return Page.read(answer.body.decode())


def _cookies(answer: Answer) -> dict[str, str]:
    out = {}
    for row in answer.head.decode().split("\r\n"):
        name, _colon, value = row.partition(":")
        if name.lower() == "set-cookie":
            key, _equals, rest = value.strip().partition("=")
            out[key] = rest.partition(";")[0]
    return out


def _joined(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@dataclass
class Screens:
    """Many screens at once, each with a connection and a thread of its own."""

    port: int
    pages: list[Page]
    count: int
    heard: list[list[Beat]] = field(default_factory=list)
    faults: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> Screens:
        """Let the screens begin, spread over one interval."""
        for k in range(self.count):
            page = self.pages[k % len(self.pages)]
            own = Page(page.url, page.ticket, page.tag, page.panels)
            self.heard.append([])
            thread = threading.Thread(target=self._live, args=(own, k), daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def stop(self) -> Screens:
        """Switch them off."""
        self._stop.set()
        for thread in self._threads:
            thread.join(35)
        return self

    @property
    def beats(self) -> list[Beat]:
        """Every pulse of every screen."""
        return [beat for own in self.heard for beat in own]

    def _live(self, page: Page, k: int) -> None:
        rng = random.Random(k)
        wire = Wire(self.port)
        pause = EVERY * rng.random()
        while not self._stop.wait(pause):
            asked = time.time()
            try:
                answer = wire.ask(page.request())
            except OSError:
                answer = Answer(0, b"", b"")
            if answer.status in (200, 204):
                self.heard[k].append(Beat(asked, time.time(), answer.status, page.take(answer)))
            else:
                self.faults += 1
            pause = EVERY * (0.8 + rng.random() * 0.4)
        wire.close()
