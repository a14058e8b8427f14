"""From draft to issue: two persons, numbers without gaps, figures that stay, corrections."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.inputs import Conflict, Refused
from core.models import AuditEvent
from core.scope import Scope, scoped
from reporting.outlets.models import SituationReport, SituationState, SituationStep
from reporting.outlets.queries.situation import material_of, newer_data
from reporting.outlets.services import situation, situation_flow
from reporting.outlets.services.situation import Statement, Words
from reporting.outlets.services.situation_files import NotIssued, file_of
from reporting.outlets.situation.snapshot import read
from tests.situation.make import APPROVER, FIRST, LATER, WRITER, Desk, make_desk


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def test_a_draft_holds_the_figures_of_its_quarter_hour(desk: Desk) -> None:
    report = desk.open()

    figures = read(report.snapshot)
    assert figures.cut_off == figures.as_of == FIRST
    assert figures.area.values["swabs"] == 5
    assert figures.area.values["persons"] == 4
    assert figures.area.values["off_register_persons"] == 1
    assert sum(street.count("swabs") for street in figures.streets) == 5
    assert figures.previous is None
    assert {row.key for row in report.texts.all()} == {"headline", "exceptions", "actions"}
    assert "5人次" in report.texts.get(key="headline", language="zh").text


def test_data_that_comes_later_moves_nothing_in_it(desk: Desk) -> None:
    report = desk.open()
    before = report.snapshot

    desk.board.capture("TUBE000002", people=3, strangers=0)
    desk.jump(LATER)
    with scoped(desk.scope()):
        situation.freeze(report_id=report.pk, **desk.told())

    report.refresh_from_db()
    assert report.snapshot == before
    assert newer_data(report)


def test_another_person_issues_it_under_the_next_number(desk: Desk) -> None:
    first = desk.issue()
    desk.jump(LATER)
    second = desk.issue()

    assert [(r.number, r.state) for r in (first, second)] == [(1, "issued"), (2, "issued")]
    assert read(second.snapshot).previous.number == 1
    acts = AuditEvent.objects.filter(object_type="situation_report", object_id=str(first.pk))
    assert list(acts.order_by("id").values_list("act", "by")) == [
        ("situation.opened", WRITER), ("situation.frozen", WRITER),
        ("situation.submitted", WRITER), ("situation.issued", APPROVER),
    ]  # fmt: skip


def test_nobody_issues_what_they_wrote_in_any_role(desk: Desk) -> None:
    report = desk.submit(desk.open())

    with pytest.raises(Refused) as refused:
        desk.approve(report, by="user:901:commander")
    assert refused.value.code == "situation_own"
    # An editor who did not submit has written as well.
    other = desk.open(FIRST, division=desk.board.desk.place.here)
    words = [Words("headline", "zh", "截至今日，累计采样5人次。")]
    situation.write_words(
        report_id=other.pk, edition=other.edition, words=words,
        **desk.told("user:903:reporting_officer"),
    )  # fmt: skip
    desk.submit(other)
    with pytest.raises(Refused) as refused:
        desk.approve(other, by="user:903:commander")
    assert refused.value.code == "situation_own"


def test_the_database_refuses_one_person_for_both(desk: Desk) -> None:
    report = desk.submit(desk.open())
    issued = {"state": "issued", "number": 1, "issued_at": desk.at}

    with pytest.raises(IntegrityError, match="situation_second_person"), transaction.atomic():
        SituationReport.objects.filter(pk=report.pk).update(approver="user:901:commander", **issued)
    with pytest.raises(IntegrityError, match="situation_issued_is_numbered"), transaction.atomic():
        SituationReport.objects.filter(pk=report.pk).update(approver=APPROVER, state="issued")


def test_an_issue_and_all_its_parts_stay_as_they_are(desk: Desk) -> None:
    report = desk.issue()
    file_of(report, "chat", "zh")
    changes = [
        lambda: SituationReport.objects.filter(pk=report.pk).update(number=9),
        lambda: SituationReport.objects.filter(pk=report.pk).update(state="draft"),
        lambda: report.texts.update(text="x"),
        lambda: report.texts.create(key="actions", language="xx"),
        lambda: report.statements.create(
            key="tested", value=1, unit="tubes", source="x", as_of=FIRST, at=FIRST, by="x"
        ),
        lambda: report.overrides.create(check_code="x", reason="x", at=FIRST, by="x"),
        lambda: report.files.update(name="x"),
        lambda: report.files.all()._raw_delete("default"),
        lambda: report.steps.update(comment="x"),
        lambda: report.texts.all()._raw_delete("default"),
    ]

    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    report.refresh_from_db()
    assert (report.number, report.state) == (1, "issued")


def test_fixed_figures_stay_in_a_draft_too(desk: Desk) -> None:
    report = desk.open()

    for change in ({"snapshot": {}}, {"cut_off": LATER}, {"digest": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            SituationReport.objects.filter(pk=report.pk).update(**change)


def test_a_number_is_not_used_twice_and_none_is_left_out(desk: Desk) -> None:
    desk.issue()
    street = desk.issue(division=desk.board.desk.place.here)
    desk.jump(LATER)
    broken = desk.submit(desk.open())
    with pytest.raises(Conflict):
        situation_flow.approve(report_id=broken.pk, edition=0, **desk.told(APPROVER))

    second = desk.approve(broken)

    # A street's reports have numbers of their own.
    assert (street.number, second.number) == (1, 2)
    with pytest.raises(IntegrityError, match="situation_number_once"), transaction.atomic():
        SituationReport.objects.create(
            round=desk.round, division=desk.district, district_id=desk.district.pk,
            cut_off=LATER + timedelta(hours=1), opened_at=LATER, opened_by="x", state="issued",
            number=2, issued_at=LATER, approver=APPROVER, author=WRITER, submitted_at=LATER,
            snapshot={}, digest="0", frozen_at=LATER,
        )  # fmt: skip


def test_words_are_marked_and_the_ones_before_are_kept(desk: Desk) -> None:
    report = desk.open()
    suggested = report.texts.get(key="headline", language="zh").text
    words = [Words("headline", "zh", "截至发稿，累计采样5人次。\n其余待采样。")]

    situation.write_words(report_id=report.pk, edition=report.edition, words=words, **desk.told())

    row = report.texts.get(key="headline", language="zh")
    assert (row.text, row.suggested) == ("截至发稿，累计采样5人次。 其余待采样。", suggested)
    assert row.edited
    assert SituationStep.objects.get(report=report, act="edited").before == suggested
    with pytest.raises(Conflict) as conflict:
        situation.write_words(
            report_id=report.pk, edition=report.edition, words=words, **desk.told()
        )
    assert conflict.value.code == "situation_moved_on"


def test_what_is_stated_goes_into_the_sentence_that_nobody_edited(desk: Desk) -> None:
    report = desk.open()
    words = [Words("headline", "en", "As of now, 5 swabs had been taken.")]
    situation.write_words(report_id=report.pk, edition=report.edition, words=words, **desk.told())
    report.refresh_from_db()
    said = Statement("tested", 3, "swabs", "区卫生健康委", "", FIRST)

    situation.state_figure(
        report_id=report.pk, edition=report.edition, statement=said, **desk.told()
    )

    zh, en = (report.texts.get(key="headline", language=each) for each in ("zh", "en"))
    assert "据区卫生健康委" in zh.text
    assert "3人次" in zh.text
    assert not zh.edited
    assert en.text == words[0].text
    assert "3 swabs" in en.suggested
    # Its own swabs are still those that were scanned.
    report.refresh_from_db()
    assert read(report.snapshot).area.values["swabs"] == 5


def test_failed_sums_block_until_somebody_says_why(desk: Desk) -> None:
    report = desk.open()
    words = [Words("headline", "zh", "累计采样170,833人次。")]
    situation.write_words(report_id=report.pk, edition=report.edition, words=words, **desk.told())
    desk.submit(report)
    with pytest.raises(Refused) as refused:
        desk.approve(report)
    assert refused.value.code == "situation_sums_fail"

    report.refresh_from_db()
    situation_flow.return_report(
        report_id=report.pk, edition=report.edition, comment="数字不一致", **desk.told(APPROVER)
    )
    report.refresh_from_db()
    situation.override_check(
        report_id=report.pk, edition=report.edition, code="headline_is_table",
        reason="含外区代采", **desk.told(),
    )  # fmt: skip
    issued = desk.approve(desk.submit(report))

    assert issued.number == 1
    assert "含外区代采" in file_of(issued, "chat", "zh")[0].decode()


def test_one_report_of_a_cut_off_and_withdrawn_ones_make_room(desk: Desk) -> None:
    report = desk.open()
    with pytest.raises(Conflict):
        desk.open()

    situation_flow.withdraw(report_id=report.pk, reason="opened by mistake", **desk.told())

    assert desk.open().pk != report.pk
    with pytest.raises(Refused):
        situation_flow.submit(report_id=report.pk, edition=report.edition + 1, **desk.told())


def test_figures_fixed_before_another_issue_went_out_are_not_issued_after_it(desk: Desk) -> None:
    early = desk.submit(desk.open())
    desk.jump(LATER)
    late = desk.submit(desk.open())
    desk.approve(early)

    with pytest.raises(Conflict) as conflict:
        desk.approve(late)

    assert conflict.value.code == "situation_out_of_turn"


def test_the_next_issue_says_what_late_data_changed_in_the_last(desk: Desk) -> None:
    desk.issue()
    # Swabbed before the first cut-off, and received after it.
    desk.board.capture("TUBE000002", people=2, strangers=0)
    desk.jump(LATER)

    report = desk.issue()

    rows = {(row.area, row.key): row for row in read(report.snapshot).corrections}
    whole = rows[desk.district.name, "swabs"]
    assert (whole.then, whole.now, whole.late, whole.voided, whole.other) == (5, 7, 2, 0, 0)
    assert (whole.issue, whole.cut_off) == (1, FIRST)
    assert rows[desk.district.name, "persons"].now == 6
    assert rows[desk.board.desk.place.here.name, "swabs"].late == 2


def test_a_correction_is_a_new_issue_of_the_same_cut_off(desk: Desk) -> None:
    wrong = desk.issue()
    desk.board.capture("TUBE000002", people=2, strangers=0)
    with scoped(desk.scope()):
        report = situation_flow.correct(report_id=wrong.pk, reason="两管晚到", **desk.told())

    issued = desk.approve(desk.submit(report))

    assert (issued.number, issued.corrects, issued.cut_off) == (2, wrong, FIRST)
    material = material_of(issued)
    assert [check.code for check in material.checks if not check.holds] == []
    (whole,) = [
        row for row in material.snapshot.corrections
        if (row.area, row.key) == (desk.district.name, "swabs")
    ]  # fmt: skip
    assert (whole.then, whole.now) == (5, 7)
    text = file_of(issued, "chat", "zh")[0].decode()
    assert "两管晚到" in text
    with pytest.raises(Conflict):
        situation_flow.correct(report_id=wrong.pk, reason="once more", **desk.told())
    wrong.refresh_from_db()
    assert (wrong.number, wrong.state) == (1, "issued")


def test_a_draft_has_no_files_and_an_issue_always_the_same(desk: Desk) -> None:
    with pytest.raises(NotIssued):
        file_of(desk.open(), "xlsx", "zh")
    SituationReport.objects.update(state=SituationState.WITHDRAWN)
    report = desk.issue()

    first = file_of(report, "xlsx", "zh")

    assert file_of(report, "xlsx", "zh") == first
    assert first[2].endswith(".xlsx")
    assert report.files.count() == 1


def test_what_lies_outside_of_ones_area_is_not_there(desk: Desk) -> None:
    report = desk.open()
    stranger = {"scope": Scope(districts=frozenset({desk.district.pk + 999})), "by": "x",
                "at": desk.at}  # fmt: skip

    with pytest.raises(situation.NoSuchReport):
        situation_flow.submit(report_id=report.pk, edition=report.edition, **stranger)
    assert not SituationReport.objects.within(stranger["scope"]).exists()
