"""The suggested passages in Chinese, as a newspaper would print them.

A language is a module and not a set of substitutions: order, measure words and rounding differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core import clock
from reporting.outlets.situation.numbers import about_zh
from reporting.outlets.situation.snapshot import Area, Head, Snapshot
from reporting.outlets.situation.stated import Stated

UNITS = {"persons": "人", "swabs": "人次", "tubes": "管"}
STAGES = {"delivered": "已送检", "tested": "已检测", "reported": "已出结果"}
#: How prose calls a source category; others by their own name.
CATEGORIES = {
    "community_worker": "村社区工作者",
    "auxiliary": "辅助人员",
    "volunteer": "党员和志愿者",
    "borrowed_official": "区级部门和其他镇街支援人员",
}
CORRECTED = {
    "target": ("应检", "人"), "persons": ("已采样", "人"), "swabs": ("累计采样", "人次"),
    "tubes": ("样本", "管"),
}  # fmt: skip
SHOWN = 6
"""Lines of a suggested passage; how many more there are is said."""


def moment(instant: datetime) -> str:
    """11月5日18时; midnight is 24时 of the day that ends with it."""
    day, text = clock.deadline_day(instant)
    hour, minute = text.split(":")
    return f"{day.month}月{day.day}日{int(hour)}时" + (f"{int(minute)}分" if minute != "00" else "")


def dated(instant: datetime) -> str:
    """2021年11月5日18时."""
    return f"{clock.deadline_day(instant)[0].year}年{moment(instant)}"


def headline(snapshot: Snapshot, stated: Mapping[str, Stated]) -> str:
    """The sentence above everything: as of when, how far, and what is pending."""
    first = _street(snapshot) if snapshot.of_one_street else _district(snapshot)
    return f"{_correction(snapshot)}{first}{_laboratory(snapshot, stated)}"


def _correction(snapshot: Snapshot) -> str:
    """What an issue was wrong about, where this report corrects one."""
    if snapshot.corrects is None:
        return ""
    said = []
    for row in snapshot.corrected:
        what, unit = CORRECTED[row.key]
        said.append(f"{what}原报{row.then:,}{unit}，应为{row.now:,}{unit}")
    if not said:
        return f"本期更正第{snapshot.corrects}期，合计数未变。"
    return f"本期更正第{snapshot.corrects}期：{'；'.join(said)}。"


def _district(snapshot: Snapshot) -> str:
    area = snapshot.area
    sampled = (
        f"截至{moment(snapshot.cut_off)}，{area.name}{len(snapshot.streets)}个镇街"
        f"第{snapshot.round.number}轮核酸检测累计采样{area.count('swabs') or 0:,}人次"
    )
    target, persons = area.count("target"), area.count("persons")
    if not target or persons is None:
        return f"{sampled}，应检人数尚未确定。"
    share = area.values.get("coverage_percent")
    return f"{sampled}；应检{target:,}人，已采样{persons:,}人，占{share}%，{_rest(area)}。"


def _rest(area: Area) -> str:
    left = area.count("remaining") or 0
    explained = area.count("accepted_reasons") or 0
    excused = f"另有{explained:,}人经核实暂不采样，" if explained else ""
    if left > 0:
        return f"{excused}其余{left:,}人待采样"
    return f"{excused}应采已全部采样"


def _street(snapshot: Snapshot) -> str:
    """One street: how many people were sampled, by whom, with how many vehicles."""
    area = snapshot.area
    people = area.count("everybody") or 0
    text = f"截至{moment(snapshot.cut_off)}，{area.name}累计采样{about_zh(people)}人"
    crew = [f"{_category(head, area)}{about_zh(head.people)}人" for head in snapshot.heads]
    vehicles = area.count("vehicles_listed")
    if vehicles:
        crew.append(f"车辆{about_zh(vehicles)}辆")
    return f"{text}，投入{'、'.join(crew)}。" if crew else f"{text}。"


def _category(head: Head, area: Area) -> str:
    if head.code == "street_official":
        return "镇干部" if area.name.endswith("镇") else "街道干部"
    return CATEGORIES.get(head.code, head.name)


def _laboratory(snapshot: Snapshot, stated: Mapping[str, Stated]) -> str:
    """What others state of samples that were delivered and tested, or that nobody has said it."""
    said = [
        f"据{each.source}，截至{moment(each.as_of)}{STAGES[key]}{each.value:,}{UNITS[each.unit]}"
        for key in STAGES
        if (each := stated.get(key))
    ]
    if not said:
        return "" if snapshot.of_one_street else "送检和检测情况未录入本系统。"
    pending = "" if "reported" in stated else "，其余正在检测中"
    return "；".join(said) + pending + "。"


def exceptions(snapshot: Snapshot) -> str:
    """What a reader must know beside the figures, a line each."""
    missing = snapshot.missing_streets
    lines = [f"未按时报送：{'、'.join(map(owing, missing))}。"] if missing else []
    lines += [_late(street) for street in snapshot.streets if street.is_late]
    lines += [
        _beyond(street) for street in snapshot.streets if (street.count("remaining") or 0) < 0
    ]
    lines += [
        f"{f'{alert.street}：' if alert.street else ''}{alert.title}"
        f"{f'（{alert.count}处）' if alert.count > 1 else ''}。"
        for alert in snapshot.alerts
    ]
    more = len(lines) - SHOWN
    if more > 0:
        lines = [*lines[:SHOWN], f"另有{more}项。"]
    return "\n".join(lines) or "截止时无未处置的异常情况。"


def owing(street: Area) -> str:
    """A street with what it owes: 童家溪镇（每小时数据3份）."""
    forms = "、".join(f"{each.title}{each.count}份" for each in street.missing_reports)
    return f"{street.name}（{forms}）"


def _late(street: Area) -> str:
    due = moment(street.due_at) if street.due_at else "未定"
    if street.eta_at is None:
        left = street.count("remaining") or 0
        return f"{street.name}已过{due}的时限，尚有{left:,}人待采样，何时完成无法预计。"
    return f"{street.name}预计{moment(street.eta_at)}完成，晚于{due}的时限。"


def _beyond(street: Area) -> str:
    over = -(street.count("remaining") or 0)
    return f"{street.name}已采样及核实人数超出应检人数{over:,}人，系人员流动或底数变化，未作调减。"


def actions(snapshot: Snapshot) -> str:
    """What should be done next, a line each; people say what is being done."""
    lines = []
    late = [street.name for street in snapshot.streets if street.is_late]
    if late:
        lines.append(f"{'、'.join(late)}：增派采样力量，或按程序调整完成时限。")
    missing = [street.name for street in snapshot.missing_streets]
    if missing:
        lines.append(f"{'、'.join(missing)}：立即补报欠报数据。")
    if (snapshot.area.count("staff_missing") or 0) > 0:
        lines.append(f"采样点尚缺{snapshot.area.count('staff_missing'):,}人，由调度组补足。")
    visits = snapshot.area.count("visits_open") or 0
    if visits > 0:
        lines.append(f"继续上门采样，尚有{visits:,}人待上门。")
    return "\n".join(lines) or "按计划推进。"
