"""What the tables themselves refuse."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from reporting.alerts.models import Alert, AlertRule, AlertStep
from tests.personnel.make import make_district

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert() -> Alert:
    place = make_district()
    at = place.round.starts_at
    rule = AlertRule.objects.create(
        district=place.district,
        detector="silent_point",
        threshold=30,
        severity="warn",
        escalate_after=15,
        changed_at=at,
        changed_by="test",
    )
    return Alert.objects.create(
        round=place.round,
        rule=rule,
        detector="silent_point",
        district_id=place.district.pk,
        street_id=place.here.pk,
        subject_kind="point",
        subject_id=1,
        severity="warn",
        since=at,
        raised_at=at,
        last_seen_at=at,
        waiting_since=at,
    )


def again(alert: Alert) -> Alert:
    twin = Alert.objects.get(pk=alert.pk)
    twin.pk = None
    twin._state.adding = True
    return twin


def test_one_subject_has_one_alert_of_a_rule_until_it_cleared(alert: Alert) -> None:
    with pytest.raises(IntegrityError, match="alert_one_per_subject"), transaction.atomic():
        again(alert).save()
    at = alert.raised_at
    Alert.objects.update(state="closed", ended_at=at, ended_by="x")  # closed by hand: still there
    with pytest.raises(IntegrityError, match="alert_one_per_subject"), transaction.atomic():
        again(alert).save()
    Alert.objects.update(cleared_at=at)

    again(alert).save()

    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"state": "acked", "owner": "user:1"}, "alert_handled_says_how"),
        ({"state": "snoozed"}, "alert_handled_says_how"),
        ({"state": "closed"}, "alert_closed_by_somebody"),
        ({"ended_by": "user:1"}, "alert_closed_by_somebody"),
        ({"cleared_at": "2021-11-04T00:00:00Z"}, "alert_cleared_is_closed"),
    ],
)
def test_a_state_without_its_author_is_refused(alert: Alert, wrong: dict, name: str) -> None:
    with pytest.raises(IntegrityError, match=name):
        Alert.objects.filter(pk=alert.pk).update(**wrong)


def test_steps_are_never_changed(alert: Alert) -> None:
    step = AlertStep.objects.create(
        alert=alert, at=alert.raised_at, by="system", act=AlertStep.Act.RAISED
    )

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AlertStep.objects.filter(pk=step.pk).update(text="something else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        step.delete()
