"""A report opened anew with the words that people wrote in it, where another issue overtook it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.outlets.models import SituationReport, SituationStatement, SituationStep
from reporting.outlets.models.situation import OPEN
from reporting.outlets.services.situation import (
    ACT,
    fix_figures,
    held,
    open_report,
    suggest_anew,
)
from reporting.outlets.services.situation_flow import correct, withdraw

REASON = "reason"
"""What is noted of whoever wrote why an issue is corrected."""


@transaction.atomic
def renew(*, report_id: int, edition: int, scope: Scope, by: str, at: datetime) -> SituationReport:
    """Withdraw a report and open it anew: the same cut-off, compared with the newest issue, or the
    same correction with what is known by now. Edited passages and statements come along with
    whoever wrote them; reasons given for checks do not, for they held for other figures.

    Raises NoSuchReport, Refused, Conflict.
    """
    old = held(report_id, scope)
    if old.state not in OPEN or old.edition != edition:
        raise Conflict(
            "situation_moved_on",
            gettext_lazy("Somebody changed this report while you wrote: look at what it says now."),
        )
    if old.snapshot is None:
        raise Refused(
            "situation_no_figures",
            gettext_lazy("The figures are not fixed yet: words follow."),
        )
    withdraw(report_id=old.pk, reason=_("opened anew"), scope=scope, by=by, at=at)
    fresh = _opened(old, scope=scope, by=by, at=at)
    _take_statements(old, fresh)
    _take_words(old, fresh)
    fresh.refresh_from_db()
    return fresh


def _opened(old: SituationReport, *, scope: Scope, by: str, at: datetime) -> SituationReport:
    """The successor with its figures; of a correction with the reason and who wrote that."""
    if old.corrects_id is not None:
        fresh = correct(
            report_id=old.corrects_id, reason=old.correction_reason, scope=scope, by=by, at=at
        )
        _note(fresh, ACT.EDITED, what=REASON, at=old.opened_at, by=old.opened_by)
        return fresh
    fresh = open_report(
        round_=old.round, division=old.division, cut_off=old.cut_off, scope=scope, by=by, at=at
    )
    if fresh.snapshot is None:
        # The quarter hour was never kept: the figures were of the one before, and are again.
        fix_figures(fresh, scope, by=by, at=at)
    return fresh


def _take_statements(old: SituationReport, fresh: SituationReport) -> None:
    rows = list(old.statements.order_by("pk"))
    for row in rows:
        row.pk, row.report = None, fresh
        row._state.adding = True
    SituationStatement.objects.bulk_create(rows)
    if rows:
        suggest_anew(fresh)
    _take_steps(old, fresh, ACT.STATED, {row.key for row in rows})


def _take_words(old: SituationReport, fresh: SituationReport) -> None:
    """Passages as people wrote them. All who wrote in one are its authors still."""
    edited = {(row.key, row.language): row for row in old.texts.all() if row.edited}
    for row in fresh.texts.all():
        before = edited.get((row.key, row.language))
        if before is not None:
            row.text, row.edited_at, row.edited_by = before.text, before.edited_at, before.edited_by
            row.save(update_fields=["text", "edited_at", "edited_by"])
    _take_steps(old, fresh, ACT.EDITED, {REASON, *(".".join(key) for key in edited)})


def _take_steps(
    old: SituationReport, fresh: SituationReport, act: SituationStep.Act, what: set[str]
) -> None:
    for row in old.steps.filter(act=act, what__in=what).order_by("pk"):
        _note(fresh, act, what=row.what, before=row.before, at=row.at, by=row.by)


def _note(
    report: SituationReport, act: SituationStep.Act, *, what: str, at: datetime, by: str,
    before: str = "",
) -> None:  # fmt: skip
    """A step that was done to the report before this one. It has its audit row there."""
    SituationStep.objects.create(report=report, act=act, what=what, before=before, at=at, by=by)
