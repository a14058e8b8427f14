"""What the API shows of the field: points, units, shifts and vehicles, by key. No persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.scope import Scope
from logistics.models import Vehicle
from personnel.models import Shift
from personnel.queries.staffing import Gap, gaps
from reporting.outlets.queries.shown_plan import Asked, by_key, numbers
from sites.models import SamplingPoint, SamplingUnit


def points(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, SamplingPoint]:
    """Sampling points of one's area, without their heads' names and telephones."""
    rows = SamplingPoint.objects.within(scope).filter(pk__in=numbers(keys))
    return by_key(rows.defer("lead_name", "lead_phone").prefetch_related("serves"))


def units(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, SamplingUnit]:
    """Sampling units of one's area."""
    rows = SamplingUnit.objects.within(scope).filter(pk__in=numbers(keys))
    return by_key(rows.select_related("point"))


def vehicles(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Vehicle]:
    """Vehicles of one's area. Neither plate nor owner nor driver leaves the house."""
    rows = Vehicle.objects.within(scope).filter(pk__in=numbers(keys))
    return by_key(rows.defer("plate").select_related("vehicle_class"))


def shifts(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Shift]:
    """Needs of one's area, with how many are booked and on site at their thinnest moment."""
    rows = Shift.objects.within(scope).filter(pk__in=numbers(keys))
    found: dict[str, Any] = by_key(rows.select_related("place", "role"))
    if not found:
        return found
    supply = gaps(
        scope,
        starts_at=min(shift.starts_at for shift in found.values()),
        ends_at=max(shift.ends_at for shift in found.values()),
        place_ids={shift.place_id for shift in found.values()},
    )
    slices: dict[tuple[int, int], list[Gap]] = {}
    for gap in supply:
        slices.setdefault((gap.place_id, gap.role_id), []).append(gap)
    for shift in found.values():
        shift.supply = _thinnest(shift, slices.get((shift.place_id, shift.role_id), ()))
    return found


def _thinnest(shift: Shift, slices: Sequence[Gap]) -> Gap:
    """The whole shift as one slice, with the fewest people that any moment of it has."""
    own = [
        gap
        for gap in slices
        if gap.starts_at < shift.ends_at and gap.ends_at > shift.starts_at and gap.needed
    ]
    return Gap(
        shift.place_id, shift.place.point_id, shift.street_id, shift.role_id,
        shift.starts_at, shift.ends_at, shift.needed,
        booked=min((gap.booked for gap in own), default=0),
        present=min((gap.present for gap in own), default=0),
    )  # fmt: skip
