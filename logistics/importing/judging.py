"""Rows of vehicles against the district's list, its classes, owners and drivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.imports.kinds import Place, Row
from core.imports.models import Verdict
from core.inputs import Refused
from logistics.models import Vehicle, VehicleClass
from personnel.importing.whom import Listed
from personnel.models import Organisation, StaffMember

PLAIN = ("seats", "boxes", "pool")
"""Columns that are fields of the vehicle under the same name."""


class Stored:
    """The vehicles of a district as the columns of a sheet would say them."""

    def __init__(self, place: Place) -> None:
        present = Vehicle.objects.filter(district_id=place.district_id, returned_at__isnull=True)
        found = list(present.select_related("vehicle_class", "owner"))
        self.by_plate = {vehicle.plate: vehicle for vehicle in found}
        drivers = {vehicle.driver_id for vehicle in found if vehicle.driver_id}
        self._drivers = StaffMember.objects.in_bulk(drivers)
        streets = {vehicle.street_id for vehicle in found if vehicle.street_id}
        self._streets = Division.objects.in_bulk(streets)

    def values(self, vehicle: Vehicle) -> dict[str, Any]:
        """What a row would have to say to change nothing."""
        driver = self._drivers.get(vehicle.driver_id) if vehicle.driver_id else None
        street = self._streets.get(vehicle.street_id) if vehicle.street_id else None
        return {name: getattr(vehicle, name) for name in PLAIN} | {
            "vehicle_class": vehicle.vehicle_class.name,
            "owner": vehicle.owner.name,
            "street": street.name if street else "",
            "driver": driver.id_number if driver else "",
            "reason": vehicle.pool_reason,
        }


class Words:
    """Rows of the district by any of their names, or by code."""

    def __init__(self, found: Iterable[Any]) -> None:
        self._by_word: dict[str, dict[int, Any]] = defaultdict(dict)
        self._by_code: dict[str, Any] = {}
        for one in found:
            self._by_code[one.code.casefold()] = one
            for word in (one.name, one.name_en):
                if word:
                    self._by_word[word.casefold()][one.pk] = one

    def find(self, word: str) -> Any:
        """The one that is meant. Raises Refused for none or several."""
        text = word.casefold()
        if text in self._by_code:
            return self._by_code[text]
        found = self._by_word.get(text, {})
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise Refused("name_twice", _("Several have this name. Write the code."))
        raise Refused("name_unknown", _("The district's list has none of this name."))


class Judgement:
    """Gives each row its verdict, and its values the form in which they are written."""

    def __init__(self, rows: Sequence[Row], place: Place) -> None:
        self.rows = [row for row in rows if not row.refused]
        district = place.district_id
        self.words: Mapping[str, Words] = {
            "vehicle_class": Words(VehicleClass.objects.filter(district_id=district)),
            "owner": Words(
                Organisation.objects.filter(district_id=district, closed_at__isnull=True)
            ),
            "street": Words(Division.objects.streets().current().filter(district_id=district)),
        }
        self.listed = Listed(
            place, [row.values["driver"] for row in self.rows if "driver" in row.values]
        )
        self.stored = Stored(place)

    def run(self) -> None:
        for row in self.rows:
            vehicle = self.stored.by_plate.get(row.values["plate"])
            self.name(row)
            if not row.refused:
                self._holds(row, vehicle)
            if not row.refused:
                self._compare(row, vehicle)

    def name(self, row: Row) -> None:
        """Put the ids beside the words of a row; refuse it for a word that names nothing."""
        self._driver(row)
        for column, words in self.words.items():
            if column not in row.values:
                continue
            try:
                found = words.find(row.values[column])
            except Refused as refused:
                row.refuse(refused.code, refused.message, column)
                continue
            row.values[column] = found.name
            # Ids are no columns: the preview does not show them, writing needs them.
            row.values[f"{column}_id"] = found.pk

    def _driver(self, row: Row) -> None:
        if "driver" not in row.values:
            return
        try:
            member = self.listed.find(row.values["driver"])
        except Refused as refused:
            row.refuse(refused.code, refused.message, "driver")
            return
        row.values["driver"], row.values["driver_id"] = member.id_number, str(member.pk)

    def _holds(self, row: Row, vehicle: Vehicle | None) -> None:
        """Seats and boxes of a new vehicle are those of its class where the row is silent."""
        usual = self.words["vehicle_class"].find(row.values["vehicle_class"])
        if vehicle is None:
            row.values.setdefault("seats", usual.seats)
            row.values.setdefault("boxes", usual.boxes)
        holds = [row.values.get(name, getattr(vehicle, name, 0)) for name in ("seats", "boxes")]
        if not any(holds):
            row.refuse("vehicle_holds", _("A vehicle has seats or room for boxes."), "seats")
        pool = row.values.get("pool", vehicle.pool if vehicle else "")
        reason = row.values.get("reason", vehicle.pool_reason if vehicle else "")
        if pool == Vehicle.Pool.OUT and not reason:
            row.refuse("reason_missing", _("Say why the vehicle is out of service."), "reason")

    def _compare(self, row: Row, vehicle: Vehicle | None) -> None:
        if vehicle is None:
            row.verdict = Verdict.NEW
            return
        for name, value in self.stored.values(vehicle).items():
            if name in row.values and row.values[name] != value:
                row.before[name] = value
        row.verdict = Verdict.CHANGED if row.before else Verdict.SAME
