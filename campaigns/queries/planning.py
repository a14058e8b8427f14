"""What a round's plan says: people by pool size, deadlines with their people, first arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from campaigns import plan
from campaigns.models import Deadline, RiskZone, Round, RoundTarget, TargetGroup
from campaigns.norms import Norm, norms_of
from campaigns.queries.areas import communities_of


class Home(NamedTuple):
    """A community of a round with its ancestors, and the people to be sampled who live there."""

    community_id: int
    street_id: int | None
    district_id: int | None
    people: int


@dataclass(frozen=True)
class Due:
    """One level of deadlines: when, for how many people, and the units that this takes."""

    level: str
    due_at: datetime
    divisions: int
    people: int
    hours: Decimal
    units: int


@dataclass(frozen=True)
class Plan:
    """The first arithmetic of a round; `people` is None before targets are frozen."""

    people: int
    is_frozen: bool
    pools: list[plan.Pool]
    needs: list[plan.Need]
    dues: list[Due]
    lab: plan.LabCheck | None
    norms: dict[str, Norm]
    zones: list[RiskZone]


def plan_of(round_: Round, covered: Sequence[Home] | None = None) -> Plan:
    """Work out the plan from the frozen targets, or from the divisions before the first freeze.

    `covered` is what `homes_covered` says, for a caller who has asked already.
    """
    norms = norms_of(round_.campaign.district_id)
    zones = list(round_.zones.prefetch_related("divisions").order_by("pk"))
    targets = _homes_frozen(round_)
    homes = targets or (homes_covered(round_) if covered is None else covered)
    people = sum(home.people for home in homes)
    pools = _pools(round_, homes, zones)
    hours = Decimal(round_.open_hours)
    needs = plan.needs(people, pools, hours, norms)
    tubes = next(need.value for need in needs if need.code == "tubes")
    return Plan(
        people=people,
        is_frozen=bool(targets),
        pools=pools,
        needs=needs,
        dues=_dues(round_, homes, norms),
        lab=plan.lab_check(tubes, round_.lab_tubes_per_day, _length(round_), norms)
        if round_.lab_tubes_per_day
        else None,
        norms=norms,
        zones=zones,
    )


def homes_covered(round_: Round) -> list[Home]:
    """Communities of the round's area with their population, by code.

    Where the population of a division is not known, it is not guessed: it counts as nobody.
    """
    rows = communities_of(round_).values_list("pk", "street_id", "district_id", "population")
    return [Home(pk, street, district, people or 0) for pk, street, district, people in rows]


def _homes_frozen(round_: Round) -> list[Home]:
    """Communities of the frozen targets; none before the first freeze."""
    rows = RoundTarget.objects.filter(round=round_, version__is_current=True).values_list(
        "community_id", "community__street_id", "community__district_id", "target"
    )
    return [Home(*row) for row in rows]


def _pools(round_: Round, homes: Sequence[Home], zones: Sequence[RiskZone]) -> list[plan.Pool]:
    """People by the size of their tubes: a zone's size goes before the round's."""
    size_of: dict[int, int] = {}
    for zone in zones:
        inside = {division.pk for division in zone.divisions.all()}
        for home in homes:
            if inside.intersection(home[:3]):
                usual = size_of.get(home.community_id, zone.pool_size)
                size_of[home.community_id] = min(zone.pool_size, usual)
    people: Counter[int] = Counter()
    for home in homes:
        people[size_of.get(home.community_id, round_.pool_size)] += home.people
    for size, count, default in _in_groups(round_, homes, size_of):
        people[size] += count
        people[default] -= count
    return [plan.Pool(count, size) for size, count in sorted(people.items()) if count > 0]


def _in_groups(
    round_: Round, homes: Sequence[Home], size_of: dict[int, int]
) -> list[tuple[int, int, int]]:
    """(smaller tube, people, tube they would have had) of groups with a pool size of their own.

    Counted when the targets were frozen; before that nobody is told apart.
    """
    rows = TargetGroup.objects.filter(version__round=round_, version__is_current=True)
    counted = {home.community_id for home in homes}
    out = []
    for community_id, size, count in rows.values_list("community_id", "group__pool_size", "people"):
        usual = size_of.get(community_id, round_.pool_size)
        if size and size < usual and community_id in counted:
            out.append((size, count, usual))
    return out


def _length(round_: Round) -> Decimal:
    """Hours from the start to the planned end; 24 where no end is planned."""
    if round_.planned_end_at is None:
        return Decimal(24)
    return _hours(round_.starts_at, round_.planned_end_at)


def _hours(start: datetime, end: datetime) -> Decimal:
    return Decimal((end - start).total_seconds()) / 3600


def _dues(round_: Round, homes: Sequence[Home], norms: dict[str, Norm]) -> list[Due]:
    by_community = {home.community_id: home.people for home in homes}
    by_street: Counter[int] = Counter()
    for home in homes:
        by_street[home.street_id or 0] += home.people
    groups: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for deadline in Deadline.objects.filter(round=round_):
        groups[deadline.level, deadline.due_at].append(deadline.division_id)
    people_of = {
        Deadline.Level.COMMUNITY: lambda ids: sum(by_community.get(i, 0) for i in ids),
        Deadline.Level.STREET: lambda ids: sum(by_street[i] for i in ids),
        Deadline.Level.DISTRICT: lambda ids: sum(by_community.values()),
    }
    out = []
    for (level, due_at), ids in sorted(groups.items(), key=lambda item: item[0][1]):
        people, hours = people_of[Deadline.Level(level)](ids), _hours(round_.starts_at, due_at)
        sampling = min(hours, Decimal(round_.open_hours))
        out.append(
            Due(level, due_at, len(ids), people, hours, plan.units_needed(people, sampling, norms))
        )
    return out
