"""The demo's points and units: prepared and open as on the evening of the round.

Names of heads are invented, and their telephones use a block that serves no subscriber.
"""

from __future__ import annotations

from collections import Counter
from datetime import time
from typing import Any

from demo import places, roundplan

BY = "demo"
FIXED_PER_STREET = 2
OPENS, CLOSES = time(21, 0), time(23, 0)


def units(round_: Any, divisions: dict[str, Any], fraction: float) -> list[Any]:
    """Points and their units, in the order of the plan; the units are still closed."""
    from sites.models import SamplingUnit

    points: dict[tuple[str, int], Any] = {}
    per_street: Counter[str] = Counter()
    per_community: Counter[int] = Counter()
    out = []
    for unit in roundplan.units(fraction):
        key = (unit.street, unit.point)
        if key not in points:
            per_street[unit.street] += 1
            per_community[unit.community] += 1
            points[key] = _point(
                round_, divisions, unit, per_street[unit.street], per_community[unit.community]
            )
        out.append(
            SamplingUnit(
                point=points[key], street_id=points[key].street_id,
                district_id=points[key].district_id, number=unit.number,
            )
        )  # fmt: skip
    _prepare(list(points.values()), round_)
    return SamplingUnit.objects.bulk_create(out)


def _point(round_: Any, divisions: dict[str, Any], unit: Any, nth: int, nth_there: int) -> Any:
    from sites.models import SamplingPoint

    home = places.COMMUNITIES[unit.community]
    street = divisions[unit.street]
    point = SamplingPoint.objects.create(
        round=round_, community=divisions[home.code], street_id=street.pk,
        district_id=street.district_id, code=f"{unit.street[-3:]}-{unit.point + 1:02d}",
        name=f"{home.name}{nth_there}号采样点", state="open", opens=OPENS, closes=CLOSES,
        kind="fixed" if nth <= FIXED_PER_STREET else "temporary",
        lead_name=f"{'陈李张周吴郑王'[unit.point % 7]}点长", lead_phone=f"1990000{unit.point:04d}",
        has_power=True, has_cover=unit.point % 3 > 0, has_network=True,
    )  # fmt: skip
    point.serves.add(divisions[home.code])
    return point


def _prepare(points: list[Any], round_: Any) -> None:
    """Areas ready and checklists met, as opening a point asks for."""
    from sites.models import PointArea, PointCheck, PointStateChange
    from sites.queries.preparation import AREAS, CHECKS

    at = round_.starts_at
    PointArea.objects.bulk_create(
        PointArea(point=point, kind=kind, required=count, ready=count)
        for point in points
        for kind, count in AREAS.items()
    )
    PointCheck.objects.bulk_create(
        PointCheck(point=point, code=check.code, met_at=at, met_by=BY)
        for point in points
        for check in CHECKS
        if not check.only_with
    )
    PointStateChange.objects.bulk_create(
        PointStateChange(point=point, from_state="planned", to_state="open", at=at, by=BY)
        for point in points
    )
