"""Deliveries as the capture API takes them: every id and time follows from the plan alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from demo.register import Person, id_number
from demo.roundplan import POOL_SIZE, SHANGHAI
from demo.scenario import Delivery, PaperTally, Scenario
from demo.tubes import Tube
from demo.visits import Visit

Item = dict[str, Any]

#: Neighbouring districts' area codes, for people who live elsewhere.
_ELSEWHERE = ("500112", "500105", "511602", "500117", "510116")
_SEQ = 32


def uuid7(seed: int, at: int, *names: object) -> UUID:
    """A version 7 UUID whose time is `at` (seconds) and whose rest is a hash of the names."""
    rest = hashlib.blake2b(repr((seed, names)).encode(), digest_size=10).digest()
    value = (at * 1000) << 80 | int.from_bytes(rest)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 2 << 62)


def tube_code(seed: int, number: int) -> str:
    """The code printed on the tube."""
    return f"BB{seed % 100:02d}-{number:07d}"


def swab_id(seed: int, tube: Tube, k: int) -> UUID:
    """The client's id of the k-th swab of a tube."""
    return uuid7(seed, tube.times[k], "add", tube.number, k)


def items(plan: Scenario, delivery: Delivery, round_id: int) -> Iterator[Item]:
    """The items of one request, in the order the device sends them."""
    for part in delivery.parts:
        if isinstance(part[0], int):
            tube = plan.tubes[part[0]]
            for position in range(part[1], part[2]):
                yield _own(plan, tube, position, round_id)
        else:
            yield _mishap(plan, part, round_id)


def tally(plan: Scenario, row: PaperTally, round_id: int) -> Item:
    """The body of one tally."""
    return {
        "id": str(uuid7(plan.seed, row.due, "tally", row.unit, row.quarter)),
        "round": round_id,
        "quarter": _iso(row.quarter),
        "swabs": row.swabs,
        "tubes": row.tubes,
    }


def _own(plan: Scenario, tube: Tube, position: int, round_id: int) -> Item:
    code, people = tube_code(plan.seed, tube.number), len(tube.visits)
    if position == 0:
        item = _event(plan, tube, 0, tube.opened, "open", round_id)
        return item | {"tube": code, "pool_size": POOL_SIZE, "channel": "general"}
    if position == people + 1:
        item = _event(plan, tube, position, tube.sealed, "seal", round_id) | {"tube": code}
        return item if people >= POOL_SIZE else item | {"early_reason": "end of the queue"}
    visit = tube.visits[position - 1]
    item = _event(plan, tube, position, tube.times[position - 1], "add", round_id)
    item["id"] = str(swab_id(plan.seed, tube, position - 1))
    item |= {"tube": code, "person": person(plan, visit)}
    return item | {"repeat_reason": visit.repeat_reason} if visit.repeat_reason else item


def _mishap(plan: Scenario, part: tuple, round_id: int) -> Item:
    what, tube = part[0], plan.tubes[part[1]]
    if what == "void":
        item = _event(plan, tube, 12, tube.voided, "void", round_id)
        return item | {"tube": tube_code(plan.seed, tube.number), "reason": "tube leaked"}
    k = part[2]
    if what == "unswab":
        item = _event(plan, tube, 13 + k, tube.voided_swabs[k], "void", round_id)
        return item | {"swab": str(swab_id(plan.seed, tube, k)), "reason": "swab fell down"}
    target, at = tube.moved[k]
    item = _event(plan, tube, 31, at, "move", round_id)
    where = {"swab": str(swab_id(plan.seed, tube, k)), "tube": tube_code(plan.seed, target)}
    return item | where | {"reason": "scanned into the wrong tube"}


def _event(plan: Scenario, tube: Tube, position: int, at: int, kind: str, round_id: int) -> Item:
    return {
        "id": str(uuid7(plan.seed, at, kind, tube.number, position)),
        "kind": kind,
        "seq": tube.number * _SEQ + position,
        "at": _iso(at),
        "round": round_id,
    }


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, SHANGHAI).isoformat()


def person(plan: Scenario, visit: Visit) -> Item:
    """How the device names the person: the card it read, the roster, or what was typed."""
    if visit.person < 0:
        return _stranger(plan.seed, -1 - visit.person)
    resident: Person = plan.residents[visit.person]
    if visit.person % 8 == 0:
        return {"roster_id": str(resident.resident_id)}
    return {"id_number": resident.id_number, "name": resident.name}


def _stranger(seed: int, n: int) -> Item:
    """Somebody who is not on the register: a card from elsewhere, a passport, or no document."""
    if n % 40 == 1:
        return {"no_document": str(uuid7(seed, 0, "no document", n)), "name": "无证儿童"}
    if n % 25 == 0:
        return {"id_type": "passport", "id_number": f"X{seed % 100:02d}{n:05d}", "name": "Guest"}
    birth = date(1950, 1, 1) + timedelta(days=n * 37 % 20_000)
    number = id_number(_ELSEWHERE[n % len(_ELSEWHERE)], birth, 100 + n % 900)
    return {"id_number": number, "name": "外来人员", "phone": f"1990001{n % 10_000:04d}"}
