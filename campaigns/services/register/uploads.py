"""A register file comes in slices: begun, sent in any order, sent again, finished.

Nothing is parsed here and no request waits for a job: slices are stored encrypted, and the run
says that it wants to be checked.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_lazy as _

from campaigns.models import RegisterChunk
from campaigns.register_import import KIND, REGISTER
from campaigns.services.register.undoing import UndoRefused, check_undo
from core import audit
from core.crypto import encrypt_bytes
from core.imports.judging import check_mapping
from core.imports.models import ImportRun, RunState
from core.imports.services.columns import remember_columns
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from core.sheets.words import refused_file

CHUNK_BYTES = 900_000
"""Below the limit of a request's body; a browser on a poor line sends one in a few seconds."""
MAX_BYTES = 400_000_000
MAX_CHUNKS = MAX_BYTES // CHUNK_BYTES + 1


class RunMoved(Conflict):
    """The run is not in the state that this act needs any more."""


class RunUnknown(Refused):
    """No such run in the caller's area (HTTP 404)."""

    status = 404


@transaction.atomic
def begin(
    *,
    run_id: uuid.UUID,
    district_id: int,
    file_name: str,
    size: int,
    sender: str,
    by: str,
    at: datetime,
    notes: Sequence[dict[str, Any]] = (),
) -> ImportRun:
    """Announce a file; the same id again is the same run. Raises Refused for what is no CSV.

    `notes` say what was left out where a workbook was made into this file.
    """
    name = os.path.basename(clean_note(file_name, max_length=400))[-120:]
    if not name.lower().endswith((".csv", ".txt", ".tsv")):
        ending = os.path.splitext(name)[1][:12] or name[:12]
        raise refused_file("file_type", kind=ending)
    if not 0 < size <= MAX_BYTES:
        raise refused_file("file_empty" if size <= 0 else "file_large", limit=MAX_BYTES // 10**6)
    run, made = ImportRun.objects.get_or_create(
        pk=run_id,
        defaults={
            "kind": REGISTER,
            "district_id": district_id,
            "state": RunState.UPLOADING,
            "file_name": name,
            "sender": clean_note(sender, max_length=60),
            "context": {"size": size, "notes": list(notes)},
            "at": at,
            "by": by,
        },
    )
    if made:
        _record("register.begin", run, by, at, size=size)
    said = (run.kind, run.district_id, run.by, run.file_name, run.context.get("size"))
    if said != (REGISTER, district_id, by, name, size):
        raise RunMoved(
            "run_other",
            _("This upload was begun with another file. Open the import page anew for this one."),
        )
    return run


@transaction.atomic
def store_chunk(*, run_id: uuid.UUID, number: int, content: bytes, scope: Scope) -> bool:
    """Keep a slice; False if it was here already. Raises RunMoved if another one was."""
    run = _run(run_id, scope, RunState.UPLOADING)
    if not 0 <= number < MAX_CHUNKS or not 0 < len(content) <= CHUNK_BYTES:
        raise Refused("chunk_size", _("This part of the file has a wrong number or size."))
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO campaigns_registerchunk (run_id, district_id, number, size, digest,
                                                    content)
               VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
            [run.pk, run.district_id, number, len(content), digest, encrypt_bytes(content)],
        )
        if cursor.rowcount:
            return True
    known = RegisterChunk.objects.values_list("digest", flat=True).get(run=run, number=number)
    if known != digest:
        raise RunMoved("chunk_other", _("This is not the file that the upload began with."))
    return False


def received(run: ImportRun) -> list[int]:
    """Numbers of the slices that are here."""
    return list(run.chunks.order_by("number").values_list("number", flat=True))


@transaction.atomic
def finish(*, run_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ImportRun:
    """All slices are here: have the file checked. Raises Refused while some are missing."""
    run = _locked(run_id, scope)
    if run.state != RunState.UPLOADING:
        return run
    sums = run.chunks.aggregate(size=Sum("size"), parts=Count("pk"), last=Max("number"))
    last = (run.context["size"] - 1) // CHUNK_BYTES
    if (sums["size"], sums["parts"], sums["last"]) != (run.context["size"], last + 1, last):
        raise Refused("chunks_missing", _("Parts of the file are still missing. Go on sending."))
    _enter(run, RunState.CHECKING)
    _record("register.upload", run, by, at, size=run.context["size"])
    return run


@transaction.atomic
def name_columns(
    *, run_id: uuid.UUID, mapping: Sequence[str], scope: Scope, by: str, at: datetime
) -> ImportRun:
    """Say what the columns mean and go on; remembered for the next file of this sender."""
    run = _locked(run_id, scope)
    if run.state != RunState.MAPPING:
        raise _moved()
    if len(mapping) != len(run.context["guess"]):
        raise Refused("mapping_width", _("Say for every column what it holds, or leave it out."))
    check_mapping(KIND, mapping)
    remember_columns(
        kind=run.kind,
        district_id=run.district_id,
        sender=run.sender or run.by,
        signature=run.context["signature"],
        mapping=mapping,
        at=at,
    )
    run.mapping = list(mapping)
    _enter(run, RunState.CHECKING)
    _record("register.columns", run, by, at)
    return run


@transaction.atomic
def confirm(*, run_id: uuid.UUID, preview: int, scope: Scope, by: str, at: datetime) -> ImportRun:
    """Have the previewed file written. Confirming twice is harmless; another preview is not."""
    run = _locked(run_id, scope)
    if run.state in (RunState.APPLYING, RunState.APPLIED) and run.preview == preview:
        return run
    if run.state != RunState.CHECKED or run.preview != preview:
        raise _moved()
    run.applied_by = by
    run.context = {key: value for key, value in run.context.items() if key != "seen_anew"}
    _enter(run, RunState.APPLYING)
    _record("register.confirm", run, by, at)
    return run


@transaction.atomic
def discard(*, run_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ImportRun:
    """Throw an upload or a preview away. Raises RunMoved once it is being written."""
    run = _locked(run_id, scope)
    if run.state == RunState.DISCARDED:
        return run
    if run.state not in (
        RunState.UPLOADING, RunState.MAPPING, RunState.CHECKED, RunState.FAILED,
    ):  # fmt: skip
        raise _moved()
    # The worker erases slices and rows: a million of them are no web request's work.
    run.state, run.header, run.notes, run.swept_at = RunState.DISCARDED, "", [], at
    run.save()
    _record("register.discard", run, by, at)
    return run


@transaction.atomic
def ask_undo(*, run_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ImportRun:
    """Have a written file taken back, within a day. Raises UndoRefused with the reason."""
    run = _locked(run_id, scope)
    if run.state == RunState.UNDONE or (run.state == RunState.APPLYING and run.context.get("undo")):
        return run
    if run.state != RunState.APPLIED:
        raise _moved()
    if run.undo_until is None or at > run.undo_until or run.swept_at:
        raise UndoRefused(
            "undo_too_late", _("This import is older than a day; it cannot be undone.")
        )
    check_undo(run)
    run.context |= {"undo": True}
    run.undone_by = by
    _enter(run, RunState.APPLYING)
    _record("register.ask_undo", run, by, at)
    return run


def _run(run_id: uuid.UUID, scope: Scope, state: RunState) -> ImportRun:
    run = ImportRun.objects.within(scope).filter(pk=run_id, kind=REGISTER).first()
    if run is None:
        raise RunUnknown("run_unknown", _("There is no such import in your area."))
    if run.state != state:
        raise _moved()
    return run


def _locked(run_id: uuid.UUID, scope: Scope) -> ImportRun:
    runs = ImportRun.objects.within(scope).select_for_update()
    run = runs.filter(pk=run_id, kind=REGISTER).first()
    if run is None:
        raise RunUnknown("run_unknown", _("There is no such import in your area."))
    return run


def _moved() -> RunMoved:
    return RunMoved("import_moved", _("This import has gone on meanwhile."))


def _enter(run: ImportRun, state: RunState) -> None:
    run.state, run.tries, run.failure = state, 0, []
    run.save()


def _record(act: str, run: ImportRun, by: str, at: datetime, **counts: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="import",
        object_id=run.pk,
        district_id=run.district_id,
        **counts,
    )
