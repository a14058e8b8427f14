"""The dispatch board over a whole district, and two hundred callers for one vehicle and one team.

1,250 units, 8,000 people, 150 vehicles, two days of shifts. The board of every street and the form
that suggests who could go are asked for one after another; then everybody wants the same thing.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from bench.load import district as districts
from bench.load import staffing
from bench.load.bodies import get
from bench.load.callers import Race, race
from bench.load.empty import requests_per_second
from bench.load.figures import line, percentile, step
from bench.load.house import house
from bench.load.screens import sign_in
from bench.load.wire import Wire
from launch.stack import Stack

CALLERS = 200


def run(*, quick: bool) -> int:
    """Print the figures; 1 when something was booked twice, or a caller was not told."""
    size = districts.Size(
        streets=17, communities=10, points=250, units_per_point=5, residents=10_000
    )
    with house(fsync=False) as stack:
        district = districts.build(size, prepare=False)
        step("8,000 people, 150 vehicles, their shifts")
        roster = staffing.fill(
            district, staff=8_000, vehicles=150, begins=districts.BEGINS - timedelta(hours=6),
            shifts=4 if quick else 8,
        )  # fmt: skip
        empty = requests_per_second(stack)
        stack.wait_http()
        cookies = sign_in(stack.web_port, *districts.commander(district.id))
        step("board and suggestions")
        board = _times(stack, cookies, [f"/dispatch/?street={s}" for s in district.streets] * 2)
        gaps = _gaps(district, 10 if quick else 40)
        suggestions = _times(stack, cookies, gaps)
        step(f"{CALLERS} callers for one vehicle, then for one team")
        forms = _wishes(district, districts.BEGINS)
        races = [race(stack.web_port, cookies, form, callers=CALLERS) for form in forms]
        doubled = _doubled()
    return _print(board, suggestions, races, doubled, roster, empty)


def _times(stack: Stack, cookies: str, paths: list[str]) -> list[float]:
    """Milliseconds of each page, asked one after another; the first one aside."""
    wire, out = Wire(stack.web_port), []
    for path in [paths[0], *paths]:
        since = time.perf_counter()
        answer = wire.ask(get("127.0.0.1", path, {"Cookie": cookies}))
        out.append((time.perf_counter() - since) * 1000)
        if answer.status != 200:
            raise LookupError(f"{path} answered {answer.status}")
    wire.close()
    return out[1:]


def _gaps(district: districts.District, count: int) -> list[str]:
    """Forms for the samplers that points lack."""
    from personnel.models import DutyRole

    role = DutyRole.objects.get(district_id=district.id, code="sampler").pk
    points = sorted({desk.point for desk in district.desks})[
        :: max(len(district.desks) // 5 // count, 1)
    ]
    return [f"/dispatch/assign/?spot=point-{point}&role={role}" for point in points[:count]]


def _wishes(district: districts.District, begins: datetime) -> list[dict[str, str]]:
    """The same vehicle, and the same team, for the same hours."""
    from core import clock
    from logistics.models import Vehicle
    from personnel.models import DutyRole, SupportTeam

    def local(moment: datetime) -> str:
        return clock.local(moment).strftime("%Y-%m-%dT%H:%M")

    later = begins + timedelta(hours=30)
    form = {
        "spot": f"point-{district.desks[0].point}", "starts_at": local(later),
        "ends_at": local(later + timedelta(hours=4)), "reason": "short of samplers",
        "role": str(DutyRole.objects.get(district_id=district.id, code="sampler").pk),
        "figure": "", "figure_at": "", "override": "", "load": "staff", "back": "", "boxes": "",
    }  # fmt: skip
    vehicle = Vehicle.objects.order_by("plate")[0]
    team = SupportTeam.objects.order_by("code")[0]
    return [
        form | {"subject": f"vehicle:{vehicle.pk}", "people": "40", "origin": "市第九人民医院"},
        form | {"subject": f"team:{team.pk}", "people": "40", "override": "bench"},
    ]


def _doubled() -> int:
    """Pairs of bookings of one person, team or vehicle that overlap; none can."""
    from django.db import connection

    tables: list[tuple[str, Any]] = [
        ("personnel_duty", "member_id"), ("personnel_teamduty", "team_id"),
        ("logistics_trip", "vehicle_id"),
    ]  # fmt: skip
    pairs = 0
    with connection.cursor() as cursor:
        for table, key in tables:
            cursor.execute(
                f"SELECT count(*) FROM {table} a JOIN {table} b ON a.{key} = b.{key}"  # noqa: S608
                " AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
                " WHERE a.state <> 'cancelled' AND b.state <> 'cancelled'"
            )
            pairs += cursor.fetchone()[0]
    return pairs


def _print(
    board: list[float],
    suggestions: list[float],
    races: list[Race],
    doubled: int,
    roster: float,
    empty: float,
) -> int:
    oversold = sum(each.won - 1 for each in races)
    shown = [fault for each in races for fault in each.other]
    for fault in sorted(set(shown)):
        step(f"{shown.count(fault)} callers met {fault}")
    told = sum(each.told for each in races)
    print(
        line(
            oversold=oversold, double_booked=doubled, deadlocks_shown=len(shown), told=told,
            callers=CALLERS * len(races), board_p95_ms=percentile(board, 95),
            suggestions_p95_ms=percentile(suggestions, 95), roster_s=roster, base_empty_per_s=empty,
        ),
        flush=True,
    )  # fmt: skip
    return 1 if oversold or doubled or shown or told != (CALLERS - 1) * len(races) else 0
