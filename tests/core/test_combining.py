"""Jobs that come while another is done are done together; one that fails harms no neighbour."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.combining import Combiner, NotDone


class Work:
    """What the combiner is given, in which groups; the first group waits until it may end."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, jobs: Sequence[str]) -> None:
        self.groups.append(list(jobs))
        if len(self.groups) == 1:
            self.begun.set()
            assert self.may_end.wait(10)
        if "bad" in jobs:
            raise ValueError("bad")


def queue_behind(work: Work, combiner: Combiner[str], jobs: list[str], key: str = "one"):
    """One job at work, the others queued behind it in their order; the futures of all."""
    threads = ThreadPoolExecutor(len(jobs) + 1)
    futures = [threads.submit(combiner.do, key, "first", 1)]
    assert work.begun.wait(10)
    for number, job in enumerate(jobs, start=1):
        futures.append(threads.submit(combiner.do, key, job, 1))
        while len(combiner._queues[key]) < number:
            pass
    work.may_end.set()
    threads.shutdown(wait=True)
    return futures


def test_alone_it_is_done_at_once() -> None:
    work = Work()
    work.may_end.set()

    Combiner(work, most=10).do("one", "job", 1)

    assert work.groups == [["job"]]


def test_what_waits_is_done_together_in_its_order() -> None:
    work = Work()

    for future in queue_behind(work, Combiner(work, most=10), ["a", "b", "c"]):
        assert future.result(10) is None

    assert work.groups == [["first"], ["a", "b", "c"]]


def test_no_more_is_taken_together_than_fits() -> None:
    work = Work()

    for future in queue_behind(work, Combiner(work, most=2), ["a", "b", "c"]):
        future.result(10)

    assert work.groups == [["first"], ["a", "b"], ["c"]]


def test_where_it_fails_together_each_is_told_to_do_it_alone() -> None:
    work = Work()

    first, *others = queue_behind(work, Combiner(work, most=10), ["a", "bad"])

    assert first.exception(10) is None
    assert [type(future.exception(10)) for future in others] == [NotDone, NotDone]


def test_what_fails_alone_says_why_and_the_next_goes_on() -> None:
    work = Work()
    combiner = Combiner(work, most=10)
    work.may_end.set()

    with pytest.raises(ValueError, match="bad"):
        combiner.do("one", "bad", 1)
    combiner.do("one", "good", 1)

    assert work.groups == [["bad"], ["good"]]
    assert combiner._queues == {}


def test_another_key_does_not_wait() -> None:
    work = Work()
    combiner = Combiner(work, most=10)
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(combiner.do, "one", "first", 1)
        assert work.begun.wait(10)

        combiner.do("two", "other", 1)

        assert not held.done()
        work.may_end.set()
    assert work.groups == [["first"], ["other"]]
