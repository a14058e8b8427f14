"""Situation reports by the clock: drafts open ahead of their cut-off, figures are fixed at it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Refused
from core.locks import named_lock, try_named_lock
from core.scope import Scope
from reporting.outlets.models import (
    SituationReport,
    SituationSchedule,
    SituationState,
    SituationStep,
)
from reporting.outlets.models.situation import OPEN
from reporting.outlets.queries.situation_figures import is_kept
from reporting.outlets.services.situation import ACT, freeze, open_report, step
from reporting.outlets.services.situation_files import KINDS, PLAIN
from reporting.outlets.situation import paper
from reporting.outlets.situation.document import LANGUAGES
from reporting.outlets.situation.due import due_between

EVERY_MINUTES, DAILY_MINUTE = 120, 15 * 60 + 30
"""What a district reports by unless it says otherwise: each two hours, and at 15:30."""
PATIENCE = timedelta(minutes=10)
"""So long after a cut-off its quarter hour is waited for; then the one before it must do."""
HANDFUL = 20
EVERYTHING = Scope(everything=True)


def keep_time(*, by: str, at: datetime) -> None:
    """Open the drafts whose time has come and fix the figures of those whose cut-off has."""
    for round_ in Round.objects.taking_samples().select_related("campaign__district"):
        schedule_round(round_, by=by, at=at)
    running = Round.objects.taking_samples()
    due = SituationSchedule.objects.filter(round__in=running, active=True)
    for schedule in due.select_related("round__campaign", "division").order_by("pk"):
        open_due(schedule, by=by, at=at)
    waiting = SituationReport.objects.filter(state__in=OPEN, snapshot__isnull=True, cut_off__lte=at)
    for pk, round_id, cut_off in waiting.order_by("pk").values_list("pk", "round_id", "cut_off"):
        if is_kept(round_id, cut_off) or at - cut_off > PATIENCE:
            freeze(report_id=pk, scope=EVERYTHING, by=by, at=at)


@transaction.atomic
def schedule_round(round_: Round, *, by: str, at: datetime) -> SituationSchedule:
    """The times of a round's district; made with the usual ones where it has none."""
    district = round_.campaign.district
    schedule, _new = SituationSchedule.objects.get_or_create(
        round=round_, division=district,
        defaults={
            "district_id": district.pk, "every_minutes": EVERY_MINUTES,
            "daily_minute": DAILY_MINUTE, "since": at, "set_at": at, "set_by": by,
        },
    )  # fmt: skip
    return schedule


@transaction.atomic
def open_due(schedule: SituationSchedule, *, by: str, at: datetime) -> SituationReport | None:
    """Open the newest draft that is due; of several missed ones nobody needs the older any more.

    Drafts of this area that the clock opened and nobody touched give way to it.
    """
    if not try_named_lock(f"situation-times-{schedule.pk}"):
        return None
    reports = SituationReport.objects.filter(
        round=schedule.round_id, division=schedule.division_id, corrects__isnull=True
    )
    opened = reports.filter(opened_by=by).order_by("-cut_off").first()
    after = max(schedule.since, opened.cut_off) if opened else schedule.since
    after = max(after, schedule.round.starts_at)
    until = at + timedelta(minutes=schedule.opens_before)
    due = due_between(schedule.every_minutes, schedule.daily_minute, after, until)
    if not due:
        return None
    if reports.filter(cut_off=due[-1]).exclude(state=SituationState.WITHDRAWN).exists():
        return None
    _give_way(reports, due[-1], by=by, at=at)
    return open_report(
        round_=schedule.round, division=schedule.division, cut_off=due[-1], scope=EVERYTHING,
        by=by, at=at,
    )  # fmt: skip


def _give_way(reports: object, cut_off: datetime, *, by: str, at: datetime) -> None:
    """Withdraw drafts of earlier cut-offs in which nobody has done anything."""
    idle = reports.filter(  # type: ignore[attr-defined]
        state=SituationState.DRAFT, opened_by=by, cut_off__lt=cut_off
    ).select_for_update(no_key=True)
    for report in idle:
        touched = SituationStep.objects.filter(report=report).exclude(
            act__in=[ACT.OPENED, ACT.FROZEN]
        )
        if touched.exists():
            continue
        step(report, ACT.WITHDRAWN, by=by, at=at, comment="the draft of a later cut-off opened")
        report.state = SituationState.WITHDRAWN
        report.edition += 1
        report.save(update_fields=["state", "edition"])


@transaction.atomic
def set_times(
    *, round_: Round, division: Division, every_minutes: int | None, daily_minute: int | None,
    opens_before: int, active: bool, scope: Scope, by: str, at: datetime,
) -> SituationSchedule:  # fmt: skip
    """Set when reports of a round and area are due. Raises Refused (nothing would ever be due)."""
    if active and not every_minutes and not daily_minute:
        raise Refused(
            "situation_never_due", _("Choose how often, a time of day, or switch the times off.")
        ).at("every_minutes")
    named_lock(f"situation-times-{round_.pk}-{division.pk}")
    schedule, _new = SituationSchedule.objects.update_or_create(
        round=round_, division=division,
        defaults={
            "district_id": round_.campaign.district_id,
            "street_id": division.pk if division.level == Level.STREET else None,
            "every_minutes": every_minutes or None, "daily_minute": daily_minute or None,
            "opens_before": opens_before, "active": active, "since": at, "set_at": at, "set_by": by,
        },
    )  # fmt: skip
    audit.record(
        by=by, at=at, act="situation.times", object_type="situation_schedule",
        object_id=schedule.pk, district_id=schedule.district_id, street_id=schedule.street_id,
        every=schedule.every_minutes, daily=schedule.daily_minute, active=active,
    )  # fmt: skip
    return schedule


def lacking_files() -> list[int]:
    """Issued reports of which some form is not made yet, the oldest first; a handful at a time."""
    issued = SituationReport.objects.filter(state=SituationState.ISSUED).annotate(n=Count("files"))
    lacking = issued.filter(n__lt=len(KINDS) * len(LANGUAGES)).order_by("issued_at")
    found = list(lacking.values_list("pk", "n")[:HANDFUL])
    # The renderer is loaded only where there is something to draw.
    if found and not paper.available():
        found = [(pk, made) for pk, made in found if made < len(PLAIN) * len(LANGUAGES)]
    return [pk for pk, _made in found]
