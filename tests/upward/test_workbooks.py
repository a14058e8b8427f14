"""The superior's own workbook: taken in once, filled with a cut, read back with equal figures."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from openpyxl import Workbook as Book
from openpyxl import load_workbook

from core import clock
from core.inputs import Refused
from core.sheets.filling import read_layout
from core.sheets.words import FileRefused
from reporting.outlets.models import OutletRun, RunState, Workbook
from reporting.outlets.queries.cut import cut_of
from reporting.outlets.services.upward_filling import refusal
from reporting.outlets.services.upward_runs import make_run, open_run_now, try_again
from reporting.outlets.services.workbooks import add_entry, remove_entry, upload_workbook
from tests.upward.make import SHEET, House, form_bytes, later, make_workbook


def made(house: House, run: OutletRun) -> OutletRun:
    make_run(run.pk, by="t", at=run.as_of + timedelta(minutes=6))
    run.refresh_from_db()
    return run


def opened(run: OutletRun):
    return load_workbook(io.BytesIO(bytes(run.file.data)))[SHEET]


def test_a_filled_copy_holds_the_figures_of_the_cut(house: House) -> None:
    outlet = house.outlet()
    make_workbook(house, outlet)
    later(house, 2.1)

    run = made(house, open_run_now(outlet_id=outlet.pk, **house.who))

    assert run.state == RunState.MADE, (run.problem, run.problem_params)
    cut = cut_of(house.scope, run.round, run.as_of)
    here, there = house.board.desk.place.here, house.board.desk.place.there
    streets = {row.division_id: row for row in cut.streets}
    sheet = opened(run)
    assert cut.area.values["swabs"] == 4
    assert [sheet["C4"].value, sheet["C5"].value, sheet["C6"].value] == [
        streets[here.pk].values["swabs"], streets[there.pk].values["swabs"],
        cut.area.values["swabs"],
    ]  # fmt: skip
    assert [sheet["B4"].value, sheet["B5"].value] == [
        streets[here.pk].values["target"], streets[there.pk].values["target"],
    ]  # fmt: skip
    assert [sheet["D4"].value, sheet["D5"].value, sheet["D6"].value] == [1, 0, "=SUM(D4:D5)"]
    assert sheet["C4"].data_type == "n"
    assert sheet["B2"].value == clock.local(cut.as_of).strftime("%Y-%m-%d %H:%M")
    assert sheet["D2"].value == "第1期"


def test_the_form_stays_the_superiors_and_words_start_no_formula(house: House) -> None:
    outlet = house.outlet()
    make_workbook(house, outlet)
    later(house, 2.1)

    sheet = opened(made(house, open_run_now(outlet_id=outlet.pk, **house.who)))

    assert (sheet["A1"].value, sheet["A1"].font.name, sheet["A1"].font.size) == (
        "全员核酸检测采样进度表", "SimHei", 16,
    )  # fmt: skip
    assert [str(each) for each in sheet.merged_cells.ranges] == ["A1:D1"]
    assert sheet.column_dimensions["A"].width == 31
    assert (sheet["B8"].value, sheet["B8"].data_type) == ("=1+1 张三", "s")


def test_a_total_that_its_streets_do_not_add_up_to_is_not_sent(house: House) -> None:
    """X14: parts that miss their total are found before they leave the house."""
    outlet = house.outlet()
    place = house.board.desk.place
    here, there = place.here.name, place.there.name
    book = make_workbook(house, outlet, streets=[there, "别的镇"])
    add_entry(
        workbook_id=book.pk, sheet=SHEET, kind="figure", place="C8", indicator="swabs",
        street=place.there, **house.who,
    )  # fmt: skip
    later(house, 2.1)
    run = made(house, open_run_now(outlet_id=outlet.pk, **house.who))
    # One street alone may stand beside the district: nothing says it were all.
    assert run.state == RunState.MADE

    book = upload_workbook(
        outlet_id=outlet.pk, name="b.xlsx", data=form_bytes([there, here, "第三镇"]), **house.who
    )
    place.round.campaign.district.refresh_from_db()
    rows = book.entries.get(kind="rows")
    assert book.entries.count() == 9
    remove_entry(entry_id=book.entries.get(kind="column", cell="C").pk, **house.who)
    for cell, street in (("C4", place.here), ("C5", place.there)):
        add_entry(workbook_id=book.pk, sheet=SHEET, kind="figure", place=cell,
                  indicator="swabs", street=street, **house.who)  # fmt: skip
    assert rows.first_row == 4
    later(house, 2.3)
    assert made(house, open_run_now(outlet_id=outlet.pk, **house.who)).state == RunState.MADE


def test_a_missing_street_is_named_and_the_issue_can_be_tried_again(house: House) -> None:
    outlet = house.outlet()
    place = house.board.desk.place
    book = make_workbook(house, outlet, streets=[place.there.name, place.here.name])
    # The superior's total is of the target, whose rows leave a street out.
    remove_entry(entry_id=book.entries.get(kind="figure").pk, **house.who)
    house.board.desk.place.here.refresh_from_db()
    from tests.personnel.make import make_division

    third = make_division("street", place.district)
    community = make_division("community", third)
    from tests.boards.make import add_target

    add_target(house.board.desk, community, people=7)
    add_entry(workbook_id=book.pk, sheet=SHEET, kind="figure", place="B6", indicator="target",
              **house.who)  # fmt: skip
    from reporting.progress.services.recount import recount_marked

    recount_marked(at=clock.now())
    later(house, 2.1)

    run = made(house, open_run_now(outlet_id=outlet.pk, **house.who))

    assert (run.state, run.problem) == (RunState.FAILED, "sum_differs")
    assert not hasattr(run, "file")
    assert run.problem_params["absent"] == third.name
    said = refusal(run.problem, run.problem_params).text
    assert third.name in said
    assert SHEET in said

    remove_entry(entry_id=book.entries.get(kind="figure", cell="B6").pk, **house.who)
    run = made(house, try_again(run_id=run.pk, **house.who))
    assert run.state == RunState.MADE
    assert run.number == 1


def test_a_named_cell_and_a_date_cell(house: House) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    book = Book()
    book.active.title = "A"
    book.active["B2"].number_format = "yyyy-mm-dd hh:mm"
    book.active["B3"].number_format = "@"
    book.defined_names["swabs"] = DefinedName("swabs", attr_text="A!$B$3")
    out = io.BytesIO()
    book.save(out)
    outlet = house.outlet()
    kept = upload_workbook(outlet_id=outlet.pk, name="a.xlsx", data=out.getvalue(), **house.who)
    for kind, cell, rest in (
        ("figure", "swabs", {"indicator": "swabs"}), ("text", "b2", {"text": "as_of"}),
        ("text", "B4", {"text": "number"}), ("figure", "B5", {"indicator": "tubes_tested"}),
    ):  # fmt: skip
        add_entry(workbook_id=kept.pk, sheet="A", kind=kind, place=cell, **rest, **house.who)
    later(house, 2.1)

    run = made(house, open_run_now(outlet_id=outlet.pk, **house.who))

    sheet = load_workbook(io.BytesIO(bytes(run.file.data)))["A"]
    shown = clock.local(run.file.figures_as_of).replace(tzinfo=None, second=0, microsecond=0)
    assert sheet["B2"].value == shown
    assert (sheet["B3"].value, sheet["B3"].number_format) == (4, "General")
    assert sheet["B4"].value == 1
    assert sheet["B5"].value is None, "what the house does not know is not 0"


def test_a_cell_that_is_not_free_is_refused_by_name(house: House) -> None:
    book = make_workbook(house, house.outlet())
    before = book.entries.count()

    for place, kind, code in (
        ("D6", "figure", "blank_formula"), ("B1", "figure", "blank_merged"),
        ("ZZ9", "figure", "cell_unknown"), ("nothing", "figure", "cell_unknown"),
        ("B0", "text", "cell_unknown"), ("B4", "column", "cell_unknown"),
        ("=1", "figure", "cell_unknown"), ("A1:B2", "figure", "cell_unknown"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            add_entry(workbook_id=book.pk, sheet=SHEET, kind=kind, place=place,
                      indicator="swabs", text="as_of", **house.who)  # fmt: skip
        assert refused.value.code == code, place
        if code.startswith("blank"):
            assert place in refused.value.text

    assert book.entries.count() == before


def with_part(data: bytes, name: str, content: bytes = b"<x/>") -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "part", "code"),
    [
        ("a.xlsm", "", "file_macros"), ("a.xls", "", "blank_type"),
        ("a.xlsx", "xl/vbaProject.bin", "file_macros"),
        ("a.xlsx", "xl/externalLinks/externalLink1.xml", "file_links"),
        ("a.xlsx", "xl/connections.xml", "file_links"),
        ("a.xlsx", "xl/embeddings/oleObject1.bin", "file_links"),
    ],
)  # fmt: skip
def test_macros_and_links_are_refused(name: str, part: str, code: str) -> None:
    data = form_bytes(["a"])

    with pytest.raises(FileRefused) as refused:
        read_layout(with_part(data, part) if part else data, name)

    assert refused.value.code == code
    assert refused.value.text


def test_a_bomb_and_rubbish_end_the_child_and_nothing_else() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (51 * 2**20))
    for data, code in (
        (out.getvalue(), "zip_too_large"), (b"PK\x03\x04rubbish", "file_damaged"),
        (b"", "blank_type"), (b"x" * (3 * 2**20), "file_large"),
    ):  # fmt: skip
        with pytest.raises(FileRefused) as refused:
            read_layout(data, "a.xlsx")
        assert refused.value.code == code


def test_a_refused_workbook_leaves_the_one_before(house: House) -> None:
    outlet = house.outlet()
    first = upload_workbook(outlet_id=outlet.pk, name="a.xlsx", data=form_bytes([]), **house.who)

    with pytest.raises(FileRefused):
        upload_workbook(outlet_id=outlet.pk, name="a.xlsx", data=b"no", **house.who)

    assert [book.pk for book in Workbook.objects.all()] == [first.pk]
