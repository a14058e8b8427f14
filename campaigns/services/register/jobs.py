"""Which run is worked on next: one at a time in the whole installation, so that a second worker
process always stays free for the recount.

A run is a row; the doorbell only says: look. kill -9 in mid-work loses the connection, and with it
the lock; the next ring begins the step anew. What breaks three times is set aside.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from campaigns.models import RegisterChunk, ResidentBefore
from campaigns.register_import import REGISTER
from campaigns.services.register import applying, checking, staging, undoing
from core import audit
from core.imports.models import ImportRun, RunState
from core.imports.storing import note, note_of
from core.inputs import Refused
from core.locks import LONG_WORK, sole_worker

log = logging.getLogger(__name__)
MAX_TRIES = 3
KEEP_UPLOADS = timedelta(hours=24)
WORKING = [RunState.CHECKING, RunState.APPLYING]
ENDED = [RunState.APPLIED, RunState.UNDONE, RunState.DISCARDED, RunState.FAILED]


def work(*, by: str, now: Callable[[], datetime]) -> int:
    """Work on whatever waits, the oldest first, then clear up; returns how many steps were done.

    Returns at once while another process is at it. `now` is the scenario's clock: steps take
    minutes. A step that broke is left to the next ring.
    """
    steps = 0
    with sole_worker(LONG_WORK) as mine:
        if not mine:
            return 0
        while (run := _next()) is not None:
            steps += 1
            if not _step(run, by, now()):
                return steps
        clear_up(at=now())
    return steps


def _next() -> ImportRun | None:
    return ImportRun.objects.filter(kind=REGISTER, state__in=WORKING).order_by("at", "pk").first()


def _step(run: ImportRun, by: str, at: datetime) -> bool:
    """Do what the run waits for; False if it broke."""
    run.tries += 1
    if run.tries > MAX_TRIES and run.context.get("undo"):
        _stay_applied(run, note("undo_gave_up", UNDO_GAVE_UP))
        return True
    if run.tries > MAX_TRIES:
        _fail(run, [note("job_gave_up", GAVE_UP)], by, at)
        return True
    ImportRun.objects.filter(pk=run.pk).update(tries=run.tries, beat_at=at)
    try:
        if run.state == RunState.CHECKING:
            checking.check(run, by=by, at=at)
        elif run.context.get("undo"):
            undoing.undo(run, by=by, at=at)
        else:
            applying.apply(run, by=by, at=at)
    except undoing.UndoRefused as refused:
        _stay_applied(run, note_of(refused))
    except Refused as refused:
        _fail(run, [note_of(refused)], by, at)
    except Exception as broken:
        # The message of a database error may quote the row that it is about.
        log.error("register run %s broke: %s", run.pk, type(broken).__name__)
        connection.close_if_unusable_or_obsolete()
        return False
    return True


GAVE_UP = _(
    "Reading this file broke off three times. Nothing was written. Tell your administrator."
)
UNDO_GAVE_UP = _("Nothing was lost. Try again in a few seconds.")


def _stay_applied(run: ImportRun, why: dict[str, object]) -> None:
    """An undo that did not come about leaves the run in force, as it was."""
    run.refresh_from_db()
    run.state, run.tries = RunState.APPLIED, 0
    run.context = {key: value for key, value in run.context.items() if key != "undo"}
    run.failure = [why]
    run.save()


def _fail(run: ImportRun, failure: list[dict[str, object]], by: str, at: datetime) -> None:
    with transaction.atomic():
        fresh = ImportRun.objects.select_for_update().get(pk=run.pk)
        fresh.state, fresh.failure, fresh.tries = RunState.FAILED, failure, 0
        fresh.save()
        audit.record(
            by=by, at=at, act="register.fail", object_type="import", object_id=run.pk,
            district_id=run.district_id, code=str(failure[0]["code"]),
        )  # fmt: skip


def clear_up(*, at: datetime) -> None:
    """Erase slices, stages and old values of runs that have ended, and uploads left behind."""
    left = ImportRun.objects.filter(
        kind=REGISTER, state=RunState.UPLOADING, at__lt=at - KEEP_UPLOADS
    )
    left.update(state=RunState.DISCARDED, swept_at=at)
    # Slices come in any order: an upload that broke off may lack its first one.
    sent = RegisterChunk.objects.values("run")
    for run in ImportRun.objects.filter(kind=REGISTER, state__in=ENDED, pk__in=sent):
        staging.close(run)
        if run.state in (RunState.DISCARDED, RunState.FAILED):
            run.rows.all().delete()
        RegisterChunk.objects.filter(run=run).delete()
    # A run that waits to be undone was asked in time, and needs its old values.
    ended = ImportRun.objects.filter(kind=REGISTER, state__in=ENDED)
    over = ended.filter(undo_until__lt=at).values("pk")
    if ResidentBefore.objects.filter(run_id__in=over).exists():
        ResidentBefore.objects.filter(run_id__in=over).delete()
