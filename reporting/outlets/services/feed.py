"""Numbering the change feed anew after the database became another one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core import audit
from core.locks import try_named_lock
from core.statements import run


@transaction.atomic
def renew_feed(*, by: str, at: datetime) -> int:
    """Where the database was restored, give every note a number of its own time.

    Transaction numbers of another cluster may lie ahead of this one's: such notes would never be
    shown. Returns how many notes were numbered; 0 where nothing was to be done. Numbered steps:
    1. one at a time, and look again under the lock;
    2. number all notes in their old order, so that what left an area still goes before the rest;
    3. name the feed last: readers wait (503) until this commits.
    """
    if not try_named_lock("outlets:feed"):
        return 0
    [(incarnation, known)] = run(
        "SELECT outlets_incarnation(), (SELECT incarnation FROM outlets_feed)", []
    )
    if incarnation == known:
        return 0
    [(count,)] = run(
        """WITH placed AS (
               SELECT stream, key, area, via, nextval('outlets_change_seq') AS place
               FROM (SELECT stream, key, area, via FROM outlets_change ORDER BY xid, seq) old),
           numbered AS (
               UPDATE outlets_change c
               SET xid = pg_current_xact_id()::text::bigint, seq = p.place
               FROM placed p
               WHERE (c.stream, c.key, c.area, c.via) = (p.stream, p.key, p.area, p.via)
               RETURNING 1)
           SELECT count(*) FROM numbered""",
        [],
    )
    run(
        """INSERT INTO outlets_feed (id, incarnation, renewed_at)
           VALUES (1, %s, clock_timestamp())
           ON CONFLICT (id) DO UPDATE
           SET incarnation = EXCLUDED.incarnation, renewed_at = EXCLUDED.renewed_at""",
        [incarnation],
    )
    audit.record(by=by, at=at, act="feed.renewed", notes=int(count))
    return int(count)
