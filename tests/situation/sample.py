"""A snapshot to compose from: the street and the district of the builders, with odd figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reporting.outlets.indicators import INDICATORS
from reporting.outlets.situation.checks import all_checks
from reporting.outlets.situation.composing import Imprint, Material, Passage, suggested
from reporting.outlets.situation.snapshot import (
    AlertRow,
    Area,
    Correction,
    Head,
    Missing,
    Previous,
    RoundRef,
    Snapshot,
    VehicleRow,
)
from reporting.outlets.situation.stated import Stated

SIX = datetime.fromisoformat("2021-11-05T18:00+08:00")
FOUR = datetime.fromisoformat("2021-11-05T16:00+08:00")
ROUND = RoundRef(7, "2021-11-04", 1, "", datetime(2021, 11, 4, 13, tzinfo=UTC), FOUR, 1, 10)
TESTED = Stated("tested", 29_300, "swabs", "区卫生健康委", "the District Health Commission", SIX)

NORTH = {
    "target": 100_000, "persons": 90_000, "everybody": 91_500, "remaining": 9_000,
    "accepted_reasons": 1_000, "swabs": 92_000, "tubes": 9_300, "coverage_percent": "90.0",
}  # fmt: skip
SOUTH = {
    "target": 70_000, "persons": 70_600, "everybody": 71_200, "remaining": -700,
    "accepted_reasons": 100, "swabs": 71_900, "tubes": 7_250, "coverage_percent": "100.9",
}  # fmt: skip


def values_of(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Figures of an area: one part, or the sum of several."""
    found: dict[str, Any] = dict.fromkeys(INDICATORS)
    for part in parts:
        for key, value in part.items():
            if isinstance(value, int):
                found[key] = (found[key] or 0) + value
    if len(parts) == 1:
        found |= parts[0]
    return found | more


def snapshot(**over: Any) -> Snapshot:
    """Two streets at 18:00, one of them beyond its target, one late and without its report."""
    north = Area(1, "street", "500109006", "蔡家岗街道", "Caijiagang Street",
                 values_of(NORTH, staff_missing=3), FOUR, datetime(2021, 11, 5, 12, tzinfo=UTC),
                 [Missing("每日数据", "Daily numbers", 1)], timedelta(hours=4))  # fmt: skip
    south = Area(2, "street", "500109104", "童家溪镇", "Tongjiaxi Town", values_of(SOUTH), FOUR)
    whole = values_of(
        NORTH, SOUTH, coverage_percent="94.5", vehicles_listed=58, vehicles_engaged=16,
        points_total=69, points_open=51, visits_asked=96, visits_done=80, visits_open=6,
        staff_missing=3, alerts_open=2,
    )  # fmt: skip
    made = {
        "form": 1, "round": ROUND, "cut_off": SIX, "as_of": SIX, "known_at": SIX, "taken_at": SIX,
        "version": 12, "source": "scan", "streets": [north, south],
        "area": Area(9, "district", "500109", "北碚区", "Beibei District", whole, FOUR),
        "heads": [
            Head("street_official", "街道（镇）干部", "street officials", 137),
            Head("community_worker", "村（社区）工作人员", "village and community workers", 161),
            Head("auxiliary", "辅助人员", "auxiliaries", 120),
            Head("volunteer", "党员及志愿者", "party members and volunteers", 800),
            Head("borrowed_official", "支援干部", "borrowed officials", 412),
        ],
        "vehicles": [
            VehicleRow("coach", "大客车", "coach", 8, 6), VehicleRow("car", "轿车", "car", 50, 10),
        ],
        "alerts": [AlertRow("蔡家岗街道", "Caijiagang Street", "排队过长", "Queue too long",
                            "crit", 2)],
        "previous": Previous(2, FOUR, {"persons": 150_000, "swabs": 153_000, "tubes": 15_500,
                                       "remaining": 19_000}),
        "corrections": [
            Correction("北碚区", "Beibei District", "swabs", 2, FOUR, 153_000, 154_100, 1_180, 80),
        ],
    }  # fmt: skip
    return Snapshot(**(made | over))


def correction(**over: Any) -> Snapshot:
    """The correction of issue 2, of its own cut-off."""
    return snapshot(**({"corrects": 2, "cut_off": FOUR, "as_of": FOUR} | over))


def street_snapshot(people: int = 164_544, **over: Any) -> Snapshot:
    """One street by itself, in the figures that were published."""
    whole = snapshot()
    values = values_of(
        NORTH | {"everybody": people, "persons": 160_400, "target": 160_900, "remaining": 500},
        vehicles_listed=50, vehicles_engaged=12,
    )  # fmt: skip
    area = Area(1, "street", "500109006", "蔡家岗街道", "Caijiagang Street", values)
    made = {
        "area": area, "streets": [area], "previous": None, "corrections": [], "heads": whole.heads,
        "vehicles": [VehicleRow("car", "轿车", "car", 50, 12)], "alerts": [],
    }  # fmt: skip
    return snapshot(**(made | over))


def of_many_streets(count: int = 30) -> Snapshot:
    """A district of so many streets, of which every third owes a report; the first of them late
    without a forecast."""
    missing = [Missing("每日数据", "Daily numbers", 1), Missing("每小时数据", "Hourly numbers", 3)]
    streets = [
        Area(
            nth, "street", f"5001{nth:05d}", f"第{nth}号试点街道", f"Beiwenquan Str. {nth}",
            values_of(NORTH), FOUR, None, missing if nth % 3 == 0 else [],
            timedelta(hours=2) if nth % 3 == 0 else None,
        )
        for nth in range(1, count + 1)
    ]  # fmt: skip
    whole = values_of(*[NORTH] * count, coverage_percent="90.0", visits_open=0)
    area = Area(9, "district", "500109", "北碚区", "Beibei District", whole, FOUR)
    return snapshot(streets=streets, area=area, vehicles=[], previous=None, corrections=[])


def material(figures: Snapshot, stated: dict[str, Stated] | None = None, **more: Any) -> Material:
    """A report with the suggested words."""
    said = stated or {}
    texts = suggested(figures, said) | more.pop("texts", {})
    return Material(
        snapshot=figures,
        passages={key: Passage(text) for key, text in texts.items()},
        stated=said,
        checks=all_checks(figures, texts, said),
        imprint=more.pop("imprint", Imprint(3, "林一", "陈二", SIX, "ab" * 32)),
        **more,
    )
