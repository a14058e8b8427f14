"""What a round's plan says: people by pool size, deadlines with their people, first arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from campaigns import plan
from campaigns.models import Deadline, Division, Round, RoundTarget, TargetGroup
from campaigns.norms import Norm, norms_of
from campaigns.queries.areas import communities_of


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


def plan_of(round_: Round) -> Plan:
    """Work out the plan from the frozen targets, or from the register before the first freeze."""
    norms = norms_of(round_.campaign.district_id)
    by_community, frozen = people_by_community(round_)
    people = sum(by_community.values())
    pools = _pools(round_, by_community)
    hours = Decimal(round_.open_hours)
    needs = plan.needs(people, pools, hours, norms)
    tubes = next(need.value for need in needs if need.code == "tubes")
    return Plan(
        people=people,
        is_frozen=frozen,
        pools=pools,
        needs=needs,
        dues=_dues(round_, by_community, norms),
        lab=plan.lab_check(tubes, round_.lab_tubes_per_day, _length(round_), norms)
        if round_.lab_tubes_per_day
        else None,
        norms=norms,
    )


def people_by_community(round_: Round) -> tuple[dict[int, int], bool]:
    """People to be sampled per community, and whether they are frozen targets.

    Before the first freeze: the population of the divisions where the register is still empty is
    not guessed; only registered people count.
    """
    frozen = RoundTarget.objects.filter(round=round_, version__is_current=True)
    rows = dict(frozen.values_list("community_id", "target"))
    if rows:
        return rows, True
    communities = communities_of(round_).values_list("pk", "population")
    return {pk: people or 0 for pk, people in communities}, False


def _pools(round_: Round, by_community: dict[int, int]) -> list[plan.Pool]:
    """People by the size of their tubes: a zone's size goes before the round's."""
    size_of: dict[int, int] = {}
    zones = list(round_.zones.prefetch_related("divisions"))
    communities = Division.objects.filter(pk__in=by_community) if zones else Division.objects.none()
    homes = list(communities.values_list("pk", "street_id", "district_id"))
    for zone in zones:
        inside = {division.pk for division in zone.divisions.all()}
        for home in homes:
            if inside.intersection(home):
                size_of[home[0]] = min(zone.pool_size, size_of.get(home[0], zone.pool_size))
    people: Counter[int] = Counter()
    for community_id, count in by_community.items():
        people[size_of.get(community_id, round_.pool_size)] += count
    for size, count, default in _in_groups(round_, by_community, size_of):
        people[size] += count
        people[default] -= count
    return [plan.Pool(count, size) for size, count in sorted(people.items()) if count > 0]


def _in_groups(
    round_: Round, by_community: dict[int, int], size_of: dict[int, int]
) -> list[tuple[int, int, int]]:
    """(smaller tube, people, tube they would have had) of groups with a pool size of their own.

    Counted when the targets were frozen; before that nobody is told apart.
    """
    rows = TargetGroup.objects.filter(version__round=round_, version__is_current=True)
    out = []
    for community_id, size, count in rows.values_list("community_id", "group__pool_size", "people"):
        usual = size_of.get(community_id, round_.pool_size)
        if size and size < usual and community_id in by_community:
            out.append((size, count, usual))
    return out


def _length(round_: Round) -> Decimal:
    """Hours from the start to the planned end; 24 where no end is planned."""
    if round_.planned_end_at is None:
        return Decimal(24)
    return _hours(round_.starts_at, round_.planned_end_at)


def _hours(start: datetime, end: datetime) -> Decimal:
    return Decimal((end - start).total_seconds()) / 3600


def _dues(round_: Round, by_community: dict[int, int], norms: dict[str, Norm]) -> list[Due]:
    street_of = dict(Division.objects.filter(pk__in=by_community).values_list("pk", "street_id"))
    by_street: Counter[int] = Counter()
    for community_id, count in by_community.items():
        by_street[street_of[community_id] or 0] += count
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
