"""Situation reports by the clock: drafts open ahead of their cut-off, figures are fixed at it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Refused
from core.locks import named_lock, try_named_lock
from core.scope import Scope, ScopedQuerySet
from reporting.outlets.models import (
    SituationReport,
    SituationSchedule,
    SituationState,
    SituationStep,
)
from reporting.outlets.models.situation import OPEN
from reporting.outlets.queries.situation_figures import is_kept
from reporting.outlets.services.situation import ACT, freeze, open_report, step, times_lock
from reporting.outlets.services.situation_files import KINDS, PLAIN
from reporting.outlets.situation import paper
from reporting.outlets.situation.document import LANGUAGES
from reporting.outlets.situation.due import due_between, is_daily

log = logging.getLogger(__name__)
EVERY_MINUTES, DAILY_MINUTE = 120, 15 * 60 + 30
"""What a district reports by unless it says otherwise: each two hours, and at 15:30."""
PATIENCE = timedelta(minutes=10)
"""So long after a cut-off its quarter hour is waited for; then the one before it must do."""
HANDFUL = 20
EVERYTHING = Scope(everything=True)


def keep_time(*, by: str, at: datetime) -> None:
    """Open the drafts whose time has come, fix the figures of those whose cut-off has, and clear
    away the older ones. What fails for one report is logged and holds up no other."""
    for round_ in Round.objects.taking_samples().select_related("campaign__district"):
        with _guarded("times of round", round_.pk):
            schedule_round(round_, by=by, at=at)
    running = Round.objects.taking_samples()
    due = SituationSchedule.objects.filter(round__in=running, active=True).order_by("pk")
    for schedule in due:
        with _guarded("schedule", schedule.pk):
            open_due(schedule, by=by, at=at)
    waiting = SituationReport.objects.filter(state__in=OPEN, snapshot__isnull=True, cut_off__lte=at)
    for pk, round_id, cut_off in waiting.order_by("pk").values_list("pk", "round_id", "cut_off"):
        with _guarded("report", pk):
            if is_kept(round_id, cut_off) or at - cut_off > PATIENCE:
                freeze(report_id=pk, scope=EVERYTHING, by=by, at=at)
    for schedule in due:
        with _guarded("schedule", schedule.pk):
            give_way(schedule, by=by, at=at)


@contextmanager
def _guarded(what: str, pk: int) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("situation reports: %s %s", what, pk)


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
def open_due(schedule: SituationSchedule, *, by: str, at: datetime) -> list[SituationReport]:
    """Open the drafts that are due and those that open ahead of their cut-off.

    Of several missed ones nobody needs the older any more, but for the one of once a day.
    """
    if not try_named_lock(times_lock(schedule.round_id, schedule.division_id)):
        return []
    # Under the lock: somebody may have set other times since it was read.
    told = SituationSchedule.objects.select_related("round__campaign", "division").get(
        pk=schedule.pk
    )
    if not told.active:
        return []
    return [
        open_report(
            round_=told.round, division=told.division, cut_off=cut_off, scope=EVERYTHING, by=by,
            at=at,
        )
        for cut_off in _to_open(told, by=by, at=at)
    ]  # fmt: skip


def _to_open(schedule: SituationSchedule, *, by: str, at: datetime) -> list[datetime]:
    reports = _series(schedule)
    opened = reports.filter(opened_by=by).order_by("-cut_off").first()
    after = max(schedule.since, schedule.round.starts_at)
    if opened is not None:
        after = max(after, opened.cut_off)
    until = at + timedelta(minutes=schedule.opens_before)
    due = due_between(schedule.every_minutes, schedule.daily_minute, after, until)
    missed = [moment for moment in due if moment <= at]
    daily = [moment for moment in missed if is_daily(schedule.daily_minute, moment)]
    wanted = {*missed[-1:], *daily[-1:], *(moment for moment in due if moment > at)}
    there = reports.filter(cut_off__in=wanted).exclude(state=SituationState.WITHDRAWN)
    return sorted(wanted - set(there.values_list("cut_off", flat=True)))


def _series(schedule: SituationSchedule) -> ScopedQuerySet[SituationReport]:
    return SituationReport.objects.filter(
        round=schedule.round_id, division=schedule.division_id, corrects__isnull=True
    )


@transaction.atomic
def give_way(schedule: SituationSchedule, *, by: str, at: datetime) -> None:
    """Withdraw drafts that the clock opened and in which nobody has done anything, once a later
    one of its own has figures. The one of once a day gives way to the next of its kind alone."""
    own = _series(schedule).filter(opened_by=by)
    written = own.exclude(state=SituationState.WITHDRAWN).filter(frozen_at__isnull=False)
    later = sorted(written.values_list("cut_off", flat=True))
    daily = [moment for moment in later if is_daily(schedule.daily_minute, moment)]
    idle = own.filter(state=SituationState.DRAFT).defer("snapshot").order_by("cut_off")
    for report in idle.select_for_update(no_key=True):
        rivals = daily if is_daily(schedule.daily_minute, report.cut_off) else later
        if rivals and rivals[-1] > report.cut_off and not _touched(report):
            step(report, ACT.WITHDRAWN, by=by, at=at, comment="a later draft has its figures")
            report.state = SituationState.WITHDRAWN
            report.edition += 1
            report.save(update_fields=["state", "edition"])


def _touched(report: SituationReport) -> bool:
    acts = SituationStep.objects.filter(report=report)
    return acts.exclude(act__in=[ACT.OPENED, ACT.FROZEN]).exists()


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
    named_lock(times_lock(round_.pk, division.pk))
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
    lacking = issued.filter(n__lt=len(KINDS) * len(LANGUAGES)).order_by("issued_at", "pk")
    found = list(lacking.values_list("pk", "n")[:HANDFUL])
    # The renderer is loaded only where there is something to draw.
    if found and not paper.available():
        found = [(pk, made) for pk, made in found if made < len(PLAIN) * len(LANGUAGES)]
    return [pk for pk, _made in found]
