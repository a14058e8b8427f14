"""Make the README's picture: the running overview in the system's own Chromium.

    .venv/bin/python docs/screenshot.py --password PASSWORD [--user commander] [--out FILE]

Run it beside `./dev demo`, with the password that the demo printed. It fails above 300 kB, because
a README must load at once.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
LIMIT = 300_000
OUT = Path(__file__).parent / "images" / "overview.png"


def main() -> int:
    """Sign in, wait for a pulse, take the picture; 1 if it is too large."""
    given = _arguments()
    url = given.url.rstrip("/")
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        print("no Chromium on the path: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": given.width, "height": given.height})
        page.goto(f"{url}/sign-in/")
        page.fill("[name=username]", given.user)
        page.fill("[name=password]", given.password)
        page.click("button.btn-brand")
        page.wait_for_selector("#panel-kpis")
        page.goto(f"{url}/?lang={given.lang}{given.query}")
        page.wait_for_selector("#panel-kpis")
        page.wait_for_timeout(given.seconds * 1000)
        # the glow of changed figures would look like a mark in a still picture
        page.evaluate("document.querySelectorAll('.glow').forEach(n => n.classList.remove('glow'))")
        page.screenshot(path=str(given.out))
        browser.close()
    size = given.out.stat().st_size
    print(f"{given.out}: {size} bytes")
    return 0 if size <= LIMIT else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="commander")
    parser.add_argument("--password", required=True)
    parser.add_argument("--lang", choices=("en", "zh-hans"), default="en")
    parser.add_argument("--query", default="", help="more of the address, such as &as_of=...")
    parser.add_argument("--seconds", type=int, default=6, help="wait for a pulse before the shot")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=1060)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
