"""On time + late + missing + not yet due = expected, at any instant and for any story."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from personnel.roles import Role
from reporting.daily.models import Cutoff, Report, ReportForm
from reporting.daily.queries.completeness import Count, Timeliness, matrix, timeliness
from reporting.daily.reminding import reminder_of
from reporting.daily.services import cutoffs, review
from tests.daily.make import DUE, House, make_house, set_time
from tests.personnel.make import make_division

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(db) -> House:
    return make_house()


@given(
    stories=st.lists(st.none() | st.integers(-180, 120), min_size=1, max_size=40),
    at=st.integers(-180, 180),
)
def test_every_report_is_exactly_one_of_four(stories: list[int | None], at: int) -> None:
    count, now = Count(), DUE + at * MINUTE
    for minute in stories:
        first = None if minute is None else DUE + minute * MINUTE
        count.add(timeliness(DUE, first, now), first)

    known = [minute for minute in stories if minute is not None and minute <= at]
    assert count.expected == len(stories)
    assert count.received == len(known)
    assert count.late == sum(minute > 0 for minute in known)
    assert (count.missing == 0) or at > 0
    assert (count.not_due == 0) or at <= 0
    assert count.complete == (len(known) == len(stories))


def test_at_the_minute_it_is_due_it_is_neither_late_nor_missing() -> None:
    assert timeliness(DUE, DUE, DUE) == Timeliness.ON_TIME
    assert timeliness(DUE, None, DUE) == Timeliness.NOT_DUE
    assert timeliness(DUE, DUE + MINUTE, DUE + MINUTE) == Timeliness.LATE


def counted(house: House, at) -> tuple[int, int, int, int, int]:
    [column] = matrix(house.scope(Role.REPORTING_OFFICER), at=at).columns
    count = column.count
    return count.expected, count.on_time, count.late, count.missing, count.not_due


def test_the_matrix_follows_what_streets_do(house: House) -> None:
    late = DUE + 10 * MINUTE
    assert counted(house, house.at) == (2, 0, 0, 0, 2)
    house.submit()
    assert counted(house, house.at) == (2, 1, 0, 0, 1)
    assert counted(house, late) == (2, 1, 0, 1, 0)
    house.submit(house.place.there, at=late, reason="the network was down")
    assert counted(house, late) == (2, 1, 1, 0, 0)


def test_a_correction_after_the_time_does_not_make_a_report_late(house: House) -> None:
    house.submit()
    officer = house.scope(Role.REPORTING_OFFICER)
    review.return_report(
        report_id=house.report().pk, version=1, comment="x", scope=officer, by="r", at=house.at
    )
    later = DUE + 20 * MINUTE
    house.submit(at=later, reason="a digit")

    assert counted(house, later) == (2, 1, 0, 1, 0)


def test_the_reminder_names_only_the_missing_and_ends_with_the_last(house: House) -> None:
    officer = house.scope(Role.REPORTING_OFFICER)

    def reminder(at):
        [column] = matrix(officer, at=at).columns
        return reminder_of(column, at)

    here, there = house.place.here.name, house.place.there.name
    assert reminder(DUE - 31 * MINUTE) is None
    first = reminder(DUE - 30 * MINUTE)
    assert first.call == 0
    assert all(here in text and there in text for _language, text in first.texts)
    assert [language for language, _text in first.texts] == ["zh-hans", "en"]

    house.submit()
    second = reminder(DUE - 10 * MINUTE)
    assert second.call == 1
    assert all(here not in text and there in text for _language, text in second.texts)
    assert "15:00" in second.texts[1][1]
    assert "10 minutes" in second.texts[1][1]
    assert "late" in dict(reminder(DUE + MINUTE).texts)["en"]

    house.submit(house.place.there)
    assert reminder(DUE - 10 * MINUTE) is None


def test_nobody_is_reminded_of_what_can_no_longer_be_sent(house: House) -> None:
    [column] = matrix(house.scope(Role.REPORTING_OFFICER), at=DUE + 61 * MINUTE).columns

    assert column.count.missing == 2
    assert reminder_of(column, DUE + 61 * MINUTE) is None


def test_a_day_shows_its_own_cutoffs_the_latest_first_and_leads_to_the_others(house: House) -> None:
    ReportForm.objects.filter(code="hourly").update(active=True)
    cutoffs.open_due_reports(by="test", at=house.at)
    officer = house.scope(Role.REPORTING_OFFICER)

    today = matrix(officer, at=house.at)
    before = matrix(officer, at=house.at, day=today.earlier)

    assert [c.cutoff.form.code for c in today.columns[:2]] == ["daily", "hourly"]
    hours = [c.cutoff.as_of for c in today.columns[1:]]
    assert hours == sorted(hours, reverse=True)
    assert today.later is None
    # 24:00 closes the day that ends with it.
    assert [c.cutoff.as_of.astimezone(DUE.tzinfo).strftime("%d %H") for c in before.columns] == [
        "05 00", "04 23", "04 22", "04 21",
    ]  # fmt: skip
    assert before.later == today.day


def test_a_street_sees_its_own_row_only(house: House) -> None:
    found = matrix(house.scope(), at=house.at)

    assert [row.street for row in found.rows] == [house.place.here]
    assert found.columns[0].count.expected == 1


def test_the_matrix_asks_as_much_for_thirty_streets_as_for_two(house: House) -> None:
    officer = house.scope(Role.REPORTING_OFFICER)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            matrix(officer, at=house.at)
        return len(queries)

    few = asked()
    for _ in range(28):
        street = make_division("street", house.place.district)
        Report.objects.create(
            cutoff=house.cutoff, street=street, district_id=house.place.district.pk,
            lock_at=house.cutoff.lock_at,
        )  # fmt: skip

    assert asked() == few
    assert few <= 3


def test_the_page_counts_filters_and_refreshes_itself(house: House) -> None:
    house.submit()
    officer = house.client(Role.REPORTING_OFFICER)

    page = officer.get("/daily/review/").content.decode()
    assert "2 expected = 1 on time + 0 late + 0 missing + 1 not due yet" in page
    assert 'hx-trigger="every 12s"' in page
    assert "Reminder of 14:30" in page
    waiting = officer.get("/daily/review/?show=review").content.decode()
    assert f">{house.place.here.name}</th>" in waiting
    assert f">{house.place.there.name}</th>" not in waiting

    part = officer.get("/daily/review/", headers={"HX-Request": "true"})
    assert part.content.lstrip().startswith(b'<div id="review-live"')
    assert "no-store" in part["Cache-Control"]
    assert officer.get("/daily/review/?day=yesterday").status_code == 400
    again = re.search(r'hx-get="([^"]+)"', part.content.decode())[1].replace("&amp;", "&")
    assert officer.get(again, headers={"HX-Request": "true"}).status_code == 204
    assert officer.get(again).status_code == 200

    house.submit(house.place.there)
    assert officer.get(again, headers={"HX-Request": "true"}).status_code == 200
    assert "all 2 in at 14:30" in officer.get("/daily/review/").content.decode()


def test_missing_reports_are_filtered_after_the_time(house: House) -> None:
    house.submit()
    set_time(DUE + MINUTE)

    page = house.client(Role.COMMANDER).get("/daily/review/?show=missing").content.decode()

    assert f">{house.place.there.name}</th>" in page
    assert f">{house.place.here.name}</th>" not in page


def test_before_any_cutoff_the_page_says_what_will_stand_here(db) -> None:
    from tests.boards.make import make_board

    page = make_board().client.get("/daily/review/").content.decode()

    assert "No report was due on this day" in page
    assert not Cutoff.objects.exists()
