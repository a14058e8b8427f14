"""The pulse of a board page: 204 while nothing changed, otherwise only the panels that did.

The kernel knows nothing of what a panel shows: callers pass version, heartbeat and a renderer.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.core import signing
from django.http import HttpResponse

from core.scope import Scope
from core.sharing import Shared

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
        ticket, ends_at = _verified(text, settings.SECRET_KEY)
    except signing.BadSignature:
        raise BadTicket from None
    if ticket.page != page or ends_at < time.time():
        raise BadTicket
    return ticket


@lru_cache(maxsize=2000)
def _verified(text: str, key: str) -> tuple[Ticket, float]:
    """The ticket and its end. A screen shows the same ticket thirty times before a new one."""
    facts = signing.loads(text, key=key, salt=_SALT)
    ticket = Ticket(
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
    return ticket, facts[3]


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


class PanelCache(Shared[Panel]):
    """Rendered panels: screens that ask at once share one rendering."""

    def get(self, key: PanelKey, name: str, render: Callable[[str], str]) -> Panel:
        """The panel, rendered at most once per key."""
        return self.once((key, name), lambda: Panel.of(render(name)))


panels = PanelCache()
"""The cache of this process."""


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
        shown = render_panels(key, names, render, cache)
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
