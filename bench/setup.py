"""A district's first evening: from three faulty spreadsheets to a running round, by pages alone.

Every planted fault must be reported at its line and none counted. The figures: minutes of the
whole walk, faults planted and reported, people on the register and in the frozen target, and
persons on the overview after one tube.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.load.bodies import get
from bench.load.evening import sheets
from bench.load.evening.phone import Phone
from bench.load.evening.walk import Walker
from bench.load.figures import line, percentile, step
from bench.load.house import house
from bench.load.wire import Wire
from launch.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
LAB_TUBES = 30_000
PEOPLE_IN_TUBE = 10
COUNTED_SECONDS = 10


def run(*, quick: bool) -> int:
    """Print the figures; 1 when a fault was missed, a good row refused, or a person miscounted."""
    people = 5_000 if quick else 100_000
    with house(fsync=True) as stack, TemporaryDirectory() as folder, _browser() as browser:
        stack.wait_http()
        made = [
            sheets.divisions(Path(folder)),
            sheets.points(Path(folder)),
            sheets.register(Path(folder), people),
        ]
        began = time.monotonic()
        walk = Evening(browser, stack)
        reported = walk.set_up(*made)
        shown = walk.sample(made[2])
        minutes = (time.monotonic() - began) / 60
        step("pages")
        pages = walk.page_times(10 if quick else 40)
    planted = sum(len(sheet.faults) for sheet in made)
    missed = sum(len(set(s.faults) - got) for s, got in zip(made, reported, strict=True))
    wrong = sum(len(got - set(s.faults)) for s, got in zip(made, reported, strict=True))
    print(
        line(
            minutes=minutes, planted=planted, reported=planted - missed, refused_in_error=wrong,
            registered=made[2].good, target=walk.target, persons=shown,
            page_p95_ms=percentile(pages, 95), script_errors=len(walk.errors),
        )
    )  # fmt: skip
    right = walk.target + walk.exempt == made[2].good and shown == PEOPLE_IN_TUBE
    return 0 if right and not missed and not wrong and not walk.errors else 1


class Evening:
    """The people of the evening, each at a browser of their own."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self._browser, self._stack = browser, stack
        self._walkers: list[Walker] = []
        self.target = self.exempt = 0
        self.paths: list[str] = []

    @property
    def errors(self) -> list[str]:
        """Script errors of all browsers."""
        return [fault for walker in self._walkers for fault in walker.faults]

    def set_up(
        self, divisions: sheets.Sheet, points: sheets.Sheet, register: sheets.Sheet
    ) -> list[set[int]]:
        """Accounts, three imports, a planned and started round; the refused lines of each sheet."""
        step("accounts")
        admin = self._walker("admin", _first_administrator())
        place = sheets.DISTRICT[1]
        keys = {role: admin.make_account(role, role, place) for role in ("planner", "commander")}
        planner = self._walker("planner", keys["planner"])
        step("divisions")
        reported = [planner.import_sheet("divisions", divisions)]
        official = admin.make_account("official", "street_official", sheets.STREETS[0][1])
        step(f"register of {register.rows} rows")
        of_register = planner.import_register(register)
        step("round, points")
        path = planner.plan_round(lab_tubes_per_day=LAB_TUBES)
        reported += [planner.import_sheet("points", points), of_register]
        planner.finish_plan(path)
        self._walker("commander", keys["commander"]).start_round(path)
        self._read_targets()
        self._official = self._walker("official", official)
        self.paths = ["/points/", "/rounds/", path, "/divisions/", "/register/"]
        return reported

    def sample(self, register: sheets.Sheet) -> int:
        """Open a point, enrol a telephone by its code, send one tube; persons on the overview."""
        step("first tube")
        point = self._official.open_point()
        phone = Phone(self._stack.web_port, self._official.enrol(point))
        phone.send_tube(sheets.good_documents(PEOPLE_IN_TUBE))
        until = time.monotonic() + COUNTED_SECONDS
        while (shown := self._walkers[2].persons()) < PEOPLE_IN_TUBE and time.monotonic() < until:
            time.sleep(0.5)
        return shown

    def page_times(self, times: int) -> list[float]:
        """Milliseconds of each of the set-up pages, asked one after another as the planner."""
        cookies = self._walkers[1].cookies()
        wire, out = Wire(self._stack.web_port), []
        for path in self.paths * times:
            since = time.perf_counter()
            answer = wire.ask(get("127.0.0.1", path, {"Cookie": cookies}))
            out.append((time.perf_counter() - since) * 1000)
            if answer.status != 200:
                raise LookupError(f"{path} answered {answer.status}")
        return out

    def _walker(self, name: str, password: str) -> Walker:
        walker = Walker(self._browser, self._stack.url, _keep_picture)
        walker.sign_in(name, password)
        self._walkers.append(walker)
        return walker

    def _read_targets(self) -> None:
        from django.db.models import Sum

        from campaigns.models import RoundTarget

        sums = RoundTarget.objects.aggregate(target=Sum("target"), exempt=Sum("exempt"))
        self.target, self.exempt = sums["target"], sums["exempt"]


def _first_administrator() -> str:
    """What a new installation's one command does: the district and its first account."""
    from io import StringIO

    from django.core.management import call_command

    said = StringIO()
    code, name, name_en = sheets.DISTRICT
    call_command("start_district", code, name, name_en=name_en, username="admin", stdout=said)
    return next(
        row.split(":", 1)[1].strip()
        for row in said.getvalue().splitlines()
        if row.startswith("password")
    )


def _keep_picture(page: Page, name: str) -> None:
    """Pictures go to the folder that BENCH_PICTURES names, if it names one."""
    if folder := os.environ.get("BENCH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Playwright runs a loop in this thread, and Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"args": ["--no-sandbox"]}
        if path := next(filter(os.path.exists, BROWSERS), None):
            options["executable_path"] = path
        browser = playwright.chromium.launch(**options)
        try:
            yield browser
        finally:
            browser.close()
