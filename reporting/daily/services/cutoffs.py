"""Cut-offs come and go by the clock: reports open, are pre-filled, and lock (S074)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Round, RoundTarget
from core import audit, clock
from core.locks import try_named_lock
from reporting.daily.models import (
    Cutoff,
    FormTimes,
    Report,
    ReportCell,
    ReportColumn,
    ReportForm,
    ReportLine,
    ReportStep,
    State,
)
from reporting.daily.services.forms import add_builtin_forms
from reporting.daily.services.prefill import prefill

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_due_reports(*, by: str, at: datetime) -> int:
    """Open every report whose time has come, in every round that takes samples; returns how many.

    Cut-offs missed while nobody looked are made up for: what is owed does not depend on us.
    """
    opened = 0
    for round_ in Round.objects.taking_samples().select_related("campaign"):
        district_id = round_.campaign.district_id
        if not ReportForm.objects.filter(district_id=district_id).exists():
            add_builtin_forms(district_id=district_id, by=by, at=at)
        forms = ReportForm.objects.filter(district_id=district_id, active=True).order_by("pk")
        if round_.state == Round.State.CLOSING:
            # Sampling has ended and late data comes in: no hour makes progress any more.
            forms = forms.exclude(cadence=ReportForm.Cadence.HOURLY)
        for form in forms:
            times = times_of(form, round_)
            for as_of in _due(form, times, round_, at):
                reports = _open(form, times, round_, as_of, by=by, at=at)
                if reports is None:
                    break  # somebody else is at it; a later one must not come before this
                opened += reports
    return opened


def times_of(form: ReportForm, round_: Round) -> ReportForm | FormTimes:
    """The times of a form in a round: those set for the round alone, else the form's own."""
    return FormTimes.objects.filter(form=form, round=round_).first() or form


def _due(
    form: ReportForm, times: ReportForm | FormTimes, round_: Round, at: datetime
) -> Iterator[datetime]:
    """Cut-offs of a form in a round that should be open by now and are not yet."""
    last = Cutoff.objects.filter(form=form, round=round_).order_by("-as_of").first()
    after = last.as_of if last else _began_at(round_)
    since = max(after, form.asked_since or after)
    until = at + timedelta(minutes=times.opens_before)
    if form.cadence == ReportForm.Cadence.HOURLY:
        moment = clock.minute_of(since).replace(minute=0) + HOUR
        step = HOUR
    else:
        # Once a day, also where the cut-off is moved to later on a day that had its own.
        day = clock.deadline_day(after)[0] + DAY if last else clock.day_of(after)
        moment = clock.start_of_day(day) + timedelta(minutes=times.cutoff_minute)
        step = DAY
    while moment <= until:
        if moment > since:
            yield moment
        moment += step


def _began_at(round_: Round) -> datetime:
    """From when on numbers are owed: a round that was started late owes none of before."""
    start = round_.changes.filter(to_state=Round.State.RUNNING).order_by("at").first()
    return max(round_.starts_at, start.at) if start else round_.starts_at


@transaction.atomic
def _open(
    form: ReportForm,
    times: ReportForm | FormTimes,
    round_: Round,
    as_of: datetime,
    *,
    by: str,
    at: datetime,
) -> int | None:
    """One cut-off with a report of each street, its lines and pre-filled cells; None where somebody
    else opens this round's at the moment."""
    if not try_named_lock(f"cutoffs-{round_.pk}"):
        return None
    due_at = as_of + timedelta(minutes=times.due_after)
    cutoff, new = Cutoff.objects.get_or_create(
        form=form, round=round_, as_of=as_of,
        defaults={
            "opens_at": as_of - timedelta(minutes=times.opens_before),
            "due_at": due_at,
            "lock_at": due_at + timedelta(minutes=times.lock_after),
        },
    )  # fmt: skip
    if not new:
        return 0
    columns = list(form.columns.filter(retired_at__isnull=True))
    streets = _owing(round_)
    for street_id, communities in streets.items():
        report = Report.objects.create(
            cutoff=cutoff, street_id=street_id, district_id=form.district_id,
            lock_at=cutoff.lock_at,
        )  # fmt: skip
        _lay_out(report, columns, communities)
        prefill(report=report, by=by, at=at)
    audit.record(
        by=by, at=at, act="report.open", object_type="cutoff", object_id=cutoff.pk,
        district_id=form.district_id, form=form.code, reports=len(streets),
    )  # fmt: skip
    return len(streets)


def _owing(round_: Round) -> dict[int, list[int]]:
    """Communities of the round's current targets by street, in the order of their codes."""
    targets = RoundTarget.objects.filter(round=round_, version__is_current=True)
    members: dict[int, list[int]] = {}
    for street_id, community_id in targets.order_by("community__code").values_list(
        "street_id", "community_id"
    ):
        members.setdefault(street_id, []).append(community_id)
    return members


def _lay_out(report: Report, columns: list[ReportColumn], communities: list[int]) -> None:
    """The lines of a report and the cells that are asked for; the street's own line always."""
    asked = communities if any(column.per_community for column in columns) else []
    lines = ReportLine.objects.bulk_create(
        [ReportLine(report=report, community_id=each) for each in [*asked, None]]
    )
    ReportCell.objects.bulk_create(
        ReportCell(line=line, column=column)
        for line in lines
        for column in columns
        # The street may type its own total of a column: then it must equal the sum.
        if column.per_community >= (line.community_id is not None)
        and not (column.is_note and column.per_community and line.community_id is None)
    )


def lock_due(*, by: str, at: datetime) -> int:
    """Lock accepted reports whose time for corrections is over; returns how many."""
    locked = 0
    due = Report.objects.filter(state=State.ACCEPTED, lock_at__lte=at).order_by("pk")
    for report_id in list(due.values_list("pk", flat=True)):
        locked += _lock(report_id, by=by, at=at)
    return locked


@transaction.atomic
def _lock(report_id: int, *, by: str, at: datetime) -> bool:
    report = (
        Report.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=report_id, state=State.ACCEPTED, lock_at__lte=at)
        .first()
    )
    if report is None:
        return False
    step(report, State.LOCKED, by=by, at=at)
    return True


def step(report: Report, to: str, *, by: str, at: datetime, comment: str = "") -> None:
    """Take a report, whose row is locked, to another state; the trail says so."""
    before, report.state = report.state, to
    report.save(update_fields=["state"])
    ReportStep.objects.create(
        report=report, from_state=before, to_state=to, version=report.version,
        comment=comment, at=at, by=by,
    )  # fmt: skip
    audit.record(
        by=by, at=at, act=f"report.{to}", object_type="report", object_id=report.pk,
        district_id=report.district_id, street_id=report.street_id, version=report.version,
    )  # fmt: skip
