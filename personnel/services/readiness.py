"""What streets state they have ready, and the floors that this is measured against (S080, S083)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Refused
from core.scope import Scope
from personnel.models import ReadinessCount, ReadinessFloor
from sites.services.finding import Unknown


@transaction.atomic
def state_counts(
    *, street_id: int, counts: Mapping[int, int], scope: Scope, by: str, at: datetime
) -> int:
    """State how much a street has ready now, by floor; earlier statements stay readable.

    A number that did not change is stated again: it is right as of now. Raises Unknown outside
    the scope, Refused for what is counted from the list of people.
    """
    street = Division.objects.within(scope).filter(pk=street_id, level=Level.STREET).first()
    if street is None or street.district_id is None:
        raise Unknown("street_unknown", _("Choose a street of your area."))
    floors = ReadinessFloor.objects.filter(pk__in=list(counts), district_id=street.district_id)
    found = {floor.pk: floor for floor in floors}
    if len(found) < len(counts):
        raise Unknown("floor_unknown", _("There is no such floor in your district."))
    if any(floor.qualification_id or floor.role_id for floor in found.values()):
        raise Refused(
            "counted", _("This is counted from the list of people and is not stated by hand.")
        )
    ReadinessCount.objects.bulk_create(
        ReadinessCount(
            floor_id=pk, district_id=street.district_id, street_id=street_id, actual=n, at=at, by=by
        )
        for pk, n in counts.items()
    )
    if counts:
        audit.record(
            by=by, at=at, act="readiness.state", object_type="readiness_count",
            district_id=street.district_id, street_id=street_id,
            counts={found[pk].code: n for pk, n in counts.items()},
        )  # fmt: skip
    return len(counts)


@transaction.atomic
def set_floor(
    *, floor_id: int, required: int, reference: str, scope: Scope, by: str, at: datetime
) -> ReadinessFloor:
    """Change what is required, with the source of the figure. For the whole district."""
    seen = ReadinessFloor.objects.within(scope).filter(pk=floor_id).values("pk")
    floor = ReadinessFloor.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if floor is None:
        raise Unknown("floor_unknown", _("There is no such floor in your district."))
    before = {"required": floor.required, "reference": floor.reference}
    changed = audit.changes(before, {"required": required, "reference": reference})
    if changed:
        floor.required, floor.reference = required, reference
        floor.save(update_fields=["required", "reference"])
        audit.record(
            by=by, at=at, act="readiness.floor", object_type="readiness_floor", object_id=floor.pk,
            district_id=floor.district_id, code=floor.code, changes=changed,
        )  # fmt: skip
    return floor
