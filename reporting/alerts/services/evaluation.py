"""Running the rules: conditions become alerts, and alerts clear once their condition stayed away.

Safe to run twice and by two workers at once: a lock per round lets one of them through, and an
alert is raised by INSERT ... ON CONFLICT on its subject.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from campaigns.models import Round
from core import audit
from core.locks import try_named_lock
from core.statements import run
from reporting.alerts.detectors import detector
from reporting.alerts.models import Alert, AlertRun, AlertStep
from reporting.alerts.services.finding import Found, Key, conditions_now, explained
from reporting.alerts.services.rules import make_missing_rules

CLEAR_AFTER = timedelta(minutes=5)
"""A condition that comes back within this time is the same alert: no flapping."""
SYSTEM = "system:alerts"

State, Act = Alert.State, AlertStep.Act


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did: alerts raised (and how many opened a group), cleared, escalated."""

    raised: int = 0
    groups: int = 0
    cleared: int = 0
    escalated: int = 0
    problems: tuple[str, ...] = ()


def rounds_to_evaluate() -> list[int]:
    """Rounds that take samples, and others that still have alerts to clear."""
    left = Alert.objects.uncleared().values_list("round_id", flat=True)
    taking = Round.objects.taking_samples().values_list("pk", flat=True)
    return sorted({*taking, *left})


@transaction.atomic
def evaluate(*, round_id: int, at: datetime, by: str = SYSTEM) -> Outcome | None:
    """Judge all rules of a round's district at `at`; None if somebody else is at it."""
    if not try_named_lock(f"alerts/{round_id}"):
        return None
    round_ = Round.objects.select_related("campaign").get(pk=round_id)
    district_id = round_.campaign.district_id
    if round_.state in (Round.State.RUNNING, Round.State.CLOSING):
        rules = make_missing_rules(district_id=district_id, by=by, at=at)
    else:
        rules = []
    findings = conditions_now(round_, rules, at)
    # Locked in one order, as by people's acts: whoever comes second waits, nobody deadlocks.
    known = Alert.objects.uncleared().filter(round=round_).order_by("pk")
    alerts = {_key(alert): alert for alert in known.select_for_update(no_key=True)}
    absent = [
        alert
        for key, alert in alerts.items()
        if key not in findings.found and alert.detector not in findings.unjudged
    ]
    cleared = _clear(absent, at, by)
    standing = [alert for alert in alerts.values() if alert.pk not in cleared]
    hidden = _hidden(findings.found.values(), standing)
    _touch(alerts, findings.found, hidden, at)
    fresh = [
        found
        for key, found in findings.found.items()
        if key not in alerts and (found.rule.detector, found.condition.street_id) not in hidden
    ]
    raised, groups = _raise(round_, district_id, fresh, standing, at, by)
    _wake(round_, at, by)
    escalated = _escalate(round_, at, by)
    outcome = Outcome(raised, groups, len(cleared), escalated, tuple(sorted(findings.unjudged)))
    _note_run(round_, district_id, outcome, at, by)
    return outcome


def _key(alert: Alert) -> Key:
    return alert.rule_id, alert.subject_kind, alert.subject_id


def _hidden(found: Iterable[Found], alerts: list[Alert]) -> set[tuple[str, int | None]]:
    """What is explained by another condition, or by its alert until that one has cleared.

    What a person closed although it lasts explains nothing any more: nobody would look at it.
    """
    dismissed = {_key(alert) for alert in alerts if alert.state == State.CLOSED}
    standing: dict[str, list[Any]] = {}
    for one in found:
        if one.key not in dismissed:
            standing.setdefault(one.rule.detector, []).append(one.condition)
    for alert in alerts:
        if alert.state != State.CLOSED:
            standing.setdefault(alert.detector, []).append(alert)
    return explained(standing)


def _touch(
    alerts: dict[Key, Alert],
    found: dict[Key, Found],
    hidden: set[tuple[str, int | None]],
    at: datetime,
) -> None:
    """Alerts whose condition stands: seen now, with its present figure.

    What was explained until now is work from now on, and waits for somebody since now.
    """
    seen = [(alert, found[key].condition) for key, alert in alerts.items() if key in found]
    if not seen:
        return
    inhibited = [(alert.detector, alert.street_id) in hidden for alert, _condition in seen]
    run(
        """UPDATE alerts_alert a
           SET last_seen_at = %s, absent_since = NULL, value = s.value, params = s.params,
               inhibited = s.inhibited,
               waiting_since = CASE WHEN a.inhibited AND NOT s.inhibited THEN %s
                                    ELSE a.waiting_since END
           FROM unnest(%s::int[], %s::int[], %s::jsonb[], %s::bool[])
                AS s(id, value, params, inhibited)
           WHERE a.id = s.id""",
        [
            at,
            at,
            [alert.pk for alert, _condition in seen],
            [condition.value for _alert, condition in seen],
            [Jsonb(dict(condition.params)) for _alert, condition in seen],
            inhibited,
        ],
    )


def _clear(absent: list[Alert], at: datetime, by: str) -> set[int]:
    """Conditions that are gone: noted at first, cleared once they stayed away.

    Returns the alerts this ended; those a person had closed before are not among them.
    """
    first = [alert.pk for alert in absent if alert.absent_since is None]
    Alert.objects.filter(pk__in=first).update(absent_since=at)
    gone = [
        alert
        for alert in absent
        if at - (alert.absent_since or at) >= CLEAR_AFTER or _ends_at_once(alert)
    ]
    by_hand = [alert.pk for alert in gone if alert.state == State.CLOSED]
    standing = [alert.pk for alert in gone if alert.state != State.CLOSED]
    Alert.objects.filter(pk__in=by_hand).update(cleared_at=at)
    Alert.objects.filter(pk__in=standing).update(
        cleared_at=at, inhibited=False, state=State.CLOSED, ended_at=at, ended_by=by
    )
    _steps(standing, Act.CLEARED, at, by)
    return set(standing)


def _ends_at_once(alert: Alert) -> bool:
    known = detector(alert.detector)
    return known is not None and known.ends_at_once


def _raise(
    round_: Round,
    district_id: int,
    fresh: list[Found],
    known: Iterable[Alert],
    at: datetime,
    by: str,
) -> tuple[int, int]:
    """New alerts; one joins what was decided for its group, and leads if there is no group."""
    groups: dict[tuple[int, int | None], Alert] = {}
    for alert in known:
        if alert.state != State.CLOSED:
            kept = groups.get((alert.rule_id, alert.street_id))
            if kept is None or (alert.for_group and not kept.for_group):
                groups[alert.rule_id, alert.street_id] = alert
    rows, leading = [], set()
    for found in fresh:
        group = (found.rule.pk, found.condition.street_id)
        leads = group not in groups and group not in leading
        if leads:
            leading.add(group)
        rows.append(_new_alert(round_, district_id, found, groups.get(group), leads, at))
    made = Alert.objects.bulk_create(rows, ignore_conflicts=True)
    if not made:
        return 0, 0
    written = Alert.objects.uncleared().filter(round=round_, raised_at=at)
    ids = list(written.filter(steps__isnull=True).values_list("pk", flat=True))
    _steps(ids, Act.RAISED, at, by)
    return len(ids), len(leading)


def _new_alert(
    round_: Round,
    district_id: int,
    found: Found,
    group: Alert | None,
    leads: bool,
    at: datetime,
) -> Alert:
    condition, rule = found.condition, found.rule
    alert = Alert(
        round=round_,
        rule=rule,
        detector=rule.detector,
        district_id=district_id,
        street_id=condition.street_id,
        subject_kind=condition.subject_kind,
        subject_id=condition.subject_id,
        severity=rule.severity,
        value=condition.value,
        params=dict(condition.params),
        since=condition.since,
        raised_at=at,
        last_seen_at=at,
        waiting_since=at,
        leads=leads,
    )
    if group is not None and group.for_group:
        for name in ("state", "owner", "action", "due_at", "for_group"):
            setattr(alert, name, getattr(group, name))
    return alert


def _wake(round_: Round, at: datetime, by: str) -> None:
    """Snoozed alerts whose time is over are open again, and wait anew."""
    over = Alert.objects.filter(round=round_, state=State.SNOOZED, due_at__lte=at)
    ids = list(over.values_list("pk", flat=True))
    Alert.objects.filter(pk__in=ids).update(
        state=State.OPEN, owner="", action="", due_at=None, for_group=False, waiting_since=at
    )
    _steps(ids, Act.WOKE, at, by)


def _escalate(round_: Round, at: datetime, by: str) -> int:
    """Alerts nobody took on in time, or whose promised time is over: once each."""
    rows = run(
        """UPDATE alerts_alert a SET escalated_at = %s
           FROM alerts_alertrule r
           WHERE r.id = a.rule_id AND a.round_id = %s AND a.cleared_at IS NULL
             AND a.escalated_at IS NULL AND NOT a.inhibited AND a.absent_since IS NULL
             AND (a.state = 'open' AND a.waiting_since
                      <= %s - make_interval(mins => r.escalate_after)
                  OR a.state = 'acked' AND a.due_at <= %s)
           RETURNING a.id""",
        [at, round_.pk, at, at],
    )
    _steps([pk for (pk,) in rows], Act.ESCALATED, at, by)
    return len(rows)


def _steps(ids: list[int], act: str, at: datetime, by: str) -> None:
    AlertStep.objects.bulk_create(AlertStep(alert_id=pk, at=at, by=by, act=act) for pk in ids)


def _note_run(round_: Round, district_id: int, outcome: Outcome, at: datetime, by: str) -> None:
    AlertRun.objects.update_or_create(
        round=round_,
        defaults={
            "at": at,
            "ran_at": datetime.now(UTC),
            "raised": outcome.raised,
            "cleared": outcome.cleared,
            "problems": list(outcome.problems),
        },
    )
    if outcome.raised or outcome.cleared or outcome.escalated:
        audit.record(
            by=by,
            at=at,
            act="alerts.run",
            object_type="round",
            object_id=round_.pk,
            district_id=district_id,
            raised=outcome.raised,
            cleared=outcome.cleared,
            escalated=outcome.escalated,
        )
