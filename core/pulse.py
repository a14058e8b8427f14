"""The pulse of a board page: 204 while nothing changed, otherwise only the panels that did.

The kernel knows nothing of what a panel shows: callers pass version, heartbeat and a renderer.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpResponse

from core.scope import Scope

TAG_HEADER = "X-Jinjian-Tag"
PANELS_HEADER = "X-Jinjian-Panels"
HEARTBEAT_HEADER = "X-Jinjian-Heartbeat"
CLOCK_HEADER = "X-Jinjian-Clock"
TICKET_HEADER = "X-Jinjian-Ticket"
TICKET_SECONDS = 120

_SALT = "jinjian.pulse"
_TAG = re.compile(r"([0-9]{1,18})-([0-9]{1,10})", re.ASCII)
_PANEL = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{12}", re.ASCII)
_ROOT = re.compile(r"\s*<[a-zA-Z][a-zA-Z0-9-]*")


class BadTicket(Exception):
    """The ticket is forged, expired, or for another page; the page asks with its session then."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a pulse needs to know without loading session and user."""

    page: str
    scope: Scope
    language: str
    round_id: int | None


def issue_ticket(
    page: str,
    scope: Scope,
    language: str,
    round_id: int | None,
    seconds: int = TICKET_SECONDS,
) -> str:
    """Sign a short-lived ticket for one page (real time). It holds ids and rights, no person."""
    facts = [
        page,
        language,
        round_id,
        int(time.time()) + seconds,
        sorted(scope.districts),
        sorted(scope.streets),
        sorted(scope.communities),
        sorted(scope.units),
        sorted(scope.permissions),
        scope.actor,
        sorted(scope.floor_streets),
    ]
    if scope.everything:
        raise ValueError("a ticket cannot carry the scope of commands and workers")
    return signing.dumps(facts, salt=_SALT, compress=True)


def read_ticket(text: str, page: str) -> Ticket:
    """Return what the ticket says, or raise `BadTicket`."""
    try:
        facts = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        raise BadTicket from None
    if facts[0] != page or facts[3] < time.time():
        raise BadTicket
    return Ticket(
        page=facts[0],
        language=facts[1],
        round_id=facts[2],
        scope=Scope(
            districts=frozenset(facts[4]),
            streets=frozenset(facts[5]),
            communities=frozenset(facts[6]),
            units=frozenset(facts[7]),
            permissions=frozenset(facts[8]),
            actor=facts[9],
            floor_streets=frozenset(facts[10]),
        ),
    )


@dataclass(frozen=True, slots=True)
class Tag:
    """What a screen shows: the roll-up's version and the scenario minute, so that silence ages."""

    version: int
    minute: int

    @classmethod
    def of(cls, version: int, instant: datetime) -> Tag:
        """The tag of a version at a scenario instant."""
        return cls(version, int(instant.timestamp()) // 60)

    @classmethod
    def parse(cls, text: str | None) -> Tag | None:
        """Read a tag; None where it is missing or not one (the screen then gets everything)."""
        match = _TAG.fullmatch(text or "")
        return cls(int(match[1]), int(match[2])) if match else None

    def covers(self, other: Tag) -> bool:
        """Whether a screen with this tag shows at least as much as one with the other."""
        return self.version >= other.version and self.minute >= other.minute

    def __str__(self) -> str:
        return f"{self.version}-{self.minute}"


@dataclass(frozen=True, slots=True)
class Panel:
    """One rendered panel and the short hash of its content."""

    html: str
    hash: str

    @classmethod
    def of(cls, html: str) -> Panel:
        """Hash a rendered panel."""
        return cls(html, hashlib.blake2b(html.encode(), digest_size=6).hexdigest())


@dataclass(frozen=True, slots=True)
class PanelKey:
    """Everything a panel's content depends on, but its name."""

    page: str
    round_id: int | None
    tag: Tag
    scope_digest: str
    language: str


class PanelCache:
    """Bounded, thread-safe, per process. Screens that ask at once share one rendering.

    Process memory and not Redis: a paused Redis must block no screen.
    """

    def __init__(self, size: int = 512, wait_seconds: float = 10.0) -> None:
        self._size = size
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._panels: OrderedDict[tuple[PanelKey, str], Panel] = OrderedDict()
        self._running: dict[tuple[PanelKey, str], threading.Event] = {}

    def get(self, key: PanelKey, name: str, render: Callable[[str], str]) -> Panel:
        """The panel, rendered at most once per key.

        1. stored: take it; 2. somebody renders it: wait, then look again; 3. nobody does: render,
        store, wake the others. If the rendering fails, it fails for its own caller only and the
        next one tries; who waited too long renders without storing.
        """
        slot = (key, name)
        while True:
            with self._lock:
                panel = self._panels.get(slot)
                if panel is not None:
                    self._panels.move_to_end(slot)
                    return panel
                running = self._running.get(slot)
                if running is None:
                    self._running[slot] = mine = threading.Event()
                    break
            if not running.wait(self._wait_seconds):
                return Panel.of(render(name))
        try:
            panel = Panel.of(render(name))
            with self._lock:
                self._panels[slot] = panel
                while len(self._panels) > self._size:
                    self._panels.popitem(last=False)
            return panel
        finally:
            with self._lock:
                del self._running[slot]
            mine.set()

    def clear(self) -> None:
        """Forget all panels."""
        with self._lock:
            self._panels.clear()

    def __len__(self) -> int:
        return len(self._panels)


panels = PanelCache()
"""The cache of this process."""


FROM_CACHE = 0.002
"""CPU seconds under which an answer was not painted but taken from the cache."""


class Pace:
    """How often this process paints a new picture: a busy round has five versions a second, and
    each would be painted for every page, scope and language that somebody looks at.

    A picture stands for `seconds` before a newer one takes its place, also for screens that ask
    in between; longer where many different pictures are watched, so that painting them all takes
    at most a third of the process. 0 paints every version.
    """

    def __init__(self, seconds: float = 1.0, size: int = 512) -> None:
        self._seconds, self._size = seconds, size
        self._lock = threading.Lock()
        self._standing: OrderedDict[tuple[object, ...], tuple[Tag, float]] = OrderedDict()
        self._costs: dict[tuple[object, ...], float] = {}

    def hold(self, key: PanelKey) -> PanelKey:
        """The same key with the tag of the picture that stands now."""
        if not self._seconds:
            return key
        stream, now = _stream(key), time.monotonic()
        with self._lock:
            stands = max(self._seconds, 3 * sum(self._costs.values()))
            tag, since = self._standing.get(stream, (key.tag, now - stands))
            if now - since < stands:
                return replace(key, tag=tag)
            self._standing[stream] = (key.tag, now)
            self._standing.move_to_end(stream)
            self._forget_unwatched(now - 3 * stands)
        return key

    def paid(self, key: PanelKey, seconds: float) -> None:
        """Note what the last painting of this picture cost, in CPU seconds.

        What comes out of the cache costs next to nothing and is no painting.
        """
        with self._lock:
            if seconds > FROM_CACHE and _stream(key) in self._standing:
                self._costs[_stream(key)] = seconds

    def _forget_unwatched(self, before: float) -> None:
        while self._standing:
            stream, (_tag, since) = next(iter(self._standing.items()))
            if since >= before and len(self._standing) <= self._size:
                return
            del self._standing[stream]
            self._costs.pop(stream, None)

    def clear(self) -> None:
        """Forget what stands (between tests)."""
        with self._lock:
            self._standing.clear()
            self._costs.clear()


def _stream(key: PanelKey) -> tuple[object, ...]:
    return key.page, key.round_id, key.scope_digest, key.language


pace = Pace(settings.PICTURE_SECONDS)
"""The pace of this process."""


def parse_hashes(text: str | None) -> dict[str, str]:
    """Read `league:0123456789ab,curve:…` as a screen sends it back; odd parts are left out."""
    hashes = {}
    for part in (text or "")[:4000].split(","):
        name, _colon, digest = part.partition(":")
        if _PANEL.fullmatch(name) and _HASH.fullmatch(digest):
            hashes[name] = digest
    return hashes


def format_hashes(shown: Mapping[str, Panel]) -> str:
    """The panels a screen shows after this answer, for the header it sends back next time."""
    return ",".join(f"{name}:{panel.hash}" for name, panel in shown.items())


def render_panels(
    key: PanelKey,
    names: Iterable[str],
    render: Callable[[str], str],
    cache: PanelCache = panels,
) -> dict[str, Panel]:
    """All named panels, from the cache where they are there: for the full page and the pulse."""
    return {name: cache.get(key, name, render) for name in names}


def pulse_response(
    *,
    key: PanelKey,
    client_tag: str | None,
    client_hashes: Mapping[str, str],
    names: Iterable[str],
    render: Callable[[str], str],
    heartbeat: datetime | None,
    scenario_now: datetime,
    rate: float,
    ticket: str | None = None,
    cache: PanelCache = panels,
) -> HttpResponse:
    """204 if the screen is up to date, else 200 with the changed panels, out of band.

    `render(name)` returns one root element whose `id` is the panel's place on the page. Headers
    of every answer: the tag, the recount's heartbeat, the clock (so that a dead worker cannot
    look live); after rendering also the hashes, and a new `ticket` where one is given.
    """
    shown: dict[str, Panel] = {}
    changed: list[str] = []
    seen = Tag.parse(client_tag)
    # A screen that another process has served may be ahead of us: it is never taken back.
    if seen is None or not seen.covers(key.tag):
        began = time.thread_time()
        shown = render_panels(key, names, render, cache)
        pace.paid(key, time.thread_time() - began)
        changed = [
            _out_of_band(panel.html)
            for name, panel in shown.items()
            if client_hashes.get(name) != panel.hash
        ]
    response = HttpResponse("\n".join(changed), status=200) if changed else _nothing_new()
    response["Cache-Control"] = "no-store"
    response[TAG_HEADER] = str(seen if seen and not shown else key.tag)
    response[CLOCK_HEADER] = f"{scenario_now.isoformat(timespec='milliseconds')};rate={rate:g}"
    response[HEARTBEAT_HEADER] = heartbeat.isoformat(timespec="milliseconds") if heartbeat else ""
    if shown:
        response[PANELS_HEADER] = format_hashes(shown)
    if ticket:
        response[TICKET_HEADER] = ticket
    return response


def _nothing_new() -> HttpResponse:
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def _out_of_band(html: str) -> str:
    match = _ROOT.match(html)
    if not match:
        raise ValueError("a panel begins with its root element")
    return f'{match[0]} hx-swap-oob="true"{html[match.end() :]}'
