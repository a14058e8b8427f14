"""The operator's lists: what stands, grouped by street and rule, worst first; what was closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.models import Division, Round
from core.actors import same_person
from core.scope import Scope
from reporting.alerts.detectors import detector
from reporting.alerts.models import Alert, AlertRun
from reporting.alerts.models.alerts import AlertQuerySet
from reporting.alerts.queries.calm import TEN_MINUTES, disturbances
from reporting.alerts.queries.standing import SEVERITIES

RUNS_LATE = timedelta(seconds=60)
"""Rules run every ten seconds of real time; after this they are said not to run."""
SHOWN = 5
"""Alerts of a group that are listed at once; the others are counted."""

State = Alert.State


@dataclass(frozen=True, slots=True)
class Line:
    """One alert in words, with the page where it is mended (empty: not this reader's)."""

    alert: Alert
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """What stands of one rule in one street."""

    street_id: int | None
    code: str
    title: Any
    advice: Any
    severity: str
    lines: list[Line]
    count: int
    since: datetime
    escalated: bool
    overdue: bool
    unacknowledged: int
    lead: Alert
    owners: list[str]
    # When somebody must have taken it on, or what was promised is due.
    due_at: datetime | None

    @property
    def more(self) -> int:
        return self.count - len(self.lines)

    @property
    def key(self) -> str:
        """Stable within a list: by it a screen tells a new group from a known one."""
        return f"{self.lead.round_id}-{self.code}-{self.street_id or 0}"

    @property
    def rank(self) -> tuple[Any, ...]:
        """Worst first: escalated, nobody on it, overdue, urgent, old; alike, as they came."""
        return (
            not self.escalated,
            not (self.unacknowledged or self.overdue),
            SEVERITIES.index(self.severity),
            self.since,
            self.lead.pk,
        )


@dataclass(frozen=True, slots=True)
class Street:
    """A street (None: the district itself) with its groups, worst first."""

    division: Division | None
    groups: list[Group]

    @property
    def rank(self) -> tuple[Any, ...]:
        return self.groups[0].rank


@dataclass(frozen=True, slots=True)
class RunState:
    """When the rules last ran; `late` is itself an alarm."""

    at: datetime | None
    late: bool
    problems: list[Any]


@dataclass(frozen=True, slots=True)
class Rate:
    """Disturbances in one's area: the last ten minutes, and the last two hours by ten minutes."""

    last: int
    steps: list[int]

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """The steps drawn: left edge, top and height in a picture of 96 by 24."""
        heights = [min(step, 4) * 6 for step in self.steps]
        return [(index * 8, 24 - height, height) for index, height in enumerate(heights)]

    @property
    def calm(self) -> bool:
        return self.last <= 1


def visible_rounds(scope: Scope) -> QuerySet[Round]:
    """Rounds whose alerts one may see, newest first."""
    return Round.objects.within(scope).visible().select_related("campaign__district")


def standing(scope: Scope, *, now: datetime) -> list[Street]:
    """What is open or being handled in one's area, by street, worst first; inhibited left out."""
    rows = _with_rule(scope).standing().filter(inhibited=False)
    return by_street(rows.exclude(state=State.SNOOZED), scope=scope, now=now)


def owned(scope: Scope, *, now: datetime) -> list[Street]:
    """What this person has taken on or put aside: also for one's own list of today."""
    return by_street(_mine(_with_rule(scope).standing(), scope), scope=scope, now=now)


def snoozed(scope: Scope, *, now: datetime) -> list[Street]:
    """What was put aside, with its reason and end."""
    rows = _with_rule(scope).filter(state=State.SNOOZED)
    return by_street(rows, scope=scope, now=now)


def closed(scope: Scope) -> QuerySet[Alert]:
    """What ended or was closed, last first."""
    return Alert.objects.within(scope).filter(state=State.CLOSED).order_by("-ended_at", "-pk")


def counts(scope: Scope) -> dict[str, int]:
    """Groups that stand, by tab, in one query; each tab counts what its list holds."""
    rows = (
        Alert.objects.within(scope)
        .standing()
        .values_list("state", "owner", "inhibited", "round_id", "rule_id", "street_id")
        .annotate(n=Count("pk"))
        .order_by()
    )
    found: dict[str, set[Any]] = {"open": set(), "mine": set(), "snoozed": set()}
    for state, owner, inhibited, *group, _n in rows:
        if state == State.SNOOZED:
            found["snoozed"].add(tuple(group))
        elif not inhibited:
            found["open"].add(tuple(group))
        if owner and same_person(owner, scope.actor):
            found["mine"].add(tuple(group))
    return {name: len(groups) for name, groups in found.items()}


def by_street(rows: Iterable[Alert], *, scope: Scope, now: datetime) -> list[Street]:
    """Alerts as groups, and groups as streets; two queries, however many there are.

    `rows` come with their rule.
    """
    groups: dict[tuple[int, int, int | None], list[Alert]] = {}
    for alert in rows:
        groups.setdefault((alert.round_id, alert.rule_id, alert.street_id), []).append(alert)
    streets: dict[int | None, list[Group]] = {}
    for (_round, _rule, street_id), members in groups.items():
        streets.setdefault(street_id, []).append(_group(members, scope, now))
    names = Division.objects.in_bulk([pk for pk in streets if pk is not None])
    found = [
        Street(names.get(pk) if pk else None, sorted(each, key=lambda group: group.rank))
        for pk, each in streets.items()
    ]
    return sorted(found, key=lambda street: street.rank)


def line(alert: Alert, scope: Scope) -> Line:
    """One alert in the reader's language."""
    known = detector(alert.detector)
    if known is None:
        return Line(alert, alert.detector, "")
    url, permission = known.page(alert)
    return Line(
        alert,
        known.words({**alert.params, "value": alert.value}),
        url if scope.can(permission) else "",
    )


def run_state(rounds: Iterable[Round]) -> RunState:
    """How fresh the rules are, over the running rounds one may see: the stalest of them."""
    ids = [each.pk for each in rounds if each.state in (Round.State.RUNNING, Round.State.CLOSING)]
    runs = list(AlertRun.objects.filter(round_id__in=ids))
    problems = sorted({code for run in runs for code in run.problems})
    if not ids:
        return RunState(None, False, [])
    at = min((run.at for run in runs), default=None)
    fresh = [run for run in runs if datetime.now(UTC) - run.ran_at <= RUNS_LATE]
    return RunState(at, len(fresh) < len(ids), [title_of(code) for code in problems])


def alarm_rate(scope: Scope, *, now: datetime) -> Rate:
    """How often whoever watches this area was disturbed. Calm: at most once in ten minutes.

    It is not divided by the number of people: everybody who watches is disturbed alike.
    """
    begin = now - 12 * TEN_MINUTES
    rows = Alert.objects.within(scope).filter(
        leads=True, raised_at__gt=begin - TEN_MINUTES, raised_at__lte=now
    )
    steps = [0] * 12
    for at in disturbances(rows.values_list("raised_at", "rule_id")):
        if at > begin:
            steps[min(11, int((at - begin) / TEN_MINUTES))] += 1
    return Rate(steps[-1], steps)


def _with_rule(scope: Scope) -> AlertQuerySet:
    rows: AlertQuerySet = Alert.objects.within(scope).select_related("rule")
    return rows


def _mine(rows: Any, scope: Scope) -> Any:
    kind, number, *_role = [*scope.actor.split(":"), ""]
    label = f"{kind}:{number}"
    return rows.filter(Q(owner=label) | Q(owner__startswith=f"{label}:"))


def _group(members: list[Alert], scope: Scope, now: datetime) -> Group:
    ordered = sorted(members, key=lambda a: (a.state != State.OPEN, a.since, a.pk))
    lead = ordered[0]
    waiting = [m for m in members if m.state == State.OPEN] or members
    return Group(
        street_id=lead.street_id,
        code=lead.detector,
        title=title_of(lead.detector),
        advice=advice_of(lead.detector),
        severity=min((m.severity for m in members), key=SEVERITIES.index),
        lines=[line(alert, scope) for alert in ordered[:SHOWN]],
        count=len(members),
        since=min(m.since for m in members),
        escalated=any(m.escalated_at is not None for m in members),
        overdue=any(m.state == State.ACKNOWLEDGED and m.due_at <= now for m in members if m.due_at),
        unacknowledged=sum(m.state == State.OPEN for m in members),
        lead=lead,
        owners=sorted({m.owner for m in members if m.owner}),
        due_at=min((at for m in waiting if (at := _due(m)) is not None), default=None),
    )


def _due(alert: Alert) -> datetime | None:
    if alert.state == State.OPEN:
        return alert.waiting_since + timedelta(minutes=alert.rule.escalate_after)
    return alert.due_at


def title_of(code: str) -> Any:
    """What a rule watches, in words; its code where the detector is gone."""
    known = detector(code)
    return known.title if known else code


def advice_of(code: str) -> Any:
    """What to do about it."""
    known = detector(code)
    return known.advice if known else ""


def others_of_group(alert: Alert, scope: Scope) -> int:
    """How many other alerts of its rule and street stand and wait for somebody."""
    group = Alert.objects.within(scope).filter(
        round_id=alert.round_id,
        rule_id=alert.rule_id,
        street_id=alert.street_id,
        state=State.OPEN,
        inhibited=False,
    )
    return group.exclude(pk=alert.pk).count()
