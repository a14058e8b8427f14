"""The forms that every district begins with: the daily report of the norm and the hourly line.

Titles are the field's own words, kept as rows that a district may change.
"""

from __future__ import annotations

from typing import Any

from reporting.daily.models import ReportCheck, ReportForm, Source, Unit

DAILY, HOURLY = "daily", "hourly"

FORMS: dict[str, dict[str, Any]] = {
    DAILY: {
        "title": "日报",
        "title_en": "Daily report",
        "cadence": ReportForm.Cadence.DAILY,
        "cutoff_minute": 15 * 60,
        "due_after": 0,
        "lock_after": 60,
        "opens_before": 180,
    },
    HOURLY: {
        "title": "每小时进度",
        "title_en": "Hourly progress",
        "cadence": ReportForm.Cadence.HOURLY,
        "cutoff_minute": 60,
        "due_after": 15,
        "lock_after": 60,
        "opens_before": 10,
    },
}


def _column(code: str, title: str, title_en: str, unit: str, source: str = "", **more: Any) -> Any:
    return {"code": code, "title": title, "title_en": title_en, "unit": unit, "source": source,
            "required": bool(source)} | more  # fmt: skip


COLUMNS: dict[str, list[dict[str, Any]]] = {
    DAILY: [
        _column("registered", "登记人数", "Registered", Unit.PERSONS, Source.REGISTERED),
        _column("exempt", "豁免", "Exempt", Unit.PERSONS, Source.EXEMPT),
        _column("target", "应检", "Target", Unit.PERSONS, Source.TARGET),
        _column("sampled", "已采", "Sampled", Unit.PERSONS, Source.PERSONS, cumulative=True),
        _column("reasons", "有理由未采", "Accepted reasons", Unit.PERSONS, Source.ACCEPTED_REASONS),
        _column("remaining", "未采", "Remaining", Unit.PERSONS, Source.REMAINING),
        _column("swabs", "采样人次", "Swabs", Unit.SWABS, Source.SWABS, cumulative=True),
        _column("tubes", "采样管", "Tubes", Unit.TUBES, Source.TUBES, cumulative=True),
        _column("off_register", "册外", "Off-register", Unit.SWABS, Source.OFF_REGISTER),
        _column("points_open", "启用点位", "Points open", Unit.POINTS, Source.POINTS_OPEN,
                required=False),
        _column("units_open", "启用采样台", "Units open", Unit.UNITS, Source.UNITS_OPEN,
                required=False),
        _column("home_requests", "上门申请", "Home visits asked", Unit.REQUESTS,
                Source.HOME_REQUESTS, required=False),
        _column("home_done", "上门完成", "Home visits done", Unit.REQUESTS,
                Source.HOME_DONE, required=False),
        _column("staff", "到岗", "Staff on site", Unit.STAFF, Source.STAFF,
                required=False),
        _column("vehicles", "车辆", "Vehicles", Unit.VEHICLES, Source.VEHICLES,
                required=False, per_community=False),
        _column("waste", "医疗废物", "Medical waste", Unit.KILOGRAMS, per_community=False),
        _column("supply_days", "物资可用", "Supplies last", Unit.DAYS, per_community=False),
        _column("needs", "问题与需求", "Problems and needs", Unit.NOTE, per_community=False),
    ],
    HOURLY: [
        _column("sampled", "已采", "Sampled", Unit.PERSONS, Source.PERSONS, cumulative=True,
                per_community=False),
        _column("swabs", "采样人次", "Swabs", Unit.SWABS, Source.SWABS, cumulative=True,
                per_community=False),
        _column("rate", "当前速率", "Rate", Unit.HOURLY, Source.RATE, per_community=False),
        _column("not_open", "未启用点位", "Points not open", Unit.POINTS, Source.POINTS_NOT_OPEN,
                required=False, per_community=False),
        _column("longest_queue", "排队最长点", "Longest queue", Unit.NOTE, per_community=False),
    ],
}  # fmt: skip

_HARD, _SOFT = ReportCheck.Weight.HARD, ReportCheck.Weight.SOFT
_Kind = ReportCheck.Kind

# (rule, weight, column, other column, limit in percent)
CHECKS: dict[str, list[tuple[str, str, str, str | None, int | None]]] = {
    DAILY: [
        (_Kind.WITHIN, _HARD, "exempt", "registered", None),
        (_Kind.WITHIN, _HARD, "tubes", "swabs", None),
        (_Kind.WITHIN, _HARD, "home_done", "home_requests", None),
        # The floating population is real: over the target is possible, over a tenth is asked.
        (_Kind.OVER_SHARE, _SOFT, "sampled", "target", 110),
        (_Kind.NEAR_SOURCE, _SOFT, "target", None, 0),
        (_Kind.NEAR_SOURCE, _SOFT, "sampled", None, 30),
        (_Kind.NEAR_SOURCE, _SOFT, "swabs", None, 30),
        (_Kind.NEAR_SOURCE, _SOFT, "tubes", None, 30),
        (_Kind.FALLS, _SOFT, "sampled", None, None),
        (_Kind.FALLS, _SOFT, "swabs", None, None),
        (_Kind.FALLS, _SOFT, "tubes", None, None),
        (_Kind.AS_BEFORE, _SOFT, "sampled", None, None),
        (_Kind.NOUGHT_WHILE_OPEN, _SOFT, "swabs", None, None),
    ],
    HOURLY: [
        (_Kind.NEAR_SOURCE, _SOFT, "sampled", None, 30),
        (_Kind.FALLS, _SOFT, "sampled", None, None),
        (_Kind.FALLS, _SOFT, "swabs", None, None),
    ],
}
