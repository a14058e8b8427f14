"""Doorbells of what leaves the house: ids or nothing, one service call each, harmless twice."""

from __future__ import annotations

from celery import shared_task

from core import clock
from reporting.outlets.services import export_work, feed, situation_files, situation_times

ACTOR = "system:worker"


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
    for report_id in situation_times.lacking_files()[:1]:
        make_situation_files.delay(report_id)


@shared_task(name="situation.make_files", time_limit=120)
def make_situation_files(report_id: int) -> None:
    """Make what an issued report still lacks of its files."""
    situation_files.make_files(report_id, at=clock.now())


@shared_task(name="outlets.keep_feed", time_limit=120)
def keep_feed() -> None:
    """Number the change feed anew where the database was restored. Beat rings every ten seconds."""
    feed.renew_feed(by=ACTOR, at=clock.now())
