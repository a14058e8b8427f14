"""Pictures are painted behind the screens' backs: who asks gets the one that stands.

A busy round has five versions a second, and each could be painted for every page, scope and
language that somebody looks at. So a picture stands for a while, and a new one is painted by a
thread of its own, while everybody is answered with the one that stands.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import connection

from core.pulse import PanelKey, Tag

logger = logging.getLogger(__name__)

Paint = Callable[[PanelKey], object]
"""Puts the panels of one page, scope and language into the cache."""

WAIT_SECONDS = 0.15
"""So long the first who asks waits for the new one: a screen alone would show it a beat late."""
OLDEST_SECONDS = 3.0
"""A picture this much overdue is never shown: who asks paints it and meets whatever stops it."""
WATCHED_SECONDS = 10.0
"""A page that nobody asked for so long is not painted."""
SHARE = 6
"""Painting takes at most this part of a process: pictures stand longer where they cost more."""


@dataclass(slots=True)
class _Stream:
    """What one round and scope show: all pages and languages share one tag, and one reading."""

    tag: Tag
    since: float
    asked: dict[tuple[str, str], tuple[float, Paint]] = field(default_factory=dict)
    cost: float = 0.0
    coming: threading.Event | None = None


class Studio:
    """Which picture stands, and the thread that paints the next ones. One for each process.

    A picture stands for `seconds`; longer where many different ones are watched. 0 paints every
    version at once, by who asks.
    """

    def __init__(self, seconds: float, size: int = 512) -> None:
        self._seconds, self._size = seconds, size
        self._lock = threading.Lock()
        self._streams: OrderedDict[tuple[object, ...], _Stream] = OrderedDict()
        self._orders: queue.SimpleQueue[tuple[_Stream, PanelKey]] = queue.SimpleQueue()
        self._painter: threading.Thread | None = None

    def hold(self, key: PanelKey, paint: Paint) -> PanelKey:
        """The same key with the tag of the picture that stands now.

        Where a newer one is due its painting begins. Panels that are not in the cache yet are
        painted by who asks, as are all when nothing stood until now.
        """
        if not self._seconds:
            return key
        now = time.monotonic()
        with self._lock:
            stream = self._streams.get(_stream_of(key))
            stands = max(self._seconds, SHARE * sum(s.cost for s in self._streams.values()))
            if stream is None or now - stream.since > stands + OLDEST_SECONDS:
                self._begin(key, now, paint)
                return key
            stream.asked[key.page, key.language] = now, paint
            due = now - stream.since >= stands and stream.tag != key.tag
            if not due or stream.coming is not None:
                return replace(key, tag=stream.tag)
            stream.coming = coming = threading.Event()
        self._order(stream, key)
        if stream.cost < WAIT_SECONDS:
            coming.wait(WAIT_SECONDS)
        return replace(key, tag=stream.tag)

    def clear(self) -> None:
        """Forget what stands (between tests)."""
        with self._lock:
            self._streams.clear()

    def _begin(self, key: PanelKey, now: float, paint: Paint) -> None:
        self._streams[_stream_of(key)] = _Stream(
            key.tag, now, {(key.page, key.language): (now, paint)}
        )
        self._streams.move_to_end(_stream_of(key))
        while len(self._streams) > self._size:
            self._streams.popitem(last=False)

    def _order(self, stream: _Stream, key: PanelKey) -> None:
        with self._lock:
            if self._painter is None or not self._painter.is_alive():
                self._painter = threading.Thread(target=self._work, name="painter", daemon=True)
                self._painter.start()
        self._orders.put((stream, key))

    def _work(self) -> None:
        while True:
            stream, key = self._orders.get()
            began, used = time.monotonic(), time.thread_time()
            try:
                self._paint(stream, key, began)
            except Exception as error:
                # The next who asks paints it, and is told what is wrong.
                logger.warning("a picture could not be painted: %s", type(error).__name__)
                with self._lock:
                    if self._streams.get(_stream_of(key)) is stream:
                        del self._streams[_stream_of(key)]
            else:
                stream.cost = time.thread_time() - used
                stream.tag, stream.since = key.tag, began
            finally:
                connection.close()  # back into the pool
                coming, stream.coming = stream.coming, None
                if coming is not None:
                    coming.set()

    def _paint(self, stream: _Stream, key: PanelKey, now: float) -> None:
        """All pages and languages of the stream that somebody watches."""
        for (page, language), (asked, paint) in list(stream.asked.items()):
            if now - asked < WATCHED_SECONDS:
                paint(replace(key, page=page, language=language))
            else:
                del stream.asked[page, language]
        self._forget_unwatched(now)

    def _forget_unwatched(self, now: float) -> None:
        with self._lock:
            for name, stream in list(self._streams.items()):
                last = max((asked for asked, _paint in stream.asked.values()), default=0.0)
                if now - last > WATCHED_SECONDS and stream.coming is None:
                    del self._streams[name]


def _stream_of(key: PanelKey) -> tuple[object, ...]:
    return key.round_id, key.scope_digest


studio = Studio(settings.PICTURE_SECONDS)
"""The studio of this process."""
