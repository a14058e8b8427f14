"""A register file with planted faults, and a browser's way of sending it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from bench.load import people
from bench.load.visitor import Visitor

TAKEN, SLICE = (200, 204), "application/octet-stream"
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


class Uploader(Visitor):
    """A planner who sends a file as the page's script does."""

    def bring(self, path: Path, run_id: UUID, place: str) -> str:
        """Open the page, begin, all slices, finish; the run's id."""
        self.open("/register/import/")
        size = path.stat().st_size
        said = urlencode(
            {"run_id": run_id, "place": place, "sender": "", "name": path.name, "size": size}
        )
        way = json.loads(self.send("/register/import/begin/", said.encode(), expect=TAKEN).body)
        with path.open("rb") as file:
            number = 0
            while part := file.read(way["bytes"]):
                self.send(f"{way['slices']}{number}/", part, SLICE, expect=TAKEN)
                number += 1
        self.send(way["finish"], b"", expect=TAKEN)
        return str(run_id)

    def confirm(self, run_id: str) -> None:
        """Have the preview written."""
        self.send(f"/register/import/{run_id}/confirm/", b"preview=1")
