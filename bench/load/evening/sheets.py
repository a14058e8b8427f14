"""The three spreadsheets of a district that begins: Shijingshan with its nine streets.

Codes and names of the streets are the national ones, populations estimates that add up to the
census of 2020. Communities, points and people are invented. Every sheet holds planted faults; the
line of each is told, so that what is reported can be compared with what was planted.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from demo.register import id_number

DISTRICT = ("110107", "石景山区", "Shijingshan District")
STREETS = (
    ("110107001", "八宝山街道", 53_000),
    ("110107002", "老山街道", 38_000),
    ("110107003", "八角街道", 104_000),
    ("110107004", "古城街道", 57_000),
    ("110107005", "苹果园街道", 95_000),
    ("110107006", "金顶街街道", 67_000),
    ("110107009", "广宁街道", 13_851),
    ("110107010", "五里坨街道", 43_000),
    ("110107011", "鲁谷街道", 97_000),
)
PER_STREET = 8
POINTS_PER_STREET = 4
UNITS_PER_POINT = 6
Fault = tuple[str, list[object]]
_NUMERALS = "一二三四五六七八九十"
_OLDEST = date(1935, 1, 1)
_PER_DAY = 4


@dataclass
class Sheet:
    """One file: where it lies, how many rows it has, and the planted faults by line."""

    path: Path
    rows: int = 0
    faults: dict[int, str] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """Rows that must be taken in."""
        return self.rows - len(self.faults)


def communities() -> list[tuple[str, str, str]]:
    """(code, name, street's code) of the invented communities."""
    return [
        (f"{code}{nth + 1:03d}", f"{name[:-2]}第{_NUMERALS[nth]}社区", code)
        for code, name, _people in STREETS
        for nth in range(PER_STREET)
    ]


def divisions(folder: Path) -> Sheet:
    """Streets and communities in one workbook, communities before their streets."""
    rows: list[list[object]] = []
    people = {code: count for code, _name, count in STREETS}
    for code, name, street in communities():
        rows.append([code, name, "社区", street, people[street] // PER_STREET])
    rows += [[code, name, "街道", DISTRICT[0], count] for code, name, count in STREETS]
    planted: list[Fault] = [
        ("unknown parent", ["110107999001", "无主社区", "社区", "110107999", 900]),
        ("code twice", ["110107001093", "重复社区", "社区", STREETS[0][0], 900]),
        ("code twice", ["110107001093", "又一社区", "社区", STREETS[0][0], 900]),
        ("level does not nest", ["110107500", "某某楼", "楼栋", DISTRICT[0], 90]),
        ("number in words", ["110107001090", "约数社区", "社区", STREETS[0][0], "三万左右"]),
        ("name missing", ["110107001091", "", "社区", STREETS[0][0], 900]),
        ("unknown level", ["110107001092", "怪社区", "大队部", STREETS[0][0], 900]),
    ]
    return _workbook(
        folder / "divisions.xlsx", ["代码", "名称", "级别", "上级代码", "人口"], rows, planted
    )


def points(folder: Path) -> Sheet:
    """Points with their units: two fixed ones in every street and some temporary ones."""
    homes = communities()
    rows: list[list[object]] = []
    for s, (code, name, _people) in enumerate(STREETS):
        for nth in range(POINTS_PER_STREET):
            home = homes[s * PER_STREET + nth]
            rows.append(
                [
                    f"{code[-3:]}-{nth + 1:02d}",
                    f"{name[:-2]}{nth + 1}号采样点",
                    home[1],
                    "固定" if nth < 2 else "临时",
                    f"{name[:-2]}路{nth + 1}号",
                    f"普通{UNITS_PER_POINT - 1}、黄码1",
                    "08:00-22:00",
                    "李点长",
                    f"1390000{s:02d}{nth:02d}",
                ]
            )
    somewhere = homes[0][1]
    usual = ["普通2", "08:00-20:00", "", ""]
    planted: list[Fault] = [
        ("unknown community", ["X-01", "甲点", "不存在社区", "临时", "", *usual]),
        ("code twice", ["X-02", "乙点", somewhere, "临时", "", *usual]),
        ("code twice", ["X-02", "又乙点", somewhere, "临时", "", *usual]),
        ("unknown kind", ["X-03", "丙点", somewhere, "半永久", "", *usual]),
        ("hours unreadable", ["X-04", "丁点", somewhere, "临时", "", "普通2", "早八点", "", ""]),
        ("telephone wrong", ["X-05", "戊点", somewhere, "临时", "", *usual[:2], "王", "见群公告"]),
        ("channels unreadable", ["X-06", "己点", somewhere, "临时", "", "若干", *usual[1:]]),
    ]
    header = ["编号", "名称", "社区", "类型", "地址", "通道", "开放时间", "负责人", "负责人电话"]
    return _workbook(folder / "points.xlsx", header, rows, planted)


def _workbook(
    path: Path, header: list[str], rows: list[list[object]], planted: list[Fault]
) -> Sheet:
    """Write the rows with faults spread among them, and a line of totals at the end."""
    sheet = Sheet(path)
    lines: list[Fault] = [("", row) for row in rows]
    gap = len(lines) // (len(planted) + 1)
    for nth, planted_row in enumerate(planted, start=1):
        lines.insert(nth * gap, planted_row)
    lines.append(("line of totals", ["合计", *[""] * (len(header) - 2), len(rows)]))
    book = xlsxwriter.Workbook(str(path))
    tab = book.add_worksheet("Sheet1")
    tab.write_row(0, 0, header)
    for number, (fault, row) in enumerate(lines, start=1):
        for column, value in enumerate(row):
            write = tab.write_number if isinstance(value, int) else tab.write_string
            write(number, column, value)
        if fault:
            sheet.faults[number + 1] = fault
    book.close()
    sheet.rows = len(lines)
    return sheet


def register(folder: Path, people: int, *, number: int = 7) -> Sheet:
    """A register in GB18030 with faults of every kind, each planted often enough to be missed."""
    sheet = Sheet(folder / "register.csv")
    rng = random.Random(f"evening-{number}")
    with sheet.path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["姓名", "证件类型", "身份证号", "手机", "社区", "楼栋", "人群"])
        line = 1
        for nth, row in enumerate(_people(people, rng)):
            writer.writerow(row)
            line += 1
            if nth % (people // 40 or 1) == 7:
                fault, bad = _fault(len(sheet.faults), row, rng)
                writer.writerow(bad)
                line += 1
                sheet.faults[line] = fault
    sheet.rows = line - 1
    return sheet


def _people(count: int, rng: random.Random) -> Iterator[list[str]]:
    homes = communities()
    for nth in range(count):
        born = _OLDEST + timedelta(days=nth // _PER_DAY)
        document = id_number(DISTRICT[0], born, nth % _PER_DAY + 1)
        home = homes[nth % len(homes)]
        group = "高龄老人" if born.year < 1942 else ""
        name = rng.choice("王李张刘陈杨赵黄") + rng.choice("伟芳娜敏静丽强磊军洋")
        kind = "居民身份证"
        if nth % 997 == 0:
            kind, document = "护照", f"E{10_000_000 + nth}"
        elif nth % 499 == 0:
            # Full-width digits are what an input method leaves behind: read, not refused.
            document = "".join(chr(ord(c) + 0xFEE0) for c in document)
        yield [
            name,
            kind,
            document,
            f"1390000{nth % 10_000:04d}",
            home[1],
            f"{nth % 30 + 1}号楼",
            group,
        ]


def _fault(nth: int, row: list[str], rng: random.Random) -> tuple[str, list[str]]:
    """A faulty row made from a good one; the kinds take turns."""
    name, kind, document, phone, home, building, group = row
    wrong_check = id_number(DISTRICT[0], date(1990, 1, 1), 600 + nth)
    last = "0" if wrong_check[-1] != "0" else "1"
    fresh = id_number(DISTRICT[0], date(1991, 1, 1), 600 + nth)
    card, rest = "居民身份证", [phone, home, building, ""]
    unborn = id_number(DISTRICT[0], date(2094, 1, 1), nth)
    kinds: list[tuple[str, list[str]]] = [
        ("check character", [name, card, wrong_check[:-1] + last, *rest]),
        ("number in E-notation", [name, card, "1.10107E+17", *rest]),
        ("born in the future", [name, card, unborn, *rest]),
        ("unknown community", [name, card, fresh, phone, "不存在社区", building, ""]),
        ("name missing", ["", card, fresh, *rest]),
        ("telephone too short", [name, card, fresh, "1390000", home, building, ""]),
        ("same person again", row),
        ("contradicts an earlier line", [name + "某", kind, document, *rest[:3], group]),
        ("unknown group", [name, card, fresh, *rest[:3], "神秘人群"]),
        ("too few cells", [name, card, fresh]),
        ("unknown kind of document", [name, "会员卡", fresh, *rest]),
    ]
    return kinds[nth % len(kinds)]


def good_documents(count: int) -> list[str]:
    """Identity numbers of people who stand on the register with an identity card."""
    chosen: list[str] = []
    for nth in range(1, 10_000):
        if nth % 997 and len(chosen) < count:
            born = _OLDEST + timedelta(days=nth // _PER_DAY)
            chosen.append(id_number(DISTRICT[0], born, nth % _PER_DAY + 1))
    return chosen
