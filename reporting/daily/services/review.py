"""The district looks at what streets submitted: accept, return, accept all that is clean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.actors import same_person
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from reporting.daily.models import Report, State, Unlock
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.services.cutoffs import step
from reporting.daily.services.entry import held

CORRECTION = timedelta(minutes=60)
"""How long a report that was returned or unlocked stays open for its correction."""


@transaction.atomic
def accept(*, report_id: int, version: int, scope: Scope, by: str, at: datetime) -> Report:
    """Stand by version `version` of a report. Raises Conflict if there is a newer one."""
    report = _submitted(report_id, version, scope)
    return _accept(report, by, at)


@transaction.atomic
def return_report(
    *, report_id: int, version: int, comment: str, scope: Scope, by: str, at: datetime
) -> Report:
    """Send a report back with what has to be mended; it opens again for an hour at least.

    Until it locks also one that was accepted: that version stands until the correction does.
    """
    report = _submitted(report_id, version, scope, accepted_until=at)
    if not comment.strip():
        raise Refused("return_without_comment", _("Say what has to be mended.")).at("comment")
    report.lock_at = max(report.lock_at, at + CORRECTION)
    report.save(update_fields=["lock_at"])
    step(report, State.RETURNED, by=by, at=at, comment=clean_note(comment, max_length=500))
    return report


@dataclass(frozen=True)
class Left:
    """A report that waits for a person: how many findings it has, and how many numbers that are
    not the system's. Both 0: it changed meanwhile."""

    report: Report
    findings: int = 0
    overridden: int = 0


@dataclass(frozen=True)
class Swept:
    """What became of all that was submitted at a cut-off."""

    accepted: list[Report]
    left: list[Left]


def accept_clean(*, cutoff_id: int, scope: Scope, by: str, at: datetime) -> Swept:
    """Accept every submitted report of a cut-off at which no check finds anything, settled or not,
    and whose numbers are all the system's own; the others wait for a person."""
    waiting = Report.objects.within(scope).filter(cutoff=cutoff_id, state=State.SUBMITTED)
    swept = Swept([], [])
    for seen in list(waiting.select_related("street").order_by("street__code")):
        with transaction.atomic():
            try:
                report = _submitted(seen.pk, seen.version, scope)
            except Conflict:
                swept.left.append(Left(seen))  # somebody else reviews it too
                continue
            left = _judged(report, scope)
            if left.findings or left.overridden:
                swept.left.append(left)
            else:
                swept.accepted.append(_accept(report, by, at))
    return swept


def _judged(report: Report, scope: Scope) -> Left:
    """What in a report asks for a person's judgement."""
    sheet = sheet_of(report, scope)
    overridden = sum(cell.overridden for _line, _column, cell in sheet.cells())
    return Left(report, len(sheet.problems), overridden)


def _accept(report: Report, by: str, at: datetime) -> Report:
    report.accepted_version = report.version
    report.save(update_fields=["accepted_version"])
    step(report, State.ACCEPTED, by=by, at=at)
    return report


def _submitted(
    report_id: int, version: int, scope: Scope, *, accepted_until: datetime | None = None
) -> Report:
    """The report whose version `version` waits for review, or (with `accepted_until`) was accepted
    and does not lock before then."""
    report = held(report_id, scope)
    accepted = accepted_until is not None and can_be_recalled(report, accepted_until)
    waits = report.state == State.SUBMITTED or accepted
    if not waits or report.version != version:
        raise Conflict(
            "report_moved_on",
            _("This report changed while you looked at it: look at what it says now."),
        )
    return report


def can_be_recalled(report: Report, at: datetime) -> bool:
    """Whether an accepted report may still go back: from its lock on a second person decides."""
    return report.state == State.ACCEPTED and at < report.lock_at


@transaction.atomic
def ask_unlock(*, report_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Unlock:
    """Ask that a locked report may be filled or corrected. Raises Refused, Conflict."""
    report = held(report_id, scope)
    closed = at >= report.lock_at and report.state != State.SUBMITTED
    if not closed:
        raise Refused("report_not_locked", _("This report is not locked: correct it directly."))
    if not reason.strip():
        raise Refused("unlock_without_reason", _("Say why it must be unlocked.")).at("reason")
    if Unlock.objects.filter(report=report, granted__isnull=True).exists():
        raise Conflict(
            "unlock_waits", _("Somebody asked for this already: it waits for an answer.")
        )
    unlock = Unlock.objects.create(
        report=report, reason=clean_note(reason, max_length=200), asked_at=at, asked_by=by
    )
    step(report, report.state, by=by, at=at, comment=unlock.reason)
    return unlock


@transaction.atomic
def decide_unlock(
    *, unlock_id: int, granted: bool, answer: str, scope: Scope, by: str, at: datetime
) -> Unlock:
    """Grant or refuse it, as somebody else than who asked. A report that was accepted goes back
    to the street; what was accepted stands until the correction is accepted too."""
    found = Unlock.objects.within(scope).filter(pk=unlock_id).first()
    report = held(found.report_id if found else 0, scope)
    unlock = Unlock.objects.select_for_update(no_key=True).get(pk=unlock_id)
    if unlock.granted is not None:
        raise Conflict("unlock_decided", _("This was decided already."))
    if same_person(unlock.asked_by, by):  # nor in another role
        raise Refused("unlock_own", _("Whoever asked cannot also decide."))
    if not granted and not answer.strip():
        raise Refused("unlock_refused_without_answer", _("Say why not.")).at("answer")
    unlock.granted, unlock.decided_at, unlock.decided_by = granted, at, by
    unlock.answer = clean_note(answer, max_length=200) if answer.strip() else ""
    if granted:
        unlock.until = report.lock_at = at + CORRECTION
        report.save(update_fields=["lock_at"])
    unlock.save()
    reopened = granted and report.state in (State.ACCEPTED, State.LOCKED)
    step(
        report, State.RETURNED if reopened else report.state, by=by, at=at,
        # A step back to the street says why: what was answered, or else what was asked for.
        comment=unlock.answer or unlock.reason,
    )  # fmt: skip
    return unlock
