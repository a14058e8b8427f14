"""Taking on, putting aside, closing: every refusal alone, and whose alerts one may touch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope
from reporting.alerts.models import Alert, AlertRule
from reporting.alerts.queries import lists
from reporting.alerts.services import handling
from reporting.alerts.services.rules import change_rule
from tests.alerts.make import Field

pytestmark = pytest.mark.django_db

ME, OTHER = "user:1:dispatcher", "user:2:street_official"


@pytest.fixture
def field() -> Field:
    made = Field()
    made.units(1)
    made.units(1, made.point(made.place.there))
    made.run(30)
    return made


@pytest.fixture
def alert(field: Field) -> Alert:
    return Alert.objects.get(street_id=field.place.here.pk)


def take_on(field: Field, alert: Alert, *, by: str = ME, **over: Any) -> int:
    given: dict[str, Any] = {
        "action": "calling the head of the point",
        "due_at": field.at(60),
        "whole_group": False,
        "scope": field.district(by),
        "at": field.at(31),
    }
    return handling.acknowledge(alert_id=alert.pk, by=by, **{**given, **over})


def put_aside(field: Field, alert: Alert, *, by: str = ME, **over: Any) -> int:
    given: dict[str, Any] = {
        "reason": "generator is being repaired",
        "until": field.at(60),
        "whole_group": False,
        "scope": field.district(by),
        "at": field.at(31),
    }
    return handling.snooze(alert_id=alert.pk, by=by, **{**given, **over})


def close(field: Field, alert: Alert, *, by: str = ME, **over: Any) -> int:
    given: dict[str, Any] = {
        "reason": "point has moved indoors",
        "whole_group": False,
        "scope": field.district(by),
        "at": field.at(31),
    }
    return handling.close(alert_id=alert.pk, by=by, **{**given, **over})


def refused(act: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def test_taking_on_says_who_what_and_by_when(field: Field, alert: Alert) -> None:
    take_on(field, alert)

    alert.refresh_from_db()
    assert (alert.state, alert.owner, alert.due_at) == ("acked", ME, field.at(60))
    step = alert.steps.get(act="acked")
    assert (step.by, step.text, step.due_at) == (ME, "calling the head of the point", field.at(60))
    event = AuditEvent.objects.get(act="alert.acknowledge")
    # Free text may name people: it stays with the alert.
    assert event.summary == {"rule": "silent_point", "alerts": 1}


@pytest.mark.parametrize(
    ("act", "word", "code"),
    [(take_on, "action", "words_missing"), (put_aside, "reason", "words_missing"),
     (close, "reason", "words_missing")],
)  # fmt: skip
@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_no_words_no_act(
    field: Field, alert: Alert, act: Any, word: str, code: str, text: str
) -> None:
    assert refused(act, field, alert, **{word: text}).code == code
    alert.refresh_from_db()
    assert alert.state == "open"


@pytest.mark.parametrize(("act", "name"), [(take_on, "due_at"), (put_aside, "until")])
def test_a_time_lies_ahead_and_within_a_day(
    field: Field, alert: Alert, act: Any, name: str
) -> None:
    assert refused(act, field, alert, **{name: field.at(31)}).code == "time_past"
    assert refused(act, field, alert, **{name: field.at(30)}).code == "time_past"
    beyond = field.at(31) + timedelta(hours=24, seconds=1)
    assert refused(act, field, alert, **{name: beyond}).code == "time_far"
    assert act(field, alert, **{name: field.at(31) + timedelta(hours=24)}) == 1


@pytest.mark.parametrize("act", [take_on, put_aside, close])
def test_an_alert_of_a_neighbour_street_does_not_exist(field: Field, act: Any) -> None:
    there = Alert.objects.get(street_id=field.place.there.pk)

    refusal = refused(act, field, there, scope=field.official())

    assert (refusal.code, refusal.status) == ("alert_unknown", 404)
    assert refused(act, field, there, scope=Scope()).status == 404
    assert act(field, there, scope=field.official(field.place.there)) == 1


@pytest.mark.parametrize("act", [put_aside, close])
def test_nobody_acts_over_anothers_head(field: Field, alert: Alert, act: Any) -> None:
    take_on(field, alert, by=OTHER)

    refusal = refused(act, field, alert)
    assert isinstance(refusal, Conflict)
    assert refusal.code == "alert_of_another"

    # Of two who take it on at once, the second is told; taking over is said in so many words.
    assert refused(take_on, field, alert).code == "alert_of_another"
    assert take_on(field, alert, over=True) == 1
    assert alert.steps.order_by("pk").last().act == "taken"
    assert act(field, alert) == 1


def test_one_person_in_two_roles_is_one_person(field: Field, alert: Alert) -> None:
    take_on(field, alert, by="user:1:commander")

    assert close(field, alert) == 1
    assert handling.same_person("user:1:commander", "user:1:dispatcher")
    assert not handling.same_person("user:1:commander", "user:11:commander")


def test_what_is_closed_is_closed(field: Field, alert: Alert) -> None:
    close(field, alert)
    close(field, alert)  # the button was pressed twice

    assert alert.steps.filter(act="closed").count() == 1
    assert refused(close, field, alert, by=OTHER).code == "alert_closed"
    assert refused(close, field, alert, reason="another").code == "alert_closed"
    for act in (take_on, put_aside):
        assert refused(act, field, alert).code == "alert_closed"


def test_a_group_is_handled_at_once_without_what_others_took_on() -> None:
    field = Field()
    for _ in range(3):
        field.units(1)
    field.units(1, field.point(field.place.there))
    field.heard(field.units(1)[0], 25)  # so that it is not the network
    for unit in field.units(4):
        field.heard(unit, 29)
    field.run(31)
    here = Alert.objects.filter(street_id=field.place.here.pk).order_by("pk")
    take_on(field, here[2], by=OTHER, at=field.at(32))

    assert take_on(field, here[0], whole_group=True, at=field.at(32)) == 2

    owners = list(here.values_list("owner", flat=True))
    assert owners == [ME, ME, OTHER]
    assert Alert.objects.get(street_id=field.place.there.pk).state == "open"

    # Whatever was decided together is decided anew, ended and taken over together.
    later = {"due_at": field.at(90), "whole_group": True}
    assert take_on(field, here[1], at=field.at(33), **later) == 2
    assert set(here.values_list("due_at", flat=True)) == {field.at(90), field.at(60)}
    assert take_on(field, here[1], by="user:3:dispatcher", at=field.at(34), over=True, **later) == 2
    closed = close(
        field, here[0], by="user:3:dispatcher", whole_group=True, at=field.at(35)
    )  # fmt: skip
    assert closed == 2
    assert list(here.values_list("state", flat=True)) == ["closed", "closed", "acked"]


def test_when_an_open_alert_escalates_is_not_what_another_promised(field: Field) -> None:
    field.units(1)
    field.run(61)
    first, second = Alert.objects.filter(street_id=field.place.here.pk).order_by("pk")
    take_on(field, first, at=field.at(61), due_at=field.at(62))

    [street] = [
        s for s in lists.standing(field.district(), now=field.at(63))
        if s.division == field.place.here
    ]  # fmt: skip
    assert street.groups[0].lead == second
    assert street.groups[0].due_at == field.at(61 + 30)


def test_lists_show_what_stands_in_ones_area(field: Field, alert: Alert) -> None:
    now = field.at(32)
    assert lists.counts(field.district()) == {"open": 2, "mine": 0, "snoozed": 0}
    take_on(field, alert)
    there = Alert.objects.get(street_id=field.place.there.pk)
    put_aside(field, there, by=OTHER)

    assert lists.counts(field.district()) == {"open": 1, "mine": 1, "snoozed": 1}
    [street] = lists.standing(field.district(), now=now)
    assert street.division == field.place.here
    assert [s.division for s in lists.owned(field.district(), now=now)] == [field.place.here]
    assert [s.division for s in lists.snoozed(field.district(), now=now)] == [field.place.there]
    assert lists.snoozed(field.official(), now=now) == []
    # What another alert explains is no work, but what one took on or put aside stays in its list.
    Alert.objects.update(inhibited=True)
    assert lists.counts(field.district()) == {"open": 0, "mine": 1, "snoozed": 1}
    assert len(lists.owned(field.district(), now=now)) == 1
    Alert.objects.update(inhibited=False)
    assert lists.standing(Scope(), now=now) == []
    close(field, there, by=OTHER)
    assert list(lists.closed(field.district())) == [there]
    assert list(lists.closed(field.official())) == []


def test_the_worst_street_stands_first(field: Field) -> None:
    there = Alert.objects.get(street_id=field.place.there.pk)
    order = [s.division for s in lists.standing(field.district(), now=field.at(32))]
    assert order[0] == field.place.here  # alike: as they came

    Alert.objects.filter(pk=there.pk).update(escalated_at=field.at(31))
    order = [s.division for s in lists.standing(field.district(), now=field.at(32))]
    assert order[0] == field.place.there


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"threshold": 4}, "threshold_range"),
        ({"threshold": 241}, "threshold_range"),
        ({"severity": "loud"}, "severity_unknown"),
        ({"escalate_after": 0}, "escalation_range"),
        ({"escalate_after": 1441}, "escalation_range"),
        ({"code": "nonsense"}, "rule_unknown"),
        ({"version": 7}, "rule_changed"),
    ],
)
def test_a_senseless_rule_is_refused(field: Field, over: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {
        "district": field.place.district,
        "code": "silent_point",
        "threshold": 40,
        "severity": "crit",
        "escalate_after": 10,
        "enabled": True,
        "version": 1,
        "by": ME,
        "at": field.at(31),
    }

    assert refused(change_rule, **{**given, **over}).code == code
    assert AlertRule.objects.get(detector="silent_point").threshold == 30
    assert change_rule(**given).version == 2
    assert change_rule(**given).version == 2  # sent twice
    assert refused(change_rule, **{**given, "threshold": 50}).code == "rule_changed"
