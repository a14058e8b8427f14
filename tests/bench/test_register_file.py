"""The register bench's file says truly how many of its rows are good."""

import csv
from datetime import date
from pathlib import Path

from bench.load.register import write_file
from core.inputs import Refused, id_document


def test_planted_faults_are_counted(tmp_path: Path):
    path = tmp_path / "register.csv"

    planted = write_file(path, 2_000, 990)

    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert (planted.rows, planted.faults, planted.good) == (2_020, 20, 2_000)
    assert len(rows) == planted.rows
    assert planted.size == path.stat().st_size
    assert len({row[1] for row in rows if _reads(row[1])}) == 2_000 + 8 // 4
    homes = {row[3] for row in rows if len(row) == 6 and row[3]}
    assert len(homes) == 990 + 1


def _reads(number: str) -> bool:
    try:
        return bool(id_document("resident", number, today=date(2022, 9, 1)))
    except Refused:
        return False
