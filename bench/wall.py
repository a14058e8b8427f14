"""A wall for a day: 43,200 pulses in a real browser, and what is left of them on its heap.

The page asks as fast as it is answered instead of every two seconds; a quarter of the answers bring
panels with new figures, swapped in as always but not painted. The heap is read after a garbage
collection, before and after.
"""

from __future__ import annotations

import shutil
import time
from typing import Any

from bench.load import district as districts
from bench.load.figures import line, step
from bench.load.house import house
from bench.load.replay import Day, Server

A_DAY = 43_200
QUICK = 1_000
#: Until scripts are compiled and optimised, and every list has its usual length.
WARM, QUICK_WARM = 4_000, 300
FLAT = 1.2
TELL_EVERY = 1_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: What the glow of changed figures and other short timers need to end.
SETTLE_MS = 3_000


def run(*, quick: bool) -> int:
    """Print the figures; 1 when the heap or the page grew by more than a fifth."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise LookupError("no Chromium on the path: apt-get install chromium")
    pulses, warm = (QUICK, QUICK_WARM) if quick else (A_DAY, WARM)
    size = districts.Size(streets=18, communities=6, points=108, residents=2_000)
    with house(fsync=False, programs=("web",)) as stack:
        district = districts.build(size)
        stack.wait_http()
        day = Day(stack.web_port, districts.wall(district.round, district.id))
        with Server(day) as server:
            from playwright.sync_api import sync_playwright

            step(f"{pulses} pulses")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=program,
                    args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
                )
                page = browser.new_page(
                    viewport={"width": 1280, "height": 720}, reduced_motion="reduce"
                )
                faults: list[str] = []
                page.on("pageerror", lambda error: faults.append(str(error)))
                page.goto(server.url + day.path)
                # What is asked is the heap of scripts and nodes: all is done but the painting,
                # which would take a day of its own.
                page.evaluate("document.querySelector('.wall').style.display = 'none'")
                start = _after(page, day, warm)
                began = time.monotonic()
                end = _after(page, day, warm + pulses)
                took = time.monotonic() - began
                state = page.evaluate("document.body.dataset.pulse")
                day.release()
                browser.close()
    ratio, grown = end["heap"] / start["heap"], end["nodes"] / start["nodes"]
    print(
        line(
            pulses=pulses, heap_mb_start=start["heap"] / 1e6, heap_mb_end=end["heap"] / 1e6,
            ratio=ratio, nodes_start=start["nodes"], nodes_end=end["nodes"],
            listeners_start=start["listeners"], listeners_end=end["listeners"],
            swapped=day.changed, seconds=took, faults=len(faults), state=state,
        ),
        flush=True,
    )  # fmt: skip
    return 1 if ratio > FLAT or grown > FLAT or faults or state != "live" else 0


def _after(page: Any, day: Day, pulses: int) -> dict[str, int]:
    """What the page holds once so many pulses were answered and all is quiet."""
    day.let(pulses)
    told = day.asked
    while not (day.asked >= pulses and day.waiting):
        page.wait_for_timeout(100)
        if day.asked - told >= TELL_EVERY:
            told = day.asked
            step(f"{told} pulses, {_held(page)['heap'] / 1e6:.2f} MB")
    page.wait_for_timeout(SETTLE_MS)
    return _held(page)


def _held(page: Any) -> dict[str, int]:
    """Heap bytes, nodes and listeners after a garbage collection."""
    session = page.context.new_cdp_session(page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    counters = session.send("Memory.getDOMCounters")
    session.detach()
    return {
        "heap": int(heap),
        "nodes": int(counters["nodes"]),
        "listeners": int(counters["jsEventListeners"]),
    }
