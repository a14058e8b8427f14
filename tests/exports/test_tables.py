"""Lists of the API as CSV and XLSX: identity, inert cells, the way on."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from openpyxl import load_workbook

from core.sheets.streaming import SheetStream
from core.sheets.writing import csv_lines
from personnel.roles import Role
from tests.api.make import publish
from tests.personnel.make import District, make_user
from tests.sites.make import make_round

DANGEROUS = [
    "=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "＝1+1", "＋1", "－1", "＠x",
]  # fmt: skip
HARMLESS = ["北温泉街道", "000123456789012345", "", "a=b", "1-2", "<b>&amp;", "_x0041_", "张 三"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_could_be_a_formula_is_text(text):
    [[cell]] = csv.reader(io.StringIO(csv_lines([[text]]).decode(), newline=""))
    out = io.BytesIO()
    sheet = SheetStream(out.write, "s", ["h"], "n")
    sheet.add([[text]])
    sheet.close([])
    stored = load_workbook(out).worksheets[0]["A2"]

    assert cell == f"'{text}"
    assert stored.data_type == "s"
    assert stored.value.replace("\r", "\n") == text.replace("\r", "\n")


def test_other_text_stays_as_it_is_and_numbers_are_numbers():
    out = io.BytesIO()
    sheet = SheetStream(out.write, "s:/?", ["h", "n"], "n")
    sheet.add([[text, at] for at, text in enumerate(HARMLESS)])
    sheet.close([("what", "=it is")])
    book = load_workbook(out)

    rows = list(csv.reader(io.StringIO(csv_lines([[t, 1] for t in HARMLESS]).decode())))
    assert [row[0] for row in rows] == HARMLESS
    values = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    # The reader of this test does not undo Excel's own escape; Excel does.
    shown = [text.replace("_x0041_", "_x005F_x0041_") or None for text in HARMLESS]
    assert values == [[text, at] for at, text in enumerate(shown)]
    assert book.worksheets[1]["B1"].data_type == "s"


@pytest.fixture
def place() -> District:
    place = make_round()
    place.here.name = "=北温泉街道"
    place.here.save()
    publish()
    return place


@pytest.fixture
def officer(place: District) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(Role.PLANNER, place.district))
    return client


def listed(client: Client, form: str, **query):
    return client.get("/api/v1/divisions/", {"format": form, **query})


@pytest.mark.django_db
def test_a_list_is_equal_in_all_three_formats(place, officer):
    items = {item["id"]: item for item in listed(officer, "json").json()["items"]}
    text = listed(officer, "csv").content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(listed(officer, "xlsx").content))

    rows = {int(row["id"]): row for row in csv.DictReader(io.StringIO(text))}
    head, *cells = book.worksheets[0].iter_rows(values_only=True)
    sheet = {row[0]: dict(zip(head, row, strict=True)) for row in cells}
    assert set(rows) == set(sheet) == set(items)
    for key, item in items.items():
        assert {
            name: value if value not in (None, "") else None for name, value in item.items()
        } == {name: _typed(sheet[key][name], item[name]) for name in item}
        assert rows[key]["code"] == item["code"]
    assert rows[place.here.pk]["name"] == "'=北温泉街道"
    assert sheet[place.here.pk]["name"] == "=北温泉街道"


def _typed(shown, value):
    return json.loads(shown) if isinstance(value, bool) else shown


@pytest.mark.django_db
def test_a_table_says_beside_itself_how_to_go_on(place, officer):
    first = listed(officer, "csv", limit=1)
    rest = listed(officer, "csv", cursor=first["X-Next-Cursor"])

    assert first["Content-Type"] == "text/csv; charset=utf-8"
    assert first["Content-Disposition"] == 'attachment; filename="divisions.csv"'
    assert first.content.startswith(b"\xef\xbb\xbf")
    assert (first["X-More"], rest["X-More"]) == ("true", "false")
    ids = [
        row["id"]
        for part in (first, rest)
        for row in csv.DictReader(io.StringIO(part.content.decode("utf-8-sig")))
    ]
    whole = listed(officer, "json").json()["items"]
    assert ids == [str(item["id"]) for item in whole]


@pytest.mark.django_db
def test_an_empty_list_has_its_headings(place, officer):
    end = listed(officer, "json").json()["next_cursor"]

    text = listed(officer, "csv", cursor=end).content.decode("utf-8-sig")

    [head] = text.splitlines()
    assert head.startswith("id,code,name,")
    assert head.endswith(",changed_at,deleted")
