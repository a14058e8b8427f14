"""The life of a report: opened by the clock, pre-filled, filled, submitted, reviewed, locked."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.models import Round
from core.inputs import Conflict, Refused
from core.models import AuditEvent
from personnel.roles import Role
from reporting.daily.models import (
    CellChange,
    Cutoff,
    Report,
    ReportCell,
    ReportForm,
    ReportStep,
    ReportVersion,
    State,
    VersionCell,
)
from reporting.daily.queries.owing import newer_figures
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.services import cutoffs, review
from reporting.daily.services.entry import NotEditable, ReportUnknown, confirm_line
from reporting.daily.services.prefill import take_newest
from reporting.daily.services.submission import Unsound
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    return make_house()


def test_every_street_with_a_target_owes_each_cutoff_once(house: House) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    for _ in range(2):
        cutoffs.open_due_reports(by="test", at=house.at)

    assert Report.objects.filter(cutoff=house.cutoff).count() == 2
    hourly = Cutoff.objects.filter(form__code="hourly").order_by("as_of")
    # The round began at 20:00: 21:00 of that day up to 14:00 of the next.
    assert [hourly.count(), (hourly.last().as_of - hourly.first().as_of).seconds // 3600] == [
        18,
        17,
    ]


def test_no_hour_is_owed_once_sampling_has_ended(house: House) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    Round.objects.filter(pk=house.place.round.pk).update(state="closing")

    cutoffs.open_due_reports(by="test", at=house.at + timedelta(days=1))

    assert not Cutoff.objects.filter(form__code="hourly").exists()
    assert Cutoff.objects.filter(form__code="daily").count() == 2


def test_cells_start_from_what_the_boards_show(house: House) -> None:
    found = {code: house.cell(code).value for code in ("registered", "target", "sampled", "swabs")}

    assert found == {"registered": 100, "target": 90, "sampled": 5, "swabs": 6}
    assert house.cell("remaining").value == 85
    assert house.cell("home_done").value is None  # nobody knows: typed
    assert house.cell("sampled").system_at is not None


def test_newer_figures_are_taken_but_never_over_a_persons(house: House) -> None:
    house.save(house.cell("sampled"), "7", reason="paper")
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(house.at)

    moved = take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=house.at)

    assert moved >= 2
    sampled, swabs = house.cell("sampled"), house.cell("swabs")
    assert (sampled.value, sampled.system_value) == (7, 8)
    assert (swabs.value, swabs.system_value) == (9, 9)


def test_after_the_cutoff_the_figures_are_those_known_then(house: House) -> None:
    from reporting.progress.services.snapshots import take_due_snapshots

    take_due_snapshots(at=DUE)
    late = DUE + timedelta(minutes=10)
    set_time(late)
    house.board.capture("TUBE000002", people=3, strangers=0)

    take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=late)

    assert (house.cell("sampled").value, house.cell("sampled").system_at) == (5, DUE)


def test_a_change_sent_again_is_the_same_change(house: House) -> None:
    key, cell = uuid.uuid4(), house.cell("sampled")

    first = house.save(cell, "7", key=key, reason="paper")
    again = house.save(cell, "7", key=key, reason="paper")

    assert [o.verdict for o in (*first.outcomes, *again.outcomes)] == ["saved", "duplicate"]
    assert CellChange.objects.count() == 1
    assert (first.edition_before + 1, again.edition) == (first.edition, first.edition)


def test_whoever_types_over_anothers_number_is_told_both(house: House) -> None:
    cell = house.cell("sampled")
    house.save(cell, "7", reason="paper")

    saved = house.save(cell, "8", reason="paper")  # typed over the first edition

    [outcome] = saved.outcomes
    assert (outcome.verdict, outcome.cell.value) == ("conflict", 7)
    assert house.cell("sampled").value == 7
    assert saved.edition == saved.edition_before


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("sampled", "1.2万", "number_offered"),
        ("sampled", "-1", "number_not_whole"),
        ("sampled", "12345678901", "number_too_long"),
        ("sampled", "seven", "number_not_whole"),
    ],
)
def test_what_cannot_be_read_is_refused_alone(house, code, text, refusal) -> None:
    [outcome] = house.save(house.cell(code), text).outcomes

    assert (outcome.verdict, outcome.refusal.code) == ("refused", refusal)
    assert house.cell(code).value == 5


def test_other_reasons_need_words(house: House) -> None:
    [outcome] = house.save(house.cell("sampled"), "7", reason="other").outcomes

    assert outcome.refusal.code == "reason_without_comment"


def test_a_neighbours_cell_is_no_cell(house: House) -> None:
    theirs = house.cell("sampled", house.place.community_there, house.place.there)

    with pytest.raises(ReportUnknown):
        house.save(theirs, "7")
    worker = house.scope(Role.COMMUNITY_WORKER, house.place.community_here)
    [outcome] = house.save(house.street_cell("vehicles"), "7", worker).outcomes
    assert outcome.refusal.code == "cell_unknown"


def test_a_community_confirms_its_line_until_a_number_changes(house: House) -> None:
    worker = house.scope(Role.COMMUNITY_WORKER, house.place.community_here)
    cell = house.cell("sampled")
    line = confirm_line(
        line_id=cell.line_id, confirmed=True, scope=worker, by="worker", at=house.at
    )
    assert line.confirmed_by == "worker"

    house.save(cell, "6", reason="paper")

    line.refresh_from_db()
    assert line.confirmed_at is None


def test_a_confirmed_line_with_newer_figures_is_to_be_confirmed_again(house: House) -> None:
    worker = house.scope(Role.COMMUNITY_WORKER, house.place.community_here)
    line, report = house.cell("sampled").line, house.report().pk
    confirm_line(line_id=line.pk, confirmed=True, scope=worker, by="worker", at=house.at)
    take_newest(report_id=report, scope=house.scope(), by="x", at=house.at)
    line.refresh_from_db()
    assert line.confirmed_by == "worker"  # nothing moved
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(house.at)

    assert take_newest(report_id=report, scope=house.scope(), by="x", at=house.at)

    line.refresh_from_db()
    assert (line.confirmed_at, line.confirmed_by) == (None, "")


def test_a_submission_is_one_however_often_it_is_sent(house: House) -> None:
    key = uuid.uuid4()

    first, again = house.submit(key=key), house.submit(key=key)

    assert first == again
    assert ReportVersion.objects.count() == 1
    assert (
        VersionCell.objects.filter(version=first, column__code="sampled")
        .get(community=house.place.community_here)
        .value
        == 5
    )
    assert (house.report().state, first.late, first.number) == (State.SUBMITTED, False, 1)
    assert AuditEvent.objects.filter(act="report.submitted").count() == 1


def test_what_changed_since_it_was_looked_at_is_not_submitted(house: House) -> None:
    seen = house.report().edition
    house.save(house.cell("sampled"), "6", reason="paper")

    with pytest.raises(Conflict) as refused:
        house.submit(seen=seen)

    assert refused.value.code == "report_moved"


def test_hard_problems_block_and_soft_ones_ask_for_a_reason(house: House) -> None:
    house.save(house.cell("exempt"), "101")
    house.save(house.cell("sampled"), "9")

    with pytest.raises(Unsound) as refused:
        house.submit()

    assert [(p.code, p.column.code) for p in refused.value.problems] == [
        ("within", "exempt"), ("near_source", "sampled"),
    ]  # fmt: skip
    house.save(house.cell("exempt"), "10")
    house.save(house.cell("sampled"), "9", reason="paper")
    assert house.submit().number == 1


def test_a_late_report_says_why(house: House) -> None:
    late = DUE + timedelta(minutes=1)

    with pytest.raises(Refused) as refused:
        house.submit(at=late)
    assert refused.value.code == "late_without_reason"

    assert house.submit(at=late, reason="line was down").late is True


def test_a_returned_report_comes_back_as_a_new_version(house: House) -> None:
    house.submit()
    officer = house.scope(Role.REPORTING_OFFICER)
    review.return_report(
        report_id=house.report().pk, version=1, comment="tubes?", scope=officer, by="r", at=house.at
    )
    with pytest.raises(Refused) as refused:
        house.submit()
    assert refused.value.code == "correction_without_reason"
    second = house.submit(reason="tubes counted again")

    review.accept(report_id=house.report().pk, version=2, scope=officer, by="r", at=house.at)

    report = house.report()
    assert (second.number, report.state, report.accepted_version) == (2, State.ACCEPTED, 2)
    steps = ReportStep.objects.filter(report=report).values_list("to_state", flat=True)
    assert [*steps] == ["submitted", "returned", "submitted", "accepted"]


def test_what_changed_under_review_is_not_accepted(house: House) -> None:
    house.submit()

    with pytest.raises(Conflict):
        review.accept(
            report_id=house.report().pk, version=2, scope=house.scope(Role.REPORTING_OFFICER),
            by="r", at=house.at,
        )  # fmt: skip


def test_only_clean_reports_are_accepted_together(house: House) -> None:
    house.submit()
    there = house.cell("sampled", house.place.community_there, house.place.there)
    house.save(there, "1", house.scope(division=house.place.there), reason="paper")
    house.submit(house.place.there)

    swept = review.accept_clean(
        cutoff_id=house.cutoff.pk, scope=house.scope(Role.REPORTING_OFFICER), by="r", at=house.at
    )

    assert [report.street_id for report in swept.accepted] == [house.place.here.pk]
    [left] = swept.left
    assert (left.report.street_id, left.overridden) == (house.place.there.pk, 1)


def test_a_locked_report_opens_only_by_a_second_person(house: House) -> None:
    house.submit()
    officer = house.scope(Role.REPORTING_OFFICER)
    review.accept(report_id=house.report().pk, version=1, scope=officer, by="r", at=house.at)
    after = DUE + timedelta(minutes=61)
    assert cutoffs.lock_due(by="clock", at=after) == 1
    with pytest.raises(NotEditable) as shut:
        House(house.board, after).save(house.cell("sampled"), "6", reason="paper")
    assert shut.value.code == "report_locked"

    unlock = review.ask_unlock(
        report_id=house.report().pk, reason="wrong digit", scope=house.scope(),
        by="user:7:street_official", at=after,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:  # in another role it is still the same person
        review.decide_unlock(
            unlock_id=unlock.pk, granted=True, answer="", scope=officer, by="user:7:commander",
            at=after,
        )  # fmt: skip
    assert refused.value.code == "unlock_own"
    review.decide_unlock(
        unlock_id=unlock.pk, granted=True, answer="", scope=officer, by="b", at=after
    )

    report = house.report()
    # What was accepted stands until its correction is accepted too.
    assert (report.state, report.accepted_version) == (State.RETURNED, 1)
    assert (
        House(house.board, after)
        .save(house.cell("sampled"), "6", reason="paper")
        .outcomes[0]
        .verdict
        == "saved"
    )


@pytest.mark.parametrize(
    "table",
    ["daily_cellchange", "daily_reportversion", "daily_versioncell", "daily_reportstep"],
)
def test_what_was_said_is_never_rewritten(house: House, table: str) -> None:
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (names of ours)


def test_a_sheet_costs_the_same_for_any_number_of_communities(
    house: House, django_assert_num_queries
) -> None:
    report = house.report()

    with django_assert_num_queries(6):
        sheet = sheet_of(report, house.scope())
        assert sheet.problems == []
    assert sheet.of_street(sheet.columns[3]) == 5


def test_a_number_below_nought_follows_the_system_whoever_explained_it(house: House) -> None:
    cell = house.cell("remaining")
    ReportCell.objects.filter(pk=cell.pk).update(value=-5, system_value=-5)
    house.save(house.cell("remaining"), "-5", reason="floating")

    take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=house.at)

    cell = house.cell("remaining")
    assert (cell.value, cell.system_value, cell.reason) == (85, 85, "floating")


def test_a_cleared_cell_stays_clear_beside_the_newer_figure(house: House) -> None:
    cell = house.cell("target")
    house.save(cell, "")
    ReportCell.objects.filter(line=cell.line).update(system_at=house.at)
    ReportCell.objects.filter(pk=cell.pk).update(system_value=1)

    assert take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=house.at) == 1

    assert (house.cell("target").value, house.cell("target").system_value) == (None, 90)


def test_until_the_picture_of_the_cutoff_is_kept_no_older_one_is_taken(house: House) -> None:
    from reporting.progress.services.snapshots import take_due_snapshots

    take_due_snapshots(at=DUE - timedelta(minutes=45))
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    last = DUE - timedelta(minutes=2)
    set_time(last)
    take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=last)
    after = DUE + timedelta(seconds=1)

    assert newer_figures(house.report(), house.scope(), after + timedelta(minutes=5)) is None
    assert take_newest(report_id=house.report().pk, scope=house.scope(), by="x", at=after) == 0
    assert (house.cell("sampled").value, house.report().prefilled_at) == (8, last)


def test_an_accepted_report_goes_back_until_it_locks(house: House) -> None:
    house.submit()
    officer = house.scope(Role.REPORTING_OFFICER)
    who = {"report_id": house.report().pk, "version": 1, "scope": officer, "by": "r"}
    review.accept(**who, at=house.at)
    with pytest.raises(Conflict):
        review.return_report(**who, comment="a digit", at=DUE + timedelta(minutes=60))

    review.return_report(**who, comment="a digit", at=DUE)

    report = house.report()
    assert (report.state, report.accepted_version) == (State.RETURNED, 1)


def test_the_key_of_another_street_is_refused(house: House) -> None:
    key = uuid.uuid4()
    house.submit(house.place.there, key=key)

    with pytest.raises(Refused) as refused:
        house.submit(key=key)

    assert refused.value.code == "id_reused"
