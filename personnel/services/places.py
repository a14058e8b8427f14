"""Places of duty: made when first asked for, so that nobody keeps a second list of points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Conflict, Refused, clean_name
from core.locks import named_lock
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyState, TeamPlace
from sites.models import SamplingPoint, SamplingUnit
from sites.services.finding import Unknown

Kind = DutyPlace.Kind
NAMED = (Kind.CHECKPOINT, Kind.COMMAND)
"""Kinds that people add by hand; the others follow from points, units, streets and vehicles."""


def place_of_point(*, point_id: int, scope: Scope) -> DutyPlace:
    """The place of a point, made if need be. Raises Refused (404) outside the scope."""
    point = SamplingPoint.objects.within(scope).filter(pk=point_id).first()
    if point is None:
        raise Unknown("point_unknown", _("There is no such point in your area."))
    return _of_point(point)


def place_of_unit(*, unit_id: int, scope: Scope) -> DutyPlace:
    """The place of a unit, made if need be together with its point's: what a point needs is
    stated there. Raises Refused (404) outside the scope."""
    units = SamplingUnit.objects.within(scope).select_related("point")
    unit = units.filter(pk=unit_id).first()
    if unit is None:
        raise Unknown("unit_unknown", _("There is no such unit in your area."))
    _of_point(unit.point)
    area = {"district_id": unit.district_id, "street_id": unit.street_id}
    place, _made = DutyPlace.objects.get_or_create(
        unit=unit, defaults={"kind": Kind.UNIT, "point": unit.point, **area}
    )
    return place


def place_of_street(*, street_id: int, scope: Scope) -> DutyPlace:
    """The place for work all over a street. Raises Refused (404) outside the scope."""
    area = {"district_id": _district_of(street_id, scope)}
    place, _made = DutyPlace.objects.get_or_create(
        kind=Kind.STREET, street_id=street_id, defaults=area
    )
    return place


@transaction.atomic
def add_place(
    *,
    kind: str,
    name: str,
    street_id: int | None,
    around_the_clock: bool,
    scope: Scope,
    by: str,
    at: datetime,
) -> DutyPlace:
    """Add a checkpoint or a command post; without a street it is the district's own.

    `around_the_clock` is for a post that is never empty (S006, S073). Raises Refused.
    """
    if kind not in NAMED:
        raise Refused("place_kind", _("Only checkpoints and command posts are added by hand."))
    if street_id is not None:
        district_id = _district_of(street_id, scope)
    elif len(scope.districts) == 1:
        (district_id,) = scope.districts
    else:
        raise Refused("place_street", _("Say which street the place is in.")).at("street_id")
    name = clean_name(name, max_length=120)
    named_lock(f"duty-places/{district_id}")
    same = DutyPlace.objects.filter(
        district_id=district_id, street_id=street_id, name=name, closed_at__isnull=True
    )
    if same.exists():
        raise Conflict("place_exists", _("There is a place of this name already.")).at("name")
    place = DutyPlace.objects.create(
        kind=kind,
        name=name,
        street_id=street_id,
        district_id=district_id,
        around_the_clock=around_the_clock,
    )
    _note(place, "duty_place.add", by=by, at=at, kind=kind, around_the_clock=around_the_clock)
    return place


@transaction.atomic
def keep_around_the_clock(
    *, place_id: int, wanted: bool, scope: Scope, by: str, at: datetime
) -> DutyPlace:
    """Say whether a place must never be empty. Asking for what is so changes nothing."""
    place = locked_place(place_id, scope)
    if place.around_the_clock != wanted:
        place.around_the_clock = wanted
        place.save(update_fields=["around_the_clock"])
        _note(place, "duty_place.clock", by=by, at=at, around_the_clock=wanted)
    return place


@transaction.atomic
def close_place(*, place_id: int, scope: Scope, by: str, at: datetime) -> DutyPlace:
    """Close a checkpoint or command post. Raises Refused while people are booked there."""
    place = locked_place(place_id, scope)
    if place.kind not in NAMED:
        raise Refused("place_kind", _("Only checkpoints and command posts are closed by hand."))
    if place.closed_at is not None:
        return place
    over = [DutyState.CANCELLED, DutyState.DONE]
    booked = Duty.objects.filter(place=place, ends_at__gt=at).exclude(state__in=over)
    teams = TeamPlace.objects.filter(place=place, duty__ends_at__gt=at)
    if booked.exists() or teams.exclude(duty__state__in=over).exists():
        raise Conflict("place_in_use", _("People are still booked here; cancel that first."))
    place.closed_at = at
    place.save(update_fields=["closed_at"])
    place.shifts.filter(starts_at__gte=at).delete()
    place.shifts.filter(ends_at__gt=at).update(ends_at=at)
    _note(place, "duty_place.close", by=by, at=at)
    return place


def locked_place(place_id: int, scope: Scope) -> DutyPlace:
    """The place, locked until the transaction ends. Raises Refused (404) outside the scope."""
    places = DutyPlace.objects.within(scope).select_for_update(no_key=True)
    place = places.filter(pk=place_id).first()
    if place is None:
        raise Unknown("place_unknown", _("There is no such place of duty in your area."))
    return place


def open_place(place_id: int, scope: Scope) -> DutyPlace:
    """A place where people may be booked. Raises Refused: 404 outside the scope."""
    places = DutyPlace.objects.within(scope).select_related("point", "unit__point")
    place = places.filter(pk=place_id).first()
    if place is None:
        raise Unknown("place_unknown", _("There is no such place of duty in your area."))
    if place.closed_at is not None:
        raise Conflict("place_closed", _("This place of duty is closed."))
    return place


def _of_point(point: SamplingPoint) -> DutyPlace:
    area = {"district_id": point.district_id, "street_id": point.street_id}
    place, _made = DutyPlace.objects.get_or_create(kind=Kind.POINT, point=point, defaults=area)
    return place


def _district_of(street_id: int, scope: Scope) -> int:
    streets = Division.objects.within(scope).filter(level=Level.STREET, pk=street_id)
    district_id: int | None = streets.values_list("district_id", flat=True).first()
    if district_id is None:
        raise Unknown("street_unknown", _("There is no such street in your area."))
    return district_id


def _note(place: DutyPlace, act: str, *, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="duty_place",
        object_id=place.pk,
        district_id=place.district_id,
        street_id=place.street_id,
        **summary,
    )
