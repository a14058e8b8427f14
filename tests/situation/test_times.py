"""Drafts open by the clock; their figures are fixed at the cut-off and not before."""

from __future__ import annotations

import builtins
from datetime import UTC, datetime, timedelta

import pytest

from core.inputs import Refused
from core.scope import scoped
from reporting.outlets import tasks
from reporting.outlets.models import SituationReport, SituationSchedule
from reporting.outlets.services import situation, situation_times
from reporting.outlets.services.situation import Words
from reporting.outlets.services.situation_files import make_files
from reporting.outlets.situation import paper
from reporting.outlets.situation.composing import compose
from reporting.outlets.situation.due import due_between, next_due
from tests.situation.make import FIRST, Desk, make_desk
from tests.situation.sample import material, snapshot

MINUTE = timedelta(minutes=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("every", "daily", "after", "due"),
    [
        (120, None, "2021-11-05T17:59", "2021-11-05T18:00"),
        (120, None, "2021-11-05T18:00", "2021-11-05T20:00"),
        (120, None, "2021-11-05T23:00", "2021-11-06T00:00"),
        (None, 930, "2021-11-05T15:29", "2021-11-05T15:30"),
        (None, 930, "2021-11-05T15:30", "2021-11-06T15:30"),
        (None, 1440, "2021-11-05T15:30", "2021-11-06T00:00"),
        (120, 930, "2021-11-05T14:30", "2021-11-05T15:30"),
    ],
)
def test_when_the_next_report_is_due(every, daily, after, due) -> None:
    assert next_due(every, daily, local(after)) == local(due)


def test_nothing_scheduled_is_never_due() -> None:
    assert next_due(None, None, local("2021-11-05T12:00")) is None
    assert due_between(None, None, local("2021-11-05T12:00"), local("2021-12-05T12:00")) == []


def test_missed_cut_offs_are_all_known() -> None:
    found = due_between(120, 930, local("2021-11-05T13:00"), local("2021-11-05T18:00"))

    assert found == [local(f"2021-11-05T{each}") for each in ("14:00", "15:30", "16:00", "18:00")]


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


def tick(desk: Desk, at: datetime) -> None:
    """The worker's sweep at a moment, as the account that sees the district."""
    desk.jump(at)
    with scoped(desk.scope()), pytest.MonkeyPatch.context() as patch:
        # The worker sees everything; this account sees what its scope opens.
        patch.setattr(situation_times, "EVERYTHING", desk.scope())
        situation_times.keep_time(by="system:worker", at=at)


def test_a_draft_opens_twenty_minutes_ahead_and_waits_for_its_figures(desk: Desk) -> None:
    tick(desk, FIRST)
    due = next_due(120, 930, FIRST)
    tick(desk, due - 21 * MINUTE)
    assert not SituationReport.objects.exists()

    tick(desk, due - 20 * MINUTE)
    report = SituationReport.objects.get()
    assert (report.cut_off, report.snapshot, report.state) == (due, None, "draft")
    tick(desk, due - 20 * MINUTE)
    assert SituationReport.objects.count() == 1

    tick(desk, due)
    report.refresh_from_db()
    assert report.snapshot["cut_off"].startswith(due.strftime("%Y-%m-%dT%H:%M"))
    assert report.texts.count() == 6


def test_a_draft_that_nobody_touched_gives_way_to_the_next(desk: Desk) -> None:
    tick(desk, FIRST)
    due = next_due(120, 930, FIRST)
    tick(desk, due)
    following = next_due(120, 930, due)

    tick(desk, following)

    states = dict(SituationReport.objects.values_list("cut_off", "state"))
    assert states == {due: "withdrawn", following: "draft"}


def test_a_draft_waits_to_be_written_until_a_later_one_has_figures(desk: Desk) -> None:
    tick(desk, FIRST)
    due = next_due(120, 930, FIRST)
    tick(desk, due)
    following = next_due(120, 930, due)

    tick(desk, following - 15 * MINUTE)

    states = dict(SituationReport.objects.values_list("cut_off", "state"))
    assert states == {due: "draft", following: "draft"}


def test_the_report_of_once_a_day_gives_way_to_no_other(desk: Desk) -> None:
    daily, even = local("2021-11-05T15:30"), local("2021-11-05T16:00")
    tick(desk, local("2021-11-05T13:50"))
    tick(desk, daily)
    tick(desk, even - 15 * MINUTE)

    tick(desk, even)

    states = dict(SituationReport.objects.values_list("cut_off", "state"))
    assert states == {local("2021-11-05T14:00"): "withdrawn", daily: "draft", even: "draft"}
    tick(desk, daily + timedelta(days=1))
    assert SituationReport.objects.get(cut_off=daily).state == "withdrawn"


def set_times(desk: Desk, every: int | None, opens_before: int, **more: object) -> None:
    asked = {"daily_minute": None, "active": True} | more
    situation_times.set_times(
        round_=desk.round, division=desk.district, every_minutes=every, opens_before=opens_before,
        **asked, **desk.told(),
    )  # fmt: skip


def test_drafts_that_open_long_ahead_all_open_and_live_past_their_cut_off(desk: Desk) -> None:
    set_times(desk, 30, 60)
    first = FIRST + 30 * MINUTE

    tick(desk, FIRST)
    assert list(SituationReport.objects.order_by("cut_off").values_list("cut_off", flat=True)) == [
        first, first + 30 * MINUTE,
    ]  # fmt: skip
    tick(desk, first)

    report = SituationReport.objects.get(cut_off=first)
    assert (report.state, report.snapshot is not None) == ("draft", True)


def test_of_missed_cut_offs_the_daily_one_opens_as_well_and_those_ahead(desk: Desk) -> None:
    tick(desk, FIRST)

    tick(desk, local("2021-11-05T17:50"))

    assert list(SituationReport.objects.order_by("cut_off").values_list("cut_off", flat=True)) == [
        local("2021-11-05T15:30"), local("2021-11-05T16:00"), local("2021-11-05T18:00"),
    ]  # fmt: skip


def test_times_that_were_switched_off_meanwhile_open_nothing(desk: Desk) -> None:
    set_times(desk, 60, 20)
    read_before = SituationSchedule.objects.get()
    set_times(desk, 60, 20, active=False)

    at = FIRST + timedelta(hours=3)
    assert situation_times.open_due(read_before, by="system:worker", at=at) == []


def test_a_report_that_fails_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cut_off = FIRST + 15 * MINUTE
    with scoped(desk.scope()):
        first, second = (
            situation.open_report(
                round_=desk.round, division=division, cut_off=cut_off, **desk.told()
            )
            for division in (desk.district, desk.board.desk.place.here)
        )
    real = situation_times.freeze

    def fails(*, report_id: int, **rest: object) -> object:
        if report_id == first.pk:
            raise RuntimeError("a street has no name")
        return real(report_id=report_id, **rest)

    monkeypatch.setattr(situation_times, "freeze", fails)
    tick(desk, cut_off)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.snapshot is None, second.snapshot is None) == (True, False)
    assert "a street has no name" in caplog.text


def test_a_draft_that_somebody_writes_in_stays(desk: Desk) -> None:
    tick(desk, FIRST)
    due = next_due(120, 930, FIRST)
    tick(desk, due)
    report = SituationReport.objects.get()
    situation.write_words(
        report_id=report.pk, edition=report.edition,
        words=[Words("actions", "zh", "加派力量。")], **desk.told(),
    )  # fmt: skip

    tick(desk, next_due(120, 930, due))

    assert list(SituationReport.objects.order_by("cut_off").values_list("state", flat=True)) == [
        "draft", "draft",
    ]  # fmt: skip


def test_of_several_missed_cut_offs_only_the_newest_opens(desk: Desk) -> None:
    tick(desk, FIRST)

    tick(desk, FIRST + timedelta(hours=9))

    (report,) = SituationReport.objects.all()
    assert report.cut_off == due_between(120, 930, FIRST, desk.at + 20 * MINUTE)[-1]


def test_where_a_quarter_hour_was_not_kept_the_one_before_serves_and_says_so(desk: Desk) -> None:
    with scoped(desk.scope()):
        report = situation.open_report(
            round_=desk.round, division=desk.district, cut_off=FIRST + 15 * MINUTE, **desk.told()
        )
    assert report.snapshot is None

    with scoped(desk.scope()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(situation_times, "EVERYTHING", desk.scope())
        situation_times.keep_time(by="system:worker", at=FIRST + 20 * MINUTE)
        report.refresh_from_db()
        assert report.snapshot is None
        situation_times.keep_time(by="system:worker", at=FIRST + 26 * MINUTE)

    report.refresh_from_db()
    assert report.snapshot["as_of"] < report.snapshot["cut_off"]


def test_times_are_set_and_switched_off(desk: Desk) -> None:
    asked = {"round_": desk.round, "division": desk.district, "opens_before": 10}

    situation_times.set_times(
        every_minutes=60, daily_minute=None, active=True, **asked, **desk.told()
    )
    with pytest.raises(Refused):
        situation_times.set_times(
            every_minutes=None, daily_minute=None, active=True, **asked, **desk.told()
        )
    situation_times.set_times(
        every_minutes=None, daily_minute=None, active=False, **asked, **desk.told()
    )

    tick(desk, FIRST + timedelta(hours=9))
    assert not SituationReport.objects.exists()
    assert SituationSchedule.objects.get().opens_before == 10


def test_files_are_rung_for_until_all_are_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert situation_times.lacking_files() == []
    report = desk.issue()
    assert situation_times.lacking_files() == [report.pk]

    # Without Pango the plain forms are made, and nobody rings for the others for ever.
    monkeypatch.setattr(paper, "available", lambda: False)
    assert make_files(report.pk, at=desk.at) == 4
    assert situation_times.lacking_files() == []
    assert sorted(set(report.files.values_list("kind", flat=True))) == ["chat", "xlsx"]
    monkeypatch.undo()
    assert situation_times.lacking_files() == [report.pk]


def test_a_form_that_fails_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> bytes:
        raise RuntimeError("no such font")

    report = desk.issue()
    monkeypatch.setattr(paper, "picture", broken)
    monkeypatch.setattr(paper, "pdf", lambda _document: b"%PDF")

    assert make_files(report.pk, at=desk.at) == 6

    made = list(report.files.order_by("pk").values_list("kind", flat=True))
    assert made == ["xlsx", "xlsx", "chat", "chat", "pdf", "pdf"]


def test_files_of_every_issue_are_rung_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = [desk.issue(), desk.issue(division=desk.board.desk.place.here)]
    rung: list[object] = []
    monkeypatch.setattr(situation_times, "EVERYTHING", desk.scope())
    monkeypatch.setattr(
        tasks.make_situation_files, "apply_async", lambda told, **_how: rung.append(told)
    )
    monkeypatch.setattr(paper, "pdf", lambda _document: b"%PDF")
    monkeypatch.setattr(paper, "picture", lambda _document: b"PNG")

    with scoped(desk.scope()):
        tasks.keep_situation_time()
        assert rung == [([report.pk for report in issued],)]
        tasks.make_situation_files(*rung[0])

    assert [report.files.count() for report in issued] == [8, 8]


def test_a_server_without_pango_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(paper.NoPaper) as missing:
        paper.pdf(compose(material(snapshot()), "en"))

    assert "libpango-1.0-0" in str(missing.value)
    assert missing.value.status == 503
