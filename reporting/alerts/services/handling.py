"""What a person does with an alert: take it on, snooze it, close it; alone or its whole group.

A group is what stands of one rule in one street; handled as a whole are those that nobody has
taken on, and those that share what was decided for the alert named. Nobody acts over another
person's head: what somebody took on is taken over first, in so many words.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import audit
from core.actors import names_of, same_person
from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.alerts.models import Alert, AlertStep
from reporting.alerts.plainwords import without_persons

LONGEST = timedelta(hours=24)
WORDS_LIMIT = 200

State, Act = Alert.State, AlertStep.Act


@transaction.atomic
def acknowledge(
    *,
    alert_id: int,
    action: str,
    due_at: datetime,
    whole_group: bool,
    over: bool = False,
    scope: Scope,
    by: str,
    at: datetime,
) -> int:
    """Take an alert on, with what will be done and by when; returns how many were taken on.

    What somebody else has taken on is taken over only by whoever saw that (`over`): of two who
    take on the same alert at once, the second is told. Raises Refused.
    """
    action = _words(action, "action", _("Say what you will do."))
    _refuse_time(due_at, at)
    alert, members = _locked(alert_id, scope, whole_group)
    if not over:
        _refuse_of_another(alert, by)
    mine: list[int] = []
    taken: list[int] = []
    for member in members:
        other = member.state == State.ACKNOWLEDGED and not same_person(member.owner, by)
        (taken if other else mine).append(member.pk)
    ids = [*mine, *taken]
    Alert.objects.filter(pk__in=ids).update(
        state=State.ACKNOWLEDGED,
        owner=by,
        action=action,
        due_at=due_at,
        for_group=whole_group,
        escalated_at=None,
    )
    _steps(mine, Act.ACKNOWLEDGED, by=by, at=at, text=action, due_at=due_at)
    _steps(taken, Act.TAKEN_OVER, by=by, at=at, text=action, due_at=due_at)
    _note(alert, "alert.acknowledge", by=by, at=at, alerts=len(ids))
    return len(ids)


@transaction.atomic
def snooze(
    *,
    alert_id: int,
    reason: str,
    until: datetime,
    whole_group: bool,
    scope: Scope,
    by: str,
    at: datetime,
) -> int:
    """Put an alert aside until a time, with the reason; returns how many. Raises Refused."""
    reason = _words(reason, "action", _("Say why it can wait."))
    _refuse_time(until, at)
    alert, members = _locked(alert_id, scope, whole_group)
    _refuse_of_another(alert, by)
    ids = [member.pk for member in members]
    Alert.objects.filter(pk__in=ids).update(
        state=State.SNOOZED,
        owner=by,
        action=reason,
        due_at=until,
        for_group=whole_group,
        escalated_at=None,
    )
    _steps(ids, Act.SNOOZED, by=by, at=at, text=reason, due_at=until)
    _note(alert, "alert.snooze", by=by, at=at, alerts=len(ids))
    return len(ids)


@transaction.atomic
def close(
    *,
    alert_id: int,
    reason: str,
    whole_group: bool,
    scope: Scope,
    by: str,
    at: datetime,
) -> int:
    """Close an alert though its condition lasts, with the reason; returns how many.

    It is not raised again before its condition ended and came back. Raises Refused. A button
    pressed twice is one act.
    """
    reason = _words(reason, "action", _("Say why it is closed though it lasts."))
    try:
        alert, members = _locked(alert_id, scope, whole_group)
    except Conflict:
        mine = Alert.objects.filter(pk=alert_id, ended_by=by, action=reason)
        if not mine.exists():
            raise
        return 1
    _refuse_of_another(alert, by)
    ids = [member.pk for member in members]
    Alert.objects.filter(pk__in=ids).update(
        state=State.CLOSED, action=reason, due_at=None, ended_at=at, ended_by=by, inhibited=False
    )
    _steps(ids, Act.CLOSED, by=by, at=at, text=reason)
    _note(alert, "alert.close", by=by, at=at, alerts=len(ids))
    return len(ids)


def _words(text: str, path: str, missing: object) -> str:
    words = without_persons(text, max_length=WORDS_LIMIT)
    if not words:
        raise Refused("words_missing", missing).at(path)
    return words


def _refuse_time(when: datetime, at: datetime) -> None:
    if when <= at:
        raise Refused("time_past", _("Choose a time to come.")).at("minutes")
    if when - at > LONGEST:
        raise Refused("time_far", _("At most 24 hours ahead.")).at("minutes")


def _locked(alert_id: int, scope: Scope, whole_group: bool) -> tuple[Alert, list[Alert]]:
    """The alert, and of its group those that are handled with it, under their locks.

    Locked in the order in which the rules' run locks them. Outside of the scope there is no alert.
    """
    named = Alert.objects.within(scope).filter(pk=alert_id).first()
    if named is None:
        refusal = Refused("alert_unknown", _("There is no such alert."))
        refusal.status = 404
        raise refusal
    wanted = Q(pk=alert_id)
    if whole_group:
        alike = Q(
            round_id=named.round_id, rule_id=named.rule_id, street_id=named.street_id
        )  # fmt: skip
        together = Q(state=State.OPEN)
        if named.state != State.CLOSED:
            together |= Q(state=named.state, owner=named.owner)
        wanted |= alike & together
    rows = Alert.objects.filter(wanted).order_by("pk").select_for_update(no_key=True)
    members = list(rows)
    alert = next(member for member in members if member.pk == alert_id)
    if alert.state == State.CLOSED:
        words = (
            _("Its condition has ended meanwhile; nothing is left to do.")
            if alert.cleared_at
            else _("This alert is closed already.")
        )
        raise Conflict("alert_closed", words)
    return alert, members


def _refuse_of_another(alert: Alert, by: str) -> None:
    if alert.state == State.ACKNOWLEDGED and not same_person(alert.owner, by):
        raise Conflict(
            "alert_of_another",
            _("%(who)s sees to this alert. Take it over first, or leave it to them."),
            who=names_of([alert.owner])[alert.owner],
        )


def _steps(
    ids: list[int], act: str, *, by: str, at: datetime, text: str, due_at: datetime | None = None
) -> None:
    AlertStep.objects.bulk_create(
        AlertStep(alert_id=pk, at=at, by=by, act=act, text=text, due_at=due_at) for pk in ids
    )


def _note(alert: Alert, act: str, *, by: str, at: datetime, alerts: int) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="alert",
        object_id=alert.pk,
        district_id=alert.district_id,
        street_id=alert.street_id,
        rule=alert.detector,
        alerts=alerts,
    )
