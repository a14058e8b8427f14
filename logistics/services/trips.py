"""Trips: a vehicle and its driver are booked for a load, once at a time (S004, S005, S026)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit
from core.clock import local
from core.constraints import readable
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope, scoped
from logistics.models import Order, OrderState, Trip, TripState, TripStop, Vehicle
from logistics.services.freeing import begin_duty, free_duty
from logistics.services.manifest import CARRIES_PEOPLE, Stop, checked, load_of
from logistics.services.order_log import follow_to_end
from logistics.services.vehicles import locked_vehicle
from logistics.services.visit_plans import leave_trip
from logistics.services.visits import step_reason
from personnel.models import DutyRole, DutyState, StaffMember, TeamDuty
from personnel.services import duty as duties
from personnel.services.duty_locks import told_when_busy
from personnel.services.duty_rules import in_words
from sites.models import SamplingPoint
from sites.services.finding import Unknown

__all__ = ["Stop", "book_trip", "cancel_trip", "driver_role", "give_up", "locked_trip"]

DRIVER = "driver"
_OPEN = (TripState.PLANNED, TripState.EN_ROUTE)


@told_when_busy()
@transaction.atomic
def book_trip(
    *,
    client_key: UUID,
    vehicle_id: int,
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    people: int = 0,
    boxes: int = 0,
    stops: Sequence[Stop],
    driver_id: UUID | None = None,
    team_duty_id: int | None = None,
    street_id: int | None = None,
    round_id: int | None = None,
    override: str = "",
    scope: Scope,
    by: str,
    at: datetime,
) -> Trip:
    """Book a vehicle, and its driver if one is named. The same `client_key` gives the same trip.

    Numbered, because 200 callers may want one vehicle: 1. wait for the same form pressed twice;
    2. lock the vehicle, so that callers queue and nobody deadlocks; 3. book the driver; 4. write.
    Raises Unknown outside the scope, Refused for a load that does not fit, Conflict "taken" with
    the trip that has the vehicle, or what the driver's own booking says.
    """
    submission_lock(client_key)
    if made := Trip.objects.filter(client_key=client_key).first():
        return _same(made, vehicle_id, starts_at, by)
    if kind not in Trip.Kind.values:
        raise Refused("kind_unknown", _("Choose what the trip carries.")).at("kind")
    halts = checked(stops, kind=kind, starts_at=starts_at, ends_at=ends_at)
    load = load_of(halts, people=people, boxes=boxes)
    vehicle = locked_vehicle(vehicle_id, scope)
    _refuse_out(vehicle)
    _refuse_unfit(vehicle, kind, load.people, load.boxes)
    _refuse_taken(vehicle, starts_at, ends_at, scope)
    where = _where(halts, team_duty_id, street_id, kind, scope)
    driver = driver_id and duties.book(
        client_key=uuid5(client_key, DRIVER), member_id=driver_id, place_id=vehicle.place_id,
        role_id=driver_role(vehicle.district_id), starts_at=starts_at, ends_at=ends_at,
        round_id=round_id, override=override, scope=scope, by=by, at=at,
    )  # fmt: skip
    trip = _write(
        vehicle, halts, scope, client_key=client_key, district_id=vehicle.district_id,
        street_id=where, round_id=round_id, kind=kind, driver_duty=driver or None,
        team_duty_id=team_duty_id, starts_at=starts_at, ends_at=ends_at, people=load.people,
        boxes=load.boxes, seats=vehicle.seats, room=vehicle.boxes, at=at, by=by,
    )  # fmt: skip
    record("trip.book", trip, by=by, at=at, vehicle=vehicle.pk, kind=kind, stops=len(halts))
    return trip


@told_when_busy()
@transaction.atomic
def cancel_trip(*, trip_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Trip:
    """Take a trip back: vehicle and driver are free again, its order is withdrawn.

    Raises Refused without a reason, Conflict for a trip that is over. Again changes nothing.
    """
    words = said(reason)
    trip, order = locked_trip(trip_id, scope=scope)
    if trip.state != TripState.CANCELLED:
        give_up(trip, words, by=by, at=at)
        follow_to_end(order, OrderState.WITHDRAWN, reason=words, by=by, at=at)
    return trip


def give_up(trip: Trip, reason: str, *, by: str, at: datetime) -> None:
    """Cancel a locked trip and free its driver; the caller sees to its order."""
    if trip.state not in _OPEN:
        raise Conflict("trip_over", _("This trip is over already."))
    drove = trip.state == TripState.EN_ROUTE
    trip.state, trip.reason = TripState.CANCELLED, reason
    trip.save(update_fields=["state", "reason"])
    free_driver(trip, reason, drove=drove, by=by, at=at)
    # A car may fetch people of several streets: all of them wait again, whoever takes it back.
    with scoped(own_scope(trip, by)):
        leave_trip(trip, by=by, at=at)
    record("trip.cancel", trip, by=by, at=at)


def free_driver(trip: Trip, reason: str, *, drove: bool, by: str, at: datetime) -> None:
    """The driver of a locked trip is free again: left if on duty or if the trip was driven, else
    the booking is cancelled."""
    if trip.driver_duty is not None:
        scope = own_scope(trip, by)
        free_duty(trip.driver_duty, reason, served=drove, scope=scope, by=by, at=at)


def driver_arrives(trip: Trip, *, by: str, at: datetime) -> None:
    """The driver of a locked trip is on duty from now."""
    if trip.driver_duty is not None:
        begin_duty(trip.driver_duty, scope=own_scope(trip, by), by=by, at=at)


def own_scope(trip: Trip, by: str) -> Scope:
    """What a trip's own bookings are reached by, once it was found for the caller."""
    return Scope(districts=frozenset({trip.district_id}), actor=by)


def locked_trip(
    trip_id: int, *, scope: Scope | None = None, member: StaffMember | None = None
) -> tuple[Trip, Order | None]:
    """The trip and its order, locked; the order first, as everywhere.

    Found within a scope, or for the driver's own account. Raises Unknown otherwise.
    """
    mine = Trip.objects.filter(pk=trip_id)
    if member is not None:
        mine = mine.exclude(driver_duty__state=DutyState.CANCELLED, state=TripState.PLANNED)
        seen = mine.filter(driver_duty__member_id=member.pk)
    else:
        seen = mine & Trip.objects.within(scope)
    if not seen.exists():
        raise Unknown("trip_unknown", _("There is no such trip in your area."))
    order = Order.objects.select_for_update(no_key=True).filter(trip_id=trip_id).first()
    trip = (
        Trip.objects.select_for_update(no_key=True, of=("self",))
        .select_related("driver_duty", "vehicle")
        .get(pk=trip_id)
    )
    return trip, order


def said(reason: str) -> str:
    """A reason in one piece, numbers of people struck out. Raises Refused where there is none."""
    words = in_words(step_reason(reason))
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    return words


def record(act: str, trip: Trip, *, by: str, at: datetime, **more: Any) -> None:
    """The audit row of a trip."""
    audit.record(
        by=by, at=at, act=act, object_type="trip", object_id=trip.pk,
        district_id=trip.district_id, street_id=trip.street_id, **more,
    )  # fmt: skip


def _same(made: Trip, vehicle_id: int, starts_at: datetime, by: str) -> Trip:
    if made.vehicle_id != vehicle_id or made.starts_at != starts_at or made.by != by:
        raise Conflict(
            "already_sent",
            _("This form was sent before for another trip, and that one is kept."),
        )
    return made


def _refuse_out(vehicle: Vehicle) -> None:
    if vehicle.returned_at is not None:
        raise Conflict("vehicle_returned", _("This vehicle was given back to its owner."))
    if vehicle.pool == Vehicle.Pool.OUT:
        raise Conflict(
            "vehicle_out",
            _("%(plate)s is out of service: %(reason)s"),
            plate=vehicle.plate,
            reason=vehicle.pool_reason,
        )


def _refuse_unfit(vehicle: Vehicle, kind: str, people: int, boxes: int) -> None:
    if kind in CARRIES_PEOPLE and people > vehicle.seats:
        raise Refused(
            "seats_too_few",
            _("%(people)s passengers, and %(plate)s has %(seats)s seats."),
            people=people,
            plate=vehicle.plate,
            seats=vehicle.seats,
        ).at("people")
    if boxes > vehicle.boxes:
        raise Refused(
            "room_too_small",
            _("%(boxes)s boxes, and %(plate)s has room for %(room)s."),
            boxes=boxes,
            plate=vehicle.plate,
            room=vehicle.boxes,
        ).at("boxes")


def _refuse_taken(vehicle: Vehicle, starts_at: datetime, ends_at: datetime, scope: Scope) -> None:
    """Say who has the vehicle until when; where it goes only if the caller sees that street."""
    others = Trip.objects.filter(
        vehicle=vehicle, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).exclude(state=TripState.CANCELLED)
    other = others.order_by("starts_at").first()
    if other is None:
        return
    seen = Trip.objects.within(scope).filter(pk=other.pk).exists()
    street = None
    if seen and other.street_id is not None:
        street = Division.objects.filter(pk=other.street_id).first()
    raise Conflict(
        "taken",
        _("%(plate)s is on the road from %(start)s to %(end)s: %(where)s."),
        plate=vehicle.plate,
        start=_clock(other.starts_at),
        end=_clock(other.ends_at),
        where=street.spoken if street else gettext("elsewhere"),
    )


def _clock(instant: datetime) -> str:
    return local(instant).strftime("%m-%d %H:%M")


def _where(
    stops: Sequence[Stop], team_duty_id: int | None, street_id: int | None, kind: str, scope: Scope
) -> int | None:
    """The street that is served: the one stated, or that of the only street stopped at."""
    ids = {stop.point_id for stop in stops if stop.point_id is not None}
    points = dict(
        SamplingPoint.objects.within(scope).filter(pk__in=ids).values_list("pk", "street_id")
    )
    if ids - points.keys():
        raise Unknown("point_unknown", _("There is no such point in your area.")).at("stops")
    if team_duty_id is not None:
        if kind != Trip.Kind.STAFF:
            raise Refused("team_on_trip", _("A team rides on a trip for people on duty."))
        if not TeamDuty.objects.within(scope).filter(pk=team_duty_id).exists():
            raise Unknown("team_unknown", _("There is no such team in your area.")).at("team")
    if street_id is not None:
        return street_id
    streets = set(points.values())
    return streets.pop() if len(streets) == 1 else None


def driver_role(district_id: int) -> int:
    """The district's role of drivers. Raises Refused where its list has none."""
    role = DutyRole.objects.filter(district_id=district_id, code=DRIVER).first()
    if role is None:
        raise Refused("role_missing", _("The district's list of roles has no drivers."))
    return role.pk


def _write(vehicle: Vehicle, stops: Sequence[Stop], scope: Scope, **values: Any) -> Trip:
    try:
        with transaction.atomic():
            trip = Trip.objects.create(vehicle=vehicle, **values)
    except IntegrityError as broken:
        # Only a caller who did not come this way could have been quicker than the lock.
        _refuse_taken(vehicle, values["starts_at"], values["ends_at"], scope)
        raise readable(broken) from broken
    TripStop.objects.bulk_create(
        TripStop(
            trip=trip, position=position, point_id=stop.point_id, place=stop.place,
            planned_at=stop.planned_at, people=stop.people, boxes=stop.boxes,
        )
        for position, stop in enumerate(stops, 1)
    )  # fmt: skip
    return trip
