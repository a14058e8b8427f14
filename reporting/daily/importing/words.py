"""Headings and figures of daily numbers as many hands write them (S059)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from core.imports.kinds import Column
from core.inputs import Refused, clean_note, fold, fold_digits, whole_number
from reporting.daily.models import ReportColumn, Source
from reporting.daily.models.forms import spoken

PLACE, STREET = "_place", "_street"
"""Names of the columns that say where; a form's own columns go by their codes."""

LONGEST_NOTE = 500

SYNONYMS: dict[str, tuple[str, ...]] = {
    Source.REGISTERED: ("登记", "登记人数", "在册", "在册人数", "底册", "底册人数", "总人数"),
    Source.TARGET: ("应检", "应检人数", "应采", "应采人数", "应测", "应测人数", "应检尽检"),
    Source.EXEMPT: ("豁免", "豁免人数", "免检", "免检人数", "免采"),
    Source.PERSONS: (
        "已采", "已采人数", "已采样", "已采样人数", "采样人数", "已检", "已检人数", "已检测",
        "已测", "已做", "完成采样", "采集人数", "已采集", "done", "persons",
    ),
    Source.REMAINING: ("未采", "未采人数", "未采样", "未检", "未检人数", "未做", "剩余", "left"),
    Source.ACCEPTED_REASONS: ("有理由未采", "合理未采", "reasons"),
    Source.SWABS: ("人次", "采样人次", "已采人次", "采集人次", "检测人次", "samples"),
    Source.TUBES: ("管", "管数", "采样管", "采样管数", "试管", "试管数"),
    Source.TALLIED: ("手工", "手工登记", "纸质", "纸质登记", "paper"),
    Source.OFF_REGISTER: ("册外", "册外人次", "流动", "外来", "名单外"),
    Source.POINTS_OPEN: ("启用点", "启用点位", "开放点位", "点位", "采样点", "检测点", "采集点"),
    Source.POINTS_NOT_OPEN: ("未启用点", "未启用点位", "未开点位"),
    Source.UNITS_OPEN: ("启用台", "启用采样台", "采样台", "采样单元", "台", "通道", "工位"),
    Source.RATE: ("速率", "当前速率", "每小时", "小时采样量", "per hour"),
    "home_requests": ("上门申请", "申请上门", "上门需求"),
    "home_done": ("上门完成", "上门", "已上门", "上门采样"),
    "staff": ("到岗", "到岗人数", "在岗", "上班", "工作人员"),
    "vehicles": ("车", "车辆", "用车"),
    "waste": ("医废", "医疗废物", "医疗垃圾"),
    "supply_days": ("物资", "物资可用", "物资天数", "可用天数"),
    "needs": ("问题", "需求", "问题与需求", "困难", "problems", "needs"),
    "longest_queue": ("排队最长点", "排队最长", "最长排队"),
}  # fmt: skip
"""Other words for a column: by what it is pre-filled from, or by its code where it is typed."""

EXAMPLES = {
    "registered": "3100", "exempt": "96", "target": "3004", "sampled": "2650", "reasons": "12",
    "remaining": "342", "swabs": "2702", "tubes": "271", "off_register": "40", "points_open": "2",
    "units_open": "6", "home_requests": "14", "home_done": "11", "staff": "38",
}  # fmt: skip

_spoken = lazy(spoken, str)
_UNITS = re.compile(r"(?<=[0-9万萬千]) ?(?:人次|人份|人|管|支|个|名|份|户|台|点|辆|例)$")
_BELOW_NOUGHT = re.compile(r"[-−][0-9]{1,9}", re.ASCII)


def synonyms_of(column: ReportColumn) -> tuple[str, ...]:
    """Every word that means this column, in both languages."""
    more = SYNONYMS.get(column.source or column.code, ())
    return tuple(word for word in (column.title, column.title_en, *more) if word)


def columns_of(columns: Iterable[ReportColumn]) -> tuple[Column, ...]:
    """The columns of a form as the import knows them, after those that say where."""
    return (*PLACES, *(_column(column) for column in columns))


def _column(column: ReportColumn) -> Column:
    asked = _("asked of each community") if column.per_community else _("asked of the street alone")
    return Column(
        column.code,
        _spoken(column.title, column.title_en),
        synonyms_of(column),
        example=EXAMPLES.get(column.code, "") if column.per_community else "",
        hint=asked,
        read=read_note if column.is_note else read_figure,
        show=show_figure,
    )


def read_place(text: str) -> str:
    """A community or street as somebody called it; which one is found later."""
    return clean_note(text, max_length=80)


def read_note(text: str) -> str:
    return clean_note(text, max_length=LONGEST_NOTE)


def read_figure(text: str) -> int | dict[str, Any]:
    """A whole number; what had to be converted comes marked as such, to be confirmed.

    Below nought only what remains can be, where the system says the same: see the judgement.
    """
    typed = fold_digits(text)
    number = _UNITS.sub("", typed)
    if _BELOW_NOUGHT.fullmatch(number):
        return int(number.replace("−", "-"))
    try:
        read = whole_number(number)
    except Refused as refused:
        if refused.code != "number_offered":
            raise
        read = int(refused.params["offered"])
        number = ""
    return read if number == typed else {"read": read}


def show_figure(value: Any) -> str:
    """A number with its thousands; texts as they are."""
    if isinstance(value, dict):
        value = value["read"]
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)


def show_place(value: Any) -> str:
    return str(value["name"]) if isinstance(value, dict) else str(value)


PLACES = (
    Column(
        PLACE,
        _("Community"),
        ("社区", "社区名称", "名称", "村", "村社区", "社区村", "单位", "编码", "社区编码",
         "place", "community", "name"),
        required=True,
        example="示例社区",
        hint=_("name or code; a street's own numbers stand in a row with the street's name"),
        read=read_place,
        show=show_place,
    ),
    Column(
        STREET,
        _("Street or town"),
        ("街道", "镇街", "街镇", "所属街道", "乡镇", "street"),
        hint=_("only needed where two communities have one name"),
        read=read_place,
    ),
)  # fmt: skip


def vocabulary(columns: Iterable[Column]) -> dict[str, str]:
    """The words of figures and texts, without those that say where; each means one column."""
    words: dict[str, str] = {}
    for column in columns:
        if column.name not in (PLACE, STREET):
            for word in (*column.synonyms, column.name):
                words.setdefault(fold(word).strip().casefold(), column.name)
    words.pop("", None)
    return words
