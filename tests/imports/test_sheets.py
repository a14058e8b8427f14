"""Rules R7 to R9: what is read of a file, what of it is marked, what is refused as a whole."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.utils.translation import override

from core.sheets import asking, child
from core.sheets.limits import MAX_FILE_BYTES, MAX_ROWS
from core.sheets.reading import read_sheets
from core.sheets.words import FileRefused
from tests.imports.files import lying_dimension, rewritten, table, with_part, workbook

ROWS = [["code", "name"], ["A1", "北街道"], ["A2", "南街道"]]


def cells(data: bytes, name: str = "x.csv"):
    return [line.cells for line in read_sheets(data, name).sheets[0].lines]


def faults(data: bytes, name: str = "x.xlsx"):
    lines = read_sheets(data, name).sheets[0].lines
    return {(line.number, index): code for line in lines for index, code in line.faults.items()}


def refusal(data: bytes, name: str = "x.xlsx") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_sheets(data, name)
    with override("en"):
        assert "%(" not in caught.value.text
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        table(ROWS).encode(),
        table(ROWS).encode("utf-8-sig"),
        table(ROWS).encode("gb18030"),
        table(ROWS, delimiter="\t").encode("utf-16"),
        table(ROWS, delimiter=";").encode(),
        table(ROWS, delimiter="\t").encode(),
        workbook(("s", ROWS)),
    ],
    ids=["utf-8", "bom", "gb18030", "utf-16", "semicolon", "tab", "xlsx"],
)
def test_the_same_table_however_it_was_saved(data: bytes):
    assert cells(data, "x") == ROWS


def test_only_an_encoding_without_a_sign_is_called_guessed():
    assert read_sheets(table(ROWS).encode("gb18030"), "a.csv").sheets[0].guessed
    assert not read_sheets(table(ROWS).encode(), "a.csv").sheets[0].guessed


@pytest.mark.parametrize(
    "name, data, code, params",
    [
        ("a.csv", b"  \n", "file_empty", {}),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_type", {"kind": ".xls"}),
        ("a.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_type", {"kind": ".et"}),
        ("a.xls", b"code\tname\n", "file_type", {"kind": ".xls"}),
        ("a.csv", b"<html><table>", "file_type", {"kind": ".html"}),
        ("a.xlsx", b"%PDF-1.7", "file_type", {"kind": ".pdf"}),
        ("a.xlsx", b"code,name\n", "file_damaged", {}),
        ("a.xlsx", b"PK\x03\x04 nothing", "file_damaged", {}),
        ("a.csv", b"code,name\n1,a\x00b\n", "text_nul", {"line": 2}),
        ("a.csv", "code,name\n1,a�b\n".encode(), "text_damaged", {"line": 2}),
        ("a.csv", b"code,name\n1,\xff\xff\xff\n", "text_encoding", {}),
        ("a.csv", b'code,name\n1,a\n2,"b\n3,c\n', "text_quotes", {"line": 3}),
        ("a.csv", b'code,name\n1,"b"c\n', "text_quotes", {"line": 2}),
        ("a.csv", b",".join([b"x"] * 61) + b"\n", "too_many_columns", {"limit": 60}),
    ],
)
def test_a_file_that_is_refused_says_why(name: str, data: bytes, code: str, params: dict):
    refused = refusal(data, name)

    assert (refused.code, refused.params) == (code, params)


def test_workbooks_of_other_kinds_are_refused_by_name():
    sound = workbook(("s", ROWS))
    encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    encrypted += "EncryptedPackage".encode("utf-16-le")

    assert refusal(encrypted).code == "file_encrypted"
    assert refusal(with_part(sound, "xl/vbaProject.bin", b"x")).code == "file_macros"
    assert refusal(sound, "a.xlsm").code == "file_macros"
    assert refusal(with_part(sound, "xl/workbook.bin", b"x")).params == {"kind": ".xlsb"}
    assert refusal(_archive({"note.txt": b"x"})).params == {"kind": ".zip"}
    assert refusal(_archive({"mimetype": b"ods"})).params == {"kind": ".ods"}


def test_seventy_thousand_rows_are_refused_whole_and_never_cut():
    long = [["code", "name"], *([f"A{n}", "x"] for n in range(70_000))]

    assert refusal(table(long).encode(), "a.csv").code == "too_many_rows"
    some = long[: MAX_ROWS + 20]
    assert refusal(workbook(("s", some), constant_memory=True)).code == "too_many_rows"
    fits = long[: MAX_ROWS + 1]
    assert len(cells(table(fits).encode())) == MAX_ROWS + 1


def test_a_sheet_that_lies_about_its_size_is_read_whole():
    rows = [["code", "name"], *([f"A{n}", "x"] for n in range(500))]

    assert len(cells(lying_dimension(workbook(("s", rows))), "a.xlsx")) == 501


@pytest.mark.parametrize("number", [b"2000000000", b"-5"])
def test_a_row_that_no_sheet_has_is_refused(number: bytes):
    made_up = rewritten(
        workbook(("s", ROWS)),
        "xl/worksheets/sheet1.xml",
        lambda body: body.replace(b'<row r="2"', b'<row r="' + number + b'"'),
    )

    assert refusal(made_up).code == "file_damaged"


def test_bombs_are_refused_before_they_unfold():
    sound = workbook(("s", ROWS))
    bomb = with_part(sound, "xl/media/image1.png", b"\0" * (51 * 2**20))
    crowd = _archive({f"xl/p{n}.xml": b"" for n in range(201)} | {"[Content_Types].xml": b""})
    entities = rewritten(
        sound,
        "xl/worksheets/sheet1.xml",
        lambda body: (
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
            + body.split(b"?>", 1)[1]
        ),
    )

    assert len(bomb) < 200_000
    assert refusal(bomb).code == "zip_too_large"
    assert refusal(crowd).code == "zip_entries"
    assert refusal(entities).code == "file_damaged"
    assert refusal(b"x" * (MAX_FILE_BYTES + 1)).code == "file_large"


def test_cells_without_a_certain_value_are_marked_and_others_are_not():
    def dress(book, sheets):
        sheet = sheets["s"]
        sheet.write_formula("A2", "=B2", value="")
        sheet.write_formula("A3", "=B3", value="A3")
        sheet.write_formula("A4", "=1/0", value="#DIV/0!")
        sheet.merge_range("A5:A6", "merged")
        sheet.write_number("A7", 110101199003070014)
        sheet.write_string("A8", "5.1E+17")
        sheet.write_string("A9", "110101199003070000")
        sheet.write_string("A10", "two\nlines")

    rows = [["code", "name"], *(["", f"row {n}"] for n in range(2, 11))]
    book = workbook(("s", rows), dress=dress)

    assert faults(book) == {
        (2, 0): "formula",
        (4, 0): "error",
        (5, 0): "merged",
        (6, 0): "merged",
        (7, 0): "digits_lost",
        (8, 0): "digits_lost",
        (10, 0): "line_break",
    }
    assert cells(book, "a.xlsx")[2] == ["A3", "row 3"]


@pytest.mark.parametrize("old_mac", [False, True])
def test_numbers_and_dates_read_as_people_see_them(old_mac: bool):
    def dress(book, sheets):
        day = book.add_format({"num_format": "yyyy/m/d"})
        moment = book.add_format({"num_format": "yyyy/m/d h:mm"})
        clock = book.add_format({"num_format": "h:mm"})
        sheet = sheets["s"]
        # The serial number of 4 November 2021 counts from 1900, or from 1904 on an old Mac.
        serial = 44504 - (1462 if old_mac else 0)
        sheet.write_number("A1", serial, day)
        sheet.write_number("B1", serial + 19.5 / 24, moment)
        sheet.write_number("C1", 8.5 / 24, clock)
        sheet.write_number("D1", 53000)
        sheet.write_number("E1", 1.5)
        sheet.write_boolean("F1", True)

    book = workbook(("s", []), dress=dress, date_1904=old_mac)

    assert cells(book, "a.xlsx") == [
        ["2021-11-04", "2021-11-04 19:30", "08:30", "53000", "1.5", "TRUE"]
    ]


def test_long_numbers_of_a_column_that_was_rounded_are_marked():
    def column(*numbers: str):
        return faults(
            table([["id", "n"], *([number, "x"] for number in numbers)]).encode(), "a.csv"
        )

    rounded = "110101199003070000"
    exact = "110101199003070014"

    assert column(rounded, rounded, exact) == {(2, 0): "digits_lost", (3, 0): "digits_lost"}
    assert column(rounded, exact, exact) == {}
    assert column("1.1E+17", exact) == {(2, 0): "digits_lost"}


def test_hidden_sheets_and_rows_are_named():
    def dress(book, sheets):
        sheets["data"].set_row(1, None, None, {"hidden": True})

    found = read_sheets(
        workbook(("data", ROWS), ("old", ROWS), ("empty", []), hidden=["old"], dress=dress),
        "a.xlsx",
    )

    assert found.hidden == ["old"]
    assert [(sheet.name, sheet.hidden_rows) for sheet in found.sheets] == [("data", 1)]


def test_empty_lines_keep_the_numbers_of_the_others():
    lines = read_sheets(b"code,name\n\n,\nA1,x\n", "a.csv").sheets[0].lines

    assert [line.number for line in lines] == [1, 4]


@pytest.mark.parametrize(
    "end", ["", '{"hidden": []}\n{"sheet": "s"', '{"hidden": []}\n[1, ["a"], {}']
)
def test_a_child_that_is_cut_off_is_a_refusal(monkeypatch, end: str):
    """Whatever killed it, and whatever it had said until then."""
    monkeypatch.setattr(asking, "_run", lambda command, data: end.encode())

    assert refusal(b"x").code == "file_too_much"


def test_a_child_over_its_limits_ends_without_harm(monkeypatch):
    monkeypatch.setattr("core.sheets.asking.CHILD_WALL_SECONDS", 0.01)

    assert refusal(table(ROWS).encode(), "a.csv").code == "file_too_much"


@pytest.mark.parametrize("limits", ["CHILD_CPU_SECONDS = 1", "CHILD_MEMORY_BYTES = 120 * 2**20"])
def test_time_and_memory_of_the_child_are_limited(monkeypatch, limits: str):
    """Twelve million empty cells unpack to 48 MB, and would take a gigabyte to walk through."""
    many = b"<row>" + b"<c/>" * 12_000_000 + b"</row></sheetData>"
    bomb = rewritten(
        workbook(("s", ROWS)),
        "xl/worksheets/sheet1.xml",
        lambda body: body.replace(b"</sheetData>", many),
    )
    narrow = (
        f"from core.sheets import limits; limits.{limits}; from core.sheets import child; "
        "child.answer_fenced(child.read_named)"
    )
    monkeypatch.setattr(asking, "RUN", [sys.executable, "-c", narrow])

    assert len(bomb) < 200_000
    assert refusal(bomb).code == "file_too_much"
    assert cells(table(ROWS).encode()) == ROWS


def test_an_unforeseen_error_leaves_its_kind_and_place_in_the_log_and_no_content(
    monkeypatch, caplog
):
    faulty = (
        "from core.sheets import child, workbook\n"
        "def fault(data): raise KeyError(data.decode())\n"
        "workbook.read_workbook = fault\n"
        "child.answer_fenced(child.read_named)"
    )
    monkeypatch.setattr(asking, "RUN", [sys.executable, "-c", faulty])

    assert refusal(b"PK\x03\x04 \xe5\xbc\xa0\xe4\xb8\x89").code == "file_damaged"
    assert [record.getMessage() for record in caplog.records] == [
        f"a file was not read: KeyError read:{line_of('return read_workbook')}"
    ]


def line_of(text: str) -> int:
    lines = Path(child.__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_child_learns_nothing_of_ours(monkeypatch):
    seen = {}
    real = subprocess.run

    def spy(command, **kwargs):
        seen.update(command=command, env=kwargs["env"])
        return real(command, **kwargs)

    monkeypatch.setenv("SECRET_KEY", "quiet")
    monkeypatch.setattr(subprocess, "run", spy)
    read_sheets(table(ROWS).encode(), "张三 的名单.csv")

    assert set(seen["env"]) == {"PYTHONPATH", "PYTHONHASHSEED", "LC_ALL"}
    assert seen["command"][-1] == "file.csv"


def _archive(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()
