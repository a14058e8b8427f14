"""Write an import in one transaction, and only what the person has seen."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.imports.judging import count
from core.imports.kinds import ImportKind, kind_of
from core.imports.models import ImportRun, RunState
from core.imports.services.checking import RunMoved, judge_again
from core.imports.storing import (
    fingerprint,
    place_of,
    rows_of,
    store_judgement,
    store_targets,
)
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope

UNDO_WINDOW = timedelta(hours=24)


class NothingToWrite(Refused):
    """No row of the file is new or changed."""


class Seen(NamedTuple):
    """A preview by its number and its rows."""

    preview: int
    rows: list[str]


def confirm_run(
    *, run_id: uuid.UUID, preview: int, scope: Scope, by: str, at: datetime
) -> tuple[ImportRun, bool]:
    """Write the new and changed rows of a checked run. Confirming twice writes once.

    Returns the run and whether it is written. It is not if the rows, judged anew under the lock,
    would not do what the person saw (`preview` is the number of the preview on the screen): then
    the new judgement is kept as the preview to look at. Raises RunMoved, NothingToWrite, or the
    refusal of a rule of the database; then nothing is written.

    1. one import at a time writes in a district;
    2. the run's row is locked, so that two clicks are one;
    3. rows are judged against what is stored at this moment;
    4. the kind writes, all in this transaction.
    """
    run = ImportRun.objects.within(scope).get(pk=run_id)
    # Stored rows change with the number of the preview only, which is looked at under the lock.
    seen = Seen(run.preview, fingerprint(rows_of(run.rows.order_by("line"))))
    try:
        with transaction.atomic():
            run = _locked(run)
            if run.state == RunState.APPLIED:
                return run, True
            if run.state != RunState.CHECKED:
                raise RunMoved("import_moved", _("This import has gone on meanwhile."))
            current = seen if preview == run.preview else None
            return run, _write(run, kind_of(run.kind).at(place_of(run)), current, by, at)
    except IntegrityError as error:
        raise readable(error) from error


def _locked(run: ImportRun) -> ImportRun:
    named_lock(f"import/{run.district_id}")
    return ImportRun.objects.select_for_update().get(pk=run.pk)


def _write(run: ImportRun, kind: ImportKind, seen: Seen | None, by: str, at: datetime) -> bool:
    lines, rows = judge_again(run, kind)
    counts = count(rows)
    if seen is None or seen != Seen(run.preview, fingerprint(rows)):
        store_judgement(run, lines, rows, counts)
        run.save()
        return False
    if not counts.new and not counts.changed:
        raise NothingToWrite("import_nothing", _("No row of this file is new or changed."))
    if counts.rows_in != run.rows_in or len(lines) != run.rows_in:
        raise Conflict(
            "import_rows_lost", _("The rows of this file do not add up, so nothing was written.")
        )
    kind.apply(rows, place_of(run), run_id=run.pk, by=by, at=at)
    store_targets(run, rows)
    run.state = RunState.APPLIED
    run.applied_at, run.applied_by, run.undo_until = at, by, at + UNDO_WINDOW
    run.save()
    audit.record(
        by=by,
        at=at,
        act="import.apply",
        object_type="import",
        object_id=run.pk,
        district_id=run.district_id,
        street_id=run.street_id,
        kind=run.kind,
        rows_in=counts.rows_in,
        new=counts.new,
        changed=counts.changed,
        same=counts.same,
        refused=counts.refused,
    )
    return True
