"""What an assignment sheet says: objective, people, vehicles, times, whom to call (ICS 204)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from core.crypto import mask_phone
from core.scope import Scope
from logistics.models import Order, Trip, TripState, TripStop
from logistics.queries.supply import need_and_supply, standing_in
from logistics.queries.sweep import RoleCount, moments
from personnel.models import Duty, DutyPlace, DutyRole, TeamDuty, TeamPlace
from sites.models import SamplingPoint


@dataclass(frozen=True)
class PlaceSheet:
    """One place for some hours."""

    place: DutyPlace
    starts_at: datetime
    ends_at: datetime
    counts: list[tuple[DutyRole, RoleCount]]
    duties: list[Duty]
    parts: list[TeamPlace]
    stops: list[TripStop]
    contact: str
    lead: str
    instructions: list[str]


@dataclass(frozen=True)
class TeamSheet:
    """One booked team: where its people stand and how they get there."""

    duty: TeamDuty
    parts: list[tuple[TeamPlace, str]]
    trips: list[Trip]
    order: Order | None

    @property
    def people(self) -> int:
        return sum(part.people for part, _phone in self.parts)


def place_sheet(
    scope: Scope, place_id: int, *, starts_at: datetime, ends_at: datetime
) -> PlaceSheet | None:
    """The sheet of a place in one's area; None elsewhere. A unit's place gives its point's."""
    place = (
        DutyPlace.objects.within(scope).select_related("point__backup").filter(pk=place_id).first()
    )
    if place is None:
        return None
    where = Q(place__point_id=place.point_id) if place.point_id else Q(place_id=place.pk)
    inside = standing_in(starts_at, ends_at)
    duties = list(
        Duty.objects.within(scope).filter(where, inside)
        .select_related("member__home_unit", "role", "place__unit", "team_duty__team", "order")
        .order_by("role__position", "starts_at", "place__unit__number", "pk")
    )  # fmt: skip
    parts = list(
        TeamPlace.objects.within(scope)
        .filter(where, standing_in(starts_at, ends_at, of="duty__"))
        .select_related("duty__team__leader", "duty__team__sent_by", "role", "duty__order")
        .order_by("duty__starts_at", "pk")
    )
    stops = TripStop.objects.filter(
        point_id=place.point_id, planned_at__gte=starts_at, planned_at__lt=ends_at
    ).exclude(trip__state=TripState.CANCELLED)
    orders = [getattr(duty, "order", None) for duty in duties]
    orders += [getattr(part.duty, "order", None) for part in parts]
    said = {order.reason: None for order in orders if order is not None}
    return PlaceSheet(
        place, starts_at, ends_at, _counts(scope, place, starts_at, ends_at), duties, parts,
        list(_with_vehicle(stops)) if place.point_id else [],
        contact_of(place.point), place.point.lead_name if place.point else "", list(said),
    )  # fmt: skip


def _with_vehicle(stops: object) -> list[TripStop]:
    return list(
        stops.select_related(  # type: ignore[attr-defined]
            "trip__vehicle__vehicle_class", "trip__driver_duty__member"
        ).order_by("planned_at", "pk")
    )


def _counts(
    scope: Scope, place: DutyPlace, starts_at: datetime, ends_at: datetime
) -> list[tuple[DutyRole, RoleCount]]:
    """Needed and booked by role at the moment of those hours that lacks most."""
    home = place
    if place.kind == DutyPlace.Kind.UNIT:
        home = DutyPlace.objects.get(kind=DutyPlace.Kind.POINT, point_id=place.point_id)
    found = moments(
        *need_and_supply(scope, (starts_at, ends_at), place_ids=[home.pk]),
        starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip
    worst = max(found, key=lambda moment: (moment.missing, moment.needed))
    roles = DutyRole.objects.in_bulk([count.role_id for count in worst.roles])
    pairs = [(roles[count.role_id], count) for count in worst.roles]
    return sorted(pairs, key=lambda pair: (pair[0].position, pair[0].code))


def contact_of(point: SamplingPoint | None) -> str:
    """The telephone of a point's head, masked: the full one is an act of its own."""
    return mask_phone(str(point.lead_phone)) if point is not None and point.lead_phone else ""


def team_sheet(scope: Scope, duty_id: int) -> TeamSheet | None:
    """The sheet of a booked team; a street sees the parts that stand in it."""
    duty = (
        TeamDuty.objects.within(scope)
        .select_related("team__leader", "team__sent_by", "order")
        .filter(pk=duty_id)
        .first()
    )
    if duty is None:
        return None
    parts = (
        TeamPlace.objects.within(scope)
        .filter(duty=duty)
        .select_related("place__point", "place__unit__point", "role")
        .order_by("place__street_id", "place__point__code", "role__position", "pk")
    )
    trips = (
        Trip.objects.within(scope)
        .filter(team_duty=duty)
        .exclude(state=TripState.CANCELLED)
        .select_related("vehicle__vehicle_class", "driver_duty__member")
        .prefetch_related("stops")
        .order_by("starts_at")
    )
    return TeamSheet(
        duty, [(part, contact_of(part.place.point)) for part in parts], list(trips),
        getattr(duty, "order", None),
    )  # fmt: skip
