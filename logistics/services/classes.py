"""Classes of vehicle are rows: a district adds its own and renames the usual ones (S007)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.scope import Scope
from logistics.models import VehicleClass
from sites.services.finding import Unknown


@transaction.atomic
def add_class(
    *,
    district_id: int,
    code: str,
    name: str,
    name_en: str,
    seats: int,
    boxes: int,
    scope: Scope,
    by: str,
    at: datetime,
) -> VehicleClass:
    """Add a class at the end of the district's list; a code is used once."""
    if not (scope.everything or district_id in scope.districts):
        raise Unknown("district_unknown", _("There is no such district in your area."))
    _refuse_empty(seats, boxes)
    last = VehicleClass.objects.filter(district_id=district_id).aggregate(Max("position"))
    added = VehicleClass.objects.create(
        district_id=district_id,
        code=code,
        name=name,
        name_en=name_en,
        seats=seats,
        boxes=boxes,
        position=(last["position__max"] or 0) + 10,
    )
    _note(added, "vehicle_class.add", by, at)
    return added


@transaction.atomic
def change_class(
    *,
    class_id: int,
    name: str,
    name_en: str,
    seats: int,
    boxes: int,
    scope: Scope,
    by: str,
    at: datetime,
) -> VehicleClass:
    """Rename a class or say what one of it usually holds; vehicles keep what they state."""
    seen = VehicleClass.objects.within(scope).filter(pk=class_id).values("pk")
    row = VehicleClass.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if row is None:
        raise Unknown("class_unknown", _("Choose one of the classes."))
    _refuse_empty(seats, boxes)
    values: dict[str, Any] = {"name": name, "name_en": name_en, "seats": seats, "boxes": boxes}
    changed = audit.changes({field: getattr(row, field) for field in values}, values)
    if changed:
        for field, value in values.items():
            setattr(row, field, value)
        row.save(update_fields=list(values))
        _note(row, "vehicle_class.change", by, at, fields=sorted(changed))
    return row


def _refuse_empty(seats: int, boxes: int) -> None:
    if not (seats or boxes):
        raise Refused("vehicle_holds", _("A vehicle has seats or room for boxes.")).at("seats")


def _note(row: VehicleClass, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="vehicle_class", object_id=row.pk,
        district_id=row.district_id, code=row.code, **summary,
    )  # fmt: skip
