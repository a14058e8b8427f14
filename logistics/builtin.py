"""The classes of vehicle a district starts with (S004, S005, S007); rows, so it may change them.

Seats are those for passengers, boxes are sample or supply boxes of the usual size; both are
estimates for one vehicle of the class, and each vehicle states its own.
"""

from __future__ import annotations

from typing import NamedTuple


class ClassRow(NamedTuple):
    """One class: code, both names, what one vehicle usually holds."""

    code: str
    name: str
    name_en: str
    seats: int
    boxes: int


VEHICLE_CLASSES = (
    ClassRow("coach", "大巴车", "coach", 45, 0),
    ClassRow("large_passenger", "大型客车", "large passenger car", 35, 0),
    ClassRow("small_passenger", "小型客车", "small passenger car", 7, 0),
    ClassRow("sample_car", "样本转运车", "sample car", 0, 12),
    ClassRow("cold_van", "冷链车", "refrigerated van", 0, 40),
    ClassRow("large_truck", "大型货车", "large truck", 0, 300),
    ClassRow("box_van", "厢式货车", "box van", 0, 120),
)
