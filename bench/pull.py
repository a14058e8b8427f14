"""What a superior's machine costs: a round's quarter hours at once, a pull of nothing, a page of
the feed; and what it costs the recount that its cells are noted in the feed."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from typing import Any

from bench.load import district as districts
from bench.load.bodies import get
from bench.load.figures import line, median, percentile, step
from bench.load.history import fill
from bench.load.house import house
from bench.load.wire import Answer, Wire
from launch.stack import Stack

HISTORY = timedelta(hours=48)
STREETS = 30
QUARTERS = 192


def run(*, quick: bool) -> int:
    """Print the figures; 1 when an answer lacks what is stored."""
    size = districts.Size(streets=STREETS, communities=13, points=400, residents=60_000)
    swabs, asks = (300_000, 40) if quick else (1_500_000, 200)
    with house(fsync=False, programs=("web",)) as stack:
        district = districts.build(size, prepare=False)
        step("two days of history")
        fill(
            district, district.round, swabs=swabs, start=districts.BEGINS - HISTORY,
            seconds=int(HISTORY.total_seconds()) - 60,
        )  # fmt: skip
        stack.wait_http()
        token = new_token(stack, district.id)
        step("pulls")
        wire = Wire(stack.web_port)
        series = _asked(wire, token, "progress/?level=street&series=15", asks)
        base = _asked(wire, token, "health/", asks)
        page = _asked(wire, token, "progress-series/?level=unit&limit=1000", asks)
        cursor = _end(wire, token, "progress-series/?level=street&limit=1000")
        nothing = _asked(wire, token, f"progress-series/?level=street&cursor={cursor[0]}", asks)
        wire.close()
        step("recounts with and without the feed")
        noted, plain = _recounts(district, 12 if quick else 40)
    rows = len(json.loads(series[0].body)["series"])
    whole = rows == STREETS * QUARTERS and cursor[1] == rows
    print(
        line(
            progress_p95_ms=percentile(series[1], 95), progress_p50_ms=median(series[1]),
            nothing_p95_ms=percentile(nothing[1], 95), nothing_p50_ms=median(nothing[1]),
            page_p95_ms=percentile(page[1], 95), base_health_ms=median(base[1]), rows=rows,
            bytes=len(series[0].body), recount_noted_ms=noted, recount_plain_ms=plain,
            units=len(district.desks), fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 0 if whole else 1


def new_token(
    stack: Stack, district: int, *, scope: str = "", streets: tuple[Any, ...] = ()
) -> str:
    """A token of a new client, fetched as a client fetches it; by default of all its scopes."""
    from django.utils import timezone

    from campaigns.models import Division
    from reporting.outlets.services.clients import Wanted, create_client

    wanted = Wanted(
        name=f"bench {time.monotonic_ns()}", contact="bench", may_aggregate=True,
        may_daily=True, per_minute=6_000, whole_district=not streets, streets=streets,
    )  # fmt: skip
    client, secret = create_client(
        district=Division.objects.get(pk=district), wanted=wanted, by="system:bench",
        at=timezone.now(),
    )  # fmt: skip
    basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
    body = b"grant_type=client_credentials" + (f"&scope={scope}".encode() if scope else b"")
    head = (
        f"POST /api/v1/oauth/token/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = Wire(stack.web_port).ask(head.encode() + body)
    return str(json.loads(answer.body)["access_token"])


def _asked(wire: Wire, token: str, path: str, times: int) -> tuple[Answer, list[float]]:
    """The last answer, and milliseconds of each; the first five only warm up."""
    address = f"/{path}" if path.startswith("health") else f"/api/v1/{path}"
    request = get("127.0.0.1", address, {"Authorization": f"Bearer {token}"})
    took = []
    for number in range(times + 5):
        began = time.perf_counter()
        answer = wire.ask(request)
        if number >= 5:
            took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise LookupError(f"{path}: {answer.status} {answer.body[:300]!r}")
    return answer, took


def _end(wire: Wire, token: str, path: str) -> tuple[str, int]:
    """The cursor at the end of a list, and how many items it held."""
    cursor, items, more = "", 0, True
    while more:
        whole = f"{path}&cursor={cursor}" if cursor else path
        page = json.loads(_asked(wire, token, whole, 1)[0].body)
        cursor, more = page["next_cursor"], page["more"]
        items += len(page["items"])
    return cursor, items


def _recounts(district: districts.District, turns: int) -> tuple[float, float]:
    """Median milliseconds of a recount of one minute of all units and communities, with the
    feed's triggers and without, by turns."""
    from django.db import connection

    from campaigns.models import Mark
    from core import clock
    from reporting.progress.services.recount import recount_marked

    minute = districts.BEGINS - timedelta(minutes=30)
    places = [("unit", desk.unit, desk.street) for desk in district.desks]
    each = len(district.communities) // len(district.streets)
    places += [
        ("community", pk, district.streets[k // each]) for k, pk in enumerate(district.communities)
    ]
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * turns + 4):
        noted = bool(turn % 2)
        with connection.cursor() as cursor:
            act = "ENABLE" if noted else "DISABLE"
            cursor.execute(f"ALTER TABLE progress_cell {act} TRIGGER USER")
        Mark.objects.bulk_create(
            Mark(round_id=district.round, street_id=street, kind=kind, key_id=key, minute=minute)
            for kind, key, street in places
        )
        began = time.perf_counter()
        recount_marked(at=clock.now())
        if turn >= 4:
            took[noted].append((time.perf_counter() - began) * 1000)
    return median(took[True]), median(took[False])
