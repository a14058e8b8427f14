"""The recount in plain Python, from the fact rows alone: what every roll-up must equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.clock import minute_of, quarter_of
from reporting.progress.models import Cell, Total
from reporting.progress.models.cells import SUMMED
from sites.models import Coverage, SamplingUnit, Swab, Tally, Tube

PERSONS = {
    "target": "persons",
    "exempt": "exempt_persons",
    "outside": "outside_persons",
    "off_register": "off_register_persons",
}
Key = tuple[str, int, datetime]


def expected_minutes(round_id: int) -> dict[Key, Counter[str]]:
    """(kind, key, minute) -> counts, of units, communities and off-register people."""
    cells: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for swab in Swab.objects.filter(round_id=round_id):
        cell = cells["unit", swab.unit_id, minute_of(swab.at)]
        cell["swabs" if swab.valid else "voided"] += 1
        if swab.valid and swab.off_register:
            cell["off_register_swabs"] += 1
    for tube in Tube.objects.filter(round_id=round_id, voided_at=None):
        cell = cells["unit", tube.unit_id, minute_of(tube.opened_at)]
        cell["tubes"] += 1
        cell["sealed"] += tube.sealed_at is not None
    for person in Coverage.objects.filter(round_id=round_id, first_at__isnull=False):
        stranger = person.standing == "off_register"
        kind = "off_register" if stranger else "community"
        key = person.street_id if stranger else person.community_id
        cells[kind, key, minute_of(person.first_at)][PERSONS[person.standing]] += 1
    return _present(cells)


def expected_quarters(round_id: int) -> dict[Key, Counter[str]]:
    """The minutes folded, and a unit's tally where nothing valid was scanned."""
    quarters = _fold(
        ((kind, key, quarter_of(minute)), counts)
        for (kind, key, minute), counts in expected_minutes(round_id).items()
    )
    for tally in Tally.objects.filter(round_id=round_id, superseded_at=None):
        cell = quarters["unit", tally.unit_id, tally.quarter]
        if not cell["swabs"]:
            cell["tallied"], cell["tallied_tubes"] = tally.swabs, tally.tubes
    return _present(quarters)


def expected_totals(round_id: int) -> dict[tuple[str, int], Counter[str]]:
    """(kind, key) -> counts, of every kind of total."""
    units = {u.pk: u for u in SamplingUnit.objects.all()}
    home = dict(Coverage.objects.values_list("community_id", "street_id"))

    def holders() -> Iterable[tuple[Any, Counter[str]]]:
        for (kind, key, _start), counts in expected_quarters(round_id).items():
            yield (kind, key), counts
            if kind == "unit":
                yield ("point", units[key].point_id), counts
                yield ("street", units[key].street_id), counts
            else:
                yield ("street", key if kind == "off_register" else home[key]), counts

    return _present(_fold(holders()))


def stored_cells(round_id: int, width: int) -> dict[Key, Counter[str]]:
    rows = Cell.objects.filter(round_id=round_id, width=width).exclude(kind="street")
    return _present({(c.kind, c.key_id, c.start): _counts(c) for c in rows})


def stored_street_cells(round_id: int, width: int) -> dict[tuple[int, datetime], Counter[str]]:
    rows = Cell.objects.filter(round_id=round_id, width=width, kind="street")
    return _present({(c.key_id, c.start): _counts(c) for c in rows})


def stored_totals(round_id: int) -> dict[tuple[str, int], Counter[str]]:
    rows = Total.objects.filter(round_id=round_id)
    return _present({(t.kind, t.key_id): _counts(t) for t in rows})


def assert_rollups_equal_facts(round_id: int) -> None:
    """Every minute, quarter hour, street series and total equals the recount from scratch."""
    for width, expected in ((1, expected_minutes(round_id)), (15, expected_quarters(round_id))):
        assert stored_cells(round_id, width) == expected
        streets = {
            (kind, key): street_id
            for kind, key, street_id in Cell.objects.filter(width=width).values_list(
                "kind", "key_id", "street_id"
            )
        }
        by_street = _fold(
            ((streets[kind, key], start), counts) for (kind, key, start), counts in expected.items()
        )
        assert stored_street_cells(round_id, width) == _present(by_street)
    totals = stored_totals(round_id)
    assert totals == expected_totals(round_id)
    for (kind, _key), counts in totals.items():
        everybody = sum(counts[column] for column in PERSONS.values())
        assert kind not in ("unit", "point") or everybody == 0
        assert counts["off_register_swabs"] <= counts["swabs"]
        assert counts["sealed"] <= counts["tubes"]
    whole = _fold((("all",), c) for (kind, _key), c in totals.items() if kind == "street")["all",]
    assert sum(whole[column] for column in PERSONS.values()) <= whole["swabs"]


def _counts(row: Any) -> Counter[str]:
    return Counter({column: getattr(row, column) for column in SUMMED})


def _fold(pairs: Iterable[tuple[Any, Counter[str]]]) -> defaultdict[Any, Counter[str]]:
    folded: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for key, counts in pairs:
        folded[key].update(counts)
    return folded


def _present(cells: Any) -> dict[Any, Counter[str]]:
    """Without zeros: a cell that became empty may be there or not."""
    kept = {key: +counts for key, counts in cells.items()}
    return {key: counts for key, counts in kept.items() if counts}
