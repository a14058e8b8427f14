"""A superior with a workbook of its own, on a district at work."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from openpyxl import Workbook as Book
from openpyxl.styles import Font

from core import clock
from core.scope import Scope
from reporting.outlets.models import Outlet, Superior
from reporting.outlets.services.upward import add_outlet, add_superior
from reporting.outlets.services.workbooks import add_entry, upload_workbook
from tests.boards.make import Board, make_board

SHEET = "采样日报"


@dataclass(frozen=True)
class House:
    """A board at work with a superior; `scope` is a reporting officer's."""

    board: Board
    scope: Scope
    superior: Superior

    @property
    def who(self) -> dict[str, Any]:
        return {"scope": self.scope, "by": self.scope.actor, "at": self.at}

    @property
    def at(self) -> datetime:
        return clock.now()

    def outlet(self, **values: Any) -> Outlet:
        asked = {
            "title": "两小时报", "what": "workbook", "cadence": "every", "first_minute": 0,
            "every_minutes": 120, "due_after": 30, "active": True, "language": "zh-hans",
        } | values  # fmt: skip
        return add_outlet(superior_id=self.superior.pk, **asked, **self.who)


def make_house() -> House:
    board = make_board()
    district = board.desk.place.district
    scope = Scope(
        districts=frozenset({district.pk}), actor="user:0:reporting_officer",
        permissions=frozenset({"see_outlets", "manage_outlets"}),
    )  # fmt: skip
    superior = add_superior(
        district_id=district.pk, name="市指挥部", scope=scope, by=scope.actor, at=clock.now()
    )
    return House(board, scope, superior)


def form_bytes(streets: list[str], *, formula: bool = True) -> bytes:
    """What a superior sends: a title over merged cells, rows of streets, a sum of their own."""
    book = Book()
    sheet = book.active
    sheet.title = SHEET
    sheet["A1"] = "全员核酸检测采样进度表"
    sheet["A1"].font = Font(name="SimHei", size=16, bold=True)
    sheet.merge_cells("A1:D1")
    sheet["A2"], sheet["C2"] = "截至时间", "期号"
    for column, heading in enumerate(("镇街", "应采", "已采人次", "管数"), start=1):
        sheet.cell(3, column, heading)
    for row, street in enumerate(streets, start=4):
        sheet.cell(row, 1, street)
    last = 3 + len(streets)
    sheet.cell(last + 1, 1, "合计")
    if formula:
        sheet.cell(last + 1, 4, f"=SUM(D4:D{last})")
    sheet.cell(last + 3, 1, "填报人")
    sheet.column_dimensions["A"].width = 31
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_workbook(house: House, outlet: Outlet, *, streets: list[str] | None = None) -> Any:
    """The form uploaded and mapped: swabs of each street and in all."""
    place = house.board.desk.place
    names = streets if streets is not None else [place.here.name, place.there.name]
    book = upload_workbook(
        outlet_id=outlet.pk, name="市表.xlsx", data=form_bytes(names), **house.who
    )
    total = 4 + len(names)
    for entry in (
        {"kind": "rows", "place": "A", "row_key": "name", "first_row": 4, "last_row": total - 1},
        {"kind": "column", "place": "B", "indicator": "target"},
        {"kind": "column", "place": "C", "indicator": "swabs"},
        {"kind": "column", "place": "D", "indicator": "tubes"},
        {"kind": "figure", "place": f"C{total}", "indicator": "swabs"},
        {"kind": "text", "place": "B2", "text": "as_of"},
        {"kind": "text", "place": "D2", "text": "issue"},
        {"kind": "text", "place": f"B{total + 2}", "text": "typed", "typed": "=1+1 张三"},
    ):
        add_entry(workbook_id=book.pk, sheet=SHEET, **entry, **house.who)
    return book


def later(house: House, hours: float) -> datetime:
    """Let the scenario clock stand so many hours after the round's start."""
    at = house.board.desk.place.round.starts_at + timedelta(hours=hours)
    clock.set_clock(at, rate=0.001)
    return at
