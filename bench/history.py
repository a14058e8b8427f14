"""Does one tube's recount cost more when ten times as many swabs are stored?

Two rounds of one district and one day: the larger one has ten times the swabs. In turn, a tube is
captured in one of them and its street recounted, in the worker's account and in this process, so
that nothing but the recount is timed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from datetime import timedelta

from bench.load import district as districts
from bench.load.bodies import Press
from bench.load.figures import line, median, step
from bench.load.history import fill
from bench.load.house import house
from bench.ratio import plain

HOURS = 15
#: Tables filled in the transaction that made them need no log; nothing here must survive.
BULK = {"max_wal_size": "8GB", "wal_level": "minimal", "max_wal_senders": "0"}
TUBES = 150


def run(*, quick: bool) -> int:
    """Print the ratio of the medians; 1 if the recount did not count what was captured."""
    size = districts.Size(points=216 if quick else 648, residents=20_000)
    small, large = (100_000, 1_000_000) if quick else (1_000_000, 10_000_000)
    with house(fsync=False, programs=(), postgres_settings=BULK) as stack:
        district = districts.build(size)
        rounds = []
        for number, swabs in ((2, small), (3, large)):
            step(f"{swabs:,} swabs")
            rounds.append(
                districts.new_round(
                    district.id, number, communities=district.communities, size=size, prepare=False
                )
            )
            start = districts.BEGINS - timedelta(hours=HOURS)
            fill(district, rounds[-1], swabs=swabs, start=start, seconds=HOURS * 3600)
        step("recounts")
        task = {
            "rounds": rounds, "district": district.id, "residents": district.residents,
            "homes": district.homes,
            "desks": [plain(desk) for desk in district.desks],
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.history"], env=stack.env_for("worker"), check=True,
            input=json.dumps(task), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        line(
            ratio=median(found["recount"][1]) / median(found["recount"][0]),
            recount_small_ms=median(found["recount"][0]) * 1000,
            recount_large_ms=median(found["recount"][1]) * 1000,
            capture_ratio=median(found["capture"][1]) / median(found["capture"][0]),
            base_select_ms=median(found["base"]) * 1000,
            small=small, large=large, wrong=found["wrong"], fsync="off",
        ),
        flush=True,
    )  # fmt: skip
    return 1 if found["wrong"] else 0


def time_recounts() -> None:
    """As the worker: capture and recount in both rounds by turns; times as JSON."""
    task = json.loads(sys.stdin.read())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    desks = [districts.Desk(*row) for row in task["desks"]]
    place = districts.District(task["district"], 0, [], [], desks, task["residents"], task["homes"])
    presses = [
        Press(place, seed=50 + k, round=round_, next_person=1)
        for k, round_ in enumerate(task["rounds"])
    ]
    times: dict[str, list] = {"recount": [[], []], "capture": [[], []], "base": []}
    rng, wrong = random.Random(1), 0
    for turn in range(TUBES + 20):
        desk = rng.choice(desks)
        for k, press in enumerate(presses):
            capture, recount, right = _one(press, desk)
            wrong += not right
            if turn >= 20:  # by then every statement is prepared
                times["capture"][k].append(capture)
                times["recount"][k].append(recount)
        times["base"].append(_base())
    print(json.dumps(times | {"wrong": wrong}))


def _one(press: Press, desk: districts.Desk) -> tuple[float, float, bool]:
    """Capture a tube and recount its street; (seconds, seconds, whether it was counted)."""
    from core import clock
    from core.scope import Scope
    from reporting.progress.models import Total
    from reporting.progress.services.recount import recount_streets
    from sites.services.capture import Origin, accept_batch

    at = clock.now()
    items = [json.loads(text) for text in press.tube(desk, at)[0]]
    origin = Origin(desk.device, desk.unit, desk.street, desk.district)
    totals = Total.objects.filter(round_id=press.round, kind="unit", key_id=desk.unit)
    before = totals.values_list("swabs", flat=True).first() or 0
    began = time.perf_counter()
    accept_batch(
        origin=origin, scope=Scope(everything=True, actor="bench"), items=items, by="bench", at=at
    )
    middle = time.perf_counter()
    recount_streets(press.round, [desk.street], at=at)
    ended = time.perf_counter()
    _others(press.round, at)
    after = totals.values_list("swabs", flat=True).get()
    return middle - began, ended - middle, after == before + 10


def _others(round_: int, at: object) -> None:
    """The tube's people live in other streets as well: their marks must not pile up."""
    from reporting.progress.services.recount import recount_marked

    recount_marked(at=at)  # type: ignore[arg-type]


def _base() -> float:
    """Seconds of the least question to the database."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return time.perf_counter() - began


if __name__ == "__main__":
    time_recounts()
