"""The pages of the daily numbers without scripts: fill, check, submit, confirm, ask to unlock."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from personnel.roles import Role
from reporting.daily.chat import chat_text
from reporting.daily.models import CellChange, Report, ReportForm, ReportVersion, State, Unlock
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.services import cutoffs, review
from tests.daily.make import DUE, House, make_house, set_time


@pytest.fixture
def house(db) -> House:
    return make_house()


@pytest.fixture
def official(house: House) -> Client:
    client = house.client(Role.STREET_OFFICIAL)
    client.cookies["jinjian_language"] = "zh-hans"
    return client


def page_of(client: Client, report: Report) -> str:
    answer = client.get(f"/daily/{report.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def boxes(page: str) -> dict[str, str]:
    """What a browser without scripts would send back, but for the button."""
    sent = {}
    for tag in re.findall(r"<input\b[^>]*>", page.split('id="sheet"')[1], re.DOTALL):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in found:
            sent[found["name"]] = html.unescape(found.get("value", ""))
    return sent


def press(client: Client, report: Report, act: str, **typed: str) -> Any:
    """Load the page, type into its boxes, press a button."""
    sent = boxes(page_of(client, report)) | typed | {"act": act}
    return client.post(f"/daily/{report.pk}/", sent)


def test_the_sheet_shows_what_the_system_knows_and_as_of_when(house, official) -> None:
    page = page_of(official, house.report())

    cell = house.cell("sampled")
    assert re.search(rf'id="c{cell.pk}" name="c{cell.pk}" value="5" inputmode="numeric"', page)
    assert f'id="s{cell.pk}">= 扫码 14:30<' in page
    assert "还有 30 分钟" in page
    assert house.place.community_there.name not in page


def test_a_page_sent_back_saves_only_what_was_typed_over(house, official) -> None:
    cell, other = house.cell("sampled"), house.cell("staff")
    page = boxes(page_of(official, house.report()))
    house.save(other, "4")  # a colleague, after the page was loaded

    done = official.post(f"/daily/{house.report().pk}/", page | {f"c{cell.pk}": " ６ "})

    assert done.status_code == 302
    assert (house.cell("sampled").value, house.cell("staff").value) == (6, 4)
    # Sent again, it is the same change.
    official.post(f"/daily/{house.report().pk}/", page | {f"c{cell.pk}": " ６ "})
    assert CellChange.objects.filter(cell=cell).count() == 1


def test_what_is_refused_stays_in_its_box_with_the_reason(house, official) -> None:
    cell, good = house.cell("sampled"), house.cell("staff")

    done = press(official, house.report(), "save", **{f"c{cell.pk}": "12,5", f"c{good.pk}": "3"})

    page = done.content.decode()
    assert done.status_code == 422
    assert f'href="#c{cell.pk}"' in page
    assert re.search(rf'id="c{cell.pk}" name="c{cell.pk}" value="12,5"', page)
    assert house.cell("staff").value == 3  # one bad number holds up no other


def test_two_numbers_for_one_cell_are_both_shown(house, official) -> None:
    cell = house.cell("staff")
    page = boxes(page_of(official, house.report()))
    house.save(cell, "4")

    done = official.post(f"/daily/{house.report().pk}/", page | {f"c{cell.pk}": "5"})

    shown = done.content.decode()
    assert done.status_code == 422
    assert "对方填的是 4" in shown
    again = boxes(shown)
    assert again[f"c{cell.pk}"] == "5"
    # Having seen both, the person insists.
    assert official.post(f"/daily/{house.report().pk}/", again).status_code == 302
    assert house.cell("staff").value == 5


def test_submitting_saves_first_and_gives_a_receipt(house, official) -> None:
    cell = house.cell("staff")

    done = press(official, house.report(), "submit", **{f"c{cell.pk}": "9"})

    version = ReportVersion.objects.get()
    assert done.status_code == 302
    assert house.cell("staff").value == 9
    page = page_of(official, house.report())
    assert version.receipt in page
    assert "按时" in page
    assert f'name="c{cell.pk}"' not in page  # nothing to type any more


def test_submitting_with_problems_lists_them_with_links_and_reasons(house, official) -> None:
    hard, soft = house.cell("exempt"), house.cell("sampled")

    done = press(official, house.report(), "submit", **{f"c{hard.pk}": "101", f"c{soft.pk}": "9"})

    page = done.content.decode()
    assert done.status_code == 422
    assert not ReportVersion.objects.exists()
    assert house.cell("sampled").value == 9  # saved, and to be explained
    assert page.index(f'data-problem="{hard.pk}-within"') < page.index(
        f'data-problem="{soft.pk}-near_source"'
    )
    assert f'name="w{soft.pk}"' in page
    done = press(
        official, house.report(), "submit",
        **{f"c{hard.pk}": "10", f"w{soft.pk}": "paper", f"m{soft.pk}": "two sheets"},
    )  # fmt: skip
    assert done.status_code == 302
    assert house.cell("sampled").comment == "two sheets"


def test_a_page_that_is_behind_is_not_submitted(house, official) -> None:
    page = boxes(page_of(official, house.report()))
    house.save(house.cell("staff"), "4")

    done = official.post(f"/daily/{house.report().pk}/", page | {"act": "submit"})

    assert done.status_code == 422
    assert not ReportVersion.objects.exists()


def test_after_the_time_it_asks_why_and_after_the_lock_it_asks_to_unlock(house, official) -> None:
    set_time(DUE + timedelta(minutes=5))
    late = press(official, house.report(), "submit")
    assert (late.status_code, ReportVersion.objects.count()) == (422, 0)
    assert "逾期原因" in late.content.decode()

    set_time(DUE + timedelta(minutes=61))
    page = page_of(official, house.report())
    assert 'id="sheet"' not in page
    url = f"/daily/{house.report().pk}/unlock/"
    assert official.post(url, {"why": " "}).status_code == 422
    assert official.post(url, {"why": "the line was down"}).status_code == 302
    assert Unlock.objects.get().reason == "the line was down"
    assert "the line was down" in page_of(official, house.report())
    assert official.post(url, {"why": "again"}).status_code == 422


def test_the_newest_figures_are_taken_by_a_button(house, official) -> None:
    set_time(house.board.now)
    house.board.capture("TUBE000002", people=3, strangers=0)
    set_time(DUE.replace(hour=14, minute=47))

    press(official, house.report(), "newest", **{f"c{house.cell('staff').pk}": "4"})

    assert (house.cell("sampled").value, house.cell("staff").value) == (8, 4)
    assert "= 扫码 14:47" in page_of(official, house.report())


def test_a_returned_report_says_why_and_what_was_changed_since(house, official) -> None:
    press(official, house.report(), "submit")
    review.return_report(
        report_id=house.report().pk, version=1, comment="check the tubes",
        scope=house.scope(Role.REPORTING_OFFICER), by="r", at=house.at,
    )  # fmt: skip
    house.save(house.cell("staff"), "4")

    page = page_of(official, house.report())

    assert "check the tubes" in page
    assert re.search(r"到岗.*— → <b>4</b>", page)
    done = press(official, house.report(), "submit", why="counted again")
    assert (done.status_code, house.report().version) == (302, 2)


def test_a_community_confirms_and_the_street_sees_who(house, official) -> None:
    worker = house.client(Role.COMMUNITY_WORKER, house.place.community_here)
    cell = house.cell("staff")
    page = page_of(worker, house.report())
    assert f"c{house.street_cell('vehicles').pk}" not in page
    assert 'value="submit"' not in page

    press(worker, house.report(), f"confirm-{cell.line_id}", **{f"c{cell.pk}": "4"})

    cell.line.refresh_from_db()
    assert cell.line.confirmed_at is not None
    assert house.cell("staff").value == 4
    assert "14:30 已确认" in page_of(official, house.report())
    press(worker, house.report(), f"unconfirm-{cell.line_id}")
    cell.line.refresh_from_db()
    assert cell.line.confirmed_at is None


@pytest.mark.parametrize(
    "broken", [{"shown": "[[1]]"}, {"shown": "7"}, {"key": "x"}, {"seen": "-1"}, {"act": "burn"}]
)
def test_a_page_that_was_tampered_with_does_nothing(house, official, broken) -> None:
    page = boxes(page_of(official, house.report()))

    done = official.post(f"/daily/{house.report().pk}/", page | broken)

    assert done.status_code == 422
    assert not CellChange.objects.exists()


def test_the_list_names_the_most_urgent_first_and_what_was_missed(house, official) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    cutoffs.open_due_reports(by="test", at=house.at)

    page = official.get("/daily/").content.decode()

    # 14:00's line may still be sent; those before are locked.
    times = re.findall(r"<h2><a[^>]*>\s*(.*?)\s*</a>", page)
    assert [time.split(" · ")[1] for time in times] == ["11-05 14:00", "11-05 15:00"]
    assert "有 17 份报表锁定前未提交" in page
    assert house.place.there.name not in page
    house.submit()
    assert ReportVersion.objects.get().receipt in official.get("/daily/").content.decode()


def test_the_list_is_calm_when_nothing_is_owed(house, official) -> None:
    Report.objects.filter(street=house.place.here).update(lock_at=house.at)

    assert "目前没有要报的" in official.get("/daily/").content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "= scans 14:30"), ("zh-hans", "= 扫码 14:30")]
)
def test_both_languages(house, official, language: str, words: str) -> None:
    official.cookies["jinjian_language"] = language

    assert words in page_of(official, house.report())


def test_the_chat_text_has_units_as_of_and_receipt(house, official) -> None:
    scope = house.scope()
    draft = chat_text(sheet_of(house.report(), scope), None, "en")
    assert draft.splitlines()[:2] == [
        f"[Daily report] {house.place.here.name}, as of 2021-11-05 15:00", "DRAFT, not submitted",
    ]  # fmt: skip
    version = house.submit()

    english = chat_text(sheet_of(house.report(), scope), version, "en")
    chinese = chat_text(sheet_of(house.report(), scope), version, "zh-hans")

    assert "Sampled: 5 persons" in english.splitlines()
    assert english.endswith(f"Receipt {version.receipt}, version 1, sent 11-05 14:30")
    assert "已采：5 人" in chinese.splitlines()
    assert version.receipt in official.get(f"/daily/{house.report().pk}/chat/").content.decode()


def test_the_helper_script_is_served_to_anybody(client: Client) -> None:
    answer = client.get("/daily/worker.js")

    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_a_street_of_thirty_communities_costs_as_many_queries_as_one_of_three(db) -> None:
    asked = []
    for size in (3, 30):
        house = make_house(communities=size)
        client = house.client(Role.STREET_OFFICIAL)
        page_of(client, house.report())  # what is loaded once per process
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, house.report())
        assert page.count("data-line=") == size
        # The clock is read once a second, whatever is asked.
        asked.append(sum("core_clock" not in query["sql"] for query in queries))

    assert asked[0] == asked[1] < 25


def test_a_submitted_state_is_told_in_words(house, official) -> None:
    house.submit()
    assert house.report().state == State.SUBMITTED
    assert "区里正在审核" in page_of(official, house.report())


def test_a_button_of_no_line_is_no_error(house, official) -> None:
    for number in ("9" * 5000, "99999999", "x"):
        done = press(official, house.report(), f"confirm-{number}")
        assert done.status_code in (404, 422), number[:9]


def test_while_it_is_mended_the_chat_text_names_no_receipt(house: House) -> None:
    house.submit()
    review.return_report(
        report_id=house.report().pk, version=1, comment="a digit", by="r", at=house.at,
        scope=house.scope(Role.REPORTING_OFFICER),
    )  # fmt: skip
    report = house.report()

    text = chat_text(sheet_of(report, house.scope()), report.versions.get(), "en")

    assert "DRAFT, not submitted" in text
    assert report.versions.get().receipt not in text
    assert "System's figures of" in text
