"""What the dispatcher's desk does during the demo's round: who comes and goes, sample cars, one
order that nobody answers, and 96 people who cannot come and are visited."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo import crew, places, roundplan

if TYPE_CHECKING:
    from demo.officials import Cast

Act = Callable[["Cast", datetime], bool]
MINUTE = timedelta(minutes=1)
#: When two sample cars leave, by hour after the round's start, and how many boxes each fetches.
RUNS = ((2, 4), (4, 5), (11, 6), (13, 9), (15, 9), (17, 7), (19, 6), (22, 6))
#: When the first car is ordered, whose driver is the demo's own account.
FOR_THE_VISITOR = (0, 4, 10, 14, 18)
UNANSWERED = roundplan.STARTS.replace(day=5, hour=9, minute=5)
VISITS_FROM = roundplan.STARTS.replace(day=5, hour=8, minute=10)
ABSENT = 19
"""Every so many-th visitor finds nobody at first."""


def playbook() -> list[tuple[datetime, Act]]:
    """Every act with its time."""
    acts: list[tuple[datetime, Act]] = []
    for code in places.ROUND_STREETS:
        edges = {edge for stretch in crew.STRETCHES.values() for edge in stretch}
        acts += [(edge - 20 * MINUTE, _muster(code)) for edge in sorted(edges)]
        acts += [(edge + 3 * MINUTE, _dismiss(code)) for edge in sorted(edges)]
    for nth, (hour, boxes) in enumerate(RUNS):
        acts += _sample_run(nth, roundplan.STARTS + timedelta(hours=hour), boxes)
    for nth, hour in enumerate(FOR_THE_VISITOR, start=len(RUNS)):
        at = roundplan.STARTS + timedelta(hours=hour, minutes=2)
        acts += [(at, _order_run(nth, 0, 3, at)), (at + 100 * MINUTE, _send_another(nth))]
    acts += [
        (UNANSWERED, _call_up),
        (UNANSWERED + 21 * MINUTE, _answer_for_them),
        (UNANSWERED + 50 * MINUTE, _came),
    ]
    acts += [(VISITS_FROM + turn * 4 * MINUTE, _visit(turn)) for turn in range(110)]
    return acts


def _muster(code: str) -> Act:
    """Everybody who is booked for the stretch that begins is at the street's points."""

    def act(cast: Cast, now: datetime) -> bool:
        from personnel.services.attendance import arrive_everybody

        for place in _places(cast, code):
            arrive_everybody(place_id=place, at=now, **_told(cast))
        return True

    return act


def _dismiss(code: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from personnel.services.attendance import leave_everybody

        for place in _places(cast, code):
            leave_everybody(place_id=place, at=now, **_told(cast))
        return True

    return act


def _places(cast: Cast, code: str) -> list[int]:
    from personnel.models import DutyPlace

    found = DutyPlace.objects.filter(street_id=cast.streets[code], kind__in=["point", "street"])
    return list(found.order_by("pk").values_list("pk", flat=True))


def _told(cast: Cast) -> dict[str, Any]:
    return {"scope": cast.duty, "by": cast.duty.actor}


def _sample_run(nth: int, at: datetime, boxes: int) -> list[tuple[datetime, Act]]:
    """A car is ordered, answers, fetches boxes at three points and takes them to the laboratory."""
    car = 1 + nth % 9
    steps: tuple[tuple[int, Act], ...] = (
        (0, _order_run(nth, car, boxes, at)), (4, _run_step(nth, "accepted")),
        (12, _run_step(nth, "en_route")), (75, _finish_run(nth)),
    )  # fmt: skip
    return [(at + minutes * MINUTE, act) for minutes, act in steps]


def _order_run(nth: int, car: int, boxes: int, at: datetime) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        return order_samples(cast, nth, car, boxes, at=at, now=now)

    return act


def order_samples(
    cast: Cast, nth: int, car: int, boxes: int, *, at: datetime, now: datetime
) -> bool:
    """Order a sample car of the district to three points of a street and to the laboratory."""
    from demo.officials import done
    from logistics.models import Vehicle
    from logistics.services.manifest import Stop
    from logistics.services.orders import order_trip
    from sites.models import SamplingPoint

    street = cast.streets[places.ROUND_STREETS[nth % 3]]
    cars = cast.sample_cars
    vehicle = Vehicle.objects.get(pk=cars[car % len(cars)])
    there = list(SamplingPoint.objects.filter(street_id=street).order_by("pk"))
    first = nth % max(len(there) - 2, 1)
    points = there[first : first + 3]
    share, odd = divmod(boxes, max(len(points), 1))
    stops = [
        Stop(
            point.name, at + (20 + 8 * turn) * MINUTE, point_id=point.pk,
            boxes=share + (odd if not turn else 0),
        )
        for turn, point in enumerate(points)
    ]  # fmt: skip
    stops.append(Stop("区疾控中心实验室", at + 65 * MINUTE, boxes=-boxes))
    return done(
        lambda: order_trip(
            client_key=_key(cast, f"samples-{nth}"), vehicle_id=vehicle.pk, kind="samples",
            boxes=boxes, driver_id=vehicle.driver_id, starts_at=at + 10 * MINUTE,
            ends_at=at + 80 * MINUTE, stops=stops, street_id=street, round_id=cast.round_id,
            reason="采样两小时内送检", figure=f"{boxes} 箱待转运", figure_at=now, at=now,
            **_told(cast),
        )
    )  # fmt: skip


def _run_step(nth: int, to: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from logistics.services.orders import take_step

        order = _order(cast, f"samples-{nth}")
        return order is not None and done(
            lambda: take_step(
                order_id=order.pk, to=to, reason="电话答复", at=now, **_told(cast)
            )
        )  # fmt: skip

    return act


def _send_another(nth: int) -> Act:
    """Nobody tried the driver's page: the order is withdrawn."""

    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from logistics.services.orders import take_step

        order = _order(cast, f"samples-{nth}")
        if order is None or order.state != "requested":
            return True
        return done(
            lambda: take_step(
                order_id=order.pk, to="withdrawn", reason="改派其他车辆", at=now, **_told(cast)
            )
        )  # fmt: skip

    return act


def _finish_run(nth: int) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from logistics.services.driving import finish, reach_stop

        order = _order(cast, f"samples-{nth}")
        if order is None or order.trip is None:
            return False
        for stop in order.trip.stops.order_by("position"):
            counted, at = abs(stop.boxes), min(stop.planned_at, now)
            reach_stop(
                trip_id=order.trip_id, stop_id=stop.pk, counted=counted, at=at, **_told(cast)
            )
        return done(lambda: finish(trip_id=order.trip_id, at=now, **_told(cast)))

    return act


def _call_up(cast: Cast, now: datetime) -> bool:
    """A broadcaster of Caijiagang is ordered to a jammed point, and does not answer."""
    from demo.officials import done
    from logistics.services.orders import order_duty
    from personnel.models import DutyPlace, DutyRole, StaffMember

    street = cast.streets[crew.CAIJIAGANG]
    until = now + timedelta(hours=5)
    busy = StaffMember.objects.filter(duties__ends_at__gt=now, duties__starts_at__lt=until)
    free = StaffMember.objects.filter(
        street_id=street, roles__code="usher", qualifications__isnull=True
    ).exclude(pk__in=busy.exclude(duties__state="cancelled").values("pk"))
    member = free.order_by("pk").first()
    place = DutyPlace.objects.filter(street_id=street, kind="point").order_by("pk").first()
    if member is None or place is None:
        return True
    role = DutyRole.objects.get(district_id=place.district_id, code="usher")
    return done(
        lambda: order_duty(
            client_key=_key(cast, "usher"), member_id=member.pk, place_id=place.pk,
            role_id=role.pk, starts_at=now + 40 * MINUTE, ends_at=until, round_id=cast.round_id,
            reason="排队超过 50 分钟，增派引导", figure="排队 ≥50 分钟", figure_at=now,
            override="高峰增援", at=now, **_told(cast),
        )
    )  # fmt: skip


def _answer_for_them(cast: Cast, now: datetime) -> bool:
    return _usher_step(cast, "accepted", "电话联系上，马上出发", now)


def _came(cast: Cast, now: datetime) -> bool:
    return _usher_step(cast, "on_site", "点长确认到位", now)


def _usher_step(cast: Cast, to: str, words: str, now: datetime) -> bool:
    from demo.officials import done
    from logistics.services.orders import take_step

    order = _order(cast, "usher")
    return order is None or done(
        lambda: take_step(order_id=order.pk, to=to, reason=words, at=now, **_told(cast))
    )


def _visit(turn: int) -> Act:
    """The next visit that is still to be made: done, or nobody there and tried again later."""

    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from logistics.models import Visit
        from logistics.services.visits import take_step

        waiting = Visit.objects.filter(round_id=cast.round_id, state__in=["assigned", "absent"])
        visit = waiting.order_by("-state", "team_id", "position", "pk").first()
        if visit is None:
            return True
        absent = turn % ABSENT == ABSENT - 1 and visit.state == "assigned"
        member = visit.team.members.order_by("pk").first() if visit.team else None
        return done(
            lambda: take_step(
                visit_id=visit.pk, to="absent" if absent else "done",
                reason="敲门无人应答" if absent else "", member=member, by="demo:visit team",
                client_key=_key(cast, f"visit-{turn}"), device_at=now, at=now,
            )
        )  # fmt: skip

    return act


def _order(cast: Cast, name: str) -> Any:
    from logistics.models import Order

    return Order.objects.select_related("trip").filter(client_key=_key(cast, name)).first()


def _key(cast: Cast, name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{cast.round_id}-dispatch-{name}")
