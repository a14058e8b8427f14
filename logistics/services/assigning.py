"""One act of the dispatch board: a person, a team or a vehicle is ordered to a spot (S9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.norms import norms_of
from core.inputs import Refused
from core.scope import Scope
from logistics.models import Order, Trip, Vehicle
from logistics.services.manifest import Stop
from logistics.services.orders import order_duty, order_team, order_trip
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, StaffMember, SupportTeam
from personnel.queries.staffing import gaps
from personnel.services.places import open_place, place_of_point
from personnel.services.team_duty import Part
from sites.models import SamplingPoint
from sites.services.finding import Unknown

MEMBER, TEAM, VEHICLE = "member", "team", "vehicle"
POINT, PLACE = "point", "place"


@dataclass(frozen=True)
class Subject:
    """Who or what is ordered: a person, a team or a vehicle."""

    kind: str
    member_id: UUID | None = None
    number: int = 0

    @classmethod
    def read(cls, text: str) -> Subject:
        """Read `member:UUID`, `team:7` or `vehicle:7`; raises Refused for anything else."""
        kind, _colon, rest = text.partition(":")
        try:
            if kind == MEMBER:
                return cls(kind, member_id=UUID(rest))
            if kind in (TEAM, VEHICLE) and rest.isascii() and 0 < int(rest) < 2**31:
                return cls(kind, number=int(rest))
        except ValueError:
            pass
        raise Refused("subject", _("Choose a person, a team or a vehicle."))


@dataclass(frozen=True)
class Load:
    """What a vehicle carries from where; a team sends `people` of its own."""

    people: int = 0
    boxes: int = 0
    kind: str = Trip.Kind.STAFF
    origin: str = ""
    # Spread a team over all that its street lacks in the role, instead of one place.
    spread: bool = False
    # The booked team that rides in the vehicle.
    team_duty_id: int | None = None


def subject_name(scope: Scope, subject: Subject) -> str:
    """What a person, team or vehicle of one's area is called; nothing for one of elsewhere."""
    found: StaffMember | SupportTeam | Vehicle | None
    if subject.kind == MEMBER and subject.member_id is not None:
        found = StaffMember.objects.within(scope).filter(pk=subject.member_id).first()
        return found.name_mask if found else ""
    if subject.kind == TEAM:
        found = SupportTeam.objects.within(scope).filter(pk=subject.number).first()
        return str(found) if found else ""
    found = Vehicle.objects.within(scope).filter(pk=subject.number).first()
    return found.plate if found else ""


def read_spot(spot: str) -> tuple[str, int]:
    """The kind and number of a row of the board, `point-7` or `place-7`; raises Refused."""
    kind, _dash, rest = spot.partition("-")
    # Ten digits hold every number; Python itself refuses to read thousands of them.
    plain = rest.isascii() and rest.isdigit() and len(rest) <= 10
    if kind in (POINT, PLACE) and plain and int(rest) < 2**31:
        return kind, int(rest)
    raise Refused("spot", _("Choose one of the places.")).at("spot")


def place_at(spot: str, scope: Scope, *, make: bool) -> DutyPlace:
    """The place of duty of a row. A point that has none yet gets it if `make`, otherwise an
    unsaved one stands for it. Raises Refused (404) outside the scope."""
    kind, number = read_spot(spot)
    if kind == PLACE:
        return open_place(number, scope)
    if make:
        return place_of_point(point_id=number, scope=scope)
    point = SamplingPoint.objects.within(scope).filter(pk=number).first()
    if point is None:
        raise Unknown("point_unknown", _("There is no such point in your area."))
    held = DutyPlace.objects.filter(kind=DutyPlace.Kind.POINT, point=point).first()
    area = {"district_id": point.district_id, "street_id": point.street_id}
    return held or DutyPlace(kind=DutyPlace.Kind.POINT, point=point, **area)


@transaction.atomic
def assign(
    *, client_key: UUID, subject: Subject, spot: str, role_id: int, starts_at: datetime,
    ends_at: datetime, load: Load, reason: str, figure: str = "",
    figure_at: datetime | None = None, override: str = "", scope: Scope, by: str, at: datetime,
) -> Order:  # fmt: skip
    """Order one thing to one place. The same `client_key` gives the same order.

    Raises what the orders raise: Conflict "taken" names who has it and until when.
    """
    place = place_at(spot, scope, make=True)
    said: dict[str, Any] = {
        "client_key": client_key, "reason": reason, "figure": figure, "figure_at": figure_at,
        "starts_at": starts_at, "ends_at": ends_at, "override": override, "scope": scope,
        "by": by, "at": at, "round_id": place.point.round_id if place.point else None,
    }  # fmt: skip
    if subject.kind == MEMBER and subject.member_id is not None:
        return order_duty(member_id=subject.member_id, place_id=place.pk, role_id=role_id, **said)
    if subject.kind == TEAM:
        people = load.people or _headcount(subject.number, scope)
        parts = [Part(place.pk, role_id, people)]
        if load.spread and place.street_id is not None:
            parts = spread(
                place, role_id, people, starts_at=starts_at, ends_at=ends_at, scope=scope
            )
        return order_team(team_id=subject.number, parts=parts, street_id=place.street_id, **said)
    return _order_vehicle(subject.number, place, load, said)


def spread(
    place: DutyPlace, role_id: int, people: int, *, starts_at: datetime, ends_at: datetime,
    scope: Scope,
) -> list[Part]:  # fmt: skip
    """One team over many points (S052): the widest gaps of the street first, whoever is left
    over to the chosen place."""
    worst: dict[int, int] = {}
    for gap in gaps(scope, starts_at=starts_at, ends_at=ends_at, street_ids=[place.street_id or 0]):
        if gap.role_id == role_id and gap.missing:
            worst[gap.place_id] = max(worst.get(gap.place_id, 0), gap.missing)
    given: dict[int, int] = {}
    for place_id, missing in sorted(worst.items(), key=lambda item: (-item[1], item[0])):
        if given_now := min(missing, people):
            given[place_id] = given_now
            people -= given_now
    if people:
        given[place.pk] = given.get(place.pk, 0) + people
    return [Part(place_id, role_id, count) for place_id, count in given.items()]


def _headcount(team_id: int, scope: Scope) -> int:
    team = SupportTeam.objects.within(scope).filter(pk=team_id).first()
    if team is None:
        raise Unknown("team_unknown", _("There is no such team in your area."))
    return team.headcount


def _order_vehicle(vehicle_id: int, place: DutyPlace, load: Load, said: dict[str, Any]) -> Order:
    """From where the load waits to the place, and free again at the end; its usual driver drives
    if nobody else has booked them."""
    vehicle = Vehicle.objects.within(said["scope"]).filter(pk=vehicle_id).first()
    if vehicle is None:
        raise Unknown("vehicle_unknown", _("There is no such vehicle in your area."))
    starts_at, ends_at = said["starts_at"], said["ends_at"]
    travel = timedelta(minutes=float(norms_of(place.district_id)["travel_minutes"].value))
    there = min(starts_at + travel, ends_at)
    first = Stop(load.origin, starts_at, people=load.people, boxes=load.boxes)
    last = Stop(str(place), there, point_id=place.point_id, people=-load.people, boxes=-load.boxes)
    return order_trip(
        vehicle_id=vehicle.pk, kind=load.kind, people=load.people, boxes=load.boxes,
        stops=[first, last], street_id=place.street_id, team_duty_id=load.team_duty_id,
        driver_id=_driver(vehicle, starts_at, ends_at, said["scope"]), **said,
    )  # fmt: skip


def _driver(vehicle: Vehicle, starts_at: datetime, ends_at: datetime, scope: Scope) -> UUID | None:
    serving = StaffMember.objects.within(scope).serving()
    if vehicle.driver_id is None or not serving.filter(pk=vehicle.driver_id).exists():
        return None
    taken = Duty.objects.filter(
        member_id=vehicle.driver_id, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).exclude(state=DutyState.CANCELLED)
    drives = DutyRole.objects.filter(district_id=vehicle.district_id, code="driver")
    return vehicle.driver_id if drives.exists() and not taken.exists() else None
