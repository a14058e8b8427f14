"""What the points of a street still lack: two fixed and N more, and room for its people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from campaigns.models import Division, Round, RoundTarget
from campaigns.norms import norms_of
from campaigns.plan import points_needed
from campaigns.queries.areas import streets_of
from core.scope import Scope
from sites.models import SamplingPoint
from sites.models.points import State

FIXED_A_STREET = 2
"""The 2 of "2 + N": fixed points that every street keeps (S065)."""


@dataclass(frozen=True)
class StreetRule:
    """A street against the rule of 2 + N: N follows from its people and the norm per point."""

    street: Division
    people: int
    fixed: int
    others: int
    people_per_point: int
    points_for_people: int

    @property
    def points(self) -> int:
        return self.fixed + self.others

    @property
    def needed(self) -> int:
        """Points for the street's people; at least the two fixed ones."""
        return max(self.points_for_people, FIXED_A_STREET)

    @property
    def others_needed(self) -> int:
        return self.needed - FIXED_A_STREET

    @property
    def fixed_short(self) -> int:
        return max(FIXED_A_STREET - self.fixed, 0)

    @property
    def others_short(self) -> int:
        """Further points of any kind still wanted, once the two fixed ones are there."""
        return max(self.needed - self.points - self.fixed_short, 0)

    @property
    def per_point(self) -> int | None:
        """People for each point, None without a point."""
        return math.ceil(self.people / self.points) if self.points else None

    @property
    def is_crowded(self) -> bool:
        """More people for a point than the norm: a crowd at one point infected dozens (X10)."""
        return self.per_point is not None and self.per_point > self.people_per_point

    @property
    def is_short(self) -> bool:
        return bool(self.fixed_short or self.others_short)


def street_rules(round_: Round, scope: Scope) -> list[StreetRule]:
    """Every street of the round in one's area, the shortest of points first.

    The rule is a street's affair: who holds single communities only is not shown it.
    """
    if not (scope.everything or scope.districts or scope.streets):
        return []
    targets = _targets_of(round_)
    return _rules(round_, _streets_of(round_, scope, targets), targets)


def rules_of(round_: Round, streets: Iterable[Division]) -> list[StreetRule]:
    """These streets against the rule, the shortest of points first; a closed point is none."""
    return _rules(round_, streets, _targets_of(round_))


def _rules(
    round_: Round, streets: Iterable[Division], targets: Mapping[int, int]
) -> list[StreetRule]:
    norms = norms_of(round_.campaign.district_id)
    people = {street.pk: targets.get(street.pk, street.population or 0) for street in streets}
    counts = {
        row["street_id"]: (row["fixed"], row["others"])
        for row in SamplingPoint.objects.of_round(round_.pk)
        .filter(street_id__in=people)
        .exclude(state=State.CLOSED)
        .order_by()
        .values("street_id")
        .annotate(
            fixed=Count("pk", filter=Q(kind=SamplingPoint.Kind.FIXED)),
            others=Count("pk", filter=~Q(kind=SamplingPoint.Kind.FIXED)),
        )
    }
    rules = [
        StreetRule(
            street=street,
            people=people[street.pk],
            fixed=counts.get(street.pk, (0, 0))[0],
            others=counts.get(street.pk, (0, 0))[1],
            people_per_point=int(norms["people_per_point"].value),
            points_for_people=points_needed(people[street.pk], norms),
        )
        for street in streets
    ]
    return sorted(rules, key=lambda rule: (-rule.fixed_short - rule.others_short, rule.street.code))


def _streets_of(round_: Round, scope: Scope, targets: Mapping[int, int]) -> list[Division]:
    """Streets of one's area that the round covers; all of the district while nothing says so.

    Frozen targets say so first: they stand even if the area has been changed since.
    """
    mine = Division.objects.streets().filter(district_id=round_.campaign.district_id).within(scope)
    named = set(targets) or set(streets_of(round_).values_list("pk", flat=True))
    streets = mine.filter(pk__in=named) if named else mine.current()
    return list(streets.order_by("code"))


def _targets_of(round_: Round) -> dict[int, int]:
    """People of each street in the frozen targets; before a freeze nothing."""
    targets = RoundTarget.objects.filter(round=round_, version__is_current=True)
    return dict(targets.values_list("street_id").annotate(Sum("target")))
