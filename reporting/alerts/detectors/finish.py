"""Streets that will not be done in time, by the totals kept at each quarter hour."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Deadline, Round, RoundTarget, TargetVersion
from reporting.alerts.detectors.registry import (
    Ask,
    Condition,
    Detector,
    Judge,
    Measure,
    Page,
    nothing,
)
from reporting.progress import measures
from reporting.progress.models import Snapshot, SnapshotTotal

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
STRETCH = 1.25
"""A street can do this much more than in its best hour of late, if it must."""
BEST_WITHIN = timedelta(hours=24)
"""An hour that is longer ago says little about today, and a round may last for weeks."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One street as it was kept at a quarter hour."""

    persons: int
    reasons: int
    heard: datetime | None


NOTHING = Kept(0, 0, None)


@dataclass(frozen=True)
class Facts:
    """Snapshots by their time, targets by their freeze, deadlines: all that a judge needs."""

    round: Round
    times: list[datetime]
    kept: dict[datetime, dict[int, Kept]]
    taken: dict[datetime, datetime]
    freezes: list[tuple[datetime, dict[int, int]]]
    due: dict[int, datetime]
    district_due: datetime | None
    # By street: the time of a quarter hour, and the persons of the hour that ended with it.
    hours: dict[int, list[tuple[datetime, int]]]

    def best_hour(self, street_id: int, quarter: datetime) -> int:
        """The most persons a street sampled in one hour of the day until then."""
        hours = self.hours.get(street_id, [])
        return max((n for at, n in hours if quarter - BEST_WITHIN < at <= quarter), default=0)

    def within(self, street_id: int, quarter: datetime, window: timedelta) -> float:
        """Persons of a street in the window that ends with a quarter hour.

        Quarter hours that nobody kept are not made up: where the window's beginning is missing,
        the count since the one before it stands for the window, by its share of the time.
        """
        persons = self.kept[quarter].get(street_id, NOTHING).persons
        index = bisect_right(self.times, quarter - window)
        if not index:
            return persons  # the round began within the window
        begin = self.times[index - 1]
        before = self.kept[begin].get(street_id, NOTHING).persons
        return (persons - before) * (window / (quarter - begin))

    def last(self, at: datetime) -> datetime | None:
        """The last quarter hour that was kept by then."""
        index = bisect_right(self.times, at)
        while index and self.taken[self.times[index - 1]] > at:
            index -= 1  # kept late: not known yet
        return self.times[index - 1] if index else None

    def targets(self, at: datetime) -> dict[int, int]:
        """The targets in force; before the first freeze, those of the first."""
        in_force: dict[int, int] = self.freezes[0][1] if self.freezes else {}
        for frozen_at, targets in self.freezes:
            if frozen_at <= at:
                in_force = targets
        return in_force


def _facts(ask: Ask) -> Facts:
    rows = Snapshot.objects.filter(
        round_id=ask.round.pk,
        as_of__gt=ask.since - measures.WINDOWS[2] - 2 * QUARTER,
        as_of__lte=ask.until,
    )
    snapshots = {s.pk: s for s in rows.order_by("as_of")}
    if ask.live:
        snapshots = _needed_now(snapshots, ask.until)
    totals = (
        SnapshotTotal.objects.filter(snapshot__in=snapshots, kind__in=["street", "community"])
        .values_list("snapshot_id", "street_id")
        .annotate(
            n=Sum("persons", filter=Q(kind="street"), default=0),
            r=Sum("accepted_reasons", filter=Q(kind="community"), default=0),
            t=Max("last_received_at", filter=Q(kind="street")),
        )
    )
    kept: dict[datetime, dict[int, Kept]] = {s.as_of: {} for s in snapshots.values()}
    for snapshot_id, street_id, persons, reasons, heard in totals:
        kept[snapshots[snapshot_id].as_of][street_id] = Kept(persons, reasons, heard)
    due, district_due = _deadlines(ask.round)
    return Facts(
        ask.round,
        sorted(kept),
        kept,
        {s.as_of: s.taken_at for s in snapshots.values()},
        _freezes(ask.round),
        due,
        district_due,
        _hours(ask),
    )


def _hours(ask: Ask) -> dict[int, list[tuple[datetime, int]]]:
    """What each street did in the hours that end with a quarter hour; hours whose beginning was
    not kept are left out, for what came before them is no part of them."""
    rows = SnapshotTotal.objects.filter(
        snapshot__round_id=ask.round.pk,
        snapshot__as_of__gt=ask.since - BEST_WITHIN - HOUR,
        snapshot__as_of__lte=ask.until,
        kind="street",
    )
    known: dict[int, dict[datetime, int]] = {}
    times: set[datetime] = set()
    for street_id, at, persons in rows.values_list("key_id", "snapshot__as_of", "persons"):
        known.setdefault(street_id, {})[at] = persons
        times.add(at)
    return {
        street_id: [
            (at, n - persons.get(at - HOUR, 0))
            for at, n in sorted(persons.items())
            if at - HOUR in times or at - HOUR < ask.round.starts_at
        ]
        for street_id, persons in known.items()
    }


def _needed_now(snapshots: dict[int, Snapshot], at: datetime) -> dict[int, Snapshot]:
    """The last snapshot, and those the trailing windows begin with, or the ones before them."""
    known = [s for s in snapshots.values() if s.taken_at <= at]
    if not known:
        return {}
    times = [s.as_of for s in known]
    wanted = {times[-1]}
    for window in measures.WINDOWS:
        if index := bisect_right(times, times[-1] - window):
            wanted.add(times[index - 1])
    return {pk: s for pk, s in snapshots.items() if s.as_of in wanted}


def _freezes(round_: Round) -> list[tuple[datetime, dict[int, int]]]:
    rows = RoundTarget.objects.filter(round=round_).values_list("version_id", "street_id")
    sums: dict[int, dict[int, int]] = {}
    for version_id, street_id, target in rows.annotate(t=Sum("target")):
        sums.setdefault(version_id, {})[street_id] = target
    versions = TargetVersion.objects.filter(round=round_).order_by("version")
    return [(version.frozen_at, sums.get(version.pk, {})) for version in versions]


def _deadlines(round_: Round) -> tuple[dict[int, datetime], datetime | None]:
    due: dict[int, datetime] = {}
    district = round_.planned_end_at
    for deadline in Deadline.objects.filter(round=round_):
        if deadline.level == Deadline.Level.STREET:
            due[deadline.division_id] = deadline.due_at
        elif deadline.level == Deadline.Level.DISTRICT:
            district = deadline.due_at
    return due, district


def _late_streets(ask: Ask) -> Judge:
    if ask.live and ask.round.state != Round.State.RUNNING:
        return nothing
    facts = _facts(ask)
    judged: dict[datetime, list[Condition]] = {}

    def judge(at: datetime) -> list[Condition]:
        quarter = facts.last(at)
        if quarter is None:
            return []
        if quarter not in judged:
            judged[quarter] = _judge_quarter(facts, quarter, timedelta(minutes=ask.threshold))
        return judged[quarter]

    return judge


def _judge_quarter(facts: Facts, quarter: datetime, allowed: timedelta) -> list[Condition]:
    found = []
    for street_id, target in facts.targets(facts.taken[quarter]).items():
        due = facts.due.get(street_id, facts.district_due)
        kept = facts.kept[quarter].get(street_id, NOTHING)
        late = _lateness(facts, quarter, street_id, kept, target, due, allowed)
        if due is not None and late is not None and late > allowed:
            minutes = int(late.total_seconds()) // 60
            params = {"left": measures.remaining(target, kept.persons, kept.reasons)}
            found.append(Condition("street", street_id, street_id, quarter, minutes, params))
    return found


def _lateness(
    facts: Facts,
    quarter: datetime,
    street_id: int,
    kept: Kept,
    target: int,
    due: datetime | None,
    allowed: timedelta,
) -> timedelta | None:
    """How far behind the deadline: by the estimate and another of its windows.

    A lull, as every night has, makes no street late that is ahead of an even pace, or could make
    it with little more than its best hour so far.
    """
    counts = [round(facts.within(street_id, quarter, window)) for window in measures.WINDOWS]
    left = measures.remaining(target, kept.persons, kept.reasons)
    eta = measures.estimate(left, counts, quarter, kept.heard, quarter - facts.round.starts_at)
    late = measures.lateness(eta, quarter, due, left)
    if due is None or (late is None and not _crawls(facts, quarter, kept, left)):
        return None
    if eta.at is None:
        if late is not None:
            return late
        late = quarter + measures.HORIZON - due  # at least: there is no estimate so far away
    plan = measures.plan_share(quarter, facts.round.starts_at, due)
    done = measures.closure(kept.persons, kept.reasons, target)
    if plan is not None and done is not None and done >= plan:
        return None
    pace = measures.pace_needed(left, quarter, due)
    if pace is not None and pace <= STRETCH * facts.best_hour(street_id, quarter):
        return None
    slow = [
        count
        for count, window in zip(counts, measures.WINDOWS, strict=True)
        if count <= 0 or quarter + window * (left / count) > due + allowed
    ]
    return late if len(slow) >= 2 else None


def _crawls(facts: Facts, quarter: datetime, kept: Kept, left: int) -> bool:
    """Whether data comes in, but hardly anybody was sampled: the worst pace has no estimate."""
    return (
        left > 0
        and kept.heard is not None
        and quarter - kept.heard <= measures.STALE
        and quarter - facts.round.starts_at >= measures.WINDOWS[1]
    )


def _words(params: Mapping[str, Any]) -> str:
    hours, minutes = divmod(params["value"], 60)
    shown = {**params, "late": f"{hours}:{minutes:02d}", "left": f"{params['left']:,}"}
    return gettext("will be %(late)s h late at the present pace, %(left)s people left") % shown


def _page(subject: Any) -> Page:
    return reverse("boards:street", args=[subject.street_id]), "see_street"


ETA_LATE = Detector(
    code="eta_late",
    title=_("Finish past the deadline"),
    advice=_("Send units or staff from a street that will be done early, or agree on a new time."),
    question=_("Minutes past the deadline, by two of the paces of 30, 60 and 90 minutes"),
    measure=Measure.MINUTES,
    default=15,
    minimum=0,
    maximum=720,
    severity="warn",
    escalate_after=60,
    watch=_late_streets,
    words=_words,
    page=_page,
)
