"""Required, actual and missing per street: people counted from the list, other things as stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from campaigns.models import Division
from core.clock import day_of
from core.scope import Scope
from personnel.models import Qualification, ReadinessCount, ReadinessFloor, StaffMember
from personnel.queries.fitness import standing_on


@dataclass(frozen=True)
class Ready:
    """One floor in one street. `actual` is None where nobody has stated anything yet."""

    floor: ReadinessFloor
    street_id: int
    required: int
    actual: int | None
    stated_at: datetime | None = None

    @property
    def gap(self) -> int:
        """How many are missing; what was never stated counts as not there."""
        return max(self.required - (self.actual or 0), 0)

    @property
    def counted(self) -> bool:
        """Counted from the list of people rather than stated by the street."""
        return bool(self.floor.qualification_id or self.floor.role_id)


@dataclass(frozen=True)
class StreetReadiness:
    """All floors of one street, in the district's order."""

    street: Division
    rows: list[Ready]

    @property
    def short(self) -> int:
        """Floors that are not reached."""
        return sum(row.gap > 0 for row in self.rows)


def readiness(
    scope: Scope, *, at: datetime, street_ids: Sequence[int] | None = None
) -> list[StreetReadiness]:
    """Every street of one's area against every floor of its district, at a moment.

    A number of statements that does not grow with streets, people or floors.
    """
    streets = Division.objects.within(scope).streets().current()
    if street_ids is not None:
        streets = streets.filter(pk__in=street_ids)
    found = list(streets.order_by("code"))
    if not found:
        return []
    ids = [street.pk for street in found]
    floors: dict[int, list[ReadinessFloor]] = {}
    for floor in ReadinessFloor.objects.filter(district_id__in={s.district_id for s in found}):
        floors.setdefault(floor.district_id, []).append(floor)
    communities = Counter(
        Division.objects.communities()
        .current()
        .filter(street_id__in=ids)
        .values_list("street_id", flat=True)
    )
    held, working, stated = _qualified(ids, at), _in_roles(ids), _stated(ids, at)

    def row(floor: ReadinessFloor, street_id: int) -> Ready:
        times = communities[street_id] if floor.per == ReadinessFloor.Per.COMMUNITY else 1
        required = floor.required * times
        if floor.qualification_id:
            return Ready(floor, street_id, required, held[street_id, floor.qualification_id])
        if floor.role_id:
            return Ready(floor, street_id, required, working[street_id, floor.role_id])
        count = stated.get((street_id, floor.pk))
        if count is None:
            return Ready(floor, street_id, required, None)
        return Ready(floor, street_id, required, count.actual, count.at)

    return [
        StreetReadiness(street, [row(floor, street.pk) for floor in floors.get(district, [])])
        for street in found
        if (district := street.district_id) is not None
    ]


def _qualified(street_ids: Sequence[int], at: datetime) -> Counter[tuple[int, int]]:
    """People of each street who hold each qualification on that day, each person once."""
    rows = (
        Qualification.objects.filter(
            standing_on(day_of(at)),
            member__street_id__in=street_ids,
            member__left_at__isnull=True,
        )
        .values_list("member__street_id", "kind_id")
        .annotate(n=Count("member_id", distinct=True))
    )
    return Counter({(street, kind): n for street, kind, n in rows})


def _in_roles(street_ids: Sequence[int]) -> Counter[tuple[int, int]]:
    rows = (
        StaffMember.objects.serving()
        .filter(street_id__in=street_ids, roles__floors__isnull=False)
        .order_by()
        .values_list("street_id", "roles")
        .annotate(n=Count("pk", distinct=True))
    )
    return Counter({(street, role): n for street, role, n in rows})


def _stated(street_ids: Sequence[int], at: datetime) -> dict[tuple[int, int], ReadinessCount]:
    """The newest statement of each street about each floor."""
    newest = (
        ReadinessCount.objects.filter(street_id__in=street_ids, at__lte=at)
        .order_by("floor_id", "street_id", "-at", "-pk")
        .distinct("floor_id", "street_id")
    )
    return {(count.street_id, count.floor_id): count for count in newest}
