"""Daily numbers as a sheet and as chat lines, with planted faults; and who sends them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from bench.load.bodies import get
from bench.load.screens import sign_in
from bench.load.wire import Answer, Wire

#: One row in so many has a fault, each of the four in turn.
FAULT_EVERY = 100
COLUMNS = ("home_requests", "home_done", "staff")
_WORDS = ("上门申请", "上门完成", "到岗")
_HOST = "127.0.0.1"
_EDGE = "jinjian-bench-edge"


class Sheet(NamedTuple):
    """What is sent, and what must become of it: numbers by community code, and refused rows."""

    text: str
    good: dict[str, tuple[int, ...]]
    faults: int


def table(communities: list[tuple[str, str]], seed: int) -> Sheet:
    """A CSV with a row for each (code, name)."""
    lines, good = [",".join(("社区编码", *COLUMNS))], {}
    for n, (code, _name) in enumerate(communities):
        numbers = _numbers(n, seed)
        cells = [code, *map(str, numbers)]
        if n % FAULT_EVERY:
            good[code] = numbers
        else:
            cells = _spoilt(cells, n // FAULT_EVERY)
        lines.append(",".join(cells))
    return Sheet("\n".join(lines) + "\n", good, len(communities) - len(good))


def chain(communities: list[tuple[str, str]], seed: int) -> Sheet:
    """The same as numbered lines of a chat group."""
    lines, good = [], {}
    for n, (code, name) in enumerate(communities):
        numbers = _numbers(n, seed)
        said = " ".join(f"{word}{number}" for word, number in zip(_WORDS, numbers, strict=True))
        if n % FAULT_EVERY:
            good[code] = numbers
        else:
            name = f"无此{n}"
        lines.append(f"{n + 1}. {name} {said}")
    return Sheet("\n".join(lines) + "\n", good, len(communities) - len(good))


def _numbers(n: int, seed: int) -> tuple[int, ...]:
    return ((n * 7 + seed) % 40 + 1, (n * 5 + seed) % 30 + 1, (n * 3 + seed) % 50 + 1)


def _spoilt(cells: list[str], kind: int) -> list[str]:
    code, first, *rest = cells
    return [
        [f"{code}9", first, *rest],  # a place that there is not
        [code, "约三十", *rest],
        [code, f"-{first}", *rest],
        [code, f"{first}.5", *rest],
    ][kind % 4]


class Sender:
    """One signed-in person at the import's pages. Raises LookupError at an answer not expected."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._wire = Wire(port)
        self._cookies = sign_in(port, username, password)
        parts = dict(pair.split("=", 1) for pair in self._cookies.split("; "))
        self._token = parts["jinjian_csrf"]

    def check(self, sheet: Sheet, *, place: str, pasted: bool) -> str:
        """Send a sheet, pasted or as a file, for a place as the page names it; the path of its
        preview."""
        fields = {"run_id": str(uuid4()), "place": place, "sender": ""}
        parts = [_part(f'name="{name}"', value) for name, value in fields.items()]
        where = 'name="pasted"' if pasted else 'name="file"; filename="numbers.csv"'
        body = "".join([*parts, _part(where, sheet.text), f"--{_EDGE}--\r\n"]).encode()
        answer = self._post("/imports/daily/", body, f"multipart/form-data; boundary={_EDGE}")
        return answer.header("Location")

    def look(self, path: str) -> None:
        """Open a preview, as the browser does when it is sent there."""
        answer = self._wire.ask(get(_HOST, path, {"Cookie": self._cookies}))
        if answer.status != 200:
            raise LookupError(f"the preview was answered {answer.status}")

    def confirm(self, path: str, preview: int) -> None:
        """Have that preview written."""
        body = urlencode({"preview": preview}).encode()
        self._post(f"{path}confirm/", body, "application/x-www-form-urlencoded")

    def _post(self, path: str, body: bytes, kind: str) -> Answer:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {_HOST}\r\nCookie: {self._cookies}\r\n"
            f"X-CSRFToken: {self._token}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        answer = self._wire.ask(head.encode() + body)
        if answer.status != 302:
            raise LookupError(f"{path} was answered {answer.status}")
        return answer


def _part(where: str, value: str) -> str:
    return f"--{_EDGE}\r\nContent-Disposition: form-data; {where}\r\n\r\n{value}\r\n"
