"""A register file with planted faults, and a browser's way of sending it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from bench.load import people
from bench.load.bodies import get
from bench.load.screens import sign_in
from bench.load.wire import Answer, Wire

_HOST = "127.0.0.1"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
_HEADER = "姓名,身份证号码,手机号,社区代码,楼栋,出生日期\n"
#: One fault of each kind every so many rows.
_EVERY = 1_000


@dataclass(frozen=True)
class Planted:
    """What was written: rows in all, those that must be refused, people who must be stored."""

    rows: int
    faults: int
    good: int
    size: int


def write_file(path: Path, residents: int, homes: int) -> Planted:
    """A CSV of so many good people, in the order of their communities, and faults among them."""
    rows = faults = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        for n in range(residents):
            number, home = people.document(n), people.home(n, homes)
            good = _row(number, home)
            file.write(good)
            rows += 1
            if n % _EVERY == _EVERY - 1:
                bad = _faults(n, number, home, good)
                file.write("".join(bad))
                rows += len(bad)
                faults += len(bad)
    return Planted(rows, faults, residents, path.stat().st_size)


def _row(number: str, home: int, **other: str) -> str:
    phone = other.get("phone", f"1990000{home % 10_000:04d}")
    code = other.get("code", f"500109{home // 55:03d}{home % 55:03d}")
    return f"{other.get('name', '张伟')},{number},{phone},{code},{home % 40 + 1}号楼,{other.get('birth', '')}\n"  # noqa: E501


def _faults(n: int, number: str, home: int, good: str) -> list[str]:
    """A check character that does not fit, a place nobody knows, a short line, and so on."""
    fresh = people.stranger(n)
    wrong = fresh[:-1] + ("0" if fresh[-1] != "0" else "1")
    return [
        good,
        _row(number, home, name="李四"),
        _row(wrong, home),
        _row("5.00109E+17", home),
        _row(fresh, home, code="999999999999"),
        _row(fresh, home, phone="12345"),
        _row(fresh, home, birth="1999-01-01"),
        _row(fresh, home, name=""),
        f"张三,{fresh}\n",
        "合计,,,,,\n",
    ]


class Uploader:
    """One signed-in planner who sends a file as the page's script does."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._wire = Wire(port)
        self._cookies = sign_in(port, username, password)
        page = self._wire.ask(get(_HOST, "/register/import/", {"Cookie": self._cookies}))
        token = _TOKEN.search(page.body.decode())
        if page.status != 200 or not token:
            raise LookupError(f"the import page was answered {page.status}")
        self._token = token.group(1)

    def send(self, path: Path, run_id: UUID, place: str) -> str:
        """Begin, all slices, finish; the run's id."""
        size = path.stat().st_size
        said = urlencode(
            {"run_id": run_id, "place": place, "sender": "", "name": path.name, "size": size}
        )
        way = json.loads(self._post("/register/import/begin/", said.encode()).body)
        with path.open("rb") as file:
            number = 0
            while part := file.read(way["bytes"]):
                self._post(f"{way['slices']}{number}/", part, "application/octet-stream")
                number += 1
        self._post(way["finish"], b"")
        return str(run_id)

    def confirm(self, run_id: str) -> None:
        """Have the preview written."""
        self._post(f"/register/import/{run_id}/confirm/", b"preview=1", expect=302)

    def _post(
        self,
        path: str,
        body: bytes,
        kind: str = "application/x-www-form-urlencoded",
        expect: int = 0,
    ) -> Answer:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {self._cookies}\r\n"
            f"X-CSRFToken: {self._token}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        answer = self._wire.ask(head.encode() + body)
        if answer.status not in ((expect,) if expect else (200, 204)):
            raise LookupError(f"{path.split('/')[-2]} was answered {answer.status}")
        return answer
