"""What the figures must be, computed from the plan and from nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from demo import officials, places, roundplan
from demo.scenario import Scenario

DISTRICT = places.DISTRICT.code


@dataclass
class Figures:
    """Figures of one street or of the district at the end of the round.

    Throughput (swabs, tubes, voided, tallied) belongs to the unit's street; coverage (target,
    exempt, persons: in the target or exempt, in person) to the home street; `off_register` and
    `outside` are persons, at the street of the unit that swabbed them first and at home.
    """

    target: int = 0
    exempt: int = 0
    persons: int = 0
    swabs: int = 0
    tubes: int = 0
    off_register: int = 0
    outside: int = 0
    voided: int = 0
    tallied: int = 0
    exempt_sampled: int = 0


def figures(plan: Scenario) -> dict[str, Figures]:
    """Final figures per code of the round's streets, and of the district as their sum."""
    out = {code: Figures() for code in places.ROUND_STREETS}
    homes = [places.COMMUNITIES[p.community].street for p in plan.residents]
    for index, home in enumerate(homes):
        if home in out:
            out[home].exempt += index in plan.exempt
            out[home].target += index not in plan.exempt
    seen: set[int] = set()
    outside = 0
    for tube in plan.tubes:
        row = out[plan.units[tube.unit].street]
        row.tubes += not tube.voided
        for k, visit in enumerate(tube.visits):
            if tube.voided or k in tube.voided_swabs:
                row.voided += 1
                continue
            row.swabs += 1
            if visit.person in seen:
                continue
            seen.add(visit.person)
            if visit.person < 0:
                row.off_register += 1
            elif homes[visit.person] not in out:
                outside += 1
            else:
                out[homes[visit.person]].persons += visit.person not in plan.exempt
                out[homes[visit.person]].exempt_sampled += visit.person in plan.exempt
    for row in _counted_tallies(plan):
        out[plan.units[row.unit].street].tallied += row.swabs
    total = Figures(outside=outside)
    for field in fields(Figures):
        if field.name != "outside":
            value = sum(getattr(row, field.name) for row in out.values())
            setattr(total, field.name, value)
    return out | {DISTRICT: total}


def known_swabs(plan: Scenario, at: int) -> Counter[str]:
    """Valid swabs per street code as the server knows them at `at` (seconds since 1970)."""
    there: set[tuple[int, int]] = set()
    gone: set[tuple[int, int]] = set()
    for delivery in plan.deliveries:
        if delivery.due >= at:
            break
        for part in delivery.parts:
            if part[0] == "void":
                gone.update((part[1], k) for k in range(len(plan.tubes[part[1]].visits)))
            elif part[0] == "unswab":
                gone.add((part[1], part[2]))
            elif part[0] != "move":
                people = len(plan.tubes[part[0]].visits)
                there.update((part[0], k - 1) for k in range(part[1], part[2]) if 0 < k <= people)
    return Counter(plan.units[plan.tubes[n].unit].street for n, _k in there - gone)


def _counted_tallies(plan: Scenario):
    """Tallies of quarter hours without scans; where both exist the scans count."""
    scanned = {
        (tube.unit, at // 900)
        for tube in plan.tubes
        for k, at in enumerate(tube.times)
        if not tube.voided and k not in tube.voided_swabs
    }
    return [row for row in plan.tallies if (row.unit, row.quarter // 900) not in scanned]


KNOWN_AT = int(roundplan.KNOWN_AT.timestamp())


def reports() -> dict[tuple[str, str], int]:
    """How the daily reports should stand: one on time, one late and mended, one missing."""
    return {
        (officials.ON_TIME, "versions"): 1,
        (officials.ON_TIME, "accepted"): 1,
        (officials.ON_TIME, "late"): 0,
        (officials.LATE, "versions"): 2,
        (officials.LATE, "accepted"): 2,
        (officials.LATE, "late"): 1,
        (officials.MISSING, "versions"): 0,
        (officials.MISSING, "accepted"): 0,
        (officials.MISSING, "late"): 0,
    }
