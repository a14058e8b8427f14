"""Alerts of the daily numbers: when they stand, what they say, and that a submission ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from personnel.roles import Role
from reporting.alerts.detectors import Ask, Condition, detector
from reporting.alerts.models import Alert
from reporting.alerts.services.evaluation import evaluate
from reporting.daily.models import ReportForm
from reporting.daily.services import cutoffs, review
from tests.daily.make import DUE, House, make_house

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(db) -> House:
    return make_house(DUE - 60 * MINUTE)


def now(house: House, code: str, at, threshold: int | None = None) -> list[Condition]:
    found = detector(code)
    assert found is not None
    round_ = house.place.round
    round_.refresh_from_db()
    limit = found.default if threshold is None else threshold
    return list(found.watch(Ask(round_, at, at, limit))(at))


def replayed(house: House, code: str, at) -> list[Condition]:
    """As `now`, asked for the whole day beforehand."""
    found = detector(code)
    assert found is not None
    day = Ask(
        house.place.round, DUE - timedelta(hours=12), DUE + timedelta(hours=12), found.default
    )
    return list(found.watch(day)(at))


@pytest.mark.parametrize("ask", [now, replayed])
def test_the_district_is_told_once_and_more_urgently_as_time_runs_out(house: House, ask) -> None:
    assert ask(house, "report_reminder", DUE - 31 * MINUTE) == []
    [first] = ask(house, "report_reminder", DUE - 30 * MINUTE)
    assert (first.subject_kind, first.street_id, first.value) == ("round", None, 30)
    assert (first.params["missing"], first.params["expected"]) == (2, 2)
    assert first.since == DUE - 30 * MINUTE
    assert ask(house, "report_last_call", DUE - 11 * MINUTE) == []
    [second] = ask(house, "report_last_call", DUE - 10 * MINUTE)
    assert second.value == 10
    assert ask(house, "missing_report", DUE) == []
    late = ask(house, "missing_report", DUE + 5 * MINUTE)
    assert {c.street_id for c in late} == {house.place.here.pk, house.place.there.pk}
    assert {c.value for c in late} == {5}
    assert ask(house, "report_last_call", DUE + MINUTE) == []
    # After the lock nobody can send it: the matrix keeps it, an alert could not be ended.
    assert ask(house, "missing_report", DUE + 60 * MINUTE) == []

    order = [
        detector(c).severity for c in ("report_reminder", "report_last_call", "missing_report")
    ]
    assert order == ["info", "warn", "crit"]
    assert detector("report_last_call").inhibits == {"report_reminder"}


def test_a_submission_ends_it_at_that_moment(house: House) -> None:
    house.submit(at=DUE - 20 * MINUTE)
    [left] = now(house, "report_reminder", DUE - 20 * MINUTE)
    assert left.params["missing"] == 1

    house.submit(house.place.there, at=DUE + 7 * MINUTE, reason="late")
    [before] = replayed(house, "missing_report", DUE + 6 * MINUTE)
    assert before.street_id == house.place.there.pk
    assert replayed(house, "missing_report", DUE + 7 * MINUTE) == []
    assert now(house, "missing_report", DUE + 7 * MINUTE) == []


def test_an_alert_clears_with_the_submission_and_does_not_wait(house: House) -> None:
    def standing(at) -> set[tuple[str, int | None]]:
        evaluate(round_id=house.place.round.pk, at=at)
        ours = Alert.objects.standing().filter(detector__in=["report_last_call", "missing_report"])
        return set(ours.values_list("detector", "street_id"))

    here, there = house.place.here, house.place.there
    assert standing(DUE - 5 * MINUTE) == {("report_last_call", None)}
    late = DUE + MINUTE
    assert standing(late) == {("missing_report", here.pk), ("missing_report", there.pk)}
    house.submit(at=late, reason="no network")
    assert standing(late + MINUTE / 6) == {("missing_report", there.pk)}


def test_the_hourly_line_has_a_rule_of_its_own(house: House) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    cutoffs.open_due_reports(by="test", at=DUE - 60 * MINUTE)
    # The line of 14:00 was due 14:15.
    at = DUE - 14 * MINUTE
    assert {c.street_id for c in now(house, "missing_hourly", at)} == {
        house.place.here.pk, house.place.there.pk,
    }  # fmt: skip
    assert now(house, "missing_hourly", at - 2 * MINUTE) == []
    assert now(house, "missing_report", at) == []


@pytest.mark.parametrize("ask", [now, replayed])
def test_a_report_that_was_sent_back_waits_for_its_street(house: House, ask) -> None:
    house.submit(at=DUE - 20 * MINUTE)
    officer, sent = house.scope(Role.REPORTING_OFFICER), DUE + 5 * MINUTE
    review.return_report(
        report_id=house.report().pk, version=1, comment="a digit", scope=officer, by="r", at=sent
    )
    assert ask(house, "report_returned", sent + 19 * MINUTE) == []
    [waiting] = ask(house, "report_returned", sent + 25 * MINUTE)
    assert (waiting.street_id, waiting.since, waiting.value) == (house.place.here.pk, sent, 25)
    assert ask(house, "report_returned", house.report().lock_at) == []

    mended = sent + 30 * MINUTE
    house.submit(at=mended, reason="mended")
    assert ask(house, "report_returned", mended) == []


def test_sums_without_a_reason_contradict_until_somebody_decides(house: House) -> None:
    house.save(house.cell("sampled"), "6")  # 20 % off: under the form's 30 %, no reason asked
    sent = DUE - 20 * MINUTE
    house.submit(at=sent)

    [found] = now(house, "report_sums_contradict", sent)
    assert (found.street_id, found.value, found.since) == (house.place.here.pk, 20, sent)
    assert (found.params["said"], found.params["known"]) == (6, 5)
    assert now(house, "report_sums_contradict", sent, threshold=20) == []

    officer = house.scope(Role.REPORTING_OFFICER)
    decided = sent + 5 * MINUTE
    review.accept(report_id=house.report().pk, version=1, scope=officer, by="r", at=decided)
    assert now(house, "report_sums_contradict", decided) == []
    assert replayed(house, "report_sums_contradict", sent - MINUTE) == []
    assert len(replayed(house, "report_sums_contradict", sent + MINUTE)) == 1
    assert replayed(house, "report_sums_contradict", decided) == []


def test_a_sum_with_its_reason_is_no_contradiction(house: House) -> None:
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit()

    assert now(house, "report_sums_contradict", house.at) == []


def test_sentences_name_the_form_and_its_time(house: House) -> None:
    def said(code: str, found: Condition) -> str:
        with translation.override("en"):
            return detector(code).words({**found.params, "value": found.value})

    [soon] = now(house, "report_reminder", DUE - 30 * MINUTE)
    late = now(house, "missing_report", DUE + MINUTE)[0]
    house.save(house.cell("sampled"), "6")
    house.submit()
    [off] = now(house, "report_sums_contradict", house.at)

    assert said("report_reminder", soon) == (
        "Daily report due 15:00: 2 of 2 streets not in, 30 minutes left"
    )
    assert said("missing_report", late) == "Daily report of 15:00 missing for 1 minute"
    assert said("report_sums_contradict", off) == (
        "reports Sampled 6, scanned are 5: 20 % off, no reason"
    )
