"""Who answers for which building: exactly one person at a time, no building forgotten (S029)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import PatchAssignment, StaffMember
from sites.services.finding import Unknown


@dataclass(frozen=True)
class Taken:
    """A building that somebody else answers for, since when; None is somebody one may not see."""

    building: Division
    owner: StaffMember | None
    since: datetime


@dataclass
class Given:
    """What became of many buildings at once."""

    done: int = 0
    unchanged: int = 0
    taken: list[Taken] = field(default_factory=list)


@transaction.atomic
def assign(
    *,
    building_ids: Collection[int],
    owner_id: UUID,
    hand_over: bool = False,
    scope: Scope,
    by: str,
    at: datetime,
) -> Given:
    """Let one person answer for these buildings from `at` on.

    A building of somebody else is left as it is and listed (`taken`), unless it is handed over:
    then the other one's answer ends at that moment. Raises Unknown for a building of elsewhere,
    Refused for a person who does not work in its street.
    """
    buildings = _locked(building_ids, scope)
    owner = StaffMember.objects.within(scope).serving().filter(pk=owner_id).first()
    districts = {building.district_id for building in buildings}
    if owner is None or districts - {owner.district_id}:
        raise Refused("owner_unknown", _("Choose somebody of your area.")).at("owner")
    streets = {building.street_id for building in buildings}
    if owner.street_id is not None and streets - {owner.street_id}:
        raise Refused(
            "owner_elsewhere", _("This person works in another street than the building.")
        ).at("owner")
    current = _current(buildings, at)
    # Not by a join: who moved to another street is not to be seen here, but still answers.
    people = StaffMember.objects.within(scope).defer("id_number", "name", "phone")
    known = people.in_bulk([row.owner_id for row in current.values()])
    given = Given()
    fresh = []
    for building in buildings:
        held = current.get(building.pk)
        if held is not None and held.owner_id == owner.pk:
            given.unchanged += 1
            continue
        if held is not None and not hand_over:
            given.taken.append(Taken(building, known.get(held.owner_id), held.starts_at))
            continue
        if held is not None:
            _end(held, at)
        fresh.append(_row(building, owner, by=by, at=at))
    PatchAssignment.objects.bulk_create(fresh)
    given.done = len(fresh)
    _note(buildings, "patch.assign", by, at, owner=str(owner.pk), buildings=len(fresh))
    return given


@transaction.atomic
def end(*, building_ids: Collection[int], scope: Scope, by: str, at: datetime) -> int:
    """From `at` on nobody answers for these buildings; returns how many had somebody."""
    buildings = _locked(building_ids, scope)
    current = _current(buildings, at)
    for held in current.values():
        _end(held, at)
    _note(buildings, "patch.end", by, at, buildings=len(current))
    return len(current)


def _locked(building_ids: Collection[int], scope: Scope) -> list[Division]:
    """The buildings, and the only right to change who answers in their streets until we end."""
    found = list(
        Division.objects.within(scope)
        .current()
        .filter(pk__in=list(building_ids), level=Level.BUILDING)
        .order_by("code")
    )
    if not building_ids:
        raise Refused("nothing_ticked", _("Tick the buildings first."))
    if len(found) < len(set(building_ids)):
        raise Unknown("building_unknown", _("There is no such building in your area."))
    if any(each.street_id is None or each.community_id is None for each in found):
        raise Refused("building_loose", _("A building without a community has no owner."))
    for street in sorted({each.street_id for each in found if each.street_id is not None}):
        named_lock(f"patches/{street}")
    return found


def _current(buildings: Sequence[Division], at: datetime) -> dict[int, PatchAssignment]:
    """Who answers for each of the buildings at a moment, or is to from later on."""
    rows = PatchAssignment.objects.filter(building__in=buildings).exclude(ends_at__lte=at)
    return {row.building_id: row for row in rows}


def _end(held: PatchAssignment, at: datetime) -> None:
    if held.starts_at >= at:
        # Never in force: two acts in one moment.
        held.delete()
        return
    held.ends_at = at
    held.save(update_fields=["ends_at"])


def _row(building: Division, owner: StaffMember, *, by: str, at: datetime) -> PatchAssignment:
    return PatchAssignment(
        building=building,
        district_id=building.district_id or 0,
        street_id=building.street_id or 0,
        community_id=building.community_id or 0,
        owner=owner,
        starts_at=at,
        at=at,
        by=by,
    )


def _note(found: Sequence[Division], act: str, by: str, at: datetime, /, **summary: Any) -> None:
    streets = {each.street_id for each in found}
    audit.record(
        by=by, at=at, act=act, object_type="patch", district_id=found[0].district_id,
        street_id=streets.pop() if len(streets) == 1 else None, **summary,
    )  # fmt: skip
