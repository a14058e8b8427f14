"""Conditions become alerts once, clear after they stayed away, inhibit, escalate, and wake."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent
from reporting.alerts.detectors import registry
from reporting.alerts.models import Alert, AlertRule, AlertRun
from reporting.alerts.services import handling
from reporting.alerts.services.evaluation import evaluate, rounds_to_evaluate
from reporting.alerts.services.rules import change_rule
from sites.models import SamplingUnit
from tests.alerts.make import Field

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    return Field()


def steps(alert: Alert) -> list[str]:
    return list(alert.steps.order_by("pk").values_list("act", flat=True))


def test_a_condition_is_one_alert_however_often_the_rules_run(field: Field) -> None:
    [unit] = field.units(1)

    assert field.run(29).raised == 0
    assert field.run(30).raised == 1
    assert field.run(30).raised == 0
    assert field.run(36).raised == 0

    [alert] = field.alerts("silent_point")
    assert (alert.subject_id, alert.raised_at, alert.since) == (
        unit.point_id,
        field.at(30),
        field.start,
    )
    assert (alert.last_seen_at, alert.value) == (field.at(36), 36)
    assert steps(alert) == ["raised"]
    assert AlertRun.objects.get().at == field.at(36)
    assert AuditEvent.objects.filter(act="alerts.run").count() == 1


def test_a_condition_that_flaps_is_one_alert_and_clears_once_it_stayed_away(field: Field) -> None:
    point = field.point()
    field.queue(point, "jammed", 1)
    field.queue(point, "jammed", 3)
    field.run(4)
    field.queue(point, "busy", 5)
    field.run(6)
    [alert] = field.alerts("queue_long")
    assert alert.absent_since == field.at(6)

    field.queue(point, "jammed", 7)
    field.queue(point, "jammed", 8)
    assert field.run(9).raised == 0
    alert.refresh_from_db()
    assert alert.absent_since is None

    field.queue(point, "smooth", 10)
    assert field.run(11).cleared == 0
    assert field.run(15.9).cleared == 0
    assert field.run(16).cleared == 1
    alert.refresh_from_db()
    assert (alert.state, alert.cleared_at, alert.ended_by) == (
        "closed",
        field.at(16),
        "system:alerts",
    )
    assert steps(alert) == ["raised", "cleared"]

    field.queue(point, "jammed", 17)
    field.queue(point, "jammed", 19)
    assert field.run(20).raised == 1
    assert Alert.objects.filter(detector="queue_long").count() == 2


def test_what_was_closed_by_hand_is_not_raised_again_while_it_lasts(field: Field) -> None:
    field.units(1)
    field.run(30)
    [alert] = field.alerts("silent_point")
    handling.close(
        alert_id=alert.pk,
        reason="closed for lunch",
        whole_group=False,
        scope=field.district(),
        by="user:1:dispatcher",
        at=field.at(31),
    )

    for minute in (32, 60, 90):
        assert field.run(minute).raised == 0
    alert.refresh_from_db()
    assert (alert.cleared_at, alert.last_seen_at) == (None, field.at(90))


def busy(field: Field, unit: SamplingUnit, start: int, end: int) -> None:
    """Data of a unit in every minute from `start` to `end`."""
    field.heard(unit, *range(start, end + 1))


def test_a_cut_network_explains_the_silence_of_its_street_only(field: Field) -> None:
    here = [field.units(1)[0] for _ in range(4)]
    [there] = field.units(1, field.point(field.place.there))
    for unit in [*here, there]:
        busy(field, unit, 0, 20)

    assert field.run(35).raised == 1
    assert field.run(55).raised == 1

    [network] = field.alerts("network_down")
    assert network.street_id == field.place.here.pk
    [silent] = field.alerts("silent_point")
    assert silent.subject_id == there.point_id

    # The network is back, but one point stays silent: now it is its own alert.
    for unit in here[1:]:
        busy(field, unit, 56, 70)
    field.run(57)
    assert field.run(60).raised == 0  # the network's alert stands until it stayed away
    assert field.run(63).raised == 1
    assert {alert.subject_id for alert in field.alerts("silent_point")} == {
        there.point_id,
        here[0].point_id,
    }


def test_alerts_that_stood_before_the_network_went_are_hidden_not_lost(field: Field) -> None:
    here = [field.units(1)[0] for _ in range(5)]
    for unit in here[1:]:
        busy(field, unit, 0, 31)
    field.run(31)
    [first] = Alert.objects.filter(subject_id=here[0].point_id)
    field.run(50)

    first.refresh_from_db()
    assert (first.state, first.inhibited) == ("open", True)
    assert len(field.alerts("network_down")) == 1
    field.run(90)
    first.refresh_from_db()
    assert first.escalated_at is None


def test_what_a_person_closed_explains_nothing_any_more(field: Field) -> None:
    here = [field.units(1)[0] for _ in range(4)]
    for unit in here:
        busy(field, unit, 0, 20)
    field.run(35)
    field.run(55)
    [network] = field.alerts("network_down")
    assert field.alerts("silent_point") == []

    handling.close(
        alert_id=network.pk,
        reason="the network works, they are at lunch",
        whole_group=False,
        scope=field.district(),
        by="user:1:dispatcher",
        at=field.at(56),
    )

    assert field.run(57).raised == 4
    assert len(field.alerts("silent_point")) == 4


def test_what_was_hidden_waits_for_somebody_since_it_is_shown(field: Field) -> None:
    here = [field.units(1)[0] for _ in range(5)]
    for unit in here[1:]:
        busy(field, unit, 0, 31)
    field.run(31)
    [first] = Alert.objects.filter(subject_id=here[0].point_id)
    for minute in (50, 90):
        field.run(minute)
    for unit in here[1:]:
        busy(field, unit, 91, 130)
    for minute in (92, 98, 99):
        assert field.run(minute).escalated == 0

    first.refresh_from_db()
    assert (first.inhibited, first.escalated_at) == (False, None)
    assert field.run(130).escalated == 1


def idle_beside_busy(field: Field, idle: list[tuple[int, int]]) -> None:
    """A point with five busy units, and units last heard at the minutes given."""
    point = field.point()
    units = field.units(5 + len(idle), point)
    for unit in units[:5]:
        busy(field, unit, 0, 60)
    for unit, (start, end) in zip(units[5:], idle, strict=True):
        busy(field, unit, start, end)


def test_a_group_disturbs_once(field: Field) -> None:
    idle_beside_busy(field, [(0, 10), (0, 13), (0, 16)])
    for minute in range(20, 50, 2):
        field.run(minute)

    idle = field.alerts("unit_idle")
    assert len(idle) == 3
    assert [alert.leads for alert in idle] == [True, False, False]


def test_whoever_joins_a_group_joins_what_was_decided_for_it(field: Field) -> None:
    idle_beside_busy(field, [(0, 5), (0, 25)])
    field.run(30)
    [first] = field.alerts("unit_idle")
    handling.acknowledge(
        alert_id=first.pk,
        action="moving staff",
        due_at=field.at(60),
        whole_group=True,
        scope=field.district(),
        by="user:1:dispatcher",
        at=field.at(31),
    )
    field.run(45)

    joined = field.alerts("unit_idle")[1]
    assert (joined.state, joined.owner, joined.action) == (
        "acked",
        "user:1:dispatcher",
        "moving staff",
    )


def test_what_nobody_takes_on_in_time_escalates_once(field: Field) -> None:
    field.units(1)
    field.run(30)
    AlertRule.objects.filter(detector="silent_point").update(escalate_after=20)

    assert field.run(49).escalated == 0
    assert field.run(50).escalated == 1
    assert field.run(70).escalated == 0
    [alert] = field.alerts("silent_point")
    assert alert.escalated_at == field.at(50)
    assert steps(alert) == ["raised", "escalated"]


def test_a_promise_that_was_not_kept_escalates(field: Field) -> None:
    field.units(1)
    field.run(30)
    [alert] = field.alerts("silent_point")
    handling.acknowledge(
        alert_id=alert.pk,
        action="calling",
        due_at=field.at(40),
        whole_group=False,
        scope=field.district(),
        by="user:1:dispatcher",
        at=field.at(31),
    )

    assert field.run(39).escalated == 0
    assert field.run(40).escalated == 1


def test_a_snooze_ends_and_the_alert_waits_anew(field: Field) -> None:
    field.units(1)
    field.run(30)
    [alert] = field.alerts("silent_point")
    handling.snooze(
        alert_id=alert.pk,
        reason="generator is being repaired",
        until=field.at(90),
        whole_group=False,
        scope=field.district(),
        by="user:1:dispatcher",
        at=field.at(31),
    )
    field.run(89)
    alert.refresh_from_db()
    assert (alert.state, alert.escalated_at) == ("snoozed", None)

    field.run(90)
    alert.refresh_from_db()
    assert (alert.state, alert.owner, alert.waiting_since) == ("open", "", field.at(90))
    assert steps(alert)[-1] == "woke"
    assert field.run(91).escalated == 0


def test_a_rule_that_is_switched_off_clears_its_alerts(field: Field) -> None:
    field.units(1)
    field.run(30)
    AlertRule.objects.filter(detector="silent_point").update(enabled=False)
    field.run(31)
    field.run(36)

    assert field.alerts("silent_point") == []


def test_a_round_that_ended_clears_its_alerts(field: Field) -> None:
    field.units(1)
    field.run(30)
    field.place.round.state = "closed"
    field.place.round.save()

    assert rounds_to_evaluate() == [field.place.round.pk]
    field.run(31)
    field.run(36)
    assert not Alert.objects.standing().exists()
    assert rounds_to_evaluate() == []


def test_a_rule_that_cannot_be_run_leaves_the_others_alone(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = field.point()
    field.units(1)
    field.run(30)

    def broken(ask: registry.Ask) -> registry.Judge:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
        return registry.nothing

    found = registry.detector("silent_point")
    assert found is not None
    replaced = {**registry._DETECTORS, "silent_point": _with(found, broken)}
    monkeypatch.setattr(registry, "_DETECTORS", replaced)
    field.queue(point, "jammed", 30)
    field.queue(point, "jammed", 32)

    for minute in (33, 40, 50):
        outcome = evaluate(round_id=field.place.round.pk, at=field.at(minute))
        assert outcome is not None
        assert outcome.problems == ("silent_point",)
    assert len(field.alerts("queue_long")) == 1
    # Not judged is not cleared.
    assert len(field.alerts("silent_point")) == 1
    assert AlertRun.objects.get().problems == ["silent_point"]


def _with(found: registry.Detector, watch) -> registry.Detector:
    from dataclasses import replace

    return replace(found, watch=watch)


def test_a_change_of_a_rule_is_judged_by_at_the_next_run(field: Field) -> None:
    field.units(1)
    field.run(20)
    rule = AlertRule.objects.get(detector="silent_point")
    change_rule(
        district=field.place.district,
        code="silent_point",
        threshold=20,
        severity="crit",
        escalate_after=15,
        enabled=True,
        version=rule.version,
        by="user:1:commander",
        at=field.at(21),
    )
    field.run(22)

    [alert] = field.alerts("silent_point")
    assert alert.severity == "crit"
    event = AuditEvent.objects.get(act="alert_rule.change")
    assert event.summary["changes"]["threshold"] == [30, 20]


def test_a_run_costs_the_same_for_one_street_and_thirty(field: Field) -> None:
    counts = []
    for streets, minute in ((1, 35), (30, 40)):
        for _ in range(streets):
            point = field.point(field.street())
            field.units(2, point)
            field.queue(point, "jammed", 10)
            field.queue(point, "jammed", 20)
        field.run(minute)
        with CaptureQueriesContext(connection) as queries:
            field.run(minute + 1)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert len(field.alerts("queue_long")) == 31
