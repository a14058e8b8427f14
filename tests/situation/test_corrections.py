"""A correction prints what is known now; what is opened anew keeps its words and their authors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import RoundTarget, TargetVersion
from core.inputs import Conflict, Refused
from core.scope import scoped
from reporting.outlets.models import SituationReport
from reporting.outlets.queries.situation import material_of
from reporting.outlets.queries.situation_figures import overtaken_by, previous_issue
from reporting.outlets.services import situation, situation_flow, situation_renewal
from reporting.outlets.services.situation import Statement, Words
from reporting.outlets.situation.snapshot import read
from tests.situation.make import APPROVER, FIRST, LATER, WRITER, Desk, make_desk

EDITOR = "user:903:reporting_officer"


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def correct(desk: Desk, wrong: SituationReport, by: str = WRITER) -> SituationReport:
    with scoped(desk.scope()):
        return situation_flow.correct(report_id=wrong.pk, reason="两管晚到", **desk.told(by))


def renew(desk: Desk, report: SituationReport) -> SituationReport:
    report.refresh_from_db()
    with scoped(desk.scope()):
        return situation_renewal.renew(report_id=report.pk, edition=report.edition, **desk.told())


def test_a_correction_prints_the_figures_known_now_and_its_sentence_says_both(desk: Desk) -> None:
    wrong = desk.issue()
    desk.board.capture("TUBE000002", people=2, strangers=0)
    desk.jump(LATER)

    report = correct(desk, wrong)

    figures = read(report.snapshot)
    assert (figures.cut_off, figures.as_of) == (FIRST, FIRST)
    (street,) = [s for s in figures.streets if s.count("swabs")]
    for area in (figures.area, street):
        assert {k: area.count(k) for k in ("swabs", "persons", "everybody", "tubes")} == {
            "swabs": 7, "persons": 6, "everybody": 7, "tubes": 2,
        }  # fmt: skip
    before = read(wrong.snapshot).area
    assert figures.area.count("remaining") == before.count("remaining") - 2
    assert figures.area.values["coverage_percent"] != before.values["coverage_percent"]
    headline = report.texts.get(key="headline", language="zh").text
    assert headline.startswith(
        "本期更正第1期：已采样原报4人，应为6人；累计采样原报5人次，应为7人次"
    )
    assert [check.code for check in material_of(report).checks if not check.holds] == []


def test_a_correction_takes_the_targets_in_force(desk: Desk) -> None:
    wrong = desk.issue()
    first = TargetVersion.objects.get(round=desk.round)
    rows = list(RoundTarget.objects.filter(version=first))
    TargetVersion.objects.filter(pk=first.pk).update(is_current=False)
    second = TargetVersion.objects.create(
        round=desk.round, version=2, frozen_at=LATER, frozen_by="test"
    )
    for row in rows:
        row.pk, row.version = None, second
        row.target, row.registered = row.target + 10, row.registered + 10
        row._state.adding = True
        row.save()

    report = correct(desk, wrong)

    then, now = read(wrong.snapshot).area, read(report.snapshot).area
    assert now.count("target") == then.count("target") + 10 * len(rows)
    assert read(report.snapshot).round.target_version == 2
    assert "target" in {row.key for row in read(report.snapshot).corrected}


def test_the_next_issue_does_not_list_again_what_was_corrected(desk: Desk) -> None:
    wrong = desk.issue()
    desk.board.capture("TUBE000002", people=2, strangers=0)
    desk.approve(desk.submit(correct(desk, wrong)))
    desk.jump(LATER)

    figures = read(desk.issue().snapshot)

    assert (figures.previous.number, figures.previous.values["swabs"]) == (2, 7)
    assert figures.corrections == []


def test_the_correction_of_an_older_issue_is_not_the_last_issue(desk: Desk) -> None:
    old = desk.issue()
    desk.jump(LATER)
    last = desk.issue()
    desk.approve(desk.submit(correct(desk, old)))

    assert previous_issue(desk.round, desk.district) == last
    desk.jump(LATER + timedelta(hours=2))
    report = desk.issue()
    assert read(report.snapshot).previous.number == last.number == 2
    assert report.number == 4


def test_whoever_gave_the_reason_of_a_correction_does_not_approve_it(desk: Desk) -> None:
    report = correct(desk, desk.issue(), by=APPROVER)
    desk.submit(report)

    with pytest.raises(Refused) as refused:
        desk.approve(report)

    assert refused.value.code == "situation_own"
    # Opened anew by somebody else, the printed reason is still that person's.
    fresh = renew(desk, renew(desk, report))
    assert (fresh.corrects_id, fresh.correction_reason) == (report.corrects_id, "两管晚到")
    desk.submit(fresh)
    with pytest.raises(Refused):
        desk.approve(fresh)


def test_a_report_that_was_overtaken_is_opened_anew_with_its_words(desk: Desk) -> None:
    early = desk.submit(desk.open())
    desk.jump(LATER)
    late = desk.open()
    said = Statement("tested", 3, "swabs", "区卫生健康委", "", FIRST)
    situation.state_figure(
        report_id=late.pk, edition=late.edition, statement=said, **desk.told(EDITOR)
    )
    late.refresh_from_db()
    words = [Words("actions", "zh", "连夜补采。")]
    situation.write_words(report_id=late.pk, edition=late.edition, words=words, **desk.told(EDITOR))
    desk.submit(late)
    assert overtaken_by(late) is None
    first = desk.approve(early)
    late.refresh_from_db()
    assert overtaken_by(late) == first
    with pytest.raises(Conflict):
        desk.approve(late)

    fresh = renew(desk, late)

    late.refresh_from_db()
    assert (late.state, fresh.state, fresh.cut_off) == ("withdrawn", "draft", LATER)
    assert read(fresh.snapshot).previous.number == 1
    row = fresh.texts.get(key="actions", language="zh")
    assert (row.text, row.edited_by) == ("连夜补采。", EDITOR)
    assert fresh.statements.get().source == "区卫生健康委"
    assert "据区卫生健康委" in fresh.texts.get(key="headline", language="zh").text
    # Their author still wrote it, and so does not approve it.
    desk.submit(fresh)
    with pytest.raises(Refused) as refused:
        desk.approve(fresh, by="user:903:commander")
    assert refused.value.code == "situation_own"
    assert desk.approve(fresh).number == 2


def test_only_what_is_still_to_be_issued_is_opened_anew(desk: Desk) -> None:
    with pytest.raises(Conflict):
        renew(desk, desk.issue())
    report = desk.open(FIRST, division=desk.board.desk.place.here)
    with pytest.raises(Conflict):
        situation_renewal.renew(report_id=report.pk, edition=99, **desk.told())
    report.refresh_from_db()
    assert report.state == "draft"


def test_a_reason_holds_for_what_it_was_given_for(desk: Desk) -> None:
    report = desk.open()
    with pytest.raises(Conflict) as conflict:
        override(desk, report, "含外区代采")
    assert conflict.value.code == "situation_check_holds"
    write(desk, report, "累计采样170,833人次。")
    override(desk, report, "含外区代采")
    write(desk, report, "加派力量。", key="actions")
    assert report.overrides.count() == 1

    write(desk, report, "累计采样999,999人次。")

    assert report.overrides.count() == 0
    with pytest.raises(Refused) as refused:
        desk.approve(desk.submit(report))
    assert refused.value.code == "situation_sums_fail"


def write(desk: Desk, report: SituationReport, text: str, key: str = "headline") -> None:
    report.refresh_from_db()
    situation.write_words(
        report_id=report.pk, edition=report.edition, words=[Words(key, "zh", text)],
        **desk.told(),
    )  # fmt: skip


def override(desk: Desk, report: SituationReport, reason: str) -> None:
    report.refresh_from_db()
    situation.override_check(
        report_id=report.pk, edition=report.edition, code="headline_is_table", reason=reason,
        **desk.told(),
    )  # fmt: skip
