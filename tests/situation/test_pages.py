"""Writing and approving on the pages: two people, marked words, files, and what is refused."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from personnel.roles import Role
from reporting.outlets.models import SituationReport
from reporting.outlets.services.situation_files import make_files
from tests.boards.make import signed_in
from tests.personnel.make import make_user
from tests.situation.make import FIRST, LATER, Desk, make_desk
from tests.situation.test_formats import Cells


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


@pytest.fixture
def writer(desk: Desk) -> Client:
    return signed_in(make_user(Role.REPORTING_OFFICER, desk.district))


@pytest.fixture
def chief(desk: Desk) -> Client:
    return signed_in(make_user(Role.COMMANDER, desk.district))


def page(client: Client, report: SituationReport, **query: str) -> str:
    answer = client.get(f"/situation/{report.pk}/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def figures(html: str) -> dict[str, tuple[str, str]]:
    """What a page marks as figures: value and print by name."""
    cells = Cells()
    cells.feed(html)
    return cells.figures


def post(client: Client, report: SituationReport, act: str, **said: object):
    report.refresh_from_db()
    said.setdefault("edition", report.edition)
    return client.post(f"/situation/{report.pk}/{act}/", said)


def open_by_hand(desk: Desk, client: Client, **said: object):
    given = {"round": desk.round.pk, "division": desk.district.pk} | said
    return client.post("/situation/open/", given)


def passages(report: SituationReport, **over: str) -> dict[str, str]:
    return {f"{row.key}_{row.language}": row.text for row in report.texts.all()} | over


def test_a_report_goes_from_the_list_to_its_issue(
    desk: Desk, writer: Client, chief: Client
) -> None:
    opened = open_by_hand(desk, writer, cut_off="2021-11-04T22:00")
    report = SituationReport.objects.get()
    assert opened.headers["Location"] == f"/situation/{report.pk}/"
    words = passages(report, headline_zh="截至今晚，累计采样5人次。")
    assert post(writer, report, "words", **words).status_code == 302
    assert post(writer, report, "submit").status_code == 302
    # The writer's own page offers no approval; another person's does.
    assert "/approve/" not in page(writer, report)
    assert "<ins>截至今晚，累计采样5人次。</ins>" in page(chief, report)

    assert post(chief, report, "approve").status_code == 302

    report.refresh_from_db()
    assert (report.number, report.state) == (1, "issued")
    assert "截至今晚，累计采样5人次。" in page(writer, report, language="zh")
    text = writer.get(f"/situation/{report.pk}/chat/zh/")
    assert "累计采样5人次" in text.content.decode()
    assert "attachment" in text.headers["Content-Disposition"]


def test_the_page_shows_the_figures_of_the_snapshot(desk: Desk, writer: Client) -> None:
    report = desk.open()
    desk.board.capture("TUBE000002", people=3, strangers=0)
    desk.jump(LATER)

    html = page(writer, report, language="en")

    assert figures(html)["area.swabs"] == ("5", "5")
    assert ("8", "8") not in figures(html).values()
    assert 'lang="en"' in html


def test_a_draft_has_no_file_and_paper_is_fetched_when_it_is_drawn(
    desk: Desk, writer: Client
) -> None:
    draft = desk.open()
    assert writer.get(f"/situation/{draft.pk}/xlsx/zh/").status_code == 404
    report = desk.approve(desk.submit(draft))
    assert writer.get(f"/situation/{report.pk}/pdf/zh/").status_code == 302
    assert writer.get(f"/situation/{report.pk}/doc/zh/").status_code == 404
    assert writer.get(f"/situation/{report.pk}/pdf/fr/").status_code == 404

    assert make_files(report.pk, at=desk.at) == 8
    assert make_files(report.pk, at=desk.at) == 0

    answer = writer.get(f"/situation/{report.pk}/pdf/zh/")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert writer.get(f"/situation/{report.pk}/png/en/").content.startswith(b"\x89PNG")


def test_what_somebody_else_changed_meanwhile_is_not_written_over(
    desk: Desk, writer: Client
) -> None:
    report = desk.open()
    words = passages(report, actions_zh="加派力量。")
    assert post(writer, report, "words", **words).status_code == 302

    late = post(writer, report, "words", edition=report.edition - 1, **words)

    assert late.status_code == 409
    assert "加派力量。" in late.content.decode()


def test_a_wrong_cut_off_is_refused_in_words(desk: Desk, writer: Client) -> None:
    for moment in ("2021-11-04T22:07", "2021-11-01T22:00", "yesterday", ""):
        answer = open_by_hand(desk, writer, cut_off=moment)
        assert answer.status_code == 422
    assert not SituationReport.objects.exists()


def test_a_street_of_another_round_has_no_report(desk: Desk, writer: Client) -> None:
    community = desk.board.desk.place.community_here.pk
    answer = open_by_hand(desk, writer, division=community, cut_off=FIRST.isoformat())

    assert answer.status_code in (404, 422)
    assert not SituationReport.objects.exists()


def test_returned_with_words_and_corrected_with_a_reason(
    desk: Desk, writer: Client, chief: Client
) -> None:
    report = desk.submit(desk.open())
    assert post(chief, report, "return", comment="").status_code == 422
    assert post(chief, report, "return", comment="请核对街道数").status_code == 302
    assert "请核对街道数" in page(writer, report)
    issued = desk.approve(desk.submit(report))
    assert post(writer, issued, "correct", reason="").status_code == 422

    answer = post(writer, issued, "correct", reason="街道名写错")

    correction = SituationReport.objects.get(corrects=issued)
    assert answer.headers["Location"] == f"/situation/{correction.pk}/"


def test_a_stated_figure_needs_its_source_and_time(desk: Desk, writer: Client) -> None:
    report = desk.open()
    said = {"key": "tested", "value": "3", "unit": "swabs", "source": "区卫健委"}
    assert post(writer, report, "state", **said).status_code == 422

    answer = post(writer, report, "state", as_of="2021-11-04T22:00", **said)

    assert answer.status_code == 302
    assert figures(page(writer, report))["stated.tested"] == ("3", "3")


def test_a_refused_correction_keeps_what_was_typed(desk: Desk, writer: Client) -> None:
    issued = desk.issue()

    answer = post(writer, issued, "correct", reason="错" * 301)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert f'value="{"错" * 301}"' in html
    assert 'href="#correct_reason"' in html
    assert "<details open" in html
    assert not SituationReport.objects.filter(corrects=issued).exists()


def test_a_refused_reason_is_shown_at_its_check(desk: Desk, writer: Client) -> None:
    report = desk.open()
    words = passages(report, headline_zh="累计采样170,833人次。")
    assert post(writer, report, "words", **words).status_code == 302

    answer = post(writer, report, "check", code="headline_is_table", reason="外" * 301)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'href="#reason-headline_is_table"' in html
    assert f'value="{"外" * 301}"' in html
    assert 'id="reason-headline_is_table_error"' in html
    assert post(writer, report, "check", code="headline_is_table", reason="代采").status_code == 302


def test_what_was_overtaken_is_opened_anew_by_a_button(desk: Desk, writer: Client) -> None:
    early = desk.submit(desk.open())
    desk.jump(LATER)
    late = desk.submit(desk.open())
    assert "/renew/" not in page(writer, late)
    desk.approve(early)
    assert f"/situation/{late.pk}/renew/" in page(writer, late)

    answer = post(writer, late, "renew")

    fresh = SituationReport.objects.get(cut_off=LATER, state="draft")
    assert answer.headers["Location"] == f"/situation/{fresh.pk}/"
    assert "/renew/" not in page(writer, fresh)


def test_forms_act_on_the_round_that_they_carry(desk: Desk, writer: Client) -> None:
    given = {"every_minutes": "60", "opens_before": "20", "active": "on"}
    assert writer.post("/situation/times/", given).status_code == 422
    stranger = writer.post("/situation/times/", given | {"round": desk.round.pk + 999})
    assert stranger.status_code == 404

    assert writer.post("/situation/times/", given | {"round": desk.round.pk}).status_code == 302
    given.pop("active")
    assert writer.post("/situation/times/", given | {"round": desk.round.pk}).status_code == 302

    # Switched off, the form still shows the times as they are set.
    html = writer.get(f"/situation/?round={desk.round.pk}").content.decode()
    assert '<option value="60" selected>' in html
    assert html.count(f'name="round" value="{desk.round.pk}"') == 2


def test_the_list_reads_no_figures(desk: Desk, writer: Client) -> None:
    desk.issue()
    desk.open(division=desk.board.desk.place.here)
    with CaptureQueriesContext(connection) as caught:
        assert writer.get("/situation/").status_code == 200

    told = [query["sql"] for query in caught if "outlets_situationreport" in query["sql"]]
    assert told
    assert not any('"snapshot"' in sql for sql in told)
