"""Reading the change feed: what changed since a place in it, never passing a late commit by.

A page shows transactions below the horizon only: the oldest one that still runs. Whatever commits
later has a higher number than every row a reader was shown, so a reader who goes on from there
meets it. The place is a cursor, opaque to callers: (feed, question, xid, seq, since when).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from core.scope import Scope

_LARGEST = 2**63 - 1
_TEXT = re.compile(r"1\.([0-9a-f]{12})\.([0-9a-f]{12})\.(\d{1,19})\.(\d{1,19})\.(\d{1,19})")


class Expired(Refused):
    """The cursor is of a feed, or of an area, that is no longer the caller's (HTTP 410)."""

    status = 410


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed. `born`: what was gone before it never reached this reader."""

    xid: int = 0
    seq: int = 0
    born: int = 0


@dataclass(frozen=True, slots=True)
class Horizon:
    """The feed as it stands: its name, and the oldest transaction that still runs."""

    feed: str
    xid: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the feed. Empty fields ask for everything of the stream."""

    stream: str
    scope: Scope
    round_id: int | None = None
    street_id: int | None = None
    since: datetime | None = None
    # Whether what belongs to no street also concerns those who see streets only.
    shared: bool = False
    # Filters that the feed itself does not know; they are part of the question all the same.
    others: tuple[tuple[str, str], ...] = ()

    def digest(self) -> tuple[str, str]:
        """Short texts of what is asked, and of whose area it is asked for."""
        asked = (self.stream, self.round_id, self.street_id, self.since, self.others)
        area = (self.scope.everything, sorted(self.scope.districts), sorted(self.scope.streets))
        return _short(asked), _short(area)


@dataclass(frozen=True, slots=True)
class Note:
    """A thing that changed: when, and whether it is known to be gone (from an own area)."""

    key: str
    district_id: int
    at: datetime
    xid: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """A page of notes, each key once, and the place after it."""

    notes: list[Note]
    next: Cursor
    more: bool


def horizon() -> Horizon:
    """The feed's name and horizon. Raises 503-like Refused while a restored feed is numbered."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT outlets_incarnation(), (SELECT incarnation FROM outlets_feed),
                      pg_snapshot_xmin(pg_current_snapshot())::text::bigint"""
        )
        incarnation, known, oldest = cursor.fetchone()
    if incarnation != known:
        raise Unready("feed_renewing", _("The change feed is being numbered anew after a restore."))
    return Horizon(_short(incarnation), oldest)


class Unready(Refused):
    """The database was restored, and its feed is not yet numbered anew (HTTP 503)."""

    status = 503


def changes(question: Question, cursor: Cursor, *, limit: int, below: int) -> Notes:
    """Up to `limit` notes after `cursor`, of transactions under `below`; one statement.

    A page at the end moves the cursor to the horizon, so that an idle reader never reads twice
    over what does not concern it.
    """
    where, params = _area(question)
    if question.round_id is not None:
        where += " AND round_id = %(round)s"
        params["round"] = question.round_id
    if question.street_id is not None:
        where += " AND area = %(street)s"
        params["street"] = question.street_id
    if question.since is not None:
        where += " AND at >= %(since)s"
        params["since"] = question.since
    params |= {"stream": question.stream, "xid": cursor.xid, "seq": cursor.seq, "below": below}
    with connection.cursor() as reader:
        reader.execute(
            f"""SELECT key, district_id, area, deleted, at, xid, seq FROM outlets_change
                WHERE stream = %(stream)s AND (xid, seq) > (%(xid)s, %(seq)s)
                  AND xid < %(below)s AND {where}
                ORDER BY xid, seq LIMIT %(limit)s""",  # noqa: S608 (our own conditions)
            params | {"limit": limit + 1},
        )
        rows = reader.fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    place = rows[-1][-2:] if more else (max(below, cursor.xid), 0)
    return Notes(_once(rows, question), replace(cursor, xid=place[0], seq=place[1]), more)


def _area(question: Question) -> tuple[str, dict[str, Any]]:
    scope = question.scope
    if scope.everything:
        return "true", {}
    where = "(district_id = ANY(%(districts)s) OR area = ANY(%(streets)s)"
    if question.shared and scope.streets:
        where += """ OR (area = 0 AND district_id IN (
            SELECT district_id FROM campaigns_division WHERE id = ANY(%(streets)s)))"""
    return where + ")", {"districts": sorted(scope.districts), "streets": sorted(scope.streets)}


def _once(rows: list[tuple[Any, ...]], question: Question) -> list[Note]:
    """Each key at its last place. Gone is what left an area of one's own; what belongs to the
    whole district was perhaps never shown to a street, and is gone only where it was deleted."""
    found: dict[str, Note] = {}
    scope = question.scope
    for key, district_id, area, deleted, at, xid, _seq in rows:
        before = found.pop(key, None)
        own = scope.everything or bool(scope.districts) or area != 0
        gone = deleted or own or bool(before and before.gone)
        found[key] = Note(key, district_id, at, xid, gone)
    return list(found.values())


def text_of(cursor: Cursor, question: Question, feed: str) -> str:
    """The cursor as callers get it: opaque, and good for this question and area only."""
    asked, area = question.digest()
    plain = f"1.{feed}.{_short((asked, area))}.{cursor.xid}.{cursor.seq}.{cursor.born}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def cursor_of(text: str, question: Question, now: Horizon) -> Cursor:
    """The place that a text names. Raises Refused if nobody gave it out, or for another question;
    Expired if the feed was restored since."""
    try:
        plain = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except ValueError:
        plain = ""
    found = _TEXT.fullmatch(plain)
    numbers = [int(part) for part in found.groups()[2:]] if found else []
    if found is None or any(number > _LARGEST for number in numbers):
        raise Refused("cursor_unreadable", _("Send a cursor exactly as it was given, or none.")).at(
            "cursor"
        )
    asked, area = question.digest()
    if found[1] != now.feed:
        raise Expired(
            "cursor_expired",
            _("The database was restored since. Start again without a cursor."),
        ).at("cursor")
    if found[2] != _short((asked, area)):
        raise Expired(
            "cursor_expired",
            _("This cursor is of other filters or of another area. Start again without a cursor."),
        ).at("cursor")
    return Cursor(*numbers)


def _short(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=6).hexdigest()


def as_pairs(filters: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Filters as part of a question, in a stable order."""
    return tuple(sorted((name, str(value)) for name, value in filters.items()))


def changed_at(streams: Sequence[str], keys: Collection[str]) -> dict[str, datetime]:
    """When what is noted under these keys last changed; one statement."""
    with connection.cursor() as reader:
        reader.execute(
            """SELECT key, max(at) FROM outlets_change
               WHERE stream = ANY(%s) AND key = ANY(%s) GROUP BY key""",
            [list(streams), list(keys)],
        )
        return dict(reader.fetchall())
