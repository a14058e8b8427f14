"""The demo's superior: an invented form of the city's command post, filled every two hours.

The reporting officer takes each issue to the city's group ten minutes after its cut-off and notes
the receipt; two of them late, so that the alert before the deadline is to be seen.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from demo import roundplan

if TYPE_CHECKING:
    from demo.officials import Cast

Act = Callable[["Cast", datetime], bool]
SUPERIOR, TITLE = "重庆市疫情防控指挥部（演示）", "全员核酸检测进度两小时报"
SHEET = "进度表"
COLUMNS = (
    ("B", "应检人数", "target"), ("C", "已采样人数", "persons"), ("D", "已采样人次", "swabs"),
    ("E", "采样管数", "tubes"), ("F", "开放采样点", "points_open"),
    ("G", "上岗人员", "staff_present"),
)  # fmt: skip
FIRST_ROW = 5
EVERY = timedelta(hours=2)
LATE_HOURS = (4, 12)
"""Issues of these hours are sent 40 minutes after their cut-off, when they were due after 30."""


def playbook() -> list[tuple[datetime, Act]]:
    """The superior is entered as the round begins; then every issue is sent and acknowledged."""
    acts: list[tuple[datetime, Act]] = [(roundplan.STARTS + timedelta(minutes=4), _enter)]
    moment = roundplan.STARTS.replace(hour=22)
    while moment < roundplan.OVER:
        late = moment.hour in LATE_HOURS
        sent_at = moment + timedelta(minutes=40 if late else 10)
        acts += [(sent_at, _send(moment)), (sent_at + timedelta(minutes=6), _receipt(moment))]
        moment += EVERY
    return acts


def form_bytes(streets: list[str]) -> bytes:
    """The city's empty form as it might come: a title, heads, rows of streets, sums of its own."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    sheet.merge_cells("A1:G1")
    sheet["A1"] = "全员核酸检测采样进度表"
    sheet["A1"].font, sheet["A1"].alignment = Font(size=16, bold=True), Alignment("center")
    for cell, text in (("A2", "填报单位"), ("C2", "期号"), ("E2", "截至时间"), ("A3", "轮次")):
        sheet[cell] = text
    sheet.merge_cells("F2:G2")
    sheet["F2"].number_format = "yyyy-mm-dd hh:mm"
    _heads(sheet)
    last = FIRST_ROW + len(streets) - 1
    for row, street in enumerate(streets, start=FIRST_ROW):
        sheet.cell(row, 1, street)
    sheet.cell(last + 1, 1, "合计").font = Font(bold=True)
    for column, _title, _key in COLUMNS[3:]:
        sheet[f"{column}{last + 1}"] = f"=SUM({column}{FIRST_ROW}:{column}{last})"
    sheet.cell(last + 3, 1, "填报人")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heads(sheet: Worksheet) -> None:
    line = Side(style="thin")
    for column, title in (("A", "镇街"), *((column, title) for column, title, _key in COLUMNS)):
        cell = sheet[f"{column}{FIRST_ROW - 1}"]
        cell.value, cell.font = title, Font(bold=True)
        cell.fill, cell.border = PatternFill("solid", "DDE8F5"), Border(bottom=line)
        sheet.column_dimensions[column].width = 18 if column == "A" else 13


def _enter(cast: Cast, now: datetime) -> bool:
    from reporting.outlets.models import Superior
    from reporting.outlets.services.upward import add_outlet, add_superior

    scope = cast.reviewer
    who: dict[str, Any] = {"scope": scope, "by": scope.actor, "at": now}
    (district_id,) = scope.districts
    if Superior.objects.filter(district_id=district_id, name=SUPERIOR).exists():
        return True
    superior = add_superior(district_id=district_id, name=SUPERIOR, **who)
    outlet = add_outlet(
        superior_id=superior.pk, title=TITLE, what="workbook", cadence="every",
        first_minute=0, every_minutes=120, due_after=30, active=True, language="zh-hans", **who,
    )  # fmt: skip
    _map(outlet.pk, cast, who)
    return True


def _map(outlet_id: int, cast: Cast, who: dict[str, Any]) -> None:
    from campaigns.models import Division
    from reporting.outlets.services.workbooks import add_entry, upload_workbook

    streets = Division.objects.filter(pk__in=cast.streets.values()).order_by("code")
    names = [street.name for street in streets]
    last = FIRST_ROW + len(names) - 1
    book = upload_workbook(
        outlet_id=outlet_id, name="市指挥部进度表.xlsx", data=form_bytes(names), **who
    )
    entries: list[dict[str, Any]] = [
        {"kind": "rows", "place": "A", "row_key": "name", "first_row": FIRST_ROW,
         "last_row": last},
        *({"kind": "column", "place": column, "indicator": key} for column, _title, key in COLUMNS),
        *({"kind": "figure", "place": f"{column}{last + 1}", "indicator": key}
          for column, _title, key in COLUMNS[:3]),
        {"kind": "text", "place": "B2", "text": "district"},
        {"kind": "text", "place": "D2", "text": "issue"},
        {"kind": "text", "place": "F2", "text": "as_of"},
        {"kind": "text", "place": "B3", "text": "round"},
        {"kind": "text", "place": f"B{last + 3}", "text": "typed", "typed": "区指挥部综合组"},
    ]  # fmt: skip
    for entry in entries:
        add_entry(workbook_id=book.pk, sheet=SHEET, **entry, **who)


def _send(moment: datetime) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from reporting.outlets.services.upward_steps import note_sent

        run = _issue(cast, moment)
        if run is None or run.state != "made":
            return run is not None and run.sent_at is not None
        scope = cast.reviewer
        return done(
            lambda: note_sent(
                run_id=run.pk, to="市指挥部工作群", scope=scope, by=scope.actor, at=now
            )
        )

    return act


def _receipt(moment: datetime) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from reporting.outlets.services.upward_steps import acknowledge

        run = _issue(cast, moment)
        if run is None or run.state != "sent":
            return False
        scope = cast.reviewer
        return done(
            lambda: acknowledge(
                run_id=run.pk,
                receipt=f"收到，第{run.number}期",
                scope=scope,
                by=scope.actor,
                at=now,
            )
        )

    return act


def _issue(cast: Cast, moment: datetime) -> Any:
    from reporting.outlets.models import OutletRun

    return OutletRun.objects.within(cast.reviewer).filter(outlet__title=TITLE, as_of=moment).first()
