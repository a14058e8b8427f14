"""What each page costs a person who waits for it, in a district of full size.

30 streets, 990 communities, 400 points, 2,400 units, a million residents, an hour of history. Each
page is asked for again and again, one request after another, by the role that works on it.
"""

from __future__ import annotations

import time
from datetime import timedelta

from bench.load import district as districts
from bench.load.bodies import get
from bench.load.figures import line, percentile, shown, step
from bench.load.history import fill
from bench.load.house import house
from bench.load.screens import sign_in
from bench.load.wire import Wire

HISTORY = timedelta(hours=1)
LIMIT_MS = 300


def run(*, quick: bool) -> int:
    """Print the slowest page and the share of pages within 300 ms; 1 when a page failed."""
    size = districts.Size(
        streets=30, communities=33, points=400, units_per_point=6,
        residents=100_000 if quick else 1_000_000,
    )  # fmt: skip
    times = 10 if quick else 50
    with house(fsync=False) as stack:
        district = districts.build(size, prepare=False)
        step("an hour of history")
        fill(
            district, district.round, swabs=20_000 if quick else 200_000,
            start=districts.BEGINS - HISTORY, seconds=int(HISTORY.total_seconds()) - 60,
        )  # fmt: skip
        stack.wait_http()
        accounts = {
            "commander": districts.commander(district.id),
            "planner": districts.planner(district.id),
            "street": districts.street_official(district.streets[0]),
        }
        cookies = {who: sign_in(stack.web_port, *account) for who, account in accounts.items()}
        step("pages")
        measured = {
            f"{who}:{path}": _times(stack.web_port, path, cookies[who], times)
            for who, path in [*paths(district), ("planner", _draft(district))]
        }
    p95 = {page: percentile(found, 95) for page, found in measured.items()}
    for page, value in sorted(p95.items(), key=lambda item: -item[1]):
        step(f"{shown(value):>6} ms  {page}")
    worst = max(p95, key=lambda page: p95[page])
    within = sum(value <= LIMIT_MS for value in p95.values())
    print(
        line(
            page_p95_ms=p95[worst], slowest=worst, pages=len(p95), within_300_ms=within,
            residents=size.residents,
        )
    )  # fmt: skip
    return 0


def _draft(district: districts.District) -> str:
    """The page of a round that is still being planned over the whole district."""
    from campaigns.models import Round, RoundArea

    running = Round.objects.get(pk=district.round)
    draft = Round.objects.create(
        campaign=running.campaign, number=2, starts_at=running.starts_at + timedelta(days=2),
        planned_end_at=running.starts_at + timedelta(days=3), lab_tubes_per_day=30_000,
    )  # fmt: skip
    RoundArea.objects.bulk_create(
        RoundArea(round=draft, division_id=street) for street in district.streets
    )
    return f"/rounds/{draft.pk}/"


def paths(district: districts.District) -> list[tuple[str, str]]:
    """(who asks, path) of every page that shows a list, a board or one thing in full."""
    desk = district.desks[0]
    street, community = district.streets[0], district.communities[0]
    planner = [
        "/points/", f"/points/{desk.point}/", f"/units/{desk.unit}/", "/reserved/", "/divisions/",
        f"/divisions/{street}/", "/groups/", "/register/", "/rounds/", f"/rounds/{district.round}/",
        f"/rounds/{district.round}/copy/", "/imports/", "/imports/points/", "/devices/",
    ]  # fmt: skip
    commander = ["/", f"/streets/{street}/", "/map/", "/conflicts/", "/walls/"]
    official = ["/points/", "/call-up/", f"/call-up/?point={desk.point}", "/register/", "/"]
    return (
        [("planner", path) for path in [*planner, f"/divisions/{community}/"]]
        + [("commander", path) for path in commander]
        + [("street", path) for path in official]
    )


def _times(port: int, path: str, cookies: str, times: int) -> list[float]:
    """Milliseconds of each answer, the first one aside: it may fill a cache."""
    wire, out = Wire(port), []
    for _nth in range(times + 1):
        since = time.perf_counter()
        answer = wire.ask(get("127.0.0.1", path, {"Cookie": cookies}))
        out.append((time.perf_counter() - since) * 1000)
        if answer.status != 200:
            raise LookupError(f"{path} answered {answer.status}")
    wire.close()
    return out[1:]
