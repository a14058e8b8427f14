"""Daily numbers as a sheet and as chat lines, with planted faults; and who sends them."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from bench.load.visitor import Visitor

#: One row in so many has a fault, each of the four in turn.
FAULT_EVERY = 100
COLUMNS = ("home_requests", "home_done", "staff")
_WORDS = ("上门申请", "上门完成", "到岗")
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


class Sender(Visitor):
    """Somebody at the import's pages."""

    def check(self, sheet: Sheet, *, place: str, pasted: bool) -> str:
        """Send a sheet, pasted or as a file, for a place as the page names it; the path of its
        preview."""
        fields = {"run_id": str(uuid4()), "place": place, "sender": ""}
        parts = [_part(f'name="{name}"', value) for name, value in fields.items()]
        where = 'name="pasted"' if pasted else 'name="file"; filename="numbers.csv"'
        body = "".join([*parts, _part(where, sheet.text), f"--{_EDGE}--\r\n"]).encode()
        answer = self.send("/imports/daily/", body, f"multipart/form-data; boundary={_EDGE}")
        return answer.header("Location")

    def confirm(self, path: str, preview: int) -> None:
        """Have that preview written."""
        self.send(f"{path}confirm/", urlencode({"preview": preview}).encode())


def _part(where: str, value: str) -> str:
    return f"--{_EDGE}\r\nContent-Disposition: form-data; {where}\r\n\r\n{value}\r\n"
