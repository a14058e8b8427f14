"""Ends of a run: undone within a day, discarded before it was written, erased afterwards."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.imports.kinds import kind_of
from core.imports.models import ImportRun, RunState
from core.imports.services.checking import RunMoved
from core.imports.storing import place_of, rows_of
from core.inputs import Conflict
from core.locks import named_lock
from core.scope import Scope

KEEP_UNFINISHED = timedelta(hours=24)
"""A preview that nobody confirms is erased after this time."""
RUNS_AT_ONCE = 50


class UndoTooLate(Conflict):
    """The time in which this import could be undone is over."""


def undo_run(*, run_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ImportRun:
    """Take a written import back, wholly or not at all. Undoing twice undoes once.

    Raises UndoTooLate, RunMoved, or UndoRefused with the rows that later work rests on. The rows'
    content is erased with it.
    """
    try:
        with transaction.atomic():
            run = ImportRun.objects.within(scope).get(pk=run_id)
            named_lock(f"import/{run.district_id}")
            run = ImportRun.objects.select_for_update().get(pk=run.pk)
            if run.state == RunState.UNDONE:
                return run
            if run.state != RunState.APPLIED:
                raise RunMoved("import_moved", _("This import has gone on meanwhile."))
            if run.undo_until is None or at > run.undo_until or run.swept_at:
                raise UndoTooLate(
                    "undo_too_late", _("This import is older than a day; it cannot be undone.")
                )
            written = rows_of(run.rows.filter(verdict__in=["new", "changed"]).order_by("line"))
            place = place_of(run)
            kind_of(run.kind).at(place).undo(written, place, run_id=run.pk, by=by, at=at)
            run.state, run.undone_at, run.undone_by = RunState.UNDONE, at, by
            _erase(run, at)
            _record("import.undo", run, by, at)
            return run
    except IntegrityError as error:
        raise readable(error) from error


@transaction.atomic
def discard_run(*, run_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ImportRun:
    """Throw a preview away with all that was read. Raises RunMoved once it is written."""
    run = ImportRun.objects.within(scope).select_for_update().get(pk=run_id)
    if run.state == RunState.DISCARDED:
        return run
    if run.state not in (RunState.MAPPING, RunState.CHECKED, RunState.FAILED):
        raise RunMoved("import_moved", _("This import has gone on meanwhile."))
    run.state = RunState.DISCARDED
    _erase(run, at)
    _record("import.discard", run, by, at)
    return run


def sweep_imports(*, by: str, at: datetime) -> int:
    """Erase the content of runs that cannot be undone any more, and of those nobody went on with.

    Kinds with a lane of their own clear up what they keep besides, once their run has ended here.
    Returns how many runs were swept. Safe to run twice and at the same time.
    """
    late = Q(state=RunState.APPLIED, undo_until__lt=at)
    left = Q(
        state__in=[RunState.MAPPING, RunState.CHECKED, RunState.FAILED], at__lt=at - KEEP_UNFINISHED
    )
    swept = 0
    with transaction.atomic():
        runs = ImportRun.objects.filter(late | left, swept_at__isnull=True).order_by("at")
        for run in runs.select_for_update(skip_locked=True)[:RUNS_AT_ONCE]:
            if run.state in (RunState.MAPPING, RunState.CHECKED):
                run.state = RunState.DISCARDED
            _erase(run, at)
            _record("import.erase", run, by, at)
            swept += 1
    return swept


def _erase(run: ImportRun, at: datetime) -> None:
    """Nothing that came in the file stays, except how many rows it had and what became of them."""
    run.rows.all().delete()
    run.header, run.notes, run.swept_at = "", [], at
    run.save()


def _record(act: str, run: ImportRun, by: str, at: datetime) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="import",
        object_id=run.pk,
        district_id=run.district_id,
        street_id=run.street_id,
        kind=run.kind,
        rows_in=run.rows_in,
    )
