"""An issue going from one state to the next; the trail says when and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from reporting.outlets.models import OutletRun, RunFile, RunState, RunStep

Act = RunStep.Act
NOTE_LENGTH = 130
"""Characters of a note beside where it was sent."""
HAS_FILE = (RunState.MADE, RunState.SENT, RunState.ACKNOWLEDGED)


class UpwardUnknown(Refused):
    """No such superior, outlet, issue, address or delivery in one's area (HTTP 404)."""

    status = 404


def unknown() -> UpwardUnknown:
    return UpwardUnknown("outlet_unknown", _("There is no such thing in your area."))


def run_held(run_id: int, scope: Scope) -> OutletRun:
    """The issue of one's area with its row locked; raises UpwardUnknown."""
    runs = OutletRun.objects.within(scope).select_related("outlet__superior")
    found = runs.select_for_update(no_key=True, of=("self",)).filter(pk=run_id).first()
    if found is None:
        raise unknown()
    return found


@transaction.atomic
def note_sent(
    *, run_id: int, to: str, words: str = "", scope: Scope, by: str, at: datetime
) -> OutletRun:
    """Write down that the file went to the superior: by whom, when and where.

    It may go again (another way, on request): the first time stays the time it was sent.
    """
    words = clean_note(words, max_length=NOTE_LENGTH)
    run = run_held(run_id, scope)
    if run.state not in HAS_FILE:
        raise Conflict("run_not_made", _("There is no file yet that could have been sent."))
    if run.state == RunState.MADE:
        run.state, run.sent_at, run.sent_by, run.sent_to = RunState.SENT, at, by, to
        run.save(update_fields=["state", "sent_at", "sent_by", "sent_to"])
    step(run, Act.SENT, by=by, at=at, words=f"{to} {words}".strip())
    return run


@transaction.atomic
def acknowledge(*, run_id: int, receipt: str, scope: Scope, by: str, at: datetime) -> OutletRun:
    """Write down the superior's receipt: its number, or who confirmed it."""
    run = run_held(run_id, scope)
    if run.state not in (RunState.SENT, RunState.ACKNOWLEDGED):
        raise Conflict("run_not_sent", _("Note first where it was sent."))
    if run.state == RunState.SENT:
        run.state, run.acknowledged_at = RunState.ACKNOWLEDGED, at
    run.receipt = receipt
    run.save(update_fields=["state", "acknowledged_at", "receipt"])
    step(run, Act.ACKNOWLEDGED, by=by, at=at, words=receipt)
    return run


@transaction.atomic
def note_taken(*, run_id: int, scope: Scope, by: str, at: datetime) -> RunFile:
    """The file of an issue, for somebody who takes it away; the trail says who."""
    run = OutletRun.objects.within(scope).select_related("outlet__superior", "file")
    found = run.filter(pk=run_id, file__isnull=False).first()
    if found is None:
        raise unknown()
    step(found, Act.TAKEN, by=by, at=at)
    return found.file


def step(run: OutletRun, act: str, *, by: str, at: datetime, words: str = "", **said: Any) -> None:
    """Add to the trail of an issue and to the audit trail, in the caller's transaction."""
    RunStep.objects.create(run=run, act=act, words=words[:200], at=at, by=by)
    audit.record(
        by=by, at=at, act=f"outlet_run.{act}", object_type="outlet_run", object_id=run.pk,
        district_id=run.outlet.superior.district_id, outlet=run.outlet_id, issue=run.number, **said,
    )  # fmt: skip
