"""Doorbells of what leaves the house: ids or nothing, one service call each, harmless twice."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from core import clock
from core.locks import sole_worker
from reporting.outlets.services import (
    clients,
    export_work,
    feed,
    pulls,
    situation_files,
    situation_times,
    tokens,
    upward_pushing,
    upward_runs,
)

ACTOR = "system:worker"
UPWARD = "outlets-upward"
"""One worker at a time fills and pushes: a silent receiver must not keep every process from the
recount."""


@shared_task(name="outlets.work_exports", time_limit=3600)
def work_exports() -> None:
    """Write the files that wait, and erase those whose time is over. Beat rings every two
    seconds."""
    export_work.work_exports(by=ACTOR, now=clock.now)


@shared_task(name="situation.keep_time", time_limit=60)
def keep_situation_time() -> None:
    """Open the situation reports whose time has come, fix figures at their cut-off, and ring for
    files that are missing. Beat rings every two seconds."""
    situation_times.keep_time(by=ACTOR, at=clock.now())
    lacking = situation_times.lacking_files()
    if lacking:
        make_situation_files.apply_async((lacking,), expires=4)


@shared_task(name="situation.make_files", time_limit=120)
def make_situation_files(report_ids: list[int]) -> None:
    """Make what issued reports still lack of their files, for a minute a turn. One process at a
    time: drawing must not keep every process from the recount."""
    with sole_worker("situation-files") as alone:
        until = time.monotonic() + 60
        for report_id in report_ids if alone else ():
            if time.monotonic() < until:
                situation_files.make_files(report_id, at=clock.now())


@shared_task(name="outlets.keep_feed", time_limit=120)
def keep_feed() -> None:
    """Number the change feed anew where the database was restored. Beat rings every ten seconds."""
    feed.renew_feed(by=ACTOR, at=clock.now())


@shared_task(name="outlets.keep_outlets", time_limit=60)
def keep_outlets() -> None:
    """Open what is owed to superiors by now, and make its files, for some seconds a turn."""
    with sole_worker(UPWARD) as alone:
        if alone:
            at = clock.now()
            upward_runs.open_due_runs(by=ACTOR, at=at)
            upward_runs.make_due_runs(by=ACTOR, at=at, seconds=3)


@shared_task(name="outlets.push_waiting", time_limit=60)
def push_waiting() -> None:
    """Hand over messages that are due, for some seconds a turn."""
    with sole_worker(UPWARD) as alone:
        if alone:
            upward_pushing.push_waiting(at=clock.now(), seconds=3)


@shared_task(name="outlets.sweep_clients", time_limit=60)
def sweep_clients() -> None:
    """Delete what machine clients no longer need: tokens and secrets that ended, old pulls."""
    at = timezone.now()
    tokens.sweep_tokens(at=at)
    clients.sweep_secrets(at=at)
    pulls.sweep_pulls(at=at)
