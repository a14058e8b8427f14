"""Whether a page that a browser shows is sound: faults of access, and what runs off its side."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

AXE = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
WIDTHS = (360, 1366, 1920)
#: `THOROUGH=1 ./dev test -k sound` asks every rule at every width in both languages.
THOROUGH = os.environ.get("THOROUGH") == "1"

# Only faults come back: the lists of all that passed are long, and nobody reads them.
RUN = """async () => {
  const found = await axe.run({ resultTypes: ["violations"] });
  return found.violations
    .filter((fault) => ["serious", "critical"].includes(fault.impact))
    .map((fault) => `${fault.id}: ${fault.nodes[0].html.slice(0, 160)}`);
}"""


def faults(page: Page) -> list[str]:
    """Serious and critical accessibility faults, as the checker names them."""
    if not page.evaluate("'axe' in window"):
        # Through the debugging protocol, which the content policy does not bind.
        page.evaluate(_checker())
    return page.evaluate(RUN)


def width_over(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def unsound(page: Page, *, checked_at: int) -> list[str]:
    """What runs off at each width, and the faults at one of them: the page is loaded once.

    Contrast, names and roles do not change with the width; what is hidden or scrolls on a phone
    does. Callers that show a page in two languages check each at another width.
    """
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 850})
        if (over := width_over(page)) > 0:
            wrong.append(f"at {width}: {over} px too wide")
        if THOROUGH or width == checked_at:
            wrong += [f"at {width}: {fault}" for fault in faults(page)]
    return wrong


@cache
def _checker() -> str:
    return AXE.read_text(encoding="utf-8")
