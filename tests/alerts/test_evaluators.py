"""Rules run by two workers at once, and by the doorbell for every round."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from core import clock
from reporting.alerts import tasks
from reporting.alerts.models import Alert, AlertRun, AlertStep
from reporting.alerts.services.evaluation import evaluate
from tests.alerts.make import Field


@pytest.mark.django_db(transaction=True)
def test_two_evaluators_at_once_raise_one_alert() -> None:
    field = Field()
    field.units(1)
    field.beat()
    gate = threading.Barrier(2)
    outcomes = []

    def work() -> None:
        gate.wait(5)
        outcomes.append(evaluate(round_id=field.place.round.pk, at=field.at(40)))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sum(outcome.raised for outcome in outcomes if outcome) == 1
    assert Alert.objects.filter(detector="silent_point").count() == 1
    assert AlertStep.objects.filter(act="raised").count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_the_lock_taken_leaves_it() -> None:
    field = Field()
    field.units(1)
    field.beat()
    answers = []
    with transaction.atomic():
        assert evaluate(round_id=field.place.round.pk, at=field.at(40)) is not None

        def work() -> None:
            answers.append(evaluate(round_id=field.place.round.pk, at=field.at(41)))
            connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(20)

    assert answers == [None]
    assert timedelta(0) == Alert.objects.get().last_seen_at - field.at(40)


@pytest.mark.django_db
def test_the_doorbell_runs_the_rules_of_every_running_round() -> None:
    field, other = Field(), Field()
    for each in (field, other):
        each.units(1)
    clock.set_clock(field.at(40), rate=0.001)
    field.beat()

    tasks.evaluate()

    rounds = {field.place.round.pk, other.place.round.pk}
    assert set(AlertRun.objects.values_list("round_id", flat=True)) == rounds
    assert set(Alert.objects.values_list("round_id", flat=True)) == rounds
