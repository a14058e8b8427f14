"""A client that keeps a copy of everything the export API gives: `python drills/sync_client.py`.

Written from the OpenAPI document alone, with the standard library alone: it imports nothing of the
product. It finds the lists in the document (every GET that answers `X-Next-Cursor`), pulls each
from its cursor for ever, stores items by `id`, drops tombstones, waits out 429, 503 and broken
connections, fetches a new token on 401 and starts a list again on 410. It names the last entity tag
of each list and goes on from the header of a 304. When the file `stop` appears it goes on until
every list is empty, makes a second copy from the beginning, writes both to the file `copy`, and
ends.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

TOKEN_URL = "/api/v1/oauth/token/"  # noqa: S105 - an address
DOCUMENT_URL = "/api/v1/schema/"
PAUSE = 0.5
"""Seconds between two rounds over all lists, once everything was seen."""
_BROKEN = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)


@dataclass
class Copy:
    """One list's copy and its place."""

    path: str
    query: dict[str, str]
    cursor: str = ""
    tag: str = ""
    items: dict[str, Any] = field(default_factory=dict)
    repeated: int = 0


class Caller:
    """Calls the API until it answers."""

    def __init__(self, base: str, client_id: str, secret: str) -> None:
        self.base = base
        self.basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self.token = ""
        self.calls = self.waits = self.restarts = self.unchanged = 0
        # Straight to the address, whatever proxies the environment names.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, query: dict[str, str], tag: str = "") -> tuple[int, Any, Message]:
        """Status, body and headers: 200, 304 for a known tag, or 410 for an expired cursor."""
        while True:
            self.calls += 1
            try:
                return self._once(path, query, tag)
            except urllib.error.HTTPError as error:
                if error.code in (304, 410):
                    return error.code, None, error.headers
                if error.code == 401:
                    self.token = ""
                elif error.code in (429, 502, 503, 504):
                    time.sleep(float(error.headers.get("Retry-After") or 1))
                else:
                    raise SystemExit(f"{path}: {error.code} {error.read()[:500]!r}") from None
            except _BROKEN:
                time.sleep(0.3)
            self.waits += 1

    def _once(self, path: str, query: dict[str, str], tag: str) -> tuple[int, Any, Message]:
        if not self.token:
            self.token = self._fetch_token()
        text = urllib.parse.urlencode(query)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        request = urllib.request.Request(
            f"{self.base}{path}?{text}" if text else self.base + path,
            headers=headers | ({"If-None-Match": tag} if tag else {}),
        )
        with self.opener.open(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read()), answer.headers

    def _fetch_token(self) -> str:
        request = urllib.request.Request(
            self.base + TOKEN_URL,
            data=b"grant_type=client_credentials",
            headers={
                "Authorization": f"Basic {self.basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        with self.opener.open(request, timeout=30) as answer:
            token: str = json.loads(answer.read())["access_token"]
            return token


def lists_of(document: dict[str, Any]) -> list[Copy]:
    """Every list that can be followed, as its headers tell; with a choice of `level` once for each.
    What has a cursor alone is paged through once and no more."""
    found = []
    for path, methods in document["paths"].items():
        asked = methods.get("get", {})
        if "X-Next-Cursor" not in asked.get("responses", {}).get("200", {}).get("headers", {}):
            continue
        parameters = {each["name"]: each for each in asked["parameters"]}
        levels = parameters.get("level", {}).get("schema", {}).get("enum", [])
        split = levels if path.endswith("-series/") else [""]
        found += [Copy(path, {"limit": "1000"} | ({"level": e} if e else {})) for e in split]
    return found


def pull(caller: Caller, copy: Copy) -> int:
    """Go on from the list's cursor to its present end; how many entries came."""
    came, more = 0, True
    while more:
        query = copy.query | ({"cursor": copy.cursor} if copy.cursor else {})
        status, page, headers = caller.get(copy.path, query, copy.tag)
        if status == 410:
            caller.restarts += 1
            copy.items, copy.cursor, copy.tag = {}, "", ""
            continue
        copy.cursor, more = headers["X-Next-Cursor"], headers["X-More"] == "true"
        copy.tag = headers["ETag"]
        if status == 304:
            caller.unchanged += 1
            continue
        ids = [str(item["id"]) for item in page["items"]]
        copy.repeated += len(ids) - len(set(ids))
        for item in page["items"]:
            if item.get("deleted"):
                copy.items.pop(str(item["id"]), None)
            else:
                copy.items[str(item["id"])] = item
        came += len(ids)
    return came


def main() -> int:
    """Keep the copy until told to stop; then write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("url", "client", "stop", "copy"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    caller = Caller(arguments.url, arguments.client, sys.stdin.readline().strip())
    document = caller.get(DOCUMENT_URL, {})[1]
    copies = lists_of(document)
    came = 0
    while True:
        stopping = Path(arguments.stop).exists()
        now = sum(pull(caller, copy) for copy in copies)
        came += now
        if stopping and not now:
            break
        time.sleep(PAUSE)
    again = lists_of(document)
    for copy in again:
        pull(caller, copy)
    told = {
        "calls": caller.calls, "waits": caller.waits, "restarts": caller.restarts, "came": came,
        "repeated": sum(copy.repeated for copy in copies), "unchanged": caller.unchanged,
        "lists": [[c.path, c.query.get("level", ""), c.items] for c in copies],
        "again": [c.items for c in again],
    }  # fmt: skip
    Path(arguments.copy).write_text(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
