"""Reads of situation reports: what one is made of, what waits, what is due next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import Round
from core.actors import names_of
from core.scope import Scope
from reporting.outlets.models import SituationReport, SituationSchedule, SituationState
from reporting.outlets.models.situation import OPEN
from reporting.outlets.situation.checks import all_checks, failing
from reporting.outlets.situation.composing import Imprint, Material, Passage
from reporting.outlets.situation.due import next_due
from reporting.outlets.situation.snapshot import read
from reporting.outlets.situation.stated import stated_of
from reporting.progress.queries import recent_pulse_state, visible_rounds


def reports(scope: Scope) -> QuerySet[SituationReport]:
    """Reports of one's area with round and place, newest cut-off first; `is_corrected` says
    whether a later issue replaces it. Figures are read where they are shown: each is large."""
    corrected = SituationReport.objects.filter(corrects=OuterRef("pk"), state=SituationState.ISSUED)
    found = SituationReport.objects.within(scope).select_related(
        "round__campaign__district", "division", "corrects"
    )
    found = found.defer("snapshot", "corrects__snapshot")
    return found.annotate(is_corrected=Exists(corrected)).order_by("-cut_off", "-pk")


def waiting(scope: Scope) -> QuerySet[SituationReport]:
    """Reports of one's area that are still to be issued, the oldest cut-off first."""
    return reports(scope).filter(state__in=OPEN).order_by("cut_off", "pk")


def material_of(report: SituationReport) -> Material | None:
    """All that a report is made of; None before its figures are fixed."""
    if report.snapshot is None:
        return None
    snapshot = read(report.snapshot)
    stated = stated_of(report.statements.all())
    passages = {
        (row.key, row.language): Passage(row.text, row.edited) for row in report.texts.all()
    }
    texts = {key: passage.text for key, passage in passages.items()}
    names = names_of(label for label in (report.author, report.approver) if label)
    return Material(
        snapshot=snapshot,
        passages=passages,
        stated=stated,
        checks=all_checks(snapshot, texts, stated),
        overrides={row.check_code: row.reason for row in report.overrides.all()},
        imprint=Imprint(
            number=report.number,
            author=names.get(report.author, ""),
            approver=names.get(report.approver, ""),
            issued_at=report.issued_at,
            digest=report.digest,
            corrects=report.corrects.number if report.corrects else None,
            correction_reason=report.correction_reason,
        ),
    )


def blocking(material: Material) -> list[str]:
    """Codes of checks that fail and that nobody has let pass."""
    return [check.code for check in failing(material.checks, material.overrides)]


def findings(report: SituationReport) -> dict[str, list[str]]:
    """What each check of a report finds now, by its code; empty before its figures are fixed."""
    material = material_of(report)
    return {check.code: check.sentences for check in material.checks} if material else {}


def newer_data(report: SituationReport) -> bool:
    """Whether the round's live figures moved on since the figures of this report were kept."""
    if report.snapshot is None:
        return False
    version, _beaten = recent_pulse_state(report.round_id)
    return version > read(report.snapshot).version


@dataclass(frozen=True, slots=True)
class Due:
    """The next report that a schedule asks for."""

    schedule: SituationSchedule
    cut_off: datetime


def due_next(scope: Scope, at: datetime) -> list[Due]:
    """The next cut-off of each schedule in use of rounds that take samples, soonest first."""
    rounds: Iterable[Round] = visible_rounds(scope).taking_samples()
    schedules = SituationSchedule.objects.within(scope).filter(round__in=rounds, active=True)
    found = [
        Due(schedule, when)
        for schedule in schedules.select_related("round__campaign", "division")
        if (when := next_due(schedule.every_minutes, schedule.daily_minute, at)) is not None
    ]
    return sorted(found, key=lambda due: (due.cut_off, due.schedule.pk))
