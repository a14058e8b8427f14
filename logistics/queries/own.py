"""What is booked for one person: orders to answer, duties, the trip, visits; nothing of others.

Every query names the person. The caller holds the floor of the person's district open
(`personnel.queries.own.own_member`).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from core.actors import names_of
from core.crypto import mask_name, mask_phone
from core.statements import run
from logistics.models import Order, OrderState, Trip, TripState, TripStop
from logistics.models.orders import ENDED
from logistics.queries.orders import OrderLine, line_of, with_bookings
from logistics.queries.visits import VisitOfTeam, visits_of
from personnel.models import Duty, DutyPlace, DutyState, StaffMember, TeamDuty
from sites.models import SamplingPoint

BACK = timedelta(hours=12)
"""A duty or trip that nobody ended is still shown so long after its time."""
ENDED_SHOWN = timedelta(hours=2)
SOON = timedelta(hours=2)
"""So long before a duty somebody may be there already."""
NEXT_DUTIES, NEXT_TRIPS = 8, 5


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call there: a person by masks, or the desk of one's own body in full."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Part:
    """So many of one's team stand there in that role."""

    where: str
    address: str
    role: str
    people: int


@dataclass(frozen=True, slots=True)
class Ride:
    """A vehicle that brings one's team: which, when and from where to where."""

    plate: str
    leaves_at: datetime
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """An order to oneself, with who gave it; a team's with its places and what brings it there."""

    line: OrderLine
    address: str
    by: str
    contact: Contact | None
    parts: list[Part] = field(default_factory=list)
    rides: list[Ride] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Nothing was answered yet."""
        return self.line.order.state == OrderState.REQUESTED


@dataclass(frozen=True, slots=True)
class OwnDuty:
    """One's own duty that no order stands for."""

    duty: Duty
    where: str
    address: str
    contact: Contact | None
    soon: bool
    rides: list[Ride] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OwnStop:
    """A halt of one's own trip, with whom to call there."""

    stop: TripStop
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class OwnTrip:
    """The trip that one drives now or next."""

    trip: Trip
    stops: list[OwnStop]


@dataclass(frozen=True, slots=True)
class Own:
    """All that one person's page shows."""

    as_of: datetime
    orders: list[OwnOrder] = field(default_factory=list)
    over: list[OwnOrder] = field(default_factory=list)
    duties: list[OwnDuty] = field(default_factory=list)
    trip: OwnTrip | None = None
    later: list[Trip] = field(default_factory=list)
    visits: list[VisitOfTeam] = field(default_factory=list)
    desk: Contact | None = None

    @property
    def empty(self) -> bool:
        """Nothing is asked of the person now."""
        return not (self.orders or self.duties or self.trip or self.visits)


def own_of(member: StaffMember, *, at: datetime) -> Own:
    """What a person's page shows at a moment; a constant number of statements."""
    orders = _orders(member, at)
    trips = _trips(member, at)
    return Own(
        as_of=at,
        orders=[order for order in orders if order.line.order.state not in ENDED],
        over=[order for order in orders if order.line.order.state in ENDED],
        duties=_duties(member, at),
        trip=_driven(trips[0]) if trips else None,
        later=trips[1:],
        visits=visits_of(member, at),
        desk=_desk(member),
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """For the page of today: what waits for one's own answer, and when one's trip leaves."""

    orders: int = 0
    answer_by: datetime | None = None
    trip_at: datetime | None = None


def owed_of(user_id: int, *, at: datetime) -> Owed:
    """What an account owes as a person on duty, in one statement; no names, so no floor."""
    row = run(
        """SELECT o.waiting, o.answer_by, t.leaves
           FROM personnel_own_staff(%(user)s) m
           CROSS JOIN LATERAL (
               SELECT count(*) AS waiting, min(answer_by) AS answer_by FROM logistics_order
               WHERE recipient_id = m.member_id AND state = 'requested') o
           CROSS JOIN LATERAL (
               SELECT min(t.starts_at) AS leaves FROM logistics_trip t
               JOIN personnel_duty d ON d.id = t.driver_duty_id
               WHERE d.member_id = m.member_id AND t.state = 'planned'
                 AND t.starts_at > %(since)s::timestamptz) t""",
        {"user": user_id, "since": at - BACK},
    )
    return Owed(*row[0]) if row else Owed()


def _orders(member: StaffMember, at: datetime) -> list[OwnOrder]:
    mine = Order.objects.filter(recipient_id=member.pk)
    shown = mine.filter(~Q(state__in=ENDED) | Q(state_at__gte=at - ENDED_SHOWN))
    found = list(with_bookings(shown.order_by("-state_at", "-pk"))[:20])
    names = names_of(order.by for order in found)
    rides = _rides({order.team_duty_id for order in found})
    orders = []
    for order in found:
        place = order.duty.place if order.duty else None
        orders.append(
            OwnOrder(
                line=line_of(order, at),
                address=_address(place),
                by=names.get(order.by, order.by),
                contact=_contact(place),
                parts=_parts(order.team_duty),
                rides=rides.get(order.team_duty_id, []),
            )
        )
    # What waits for an answer comes first, then what begins first.
    return sorted(orders, key=lambda order: (not order.waits, order.line.starts_at))


def _duties(member: StaffMember, at: datetime) -> list[OwnDuty]:
    """Duties to come and those not ended, but for what an order or a trip stands for already."""
    mine = Duty.objects.filter(
        member_id=member.pk, state__in=[DutyState.BOOKED, DutyState.PRESENT]
    ).filter(Q(ends_at__gt=at) | Q(state=DutyState.PRESENT, ends_at__gt=at - BACK))
    free = mine.filter(Q(order__isnull=True) | Q(order__state__in=ENDED), trip__isnull=True)
    found = free.select_related(
        "role", "place__point", "place__unit__point", "team_duty__team__leader"
    ).order_by("starts_at", "pk")[:NEXT_DUTIES]
    rides = _rides({duty.team_duty_id for duty in found})
    return [
        OwnDuty(
            duty=duty,
            where=str(duty.place),
            address=_address(duty.place),
            contact=_leader(duty, member) or _contact(duty.place),
            soon=duty.starts_at <= at + SOON,
            rides=rides.get(duty.team_duty_id, []),
        )
        for duty in found
    ]


def _parts(team: TeamDuty | None) -> list[Part]:
    if team is None:
        return []
    return [
        Part(str(part.place), _address(part.place), str(part.role), part.people)
        for part in team.places.all()
    ]


def _rides(team_duties: Set[int | None]) -> dict[int | None, list[Ride]]:
    """What brings these teams, by team; one statement and one for the stops."""
    ids = [pk for pk in team_duties if pk is not None]
    if not ids:
        return {}
    trips = Trip.objects.filter(
        team_duty_id__in=ids, state__in=[TripState.PLANNED, TripState.EN_ROUTE]
    )
    found: dict[int | None, list[Ride]] = {}
    for trip in trips.select_related("vehicle").prefetch_related("stops").order_by("starts_at"):
        stops = list(trip.stops.all())
        ride = Ride(trip.vehicle.plate, trip.starts_at, stops[0].place, stops[-1].place)
        found.setdefault(trip.team_duty_id, []).append(ride)
    return found


def _trips(member: StaffMember, at: datetime) -> list[Trip]:
    mine = Trip.objects.filter(
        driver_duty__member_id=member.pk,
        state__in=[TripState.PLANNED, TripState.EN_ROUTE],
        ends_at__gt=at - BACK,
    ).exclude(driver_duty__state=DutyState.CANCELLED)
    found = mine.select_related("vehicle").order_by("starts_at", "pk")[: NEXT_TRIPS + 1]
    # The one on the road before those that wait.
    return sorted(found, key=lambda trip: trip.state != TripState.EN_ROUTE)


def _driven(trip: Trip) -> OwnTrip:
    stops = trip.stops.select_related("point").order_by("position")
    return OwnTrip(trip, [OwnStop(stop, _head(stop.point)) for stop in stops])


def _address(place: DutyPlace | None) -> str:
    point = place.point if place is not None else None
    return point.address if point is not None else ""


def _contact(place: DutyPlace | None) -> Contact | None:
    return _head(place.point if place is not None else None)


def _head(point: SamplingPoint | None) -> Contact | None:
    if point is None or not point.lead_name:
        return None
    phone = str(point.lead_phone)
    return Contact(mask_name(point.lead_name), mask_phone(phone) if phone else "")


def _leader(duty: Duty, member: StaffMember) -> Contact | None:
    leader = duty.team_duty.team.leader if duty.team_duty else None
    if leader is None or leader.pk == member.pk:
        return None
    return Contact(leader.name_mask, leader.phone_mask)


def _desk(member: StaffMember) -> Contact | None:
    """The duty desk of one's own body is an office, not a person: its number is shown in full."""
    phone = str(member.home_unit.phone)
    return Contact(str(member.home_unit), phone) if phone else None
