"""From draft to issue: submitted by one person, returned or approved by another, corrected anew."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.actors import account, same_person
from core.inputs import Conflict, Refused, clean_note
from core.locks import named_lock
from core.scope import Scope
from reporting.outlets.models import SituationReport, SituationState, SituationStep
from reporting.outlets.models.situation import OPEN
from reporting.outlets.queries.situation import blocking, material_of
from reporting.outlets.queries.situation_figures import overtaken_by
from reporting.outlets.services.situation import (
    ACT,
    LONGEST_REASON,
    fix_figures,
    held,
    step,
    writable,
)

LONGEST_COMMENT = 500


@transaction.atomic
def submit(*, report_id: int, edition: int, scope: Scope, by: str, at: datetime) -> SituationReport:
    """Hand a written report to whoever approves it. Raises Refused, Conflict."""
    report = writable(report_id, scope, edition)
    if report.snapshot is None:
        raise Refused(
            "situation_no_figures_yet", _("The figures are fixed at the cut-off; submit it then.")
        )
    report.state = SituationState.SUBMITTED
    report.author, report.submitted_at = by, at
    report.edition += 1
    report.save(update_fields=["state", "author", "submitted_at", "edition"])
    step(report, ACT.SUBMITTED, by=by, at=at)
    return report


@transaction.atomic
def return_report(
    *, report_id: int, edition: int, comment: str, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Send a report back with what has to be mended. Raises Refused, Conflict."""
    report = _submitted(report_id, scope, edition)
    text = clean_note(comment, max_length=LONGEST_COMMENT)
    if not text:
        raise Refused("situation_return_without_words", _("Say what has to be mended.")).at(
            "comment"
        )
    report.state = SituationState.RETURNED
    report.edition += 1
    report.save(update_fields=["state", "edition"])
    step(report, ACT.RETURNED, by=by, at=at, comment=text)
    return report


@transaction.atomic
def approve(
    *, report_id: int, edition: int, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Issue a report: it gets the next number of its round and area, and never changes again.

    Raises Refused (own report; checks that fail), Conflict (it changed meanwhile).
    """
    report = _submitted(report_id, scope, edition)
    if wrote(report, by):
        raise Refused("situation_own", _("Whoever wrote a report cannot also approve it."))
    _refuse_broken_sums(report)
    # Two approvals of one series follow each other: numbers have no gaps and no doubles.
    named_lock(f"situation-{report.round_id}-{report.division_id}")
    issued = SituationReport.objects.filter(round=report.round_id, division=report.division_id)
    last = issued.aggregate(last=Max("number"))["last"] or 0
    _refuse_out_of_turn(report)
    report.number = last + 1
    report.state = SituationState.ISSUED
    report.approver, report.issued_at = by, at
    report.edition += 1
    report.save(update_fields=["number", "state", "approver", "issued_at", "edition"])
    step(report, ACT.ISSUED, by=by, at=at, comment=report.digest)
    return report


def wrote(report: SituationReport, by: str) -> bool:
    """Whether somebody submitted this report or wrote in it, in whatever role. Whoever opened a
    correction wrote its reason, which it prints."""
    if report.author and same_person(report.author, by):
        return True
    if report.corrects_id is not None and same_person(report.opened_by, by):
        return True
    mine = account(by)
    writing = [ACT.EDITED, ACT.STATED, ACT.OVERRODE, ACT.SUBMITTED]
    acts = SituationStep.objects.filter(report=report, act__in=writing)
    return any(account(label) == mine for label in acts.values_list("by", flat=True).distinct())


def _refuse_broken_sums(report: SituationReport) -> None:
    material = material_of(report)
    if material is None:
        raise Conflict("situation_no_figures", _("The figures are not fixed yet: words follow."))
    broken = blocking(material)
    if broken:
        titles = [str(check.title) for check in material.checks if check.code in broken]
        raise Refused(
            "situation_sums_fail",
            _("These checks fail: %(checks)s. Return the report, or have them explained in it."),
            checks=_("; ").join(titles) if titles else "",
        )


def _refuse_out_of_turn(report: SituationReport) -> None:
    """Figures were compared with the issue before when they were fixed: it must still be that."""
    last = overtaken_by(report)
    if last is not None:
        raise Conflict(
            "situation_out_of_turn",
            _(
                "Issue %(number)s went out after these figures were fixed, so this report compares"
                " itself with another one: open it anew with its words."
            ),
            number=last.number,
        )


def _submitted(report_id: int, scope: Scope, edition: int) -> SituationReport:
    report = held(report_id, scope)
    if report.state != SituationState.SUBMITTED or report.edition != edition:
        raise Conflict(
            "situation_moved_on_review",
            _("This report changed while you looked at it: look at what it says now."),
        )
    return report


@transaction.atomic
def withdraw(
    *, report_id: int, reason: str, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Take a report that was not issued out of the way; it stays to be read. Raises Refused."""
    report = held(report_id, scope)
    if report.state not in OPEN:
        raise Conflict("situation_not_open", _("Only a report that was not issued is withdrawn."))
    text = clean_note(reason, max_length=LONGEST_COMMENT)
    if not text:
        raise Refused("situation_withdraw_why", _("Say why it is not needed.")).at("reason")
    # Before its parts are closed for good.
    step(report, ACT.WITHDRAWN, by=by, at=at, comment=text)
    report.state = SituationState.WITHDRAWN
    report.edition += 1
    report.save(update_fields=["state", "edition"])
    return report


@transaction.atomic
def correct(*, report_id: int, reason: str, scope: Scope, by: str, at: datetime) -> SituationReport:
    """Open the correction of an issue: the same cut-off with what is known of it by now (late data,
    voids, the targets in force), and a number of its own. Raises Refused, Conflict (it is corrected
    already)."""
    wrong = held(report_id, scope)
    if wrong.state != SituationState.ISSUED:
        raise Conflict("situation_not_issued", _("Only an issued report is corrected."))
    text = clean_note(reason, max_length=LONGEST_REASON)
    if not text:
        raise Refused("situation_correct_why", _("Say what is corrected and why.")).at("reason")
    taken = SituationReport.objects.filter(corrects=wrong).exclude(state=SituationState.WITHDRAWN)
    if taken.exists():
        raise Conflict("situation_corrected_once", _("A correction of this issue exists already."))
    report = SituationReport.objects.create(
        round=wrong.round, division=wrong.division, district_id=wrong.district_id,
        street_id=wrong.street_id, cut_off=wrong.cut_off, opened_at=at, opened_by=by,
        corrects=wrong, correction_reason=text,
    )  # fmt: skip
    step(report, ACT.OPENED, by=by, at=at, comment=text)
    fix_figures(report, scope, by=by, at=at)
    return report
