"""One transaction for all who ask at the same moment: a group commit inside a process.

Nobody waits to be joined: whoever finds nobody at work begins at once. What comes while he works
queues up, and the first in the queue then does all of it in one go. So an idle process answers as
fast as without, and the busier it is, the more each statement does.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

J = TypeVar("J")


class NotDone(Exception):
    """The common work failed for all; the job is still to be done by itself."""


class _Place(Generic[J]):
    """One caller in the queue; woken when the job is done, or when it is his turn to lead."""

    __slots__ = ("done", "failed", "job", "size", "woken")

    def __init__(self, job: J, size: int) -> None:
        self.job = job
        self.size = size
        self.woken = threading.Event()
        self.done = False
        self.failed = False


class Combiner(Generic[J]):
    """Does jobs with equal keys together, by one thread at a time for each key.

    `work` does all the jobs it is given or none; it leaves its answers in the jobs. `most` limits
    the sizes of jobs taken together, so that nobody waits for more than that.
    """

    def __init__(self, work: Callable[[Sequence[J]], None], *, most: int) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._queues: dict[Hashable, deque[_Place[J]]] = {}

    def do(self, key: Hashable, job: J, size: int) -> None:
        """Return when the job is done.

        Raises NotDone where it was done together with others and that failed, for whatever
        reason: one bad job must not refuse its neighbours. What a job fails with that was done
        alone is raised as it is.
        """
        mine = _Place(job, size)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque()
            else:
                queue.append(mine)
        if queue is not None:
            mine.woken.wait()
            if mine.failed:
                raise NotDone
            if mine.done:
                return
        self._lead(key, mine)

    def _lead(self, key: Hashable, mine: _Place[J]) -> None:
        with self._lock:
            together = self._take(self._queues[key], mine)
        try:
            self._work([place.job for place in together])
        except Exception as error:
            self._wake(key, together, failed=True)
            if len(together) > 1:
                raise NotDone from error
            raise
        except BaseException:
            self._wake(key, together, failed=True)
            raise
        self._wake(key, together, failed=False)

    def _take(self, queue: deque[_Place[J]], mine: _Place[J]) -> list[_Place[J]]:
        """The leader's job and those behind it, as many as fit."""
        together, size = [mine], mine.size
        while queue and size + queue[0].size <= self._most:
            size += queue[0].size
            together.append(queue.popleft())
        return together

    def _wake(self, key: Hashable, together: list[_Place[J]], *, failed: bool) -> None:
        """Tell those whose jobs were taken, and hand over to the next in the queue."""
        for place in together[1:]:
            place.done, place.failed = not failed, failed
        with self._lock:
            queue = self._queues[key]
            following = queue.popleft() if queue else None
            if following is None:
                del self._queues[key]
        if following is not None:
            following.woken.set()
        for place in together[1:]:
            place.woken.set()
