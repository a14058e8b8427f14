"""The walk of a district that has never seen the product, by pages alone, in a real browser."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load.evening.sheets import DISTRICT, STREETS, Sheet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "seven quiet lanterns by the river"
PATIENCE_MS = 20_000
JOB_SECONDS = 600


class Walker:
    """One person at a browser of their own. `shot` is called with a name after each step."""

    def __init__(self, browser: Browser, base: str, shot: Callable[[Page, str], None]) -> None:
        self.base = base
        self._shot = shot
        self._context = browser.new_context(
            viewport={"width": 1366, "height": 850}, locale="zh-CN", accept_downloads=True
        )
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def go(self, path: str) -> Page:
        """Open a path of the installation."""
        answer = self.page.goto(self.base + path)
        if answer is not None and answer.status >= 400:
            raise LookupError(f"{path} answered {answer.status}")
        return self.page

    def cookies(self) -> str:
        """The cookies of this browser as a header, for asking pages without it."""
        return "; ".join(f"{c['name']}={c['value']}" for c in self._context.cookies())

    def shot(self, name: str) -> None:
        """Keep a picture of the page as it is."""
        self._shot(self.page, name)

    def sign_in(self, username: str, password: str) -> None:
        """Sign in; the first time the page asks for a password of one's own."""
        page = self.go("/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        if "/account/password/" in page.url:
            page.fill("[name=current]", password)
            page.fill("[name=new]", PASSWORD)
            page.fill("[name=again]", PASSWORD)
            page.press("[name=again]", "Enter")
            page.wait_for_url(lambda url: "/account/password/" not in url)

    def make_account(self, username: str, role: str, place: str) -> str:
        """As an administrator: make an account; returns the password that is shown once."""
        page = self.go("/accounts/new/")
        page.fill("[name=username]", username)
        page.fill("[name=display_name]", username)
        page.select_option("[name=role]", role)
        page.select_option("[name=division]", label=_option(page, "[name=division]", place))
        page.locator("main form button[type=submit]").click()
        return page.locator("[data-password]").inner_text().strip()

    def import_sheet(self, kind: str, sheet: Sheet) -> set[int]:
        """Bring a sheet in and write what can be written; returns the lines that were refused."""
        page = self.go(f"/imports/{kind}/")
        page.set_input_files("input[type=file]", str(sheet.path))
        page.locator("[data-import-form] button[type=submit]").click()
        page.wait_for_url(re.compile(r"/imports/run/"))
        self.shot(f"{kind}-preview")
        refused = self._refused_lines("a[href$='refused.csv']")
        page.locator(".import-decide form button.btn-brand").click()
        page.locator(".notice-ok").wait_for()
        self.shot(f"{kind}-written")
        return refused

    def import_register(self, sheet: Sheet) -> set[int]:
        """Send the register in slices, wait for the job, write; returns the refused lines."""
        page = self.go("/imports/")
        page.locator("main a[href='/register/import/']").first.click()
        page.set_input_files("input[type=file]", str(sheet.path))
        page.locator("[data-upload] button[type=submit]").click()
        self._wait_for(".import-decide")
        self.shot("register-preview")
        refused = self._refused_lines("main a[href*='refused']")
        page.locator(".import-decide form button.btn-brand").click()
        self._wait_for(".notice-ok")
        self.shot("register-written")
        return refused

    def _wait_for(self, selector: str) -> None:
        """Wait for a job in the background; the page follows it by itself."""
        until = time.monotonic() + JOB_SECONDS
        while self.page.locator(selector).count() == 0:
            if self.page.locator(".notice-crit").count():
                raise LookupError(self.page.locator(".notice-crit").first.inner_text())
            if time.monotonic() > until:
                raise TimeoutError(f"{selector} did not come on {self.page.url}")
            self.page.wait_for_timeout(500)

    def _refused_lines(self, link: str) -> set[int]:
        with self.page.expect_download() as waiting:
            self.page.locator(link).first.click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        place = next(n for n, head in enumerate(rows[0]) if "行" in head or "Row" in head)
        return {int(row[place]) for row in rows[1:] if row}

    def plan_round(self, *, lab_tubes_per_day: int) -> str:
        """Plan a round over the whole district; returns the path of its page."""
        page = self.go("/rounds/new/")
        page.fill("[name=campaign_name]", f"{DISTRICT[1]}区域检测")
        page.fill("[name=lab_tubes_per_day]", str(lab_tubes_per_day))
        page.locator("main form button[type=submit]").click()
        page.wait_for_url(re.compile(r"/rounds/\d+/$"))
        path = page.url.removeprefix(self.base)
        for box in page.locator(".tree > li > label input").all():
            box.check()
        page.locator("#area button[type=submit]").click()
        page.locator("#deadline form button[type=submit]").wait_for()
        page.fill("[name=community_hours]", "")
        page.fill("[name=street_hours]", "24")
        page.fill("[name=district_hours]", "48")
        page.locator("#deadline form button[type=submit]").click()
        page.locator("#freeze form button[type=submit]").click()
        page.locator("#freeze tbody tr").first.wait_for()
        self.shot("round-planned")
        return path

    def finish_plan(self, path: str) -> None:
        """Tick the list off and say that the plan is ready."""
        page = self.go(path)
        start = page.locator("#item .items").first
        while start.locator("button[value=done]").count():
            start.locator("button[value=done]").first.click()
            page.wait_for_load_state()
        page.locator("#step button.btn-brand").click()
        page.wait_for_load_state()
        self.shot("round-ready")

    def start_round(self, path: str) -> None:
        """As a commander: start it."""
        page = self.go(path)
        page.locator("#step button.btn-brand").click()
        page.locator("#step input[value=closing]").wait_for(state="attached")
        self.shot("round-running")

    def open_point(self) -> str:
        """As a street official: prepare the first point and open it; returns its path."""
        page = self.go("/points/")
        self.shot("points")
        page.locator("main table a[href^='/points/']").first.click()
        page.wait_for_url(re.compile(r"/points/\d+/$"))
        path = page.url.removeprefix(self.base)
        for box in page.locator("input[name^=ready_]").all():
            box.fill("2")
        page.locator("form[action$='/areas/'] button[type=submit]").click()
        page.wait_for_load_state()
        unmet = "form[action$='/check/']:has(input[name=met]) button"
        while page.locator(unmet).count():
            page.locator(unmet).first.click()
            page.wait_for_load_state()
        page.locator("form[action$='/state/'] button[value=open]").first.click()
        page.locator("form[action$='/state/'] button[value=closed]").first.wait_for()
        self.shot("point-open")
        return path

    def enrol(self, point: str) -> str:
        """Issue a code for the point's first unit; returns it."""
        page = self.go(point)
        page.locator("a[href^='/units/'][href$='/enrol/']").first.click()
        page.fill("main form [name=label]", "phone 1")
        page.locator("main form button[type=submit]").click()
        code = page.locator(".big-code").inner_text().strip()
        self.shot("device-code")
        return code

    def persons(self) -> int:
        """Persons sampled, as the overview shows them."""
        page = self.go("/")
        self.shot("overview")
        shown = page.locator("[data-figure=persons][data-level=district]").first
        return int(shown.get_attribute("data-value") or 0)


def _option(page: Page, selector: str, part: str) -> str:
    """The label of the first option that holds `part`."""
    for label in page.locator(f"{selector} option").all_inner_texts():
        if part in label:
            return label
    raise LookupError(f"no option of {selector} holds {part}")


__all__ = ["PASSWORD", "STREETS", "Walker"]
