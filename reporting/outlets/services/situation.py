"""Situation reports until they are submitted: opened, figures fixed, words and statements written.

Every write locks the report's row first, and moves its edition, which whoever submits or approves
names; so nobody signs words that changed under their hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from core import audit, clock
from core.inputs import Conflict, Refused, clean_note
from core.locks import named_lock
from core.scope import Scope
from reporting.outlets.models import (
    SituationOverride,
    SituationReport,
    SituationState,
    SituationStatement,
    SituationStep,
    SituationText,
)
from reporting.outlets.models.situation import OPEN, WRITABLE
from reporting.outlets.queries.situation import findings
from reporting.outlets.queries.situation_figures import figures_at, is_kept
from reporting.outlets.situation.composing import suggested
from reporting.outlets.situation.snapshot import as_document, digest, read
from reporting.outlets.situation.stated import stated_of

LONGEST_TEXT = 4000
LONGEST_REASON, LONGEST_SOURCE = 300, 80
ACT = SituationStep.Act


class NoSuchReport(Refused):
    """The report is not there, or not within the caller's area."""

    status = 404

    def __init__(self) -> None:
        super().__init__("situation_unknown", _("There is no such report."))


def held(report_id: int, scope: Scope) -> SituationReport:
    """The report, its row locked until the transaction ends. Raises NoSuchReport."""
    rows = SituationReport.objects.within(scope).select_for_update(no_key=True)
    report = rows.filter(pk=report_id).first()
    if report is None:
        raise NoSuchReport
    return report


def writable(report_id: int, scope: Scope, edition: int | None = None) -> SituationReport:
    """The locked report in a state in which it may be written, at the edition that was seen.

    Raises NoSuchReport, Conflict.
    """
    report = held(report_id, scope)
    if report.state not in WRITABLE:
        raise Conflict("situation_not_writable", _("This report is not a draft any more."))
    if edition is not None and report.edition != edition:
        raise Conflict(
            "situation_moved_on",
            _("Somebody changed this report while you wrote: look at what it says now."),
        )
    return report


def times_lock(round_id: int, division_id: int) -> str:
    """Name of the lock under which reports of a round and area are opened and their times set."""
    return f"situation-times-{round_id}-{division_id}"


@transaction.atomic
def open_report(
    *, round_: Round, division: Division, cut_off: datetime, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Open a draft of a round's area at a quarter hour, past or ahead; figures are fixed as soon
    as that quarter hour has been kept. Raises Refused, Conflict (there is one already)."""
    if clock.quarter_of(cut_off) != cut_off:
        raise Refused(
            "situation_quarter", _("A cut-off is a full quarter hour, such as 18:00 or 18:15.")
        ).at("cut_off")
    if cut_off <= round_.starts_at:
        raise Refused("situation_before_round", _("The round had not begun by then.")).at("cut_off")
    # The clock may be opening the same one: whoever comes second is told, not broken off.
    named_lock(times_lock(round_.pk, division.pk))
    taken = SituationReport.objects.filter(
        round=round_, division=division, cut_off=cut_off, corrects__isnull=True
    ).exclude(state=SituationState.WITHDRAWN)
    if taken.exists():
        raise Conflict(
            "situation_once_per_cut_off", _("There is a report of this cut-off already.")
        ).at("cut_off")
    report = SituationReport.objects.create(
        round=round_, division=division, cut_off=cut_off, opened_at=at, opened_by=by,
        district_id=round_.campaign.district_id,
        street_id=division.pk if division.level == Level.STREET else None,
    )  # fmt: skip
    step(report, ACT.OPENED, by=by, at=at)
    if is_kept(round_.pk, cut_off):
        fix_figures(report, scope, by=by, at=at)
    return report


@transaction.atomic
def freeze(*, report_id: int, scope: Scope, by: str, at: datetime) -> SituationReport:
    """Fix the figures of a report whose cut-off has come; a second call changes nothing."""
    report = held(report_id, scope)
    if report.snapshot is None and report.state in OPEN and report.cut_off <= at:
        fix_figures(report, scope, by=by, at=at)
    return report


def fix_figures(report: SituationReport, scope: Scope, *, by: str, at: datetime) -> None:
    """Figures, and the words that they suggest, once and for all."""
    figures = figures_at(
        scope, report.round, report.division, report.cut_off, at=at, corrects=report.corrects
    )
    report.snapshot = as_document(figures)
    report.digest = digest(report.snapshot)
    report.frozen_at = at
    report.edition += 1
    report.save(update_fields=["snapshot", "digest", "frozen_at", "edition"])
    SituationText.objects.bulk_create(
        SituationText(report=report, key=key, language=language, suggested=text, text=text)
        for (key, language), text in suggested(figures, {}).items()
    )
    step(report, ACT.FROZEN, by=by, at=at, comment=report.digest)


@dataclass(frozen=True, slots=True)
class Words:
    """A passage as somebody wants it."""

    key: str
    language: str
    text: str


@transaction.atomic
def write_words(
    *, report_id: int, edition: int, words: list[Words], scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Put passages into people's words; what is like the suggestion again is not marked any more.

    Raises Refused, Conflict (somebody else wrote meanwhile).
    """
    report = writable(report_id, scope, edition)
    rows = {(row.key, row.language): row for row in report.texts.all()}
    seen = findings(report)
    changed = 0
    for each in words:
        row = rows.get((each.key, each.language))
        if row is None:
            raise Refused("situation_no_figures", _("The figures are not fixed yet: words follow."))
        text = _clean(each)
        if text == row.text:
            continue
        before, row.text, row.edited_at, row.edited_by = row.text, text, at, by
        row.save(update_fields=["text", "edited_at", "edited_by"])
        step(report, ACT.EDITED, by=by, at=at, what=f"{row.key}.{row.language}", before=before)
        changed += 1
    if changed:
        _keep_reasons_true(report, seen, by=by, at=at)
        _moved(report)
    return report


def _clean(words: Words) -> str:
    try:
        text = clean_note(words.text, max_length=LONGEST_TEXT)
    except Refused as refusal:
        raise refusal.at(f"{words.key}_{words.language}") from None
    if words.key == SituationText.Key.HEADLINE:
        # One paragraph: a headline of several lines has no sentence to quote.
        text = " ".join(text.split("\n"))
        if not text.strip():
            raise Refused("situation_no_headline", _("A report needs its headline.")).at(
                f"{words.key}_{words.language}"
            )
    return text


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure as somebody states it; `value` None takes the statement back."""

    key: str
    value: int | None
    unit: str = SituationStatement.Unit.TUBES
    source: str = ""
    source_en: str = ""
    as_of: datetime | None = None


@transaction.atomic
def state_figure(
    *, report_id: int, edition: int, statement: Statement, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Keep, change or take back what others state of delivery, testing or results. Passages that
    nobody edited follow. Raises Refused, Conflict."""
    report = writable(report_id, scope, edition)
    seen = findings(report)
    if statement.value is None:
        report.statements.filter(key=statement.key).delete()
    else:
        _keep(report, statement, statement.value, by=by, at=at)
    suggest_anew(report)
    step(report, ACT.STATED, by=by, at=at, what=statement.key)
    _keep_reasons_true(report, seen, by=by, at=at)
    _moved(report)
    return report


def _keep(
    report: SituationReport, statement: Statement, value: int, *, by: str, at: datetime
) -> None:
    source = clean_note(statement.source, max_length=LONGEST_SOURCE)
    if not source:
        raise Refused("situation_no_source", _("Say who states this figure.")).at("source")
    if statement.as_of is None:
        raise Refused("situation_no_as_of", _("Say of when this figure is.")).at("as_of")
    report.statements.update_or_create(
        key=statement.key,
        defaults={
            "value": value, "unit": statement.unit, "source": source, "at": at, "by": by,
            "source_en": clean_note(statement.source_en, max_length=LONGEST_SOURCE),
            "as_of": statement.as_of,
        },
    )  # fmt: skip


def suggest_anew(report: SituationReport) -> None:
    """What is stated goes into the sentences; what people wrote themselves stays."""
    if report.snapshot is None:
        raise Refused("situation_no_figures", _("The figures are not fixed yet: words follow."))
    texts = suggested(read(report.snapshot), stated_of(report.statements.all()))
    for row in report.texts.all():
        fresh = texts[row.key, row.language]
        if not row.edited:
            row.text = fresh
        row.suggested = fresh
        row.save(update_fields=["suggested", "text"])


@transaction.atomic
def override_check(
    *, report_id: int, edition: int, code: str, reason: str, scope: Scope, by: str, at: datetime
) -> SituationReport:
    """Let a check that fails pass, with the reason that the report prints; without a reason the
    check counts again. It holds for what the check finds now: when that changes, the reason is
    taken back. Raises Refused, Conflict (also where the check holds)."""
    report = writable(report_id, scope, edition)
    text = clean_note(reason, max_length=LONGEST_REASON)
    if text and not findings(report).get(code):
        raise Conflict(
            "situation_check_holds", _("This check holds now: no reason is needed for it.")
        )
    if text:
        SituationOverride.objects.update_or_create(
            report=report, check_code=code, defaults={"reason": text, "at": at, "by": by}
        )
    else:
        report.overrides.filter(check_code=code).delete()
    step(report, ACT.OVERRODE, by=by, at=at, what=code, comment=text)
    _moved(report)
    return report


def _keep_reasons_true(
    report: SituationReport, seen: dict[str, list[str]], *, by: str, at: datetime
) -> None:
    """Take back reasons that were given for something else than what the checks find now."""
    now = findings(report)
    for row in report.overrides.all():
        if now.get(row.check_code) != seen.get(row.check_code):
            row.delete()
            step(report, ACT.OVERRODE, by=by, at=at, what=row.check_code)


def _moved(report: SituationReport) -> None:
    report.edition += 1
    report.save(update_fields=["edition"])


def step(
    report: SituationReport, act: SituationStep.Act, *, by: str, at: datetime, what: str = "",
    before: str = "", comment: str = "",
) -> None:  # fmt: skip
    """Keep what was done, with its audit row. Words stay in the step: audit rows hold codes."""
    SituationStep.objects.create(
        report=report, act=act, what=what, before=before, comment=comment, at=at, by=by
    )
    audit.record(
        by=by, at=at, act=f"situation.{act}", object_type="situation_report",
        object_id=report.pk, district_id=report.district_id, street_id=report.street_id,
        round=report.round_id, number_of_issue=report.number, edition=report.edition, what=what,
    )  # fmt: skip
