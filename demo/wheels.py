"""The demo's coaches, cars and teams: what was ordered before the round, and what came of it.

Fifteen coaches took more than 500 medics from two hospitals to the points of three streets and
towns; ten small cars carry samples, fifty vehicles serve Caijiagang, and 155 stand in reserve.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from math import ceil
from typing import Any

from demo import crew, places, roundplan
from demo.roster import LISTED_AT, House, desk_around_the_clock, member_of, store

RESERVE = (("large_passenger", 85), ("small_passenger", 30), ("large_truck", 10), ("box_van", 30))
OF_STREET = (("small_passenger", 38), ("sample_car", 8), ("box_van", 4))
SAMPLE_CARS = 10
TURNS = "分两班四小时轮换，驻点休息 / in turns of four hours, rest on site"
WHY = "20:30 前各采样点医务人员到位"
DECLINED = 0
"""The coach whose first driver could not come."""

MINUTE = timedelta(minutes=1)
ORDERED = roundplan.STARTS - timedelta(hours=2, minutes=50)
LEAVES = roundplan.STARTS - timedelta(minutes=80)
THERE = roundplan.STARTS - timedelta(minutes=38)
HOME = roundplan.STARTS - timedelta(minutes=8)

Seats = list[tuple[int, int]]
"""(point's place in the street, samplers) of one team."""


def seed(house: House, *, account: Any = None) -> dict[str, Any]:
    """Vehicles, teams, their orders and trips until the round begins; ids the playbook needs.

    `account` is the demo's own: it drives the first sample car, to be tried on a phone.
    """
    from logistics.services.vehicles import add_builtin_classes

    add_builtin_classes(district_id=house.district.pk, by=house.by, at=LISTED_AT)
    identities = crew.leaders(seed=house.seed)
    teams = list(_team_plan(house))
    leads = [_someone(house, identities, "medic", team[1]) for team in teams]
    drivers = [_someone(house, identities, "driver", "bus") for _ in range(len(teams) + 1)]
    sample_drivers = [_someone(house, identities, "driver", "traffic") for _ in range(SAMPLE_CARS)]
    officers = [_someone(house, identities, "street_official", "organs") for _ in range(3)]
    if account is not None:
        sample_drivers[0].user = account
    store(house, [
        *((lead, "sampler") for lead in leads),
        *((driver, "driver") for driver in (*drivers, *sample_drivers)),
        *((officer, "duty_officer") for officer in officers),
    ])  # fmt: skip
    desk_around_the_clock(house, officers)
    coaches = _vehicles(house, "coach", "bus", drivers[:-1], "渝A8")
    cars = _vehicles(house, "sample_car", "traffic", sample_drivers, "渝B6")
    _pools(house)
    for nth, (street, body, seats) in enumerate(teams):
        spare = drivers[-1] if nth == DECLINED else None
        _carry(house, nth, street, body, seats, leads[nth], coaches[nth], spare)
    return {"sample_cars": [car.pk for car in cars]}


def _team_plan(house: House) -> Iterator[tuple[str, str, Seats]]:
    """(street, hospital, seats) of each team: every unit of a street has its sampler."""
    hospitals = cycle(code for code, _name, coaches in crew.HOSPITALS for _ in range(coaches))
    for street in places.ROUND_STREETS:
        desks: dict[int, int] = {}
        for unit in roundplan.units(house.fraction):
            if unit.street == street:
                desks[unit.point] = desks.get(unit.point, 0) + 1
        queue = [[point, count] for point, count in sorted(desks.items())]
        teams = min(crew.TEAMS[street], ceil(sum(desks.values()) / crew.SEATS_TAKEN))
        spare = teams * crew.SEATS_TAKEN - sum(desks.values())
        for post in queue[:spare]:
            post[1] += 1
        for _ in range(teams):
            room, seats = crew.SEATS_TAKEN, []
            while room and queue:
                taken = min(room, queue[0][1])
                seats.append((queue[0][0], taken))
                room -= taken
                queue[0][1] -= taken
                if not queue[0][1]:
                    queue.pop(0)
            yield street, next(hospitals), seats


def _someone(house: House, identities: Iterator[Any], category: str, body: str) -> Any:
    name, number, phone = next(identities)
    return member_of(house, name, number, phone, category, body)


def _vehicles(house: House, kind: str, body: str, drivers: list[Any], plate: str) -> list[Any]:
    return [
        _vehicle(house, kind, body, f"{plate}{nth:04d}", driver=driver)
        for nth, driver in enumerate(drivers, 1)
    ]


def _pools(house: House) -> None:
    """The street's own vehicles, and the district's reserve (S007, S020)."""
    nth = 0
    for kind, count in OF_STREET:
        for _ in range(ceil(count * house.fraction)):
            nth += 1
            _vehicle(house, kind, crew.CAIJIAGANG, f"渝C2{nth:04d}", street=crew.CAIJIAGANG)
    for kind, count in RESERVE:
        for _ in range(ceil(count * house.fraction)):
            nth += 1
            _vehicle(house, kind, "traffic", f"渝D3{nth:04d}", pool="reserve")


def _vehicle(
    house: House, kind: str, body: str, plate: str, *, driver: Any = None,
    street: str | None = None, pool: str = "service",
) -> Any:  # fmt: skip
    from logistics.models import VehicleClass
    from logistics.services.vehicles import Details, add_vehicle

    row = VehicleClass.objects.get(district_id=house.district.pk, code=kind)
    details = Details(
        plate=plate, class_id=row.pk, owner_id=house.bodies[body].pk,
        street_id=house.divisions[street].pk if street else None,
        driver_id=driver.pk if driver else None,
    )  # fmt: skip
    return add_vehicle(
        district_id=house.district.pk, details=details, pool=pool, scope=house.scope, by=house.by,
        at=LISTED_AT,
    )  # fmt: skip


def _carry(
    house: House, nth: int, street: str, body: str, seats: Seats, leader: Any, coach: Any,
    spare: Any,
) -> None:  # fmt: skip
    """One team: ordered, accepted, taken to its points by its coach before they open."""
    at = ORDERED + nth * 2 * MINUTE
    people = sum(count for _point, count in seats)
    asked = {
        "street_id": house.divisions[street].pk, "round_id": house.round.pk, "reason": WHY,
        "figure": f"{people} 台需采样员", "figure_at": at, "scope": house.scope, "by": house.by,
    }  # fmt: skip
    placed = _send(house, nth, _team(house, nth, body, leader), seats, street, at, asked)
    ride = asked | {
        "vehicle_id": coach.pk, "kind": "staff", "people": people,
        "team_duty_id": placed.team_duty_id, "starts_at": LEAVES,
        "ends_at": roundplan.STARTS + 30 * MINUTE, "stops": _stops(house, street, body, seats),
    }  # fmt: skip
    if spare is not None:
        first = _ride(house, f"trip-{nth}-first", spare.pk, ride, at + 5 * MINUTE)
        _answer(house, first, "declined", at + 7 * MINUTE, "驾驶员发热，不能出车")
    trip = _ride(house, f"trip-{nth}", coach.driver_id, ride, at + 8 * MINUTE)
    _answer(house, trip, "accepted", at + 11 * MINUTE, "电话答复")
    _drive(house, nth, trip.trip, placed)


def _send(
    house: House, nth: int, team: Any, seats: Seats, street: str, at: Any, asked: dict[str, Any]
) -> Any:
    from logistics.services.orders import order_team
    from personnel.services.team_duty import Part

    sampler = house.roles["sampler"].pk
    order = order_team(
        client_key=_key(house, f"team-{nth}"), team_id=team.pk,
        parts=[Part(house.posts[street, point].pk, sampler, people) for point, people in seats],
        starts_at=crew.STRETCHES[crew.EVENING][0], ends_at=roundplan.OVER, override=TURNS, at=at,
        **asked,
    )  # fmt: skip
    _answer(house, order, "accepted", at + 4 * MINUTE, "电话答复")
    return order


def _ride(house: House, name: str, driver_id: Any, ride: dict[str, Any], at: Any) -> Any:
    from logistics.services.orders import order_trip

    return order_trip(client_key=_key(house, name), driver_id=driver_id, at=at, **ride)


def _drive(house: House, nth: int, trip: Any, placed: Any) -> None:
    """The coach leaves, stops at its points, where the team gets out, and is free again."""
    from logistics.services import driving
    from personnel.services.team_duty import arrive_team

    told = {"scope": house.scope, "by": house.by}
    driving.depart(trip_id=trip.pk, at=LEAVES + nth * MINUTE / 3, **told)
    for stop in trip.stops.order_by("position"):
        there = stop.planned_at
        driving.reach_stop(
            trip_id=trip.pk, stop_id=stop.pk, counted=abs(stop.people), at=there, **told
        )
    arrive_team(team_duty_id=placed.team_duty_id, at=there, **told)
    placed.refresh_from_db()
    _answer(house, placed, "on_site", there + MINUTE, "到位")
    driving.finish(trip_id=trip.pk, at=HOME, **told)


def _team(house: House, nth: int, body: str, leader: Any) -> Any:
    from personnel.services.teams import TeamDetails, add_team

    hospital = house.bodies[body]
    details = TeamDetails(
        name=f"{hospital.name}第{nth + 1}队", name_en=f"{hospital.name_en}, team {nth + 1}",
        sent_by_id=hospital.pk, source_id=house.categories["medic"].pk,
        headcount=crew.SEATS_TAKEN, leader_id=leader.pk, arrives_at=LEAVES - 60 * MINUTE,
    )  # fmt: skip
    team = add_team(details=details, scope=house.scope, by=house.by, at=LISTED_AT)
    leader.team = team
    leader.save(update_fields=["team"])
    return team


def _stops(house: House, street: str, body: str, seats: Seats) -> list[Any]:
    from logistics.services.manifest import Stop

    aboard = sum(people for _point, people in seats)
    stops = [Stop(house.bodies[body].name, LEAVES + 5 * MINUTE, people=aboard)]
    for turn, (point, people) in enumerate(seats):
        place = house.posts[street, point].point
        at = THERE + turn * 2 * MINUTE
        stops.append(Stop(place.name, at, point_id=place.pk, people=-people))
    return stops


def _answer(house: House, order: Any, to: str, at: Any, reason: str) -> None:
    from logistics.services.orders import take_step

    if order.state != to:
        take_step(order_id=order.pk, to=to, reason=reason, scope=house.scope, by=house.by, at=at)


def _key(house: House, name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{house.round.pk}-{name}")
