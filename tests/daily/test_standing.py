"""What higher levels see: accepted figures, or earlier ones marked provisional."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.scope import Scope
from personnel.roles import Role
from reporting.daily.models import Report, ReportColumn
from reporting.daily.queries.standing import Footing, Standing, standing
from reporting.daily.services import review
from tests.daily.make import DUE, House, make_house
from tests.personnel.make import make_division


@pytest.fixture
def house(db) -> House:
    return make_house()


def table(house: House, provisional: bool = False, scope: Scope | None = None) -> Standing:
    scope = scope or house.scope(Role.COMMANDER)
    return standing(scope, house.cutoff, provisional=provisional)


def figure(found: Standing, street, code: str):
    column = ReportColumn.objects.get(form__code="daily", code=code)
    [row] = [row for row in found.rows if row.street == street]
    return row.figures.get(column.pk)


def accept(house: House, street=None, version: int = 1) -> None:
    officer = house.scope(Role.REPORTING_OFFICER)
    review.accept(
        report_id=house.report(street).pk, version=version, scope=officer, by="r", at=house.at
    )


def test_numbers_are_hidden_until_accepted_and_marked_when_shown_earlier(house: House) -> None:
    house.submit()

    hidden, shown = table(house), table(house, provisional=True)
    assert [row.footing for row in hidden.rows] == [Footing.WAITING, Footing.MISSING]
    assert hidden.columns == []
    assert [row.footing for row in shown.rows] == [Footing.PROVISIONAL, Footing.MISSING]
    assert figure(shown, house.place.here, "sampled") == 5

    accept(house)
    assert [row.footing for row in table(house).rows] == [Footing.ACCEPTED, Footing.MISSING]
    assert figure(table(house), house.place.here, "sampled") == 5


def test_a_correction_under_review_leaves_the_accepted_figure(house: House) -> None:
    house.submit()
    accept(house)
    officer, chief = house.scope(Role.REPORTING_OFFICER), house.scope(Role.COMMANDER)
    after = DUE + timedelta(minutes=61)
    house.at = after
    unlock = review.ask_unlock(
        report_id=house.report().pk, reason="a digit", scope=house.scope(), by="s", at=after
    )
    review.decide_unlock(
        unlock_id=unlock.pk, granted=True, answer="", scope=chief, by=chief.actor, at=after
    )
    house.save(house.cell("sampled"), "6", reason="paper")
    house.submit(at=after, reason="a digit")

    for provisional in (False, True):
        found = table(house, provisional)
        assert figure(found, house.place.here, "sampled") == 5
        assert found.rows[0].correction
    review.accept(report_id=house.report().pk, version=2, scope=officer, by="r", at=after)
    assert figure(table(house), house.place.here, "sampled") == 6


def test_sums_hold_what_is_shown_and_say_how_many(house: House) -> None:
    house.submit()
    house.submit(house.place.there)
    accept(house)

    column = ReportColumn.objects.get(form__code="daily", code="target")
    days = ReportColumn.objects.get(form__code="daily", code="supply_days")
    half, both = table(house), table(house, provisional=True)

    assert (half.sums[column.pk], half.summed, half.whole) == (90, 1, False)
    assert (both.sums[column.pk], both.summed) == (130, 2)
    assert both.sums[days.pk] is None  # days of two streets do not add up
    accept(house, house.place.there)
    assert table(house).whole


def test_a_street_stands_in_its_own_table_only(house: House) -> None:
    house.submit(house.place.there)

    found = table(house, True, house.scope())

    assert [row.street for row in found.rows] == [house.place.here]


def test_the_table_asks_as_much_for_thirty_streets_as_for_two(house: House) -> None:
    house.submit()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            table(house, provisional=True)
        return len(queries)

    few = asked()
    for _ in range(28):
        street = make_division("street", house.place.district)
        Report.objects.create(
            cutoff=house.cutoff, street=street, district_id=house.place.district.pk,
            lock_at=house.cutoff.lock_at,
        )  # fmt: skip
    assert asked() == few
    assert few <= 6  # two of them find the cut-off


def cells_of(page: str) -> list[list[str]]:
    """Texts of the figures' table, row by row, without notes below the numbers."""
    body = page[page.index("<tbody>") : page.index("</tfoot>")]
    rows = []
    for row in body.split("<tr")[1:]:
        cells = re.findall(r'<td class="num">(.*?)</td>', row, re.S)
        rows.append([re.sub(r"<[^>]+>", "", cell).strip().replace(",", "") for cell in cells])
    return rows


@pytest.mark.parametrize("provisional", ["0", "1"])
def test_page_and_csv_say_the_same(house: House, provisional: str) -> None:
    house.save(house.street_cell("needs"), "=1+1 and two tents")
    house.submit()
    house.submit(house.place.there)
    accept(house)
    client = house.client(Role.COMMANDER)
    query = f"cutoff={house.cutoff.pk}&provisional={provisional}"

    page = client.get(f"/daily/figures/?{query}").content.decode()
    answer = client.get(f"/daily/figures.csv?{query}")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))

    assert answer.content.startswith(b"\xef\xbb\xbf")
    for shown, said in zip(cells_of(page), rows, strict=True):
        taken = [cell.removeprefix("'") for cell in said[5:]]
        assert [cell.replace("—", "").replace("−", "-") for cell in shown] == taken
    needs = rows[0][head.index("Problems and needs (text)")]
    assert needs == "'=1+1 and two tents"
    assert ("provisional" in page.split("<tbody>")[1]) == (provisional == "1")
    assert rows[1][5:] == [""] * len(rows[1][5:]) or provisional == "1"


def test_a_community_has_no_figures_of_the_street(house: House) -> None:
    client = house.client(Role.COMMUNITY_WORKER, house.place.community_here)

    assert client.get("/daily/figures/").status_code == 403
    assert client.get("/daily/figures.csv").status_code == 403


def test_a_cutoff_of_elsewhere_is_not_found(house: House) -> None:
    client = house.client(Role.COMMANDER)

    assert client.get("/daily/figures/?cutoff=999999").status_code == 404
    assert client.get("/daily/figures/?provisional=2").status_code == 400
