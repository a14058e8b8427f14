"""The pages: what they refuse, keep, mask and hand out, and what they cost."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Division
from core.audit import AuditEvent
from core.imports.models import ImportRun
from core.sheets.reading import read_sheets
from personnel.roles import Role
from sites.models import SamplingPoint
from tests.imports.files import table, workbook
from tests.imports.make import HEADINGS, client_of, post_sheet
from tests.personnel.make import District, make_district, make_targets

pytestmark = pytest.mark.django_db

POINTS = ["编号", "名称", "社区", "采样台", "负责人", "电话", "备注"]


@pytest.fixture
def place() -> District:
    place = make_district()
    make_targets(place)
    return place


@pytest.fixture
def planner(place: District) -> Client:
    return client_of(Role.PLANNER, place.district)


def run_of(response) -> ImportRun:
    assert response.status_code == 302, response.content.decode()[:2000]
    return ImportRun.objects.get(pk=response["Location"].split("/")[3])


def streets(count: int) -> str:
    rows = [[f"S{n:03}", f"街道 {n}", "街道", "", "x" if n % 7 == 3 else "9"] for n in range(count)]
    return table([HEADINGS, *rows])


def point(place: District, code: str = "P1", **said: str) -> list[str]:
    values = {"name": "体育馆", "units": "2", "lead": "张晓明", "phone": "13800001234"} | said
    return [code, values["name"], place.community_here.code, values["units"], values["lead"],
            values["phone"], values.get("note", "")]  # fmt: skip


def statements(counted) -> int:
    """How many, without the clock's, which is read once a second."""
    return sum("core_clock" not in query["sql"] for query in counted.captured_queries)


def name_columns(client: Client, run: ImportRun, headings: list[str]):
    columns = ["code", "name", "community", "units", "lead_name", "lead_phone", ""]
    known = dict(zip(POINTS, columns, strict=True))
    said = {f"column_{n}": known[heading] for n, heading in enumerate(headings)}
    return client.post(reverse("imports:columns", args=[run.pk]), said)


def test_more_than_can_be_pasted_is_told_as_such(planner: Client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
    answer = post_sheet(planner, "divisions", "街道\n" * 300_000)

    assert answer.status_code == 413
    assert "2 MB" in answer.content.decode()
    assert "另存为文件" in answer.content.decode()


def test_a_refused_sheet_keeps_what_was_typed_and_says_why(planner: Client):
    bad = planner.post(
        reverse("imports:start", args=["divisions"]),
        {"pasted": 'a,b\n1,"2', "sender": "统计局"},
    )
    none = post_sheet(planner, "divisions", "  ")

    page = bad.content.decode()
    assert (bad.status_code, none.status_code) == (422, 422)
    assert "1,&quot;2" in page
    assert "统计局" in page
    assert not ImportRun.objects.exists()


def test_a_file_named_xls_is_refused_by_name(planner: Client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("底册.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    response = planner.post(reverse("imports:start", args=["divisions"]), {"file": file})

    assert response.status_code == 422
    assert ".xls" in response.content.decode()


def test_sent_twice_is_one_run(planner: Client):
    form = str(uuid.uuid4())
    first = run_of(post_sheet(planner, "divisions", streets(2), run_id=form))
    second = run_of(post_sheet(planner, "divisions", streets(2), run_id=form))

    assert first == second


def test_personal_cells_are_masked_on_every_page(planner: Client, place: District):
    sheet = table([POINTS, point(place), point(place, "P2", phone="139"), ["P3", *[""] * 6]])
    run = run_of(post_sheet(planner, "points", sheet))

    pages = [planner.get(reverse("imports:columns", args=[run.pk]))]
    name_columns(planner, run, POINTS)
    for show in ("new", "refused"):
        pages.append(planner.get(reverse("imports:run", args=[run.pk]), {"show": show}))

    shown = "".join(page.content.decode() for page in pages)
    assert "张*" in shown
    assert "138****1234" in shown
    assert "张晓明" not in shown
    assert "13800001234" not in shown
    assert "13800001234" not in str(list(ImportRun.objects.values("notes", "mapping", "file_name")))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_refused_rows_come_back_mended(planner: Client, place: District, form: str):
    """Only those, with row and reason; what looks like a formula is text; nothing is lost."""
    rows = [
        point(place, "P1"),
        point(place, "P2", units="viele", note="=HYPERLINK(1)"),
        point(place, "P3", phone="+86 138", note="-1"),
        ["合计", "", "", "4", "", "", ""],
    ]
    run = run_of(post_sheet(planner, "points", table([POINTS, *rows])))
    name_columns(planner, run, POINTS)
    response = planner.get(reverse("imports:refused", args=[run.pk, form]))

    back = read_sheets(response.content, f"x.{form}").sheets[0]
    headings, *refused = [line.cells for line in back.lines]
    assert not any(line.faults for line in back.lines)
    assert [row[:7] for row in refused] == rows[1:]
    assert [row[7] for row in refused] == ["3", "4", "5"]
    assert all(row[8] for row in refused)
    assert AuditEvent.objects.filter(act="import.take_refused").count() == 1

    refused[0][3], refused[1][5] = "3", "138 0000 1234"
    again = run_of(post_sheet(planner, "points", table([headings, *refused[:2]])))
    assert (again.state, again.rows_new, again.rows_refused) == ("checked", 2, 0)


def test_a_csv_of_refused_rows_starts_no_formula(planner: Client, place: District):
    sheet = table([POINTS, point(place, note="=1+1", units="?")])
    run = run_of(post_sheet(planner, "points", sheet))
    name_columns(planner, run, POINTS)

    text = planner.get(reverse("imports:refused", args=[run.pk, "csv"])).content.decode()

    assert text.startswith("\ufeff")
    assert ",'=1+1," in text


@pytest.mark.parametrize("kind", ["divisions", "points"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_our_own_template_needs_no_naming_of_columns(
    planner: Client, place: District, kind: str, language: str
):
    planner.cookies["jinjian_language"] = language
    response = planner.get(reverse("imports:template", args=[kind, "xlsx"]))
    book = read_sheets(response.content, "t.xlsx")
    headings = book.sheets[0].lines[0].cells
    rows = {"divisions": ["S1", "甲", "街道"], "points": ["P1", "乙", place.community_here.code]}
    row = [*rows[kind], *[""] * (len(headings) - 3)]
    if kind == "points":
        row[6] = "2"

    run = run_of(post_sheet(planner, kind, table([headings, row])))

    assert len(book.sheets) == 2
    assert (run.state, run.rows_new) == ("checked", 1)


def test_a_neighbours_run_does_not_exist(place: District):
    mine = client_of(Role.STREET_OFFICIAL, place.here)
    theirs = client_of(Role.STREET_OFFICIAL, place.there)
    run = run_of(post_sheet(mine, "points", table([POINTS[:4], point(place)[:4]])))

    for name in ("run", "columns"):
        assert theirs.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 404
        assert mine.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 200
    for name in ("confirm", "undo", "discard"):
        assert theirs.post(reverse(f"imports:{name}", args=[run.pk])).status_code == 404
    assert str(run.pk) not in theirs.get(reverse("imports:home")).content.decode()
    assert not SamplingPoint.objects.exists()


def test_confirmed_by_a_colleague_of_the_district(planner: Client, place: District):
    official = client_of(Role.STREET_OFFICIAL, place.here)
    run = run_of(post_sheet(official, "points", table([POINTS[:4], point(place)[:4]])))

    said = {"preview": run.preview}
    response = planner.post(reverse("imports:confirm", args=[run.pk]), said)

    assert response.status_code == 302
    assert SamplingPoint.objects.get().street_id == place.here.pk


def test_a_changed_world_shows_the_new_preview(planner: Client):
    run = run_of(post_sheet(planner, "divisions", streets(2)))
    Division.objects.filter(level="street").update(valid_to="2030-01-01")
    other = run_of(post_sheet(planner, "divisions", streets(1)))
    planner.post(reverse("imports:confirm", args=[other.pk]), {"preview": 1})

    response = planner.post(reverse("imports:confirm", args=[run.pk]), {"preview": 1})

    assert response.status_code == 409
    assert 'name="preview" value="2"' in response.content.decode()


def test_the_preview_costs_as_much_for_thirty_rows_as_for_one(
    planner: Client, django_assert_max_num_queries
):
    few = run_of(post_sheet(planner, "divisions", streets(1)))
    many = run_of(post_sheet(planner, "divisions", streets(40)))

    counts = set()
    for run in (few, many):
        with django_assert_max_num_queries(12) as counted:
            planner.get(reverse("imports:run", args=[run.pk]), {"show": "new"})
        counts.add(statements(counted))
    assert len(counts) == 1


def test_the_list_costs_as_much_for_thirty_runs_as_for_one(
    planner: Client, django_assert_max_num_queries
):
    counts = set()
    for _time in range(2):
        run_of(post_sheet(planner, "divisions", streets(1)))
        with django_assert_max_num_queries(12) as counted:
            planner.get(reverse("imports:home"))
        counts.add(statements(counted))
    assert len(counts) == 1


def test_a_workbook_is_taken_through_the_page(planner: Client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    rows = [HEADINGS, ["S1", "甲", "街道", "", 1200]]
    file = SimpleUploadedFile("区划.xlsx", workbook(("区划", rows)))
    run = run_of(planner.post(reverse("imports:start", args=["divisions"]), {"file": file}))

    assert (run.file_name, run.rows_new) == ("区划.xlsx", 1)


def test_a_kind_with_a_lane_of_its_own_begins_there(planner: Client):
    response = planner.get(reverse("imports:start", args=["register"]))

    assert (response.status_code, response["Location"]) == (
        302,
        reverse("campaigns:register_import"),
    )
