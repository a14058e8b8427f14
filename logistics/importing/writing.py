"""Vehicles from an import are written, each with its place of duty, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.imports.bulk import rests_on, update_rows
from core.imports.kinds import Place, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from logistics.importing.judging import PLAIN, Judgement, Stored
from logistics.models import Vehicle
from personnel.models import DutyPlace

_USED = Reason("undo_used", _("It has trips, or people were on duty on it."))
_EDITED = Reason("undo_changed", _("It was changed again since."))
_GONE = Reason("undo_gone", _("It was taken away since."))
_WORD_GONE = Reason("undo_word", _("Its former class, owner, street or driver is gone."))
WRITTEN = [
    "vehicle_class", "seats", "boxes", "owner", "street_id", "driver", "pool", "pool_reason",
]  # fmt: skip


def write_vehicles(rows: Sequence[Row], place: Place, *, at: datetime) -> None:
    """New vehicles with their places; changed ones where they differ.

    Raises EditedMeanwhile if somebody changed a vehicle since its row was judged.
    """
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(place, [row.values["plate"] for row in changed])
    stored = Stored(place)
    for row in changed:
        vehicle = stored.by_plate.get(row.values["plate"])
        seen = row.values | row.before
        if vehicle is None or any(
            name in seen and seen[name] != now for name, now in stored.values(vehicle).items()
        ):
            raise EditedMeanwhile(row.label)
    places = DutyPlace.objects.bulk_create(
        DutyPlace(
            district_id=place.district_id,
            street_id=row.values.get("street_id"),
            kind=DutyPlace.Kind.VEHICLE,
            name=row.values["plate"],
        )
        for row in new
    )
    made = Vehicle.objects.bulk_create(
        _take(
            Vehicle(
                district_id=place.district_id,
                plate=row.values["plate"],
                place=its_place,
                added_at=at,
            ),
            row.values,
        )
        for row, its_place in zip(new, places, strict=True)
    )
    for row, vehicle in zip(new, made, strict=True):
        row.target = str(vehicle.pk)
    _change(changed, stored)


def take_back_vehicles(rows: Sequence[Row], place: Place) -> None:
    """Raises UndoRefused if a vehicle was used, or somebody changed it since."""
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(place, [row.label for row in [*new, *changed]])
    stored = Stored(place)
    by_id = {str(vehicle.pk): vehicle for vehicle in stored.by_plate.values()}
    made = {int(row.target): row for row in new}
    blocked = []
    for row in [*new, *changed]:
        vehicle = by_id.get(row.target)
        if vehicle is None:
            blocked.append((row.line, row.label, _GONE))
        elif _differs(row, stored.values(vehicle)):
            blocked.append((row.line, row.label, _EDITED))
    places = {by_id[row.target].place_id: row for row in new if row.target in by_id}
    used = [made[pk] for pk in rests_on(Vehicle, made)]
    used += [places[pk] for pk in rests_on(DutyPlace, places, ignore=[Vehicle])]
    blocked += [(row.line, row.label, _USED) for row in used]
    if blocked:
        raise UndoRefused(blocked)
    Vehicle.objects.filter(pk__in=made).delete()
    DutyPlace.objects.filter(pk__in=places).delete()
    back = [Row(row.line, {"plate": row.label, **row.before}, target=row.target) for row in changed]
    _name_again(back, place)
    _change(back, stored)


def _lock(place: Place, plates: Sequence[str]) -> None:
    """Who changes one of these vehicles on its page comes before us and is read, or after us."""
    held = Vehicle.objects.filter(district_id=place.district_id, plate__in=plates)
    list(held.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _differs(row: Row, now: dict[str, Any]) -> bool:
    names = row.before if row.verdict == Verdict.CHANGED else now
    return any(name in row.values and row.values[name] != now[name] for name in names)


def _take(vehicle: Vehicle, values: dict[str, Any]) -> Vehicle:
    for name in PLAIN:
        if name in values:
            setattr(vehicle, name, values[name])
    for name in ("vehicle_class_id", "owner_id", "street_id"):
        if name in values:
            setattr(vehicle, name, values[name])
    if "driver_id" in values:
        vehicle.driver_id = UUID(values["driver_id"]) if values["driver_id"] else None
    if "reason" in values:
        vehicle.pool_reason = values["reason"]
    return vehicle


def _change(rows: Sequence[Row], stored: Stored) -> None:
    touched = []
    for row in rows:
        vehicle = _take(stored.by_plate[row.values["plate"]], row.values)
        touched.append(vehicle)
        row.target = str(vehicle.pk)
    update_rows(touched, WRITTEN)
    places = DutyPlace.objects.in_bulk([vehicle.place_id for vehicle in touched])
    for vehicle in touched:
        places[vehicle.place_id].street_id = vehicle.street_id
    update_rows(list(places.values()), ["street_id"])


def _name_again(rows: Sequence[Row], place: Place) -> None:
    """The ids behind what stood there before; "" means that nothing stood there."""
    for row in rows:
        for name in ("street", "driver"):
            if row.values.get(name) == "":
                row.values[f"{name}_id"] = None
                del row.values[name]
    words = Judgement(rows, place)
    for row in rows:
        words.name(row)
    gone = [(row.line, str(row.values["plate"]), _WORD_GONE) for row in rows if row.refused]
    if gone:
        raise UndoRefused(gone)
