"""A file of many rows: asked for, agreed to where it is about people, called off, taken away.

No web request writes a file. What is asked for is a row; the worker looks for such rows every two
seconds (`export_work`). A file of people waits until a second person has agreed to this very job.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core import audit
from core.actors import same_person
from core.inputs import Conflict, Refused, clean_note
from core.locks import submission_lock
from core.scope import Scope
from reporting.outlets.models import ExportJob, ExportPart, ExportState
from reporting.outlets.queries.export_kinds import EXPORT_KINDS, LEVELS, WIDTHS, ExportKind
from reporting.outlets.services.export_parts import opened

MOST_WAITING = 5
"""Files one account may have in the making at a time."""


class ExportMoved(Conflict):
    """The job is not in the state that this act needs any more."""


class ExportUnknown(Refused):
    """No such job in the caller's area (HTTP 404)."""

    status = 404


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for. `street_id` None: the whole district."""

    kind: str
    format: str
    round_id: int
    street_id: int | None = None
    level: str = ""
    width: int = 0
    reason: str = ""
    language: str = "zh-hans"


@transaction.atomic
def ask_export(*, wanted: Wanted, key: uuid.UUID, scope: Scope, by: str, at: datetime) -> ExportJob:
    """Have a file written. The same key again is the same job.

    Raises Refused for what is no such table, round or street of the caller's, Conflict where the
    account has too many files in the making already.
    """
    submission_lock(key)
    known = ExportJob.objects.within(scope).filter(pk=key).first()
    if known is not None:
        if known.by != by:
            raise ExportMoved("export_other", _("This form was sent already. Open it anew."))
        return known
    kind = _kind(wanted)
    round_ = Round.objects.within(scope).visible().filter(pk=wanted.round_id).first()
    if round_ is None:
        raise Refused("export_round", _("Choose one of the rounds.")).at("round")
    district_id = round_.campaign.district_id
    job = ExportJob(
        id=key, kind=kind.code, personal=kind.personal, format=wanted.format, round=round_,
        district_id=district_id, street=_street(wanted, kind, scope, district_id),
        level=wanted.level if kind.by_level else "", width=wanted.width if kind.by_level else 0,
        language=wanted.language, reason=_reason(wanted, kind),
        state=ExportState.ASKED if kind.personal else ExportState.WAITING, at=at, by=by,
    )  # fmt: skip
    _refuse_too_many(by)
    job.save(force_insert=True)
    _record("export.ask", job, by, at, kind=job.kind, format=job.format, reason=job.reason)
    return job


@transaction.atomic
def decide_export(
    *, job_id: uuid.UUID, granted: bool, answer: str, scope: Scope, by: str, at: datetime
) -> ExportJob:
    """Agree to a file of people or refuse it: never one's own. A refusal says why."""
    job = _locked(job_id, scope)
    if job.state != ExportState.ASKED:
        raise _moved()
    if same_person(job.by, by):
        raise Conflict("export_own", _("Somebody else than who asked for the file decides."))
    answer = clean_note(answer, max_length=200)
    if not granted and not answer:
        raise Refused("export_why_not", _("Say why the file is refused.")).at("answer")
    job.state = ExportState.WAITING if granted else ExportState.REFUSED
    job.decided_at, job.decided_by, job.answer = at, by, answer
    job.save()
    _record("export.agree" if granted else "export.refuse", job, by, at, answer=answer)
    return job


@transaction.atomic
def cancel_export(*, job_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ExportJob:
    """Call a file off before it is ready; the worker notices within a batch of rows."""
    job = _locked(job_id, scope)
    if job.state == ExportState.CANCELLED:
        return job
    if job.state not in (ExportState.ASKED, ExportState.WAITING, ExportState.RUNNING):
        raise _moved()
    job.state = ExportState.CANCELLED
    job.save(update_fields=["state"])
    _record("export.cancel", job, by, at, rows=job.rows_done)
    return job


@transaction.atomic
def take_export(*, job_id: uuid.UUID, scope: Scope, by: str, at: datetime) -> ExportJob:
    """Note that somebody takes the file away. Raises ExportMoved once it is erased, and
    PermissionDenied for a file of people that somebody else asked for."""
    job = _locked(job_id, scope)
    if job.personal and not same_person(job.by, by):
        raise PermissionDenied(_("A file of people goes to the one who asked for it alone."))
    if job.state != ExportState.DONE:
        raise ExportMoved("export_gone", _("This file is not there any more. Ask for it again."))
    ExportJob.objects.filter(pk=job.pk).update(taken=F("taken") + 1)
    _record("export.take", job, by, at, rows=job.rows_total, bytes=job.bytes, sha256=job.sha256)
    return job


def parts_of(job: ExportJob) -> Iterator[bytes]:
    """The file piece by piece, one statement each: never whole in memory."""
    numbers = ExportPart.objects.filter(job=job).order_by("number").values_list("number", flat=True)
    for number in list(numbers):
        part = ExportPart.objects.get(job=job, number=number)
        yield opened(part.content)


def _kind(wanted: Wanted) -> ExportKind:
    kind = EXPORT_KINDS.get(wanted.kind)
    if kind is None:
        raise Refused("export_kind", _("Choose one of the tables.")).at("kind")
    if wanted.format not in ExportJob.Format.values:
        raise Refused("export_format", _("Choose CSV or XLSX.")).at("format")
    if kind.by_level and wanted.level not in LEVELS:
        raise Refused("export_level", _("Choose units, communities or streets.")).at("level")
    if kind.by_level and wanted.width not in WIDTHS:
        raise Refused("export_width", _("Choose minutes or quarter hours.")).at("width")
    return kind


def _street(wanted: Wanted, kind: ExportKind, scope: Scope, district_id: int) -> Division | None:
    if wanted.street_id is None:
        if kind.personal:
            raise Refused("export_street", _("A file of people is for one street: choose it.")).at(
                "street"
            )
        return None
    streets = Division.objects.streets().within(scope).filter(district_id=district_id)
    street = streets.filter(pk=wanted.street_id).first()
    if street is None:
        raise Refused("export_street", _("Choose one of the streets.")).at("street")
    return street


def _reason(wanted: Wanted, kind: ExportKind) -> str:
    reason = clean_note(wanted.reason, max_length=200)
    if kind.personal and not reason:
        raise Refused("export_reason", _("Say what a file of people is needed for.")).at("reason")
    return reason


def _refuse_too_many(by: str) -> None:
    waiting = ExportJob.objects.filter(
        by=by, state__in=[ExportState.ASKED, ExportState.WAITING, ExportState.RUNNING]
    )
    if waiting.count() >= MOST_WAITING:
        raise Conflict(
            "export_too_many",
            _("You have %(count)s files in the making. Wait for one of them, or cancel it."),
            count=MOST_WAITING,
        )


def _locked(job_id: uuid.UUID, scope: Scope) -> ExportJob:
    job = ExportJob.objects.within(scope).select_for_update(of=("self",)).filter(pk=job_id).first()
    if job is None:
        raise ExportUnknown("export_unknown", _("There is no such file."))
    return job


def _moved() -> ExportMoved:
    return ExportMoved("export_moved", _("This was decided meanwhile. Here is how it stands now."))


def _record(act: str, job: ExportJob, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="export", object_id=job.pk,
        district_id=job.district_id, street_id=job.street_id, **summary,
    )  # fmt: skip
