"""Issues come by the clock, are made of the figures of their cut-off, and never change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, OperationalError, transaction

from core import clock
from core.audit import AuditEvent
from core.inputs import Conflict
from core.scope import Scope
from reporting.alerts.detectors import Ask
from reporting.outlets.detectors import OUTLET_LATE
from reporting.outlets.models import Outlet, OutletRun, RunFile, RunState
from reporting.outlets.queries.upward import superior_rows
from reporting.outlets.services import upward_runs
from reporting.outlets.services.upward import change_outlet
from reporting.outlets.services.upward_runs import (
    make_due_runs,
    make_run,
    open_due_runs,
    open_run_now,
)
from reporting.outlets.services.upward_steps import (
    UpwardUnknown,
    acknowledge,
    note_sent,
    note_taken,
)
from tests.upward.make import House, later


@pytest.fixture
def outlet(house: House) -> Outlet:
    """Data values every two hours from midnight here: 22:00, 00:00 and so on of the round."""
    return house.outlet(what="data_values")


def made_run(house: House, outlet: Outlet) -> OutletRun:
    run = open_run_now(outlet_id=outlet.pk, **house.who)
    assert make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))
    run.refresh_from_db()
    return run


def test_every_missed_cut_off_of_a_round_is_owed_once(house: House, outlet: Outlet) -> None:
    at = later(house, 7)  # 03:00; the outlet was made at 22:00

    assert open_due_runs(by="t", at=at) == 2
    assert open_due_runs(by="t", at=at) == 0

    runs = list(OutletRun.objects.order_by("number"))
    assert [(run.number, f"{clock.local(run.as_of):%H:%M}") for run in runs] == [
        (1, "00:00"), (2, "02:00"),
    ]  # fmt: skip
    assert {run.due_at - run.as_of for run in runs} == {timedelta(minutes=30)}


def test_outside_of_rounds_nothing_is_owed(house: House, outlet: Outlet) -> None:
    round_ = house.board.desk.place.round
    round_.state = "closed"
    round_.save()
    # It was to end at 16:00: of what came after that, nothing is told.
    at = later(house, 40)

    open_due_runs(by="t", at=at)

    assert max(run.as_of for run in OutletRun.objects.all()) <= round_.planned_end_at


def test_an_outlet_out_of_use_owes_nothing_and_nothing_of_that_time_afterwards(
    house: House, outlet: Outlet
) -> None:
    known = {
        "title": outlet.title, "cadence": "every", "first_minute": 0, "every_minutes": 120,
        "due_after": 30, "language": "zh-hans",
    }  # fmt: skip
    change_outlet(outlet_id=outlet.pk, active=False, **known, **house.who)
    assert open_due_runs(by="t", at=later(house, 7)) == 0
    change_outlet(outlet_id=outlet.pk, active=True, **known, **house.who)
    assert open_due_runs(by="t", at=later(house, 7.5)) == 0
    assert open_due_runs(by="t", at=later(house, 8)) == 1


def test_other_times_owe_nothing_of_before(house: House, outlet: Outlet) -> None:
    assert open_due_runs(by="t", at=later(house, 7)) == 2
    change_outlet(
        outlet_id=outlet.pk, title=outlet.title, cadence="every", first_minute=0,
        every_minutes=30, due_after=30, language="zh-hans", active=True, **house.who,
    )  # fmt: skip

    assert open_due_runs(by="t", at=later(house, 7.1)) == 0
    assert open_due_runs(by="t", at=later(house, 8)) == 2


def test_an_issue_by_hand_comes_after_what_was_missed_and_is_one_however_often_asked(
    house: House, outlet: Outlet
) -> None:
    later(house, 4.3)  # the worker was away at midnight
    first = open_run_now(outlet_id=outlet.pk, **house.who)
    again = open_run_now(outlet_id=outlet.pk, **house.who)

    assert first == again
    runs = OutletRun.objects.order_by("number")
    assert [f"{clock.local(run.as_of):%H:%M}" for run in runs] == ["00:00", "00:15"]


def test_a_database_that_is_slow_for_a_moment_fails_no_issue(
    house: House, outlet: Outlet, monkeypatch
) -> None:
    later(house, 2.1)
    run = open_run_now(outlet_id=outlet.pk, **house.who)

    def slow(*_args: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    with monkeypatch.context() as patch:
        patch.setattr(upward_runs, "make_file", slow)
        assert not make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))
    assert make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))


def test_a_daily_outlet_has_one_cut_off_a_day(house: House) -> None:
    house.outlet(title="日报", cadence="daily", first_minute=15 * 60 + 30)

    open_due_runs(by="t", at=later(house, 72))

    local = [clock.local(run.as_of) for run in OutletRun.objects.order_by("as_of")]
    assert [f"{each:%d %H:%M}" for each in local] == ["05 15:30", "06 15:30", "07 15:30"]


def test_figures_of_a_cut_off_are_waited_for(house: House, outlet: Outlet) -> None:
    at = later(house, 4)  # 00:00 exactly: the snapshot of this quarter is not there yet
    open_due_runs(by="t", at=at)

    assert make_due_runs(by="t", at=at + timedelta(minutes=1)) == 0
    assert make_due_runs(by="t", at=at + timedelta(minutes=5)) == 1


def test_what_is_made_is_never_changed(house: House, outlet: Outlet) -> None:
    later(house, 2.1)
    run = made_run(house, outlet)
    before = bytes(RunFile.objects.get(run=run).data)

    for change in (
        lambda: RunFile.objects.filter(run=run).update(name="x"),
        lambda: RunFile.objects.filter(run=run).delete(),
        lambda: OutletRun.objects.filter(pk=run.pk).update(number=9),
        lambda: OutletRun.objects.filter(pk=run.pk).update(as_of=run.opened_at),
        lambda: run.steps.update(words="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert bytes(RunFile.objects.get(run=run).data) == before
    house.board.capture("CJ0002", people=2)
    assert not make_run(run.pk, by="t", at=house.at)
    assert bytes(RunFile.objects.get(run=run).data) == before


def test_a_file_that_is_not_what_its_print_says_is_refused(house: House, outlet: Outlet) -> None:
    run = open_run_now(outlet_id=outlet.pk, **house.who)

    with pytest.raises(DatabaseError), transaction.atomic():
        RunFile.objects.create(
            run=run, name="a", content_type="b", data=b"c", sha256="0" * 64,
            figures_as_of=run.as_of, made_at=run.as_of, made_by="t",
        )  # fmt: skip


def test_who_sent_it_where_and_the_receipt_are_kept(house: House, outlet: Outlet) -> None:
    later(house, 2.1)
    run = open_run_now(outlet_id=outlet.pk, **house.who)
    with pytest.raises(Conflict):
        note_sent(run_id=run.pk, to="群", **house.who)
    make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))
    with pytest.raises(Conflict):
        acknowledge(run_id=run.pk, receipt="R1", **house.who)

    note_taken(run_id=run.pk, **house.who)
    note_sent(run_id=run.pk, to="市指挥部群", **house.who)
    acknowledge(run_id=run.pk, receipt="R1", **house.who)

    run.refresh_from_db()
    assert (run.state, run.sent_to, run.receipt) == (RunState.ACKNOWLEDGED, "市指挥部群", "R1")
    assert run.sent_by == house.scope.actor
    assert [step.act for step in run.steps.order_by("pk")] == [
        "opened", "made", "taken", "sent", "acknowledged",
    ]  # fmt: skip
    acts = AuditEvent.objects.filter(object_type="outlet_run").values_list("act", flat=True)
    assert set(acts) >= {"outlet_run.made", "outlet_run.sent", "outlet_run.acknowledged"}


def test_another_districts_issue_does_not_exist(house: House, outlet: Outlet) -> None:
    run = open_run_now(outlet_id=outlet.pk, **house.who)
    stranger = Scope(districts=frozenset({house.superior.district_id + 10_000}))

    for act in (
        lambda: note_sent(run_id=run.pk, to="x", scope=stranger, by="x", at=house.at),
        lambda: open_run_now(outlet_id=outlet.pk, scope=stranger, by="x", at=house.at),
        lambda: note_taken(run_id=run.pk, scope=stranger, by="x", at=house.at),
    ):
        with pytest.raises(UpwardUnknown):
            act()
    assert list(OutletRun.objects.within(stranger)) == []
    assert list(OutletRun.objects.within(None)) == []


def conditions(house: House, at, threshold: int = 10):
    ask = Ask(house.board.desk.place.round, at, at, threshold)
    return list(OUTLET_LATE.watch(ask)(at))


def test_people_are_told_before_the_superior_waits_and_until_it_is_sent(
    house: House, outlet: Outlet
) -> None:
    at = later(house, 4)
    open_due_runs(by="t", at=at)
    run = OutletRun.objects.get()
    assert conditions(house, run.due_at - timedelta(minutes=11)) == []

    [early] = conditions(house, run.due_at - timedelta(minutes=9))
    [late] = conditions(house, run.due_at + timedelta(minutes=3))
    assert (early.value, early.params["late"]) == (9, False)
    assert (late.value, late.params["late"]) == (3, True)
    assert "9" in OUTLET_LATE.words({**early.params, "value": early.value})
    assert OUTLET_LATE.words({**late.params, "value": 3})

    make_run(run.pk, by="t", at=at + timedelta(minutes=6))
    note_sent(run_id=run.pk, to="群", scope=house.scope, by="t",
              at=run.due_at + timedelta(minutes=5))  # fmt: skip
    assert conditions(house, run.due_at + timedelta(minutes=6)) == []
    # Looking back, it was late until it was sent.
    assert conditions(house, run.due_at + timedelta(minutes=4)) != []


def test_an_issue_that_a_later_one_overtook_is_not_waited_for(house: House, outlet: Outlet) -> None:
    at = later(house, 7)
    open_due_runs(by="t", at=at)
    first, second = OutletRun.objects.order_by("number")
    assert [c.params["issue"] for c in conditions(house, at)] == [first.number]

    make_run(second.pk, by="t", at=at)
    note_sent(run_id=second.pk, to="群", **house.who)

    assert conditions(house, at + timedelta(minutes=1)) == []
    [row] = superior_rows(house.scope, at)
    assert row.outlets[0].owed is None
    assert row.outlets[0].last == second


def test_a_data_value_document_holds_the_figures_of_its_cut(house: House) -> None:
    import json

    from reporting.outlets.queries.cut import cut_of

    asked = house.outlet(title="DVS", what="data_values", every_minutes=60)
    later(house, 2.1)

    run = made_run(house, asked)

    said = json.loads(bytes(run.file.data))
    cut = cut_of(house.scope, run.round, run.as_of)
    values = {(v["orgUnit"], v["dataElement"]): v["value"] for v in said["dataValues"]}
    assert values[cut.area.code, "swabs"] == str(cut.area.values["swabs"]) == "4"
    assert values[cut.streets[0].code, "target"] == str(cut.streets[0].values["target"])
    assert not [key for key in values if key[1] == "tubes_tested"]
    assert run.file.name.endswith(".json")
