"""The worker's side of bulk exports: one file at a time, from a frozen view, in parts.

1. Under the lock of long work (one piece in the whole installation) the oldest job that waits, or
   that an interrupted worker left running, begins anew: its old parts are deleted.
2. A second connection reads in one read-only transaction, so that all rows are of one instant,
   with a cursor of the server: memory stays as it is, however many rows there are.
3. Each batch stores its parts and moves the job's progress on this connection. If the job was
   called off meanwhile, that statement finds nothing and the work ends.
4. The last transaction names hash, cut-off and expiry. kill -9 anywhere before it leaves a running
   job without a file, and step 1 takes it again; the third interruption sets it aside.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from core import audit
from core.imports.storing import note, note_of
from core.inputs import Refused
from core.locks import LONG_WORK, sole_worker
from core.sheets.streaming import SheetStream
from core.sheets.writing import BOM, Cell, csv_lines
from reporting.outlets.models import ExportJob, ExportPart, ExportState
from reporting.outlets.queries.export_kinds import EXPORT_KINDS, most_rows
from reporting.outlets.queries.export_rows import reading
from reporting.outlets.queries.export_words import Words
from reporting.outlets.services.export_parts import Parts

log = logging.getLogger(__name__)
MAX_TRIES = 3
BREATH = timedelta(seconds=30)
"""Between two tries of a file that broke, of real time: what broke it may pass."""
KEEP = timedelta(hours=24)
GAVE_UP = _("Writing this file broke off three times. Tell your administrator.")


class _CalledOff(Exception):
    """Somebody cancelled the job while it was written."""


def work_exports(*, by: str, now: Callable[[], datetime]) -> int:
    """Write whatever waits, the oldest first, then erase what has expired; returns files tried.

    Returns at once while another process is at it. `now` is the scenario's clock.
    """
    tried = 0
    with sole_worker(LONG_WORK) as mine:
        if not mine:
            return 0
        while (job := _next()) is not None:
            tried += 1
            if not _attempt(job, by, now):
                return tried
        erase_expired(by=by, at=now())
    return tried


def erase_expired(*, by: str, at: datetime) -> int:
    """Erase files whose time is over, and parts that ended jobs left behind."""
    over = ExportJob.objects.filter(state=ExportState.DONE, expires_at__lt=timezone.now())
    count = 0
    for job in over:
        with transaction.atomic():
            ExportPart.objects.filter(job=job).delete()
            ExportJob.objects.filter(pk=job.pk).update(state=ExportState.EXPIRED)
            _record("export.expire", job, by, at)
        count += 1
    ended = [ExportState.CANCELLED, ExportState.FAILED]
    ExportPart.objects.filter(job__state__in=ended).delete()
    return count


def _next() -> ExportJob | None:
    waiting = ExportJob.objects.filter(
        Q(state=ExportState.WAITING)
        | Q(state=ExportState.RUNNING, beat_at__lt=timezone.now() - BREATH)
    )
    return waiting.select_related("round__campaign", "street").order_by("asked_at", "pk").first()


def _attempt(job: ExportJob, by: str, now: Callable[[], datetime]) -> bool:
    """Write one file; False if it broke, and is left to the next ring."""
    if job.tries >= MAX_TRIES:
        _fail(job, note("export_gave_up", GAVE_UP), by, now())
        return True
    try:
        if _begin(job):
            _write(job, by, now())
    except _CalledOff:
        ExportPart.objects.filter(job=job).delete()
    except Refused as refused:
        _fail(job, note_of(refused), by, now())
    except Exception as broken:
        # The message of a database error may quote the row that it is about.
        log.error("export %s broke: %s", job.pk, type(broken).__name__)
        connection.close_if_unusable_or_obsolete()
        return False
    return True


def _begin(job: ExportJob) -> bool:
    with transaction.atomic():
        ExportPart.objects.filter(job=job).delete()
        job.tries += 1
        return bool(
            ExportJob.objects.filter(
                pk=job.pk, state__in=[ExportState.WAITING, ExportState.RUNNING]
            ).update(
                state=ExportState.RUNNING, tries=job.tries, rows_done=0, rows_total=0,
                beat_at=timezone.now(),
            )
        )  # fmt: skip


def _write(job: ExportJob, by: str, at: datetime) -> None:
    kind = EXPORT_KINDS[job.kind]
    with override(job.language), reading(job, kind, most_rows(kind, job.format)) as (total, rows):
        words = Words(job, kind, at)
        parts, digest = Parts(job), hashlib.sha256()
        done = 0
        sink = _Csv(parts, words) if job.format == "csv" else _Xlsx(parts, words)
        try:
            for batch in _batches(rows, words):
                lines = csv_lines(batch)
                digest.update(lines)
                done += len(batch)
                with transaction.atomic():
                    sink.add(batch, lines)
                    _move_on(job, done, total)
            with transaction.atomic():
                sink.close(words.notes(done, digest.hexdigest()))
                parts.close()
                _finish(job, by, at, rows=done, parts=parts, digest=digest.hexdigest())
        except BaseException:
            sink.discard()
            raise


def _batches(rows: Iterator[Sequence[tuple[Any, ...]]], words: Words) -> Iterator[list[list[Cell]]]:
    for batch in rows:
        yield [words.row(row) for row in batch]


class _Csv:
    def __init__(self, parts: Parts, words: Words) -> None:
        self._parts = parts
        parts.write(BOM + csv_lines([words.headings]))

    def add(self, rows: list[list[Cell]], lines: bytes) -> None:
        self._parts.write(lines)

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        """CSV has no place for notes: each row carries its mark, the page shows the rest."""

    def discard(self) -> None:
        """Nothing is open."""


class _Xlsx:
    def __init__(self, parts: Parts, words: Words) -> None:
        self._sheet = SheetStream(
            parts.write, words.title, words.headings, words.notes_title, footer=words.mark
        )

    def add(self, rows: list[list[Cell]], lines: bytes) -> None:
        self._sheet.add(rows)

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        self._sheet.close(notes)

    def discard(self) -> None:
        self._sheet.discard()


def _move_on(job: ExportJob, done: int, total: int) -> None:
    moved = ExportJob.objects.filter(pk=job.pk, state=ExportState.RUNNING).update(
        rows_done=done, rows_total=max(total, done), beat_at=timezone.now()
    )
    if not moved:
        raise _CalledOff


def _finish(job: ExportJob, by: str, at: datetime, *, rows: int, parts: Parts, digest: str) -> None:
    real = timezone.now()
    finished = ExportJob.objects.filter(pk=job.pk, state=ExportState.RUNNING).update(
        state=ExportState.DONE, rows_done=rows, rows_total=rows, bytes=parts.bytes,
        sha256=parts.sha256, rows_digest=digest, as_of=at, finished_at=real,
        expires_at=real + KEEP, beat_at=real,
    )  # fmt: skip
    if not finished:
        raise _CalledOff
    _record("export.finish", job, by, at, rows=rows, bytes=parts.bytes, sha256=parts.sha256)


def _fail(job: ExportJob, failure: dict[str, Any], by: str, at: datetime) -> None:
    with transaction.atomic():
        ExportPart.objects.filter(job=job).delete()
        failed = ExportJob.objects.filter(
            pk=job.pk, state__in=[ExportState.WAITING, ExportState.RUNNING]
        ).update(state=ExportState.FAILED, failure=[failure])
        if failed:
            _record("export.fail", job, by, at, code=str(failure["code"]))


def _record(act: str, job: ExportJob, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="export", object_id=job.pk,
        district_id=job.district_id, street_id=job.street_id, kind=job.kind, **summary,
    )  # fmt: skip
