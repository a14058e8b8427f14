"""Orders as lists read them: who, what, where, since when; and the log of one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext, ngettext

from core.scope import Scope
from logistics.models import Order, OrderState, OrderStep
from personnel.models import DutyPlace, StaffMember, TeamPlace

MOST_LINES = 200
ENDED = [OrderState.DECLINED, OrderState.RELEASED, OrderState.WITHDRAWN]

# What needs somebody comes first: unanswered and passed on, unanswered, given back, under way.
_FIRST = Case(
    When(state=OrderState.REQUESTED, escalated_at__isnull=False, then=Value(0)),
    When(state=OrderState.REQUESTED, then=Value(1)),
    When(state=OrderState.DECLINED, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as a list shows it; people by their masks."""

    order: Order
    kind: str
    what: str
    where: str
    role: str
    recipient: str
    starts_at: datetime
    ends_at: datetime
    overdue: bool

    @property
    def escalated(self) -> bool:
        """Nobody answered in time, and it still waits."""
        return self.overdue and self.order.escalated_at is not None


@dataclass(frozen=True, slots=True)
class OrderCount:
    """How many orders there are, however many a list shows."""

    all: int
    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class LogLine:
    """One step as the log shows it. `late`: it came after newer ones and changed nothing."""

    step: OrderStep
    late: bool
    passed_on: bool


def with_bookings(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with all that a line of a list names; three statements whatever their number."""
    return orders.select_related(
        "recipient",
        "duty__member",
        "duty__role",
        "duty__place__point",
        "duty__place__unit__point",
        "team_duty__team",
        "trip__vehicle",
        "trip__driver_duty__member",
    ).prefetch_related(
        Prefetch(
            "team_duty__places",
            TeamPlace.objects.select_related("role", "place__point", "place__unit__point"),
        ),
        "trip__stops",
    )


def running_orders(
    scope: Scope, *, at: datetime, street_ids: Iterable[int] | None = None,
    round_id: int | None = None, waiting: bool = False, limit: int = MOST_LINES,
) -> list[OrderLine]:  # fmt: skip
    """Orders that are not over, what waits for somebody first, then the newest; or only those
    that wait for an answer."""
    found = Order.objects.within(scope).running()
    if waiting:
        found = found.filter(state=OrderState.REQUESTED)
    return _lines(found, at=at, street_ids=street_ids, round_id=round_id, limit=limit)


def ended_orders(
    scope: Scope, *, at: datetime, since: datetime, street_ids: Iterable[int] | None = None,
    round_id: int | None = None, limit: int = MOST_LINES,
) -> list[OrderLine]:  # fmt: skip
    """Orders that ended since a time: declined ones first, for somebody else has to be found."""
    found = Order.objects.within(scope).filter(state__in=ENDED, state_at__gte=since)
    return _lines(found, at=at, street_ids=street_ids, round_id=round_id, limit=limit)


def order_count(
    scope: Scope, *, at: datetime, since: datetime | None = None,
    street_ids: Iterable[int] | None = None,
) -> OrderCount:  # fmt: skip
    """How many orders are not over, or (with `since`) ended since a time."""
    seen = Order.objects.within(scope)
    found = seen.running() if since is None else seen.filter(state__in=ENDED, state_at__gte=since)
    if street_ids is not None:
        found = found.filter(street_id__in=list(street_ids))
    waits = Q(state=OrderState.REQUESTED)
    sums = found.order_by().aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=waits),
        overdue=Count("pk", filter=waits & Q(answer_by__lte=at)),
    )
    return OrderCount(**sums)


def order_in(scope: Scope, order_id: int, *, at: datetime) -> OrderLine | None:
    """One order of one's area, or None."""
    order = with_bookings(Order.objects.within(scope).filter(pk=order_id)).first()
    return _line(order, at) if order else None


def log_of(order: Order) -> list[LogLine]:
    """The dispatch log of an order, oldest first; the caller has found the order in its area."""
    steps = list(order.steps.order_by("pk"))
    # What stood after each step: the state that the next one found, or the order's own.
    after = [step.from_state for step in steps[1:]] + [order.state]
    return [
        LogLine(
            step=step,
            late=step.to_state != stood,
            # Without a word nobody did anything: time did.
            passed_on=step.from_state == step.to_state == OrderState.REQUESTED and not step.reason,
        )
        for step, stood in zip(steps, after, strict=True)
    ]


def line_of(order: Order, at: datetime) -> OrderLine:
    """The line of an order that was read `with_bookings`."""
    return _line(order, at)


def place_name(place: DutyPlace | None) -> str:
    """A place of duty in words; nothing for one that the caller may not see."""
    return str(place) if place is not None else gettext("elsewhere")


def _lines(
    orders: QuerySet[Order], *, at: datetime, street_ids: Iterable[int] | None,
    round_id: int | None, limit: int,
) -> list[OrderLine]:  # fmt: skip
    if street_ids is not None:
        orders = orders.filter(street_id__in=list(street_ids))
    if round_id is not None:
        orders = orders.filter(round_id=round_id)
    ordered = orders.annotate(first=_FIRST).order_by("first", F("state_at").desc(), "-pk")
    return [_line(order, at) for order in with_bookings(ordered)[:limit]]


def _mask(member: StaffMember | None) -> str:
    return member.name_mask if member is not None else ""


def _line(order: Order, at: datetime) -> OrderLine:
    overdue = order.state == OrderState.REQUESTED and order.answer_by <= at
    said: dict[str, Any] = {"order": order, "recipient": _mask(order.recipient), "overdue": overdue}
    if order.duty is not None:
        duty = order.duty
        return OrderLine(
            # Whoever is not booked here any more may be hidden from a street.
            kind="duty", what=_mask(getattr(duty, "member", None)), where=place_name(duty.place),
            role=str(duty.role), starts_at=duty.starts_at, ends_at=duty.ends_at, **said,
        )  # fmt: skip
    if order.team_duty is not None:
        team = order.team_duty
        return OrderLine(
            kind="team", what=str(team.team), where=_places([p.place for p in team.places.all()]),
            role=ngettext("%(n)s person", "%(n)s people", team.headcount) % {"n": team.headcount},
            starts_at=team.starts_at, ends_at=team.ends_at, **said,
        )  # fmt: skip
    trip = order.trip
    assert trip is not None  # an order is for one of three
    stops = [stop.place for stop in trip.stops.all()]
    return OrderLine(
        kind="trip", what=trip.vehicle.plate, where=" → ".join(stops[:1] + stops[1:][-1:]),
        role=trip.get_kind_display(), starts_at=trip.starts_at, ends_at=trip.ends_at, **said,
    )  # fmt: skip


def _places(places: list[DutyPlace]) -> str:
    if not places:
        return ""
    if len(places) == 1:
        return place_name(places[0])
    return ngettext(
        "%(first)s and %(n)s more place", "%(first)s and %(n)s more places", len(places) - 1
    ) % {"first": place_name(places[0]), "n": len(places) - 1}
