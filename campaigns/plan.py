"""First arithmetic of a round: points, units, samplers, tubes, and whether laboratories can follow.

Pure functions; each result names the norm it rests on, so that a page can show both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.norms import Norm

Norms = Mapping[str, Norm]


def up(value: Decimal) -> int:
    """The next whole number: half a desk is a desk."""
    return int(value.to_integral_value(rounding=ROUND_CEILING))


@dataclass(frozen=True)
class Pool:
    """People who share tubes of one size."""

    people: int
    pool_size: int


@dataclass(frozen=True)
class Need:
    """What a plan needs of one kind, and the norms that say so."""

    code: str
    title: Any
    value: int
    norms: tuple[Norm, ...]


def points_needed(people: int, norms: Norms) -> int:
    """Sampling points for so many people (people / people per point, rounded up)."""
    return up(people / norms["people_per_point"].value)


def units_needed(people: int, hours: Decimal, norms: Norms) -> int:
    """Units for so many people: the larger of the norm per unit and of what hours allow.

    `hours` are the hours in which units sample; a short round needs more desks.
    """
    by_norm = people / norms["people_per_unit"].value
    by_hours = people / (norms["people_per_unit_hour"].value * hours)
    return up(max(by_norm, by_hours))


def samplers_needed(people: int, norms: Norms) -> int:
    """Samplers on duty in 24 hours (people / 360)."""
    return up(people / norms["people_per_sampler"].value)


def tubes_needed(pools: Iterable[Pool], norms: Norms) -> int:
    """Tubes: the sum of people / pool size, times the allowance for tubes that are not full."""
    full = sum((Decimal(p.people) / p.pool_size for p in pools), Decimal(0))
    return up(full * norms["tube_allowance"].value)


def needs(people: int, pools: Iterable[Pool], hours: Decimal, norms: Norms) -> list[Need]:
    """The first four figures of a plan, in the order in which people ask for them."""
    by = norms.__getitem__
    return [
        Need("points", _("Points"), points_needed(people, norms), (by("people_per_point"),)),
        Need(
            "units",
            _("Units"),
            units_needed(people, hours, norms),
            (by("people_per_unit"), by("people_per_unit_hour")),
        ),
        Need(
            "samplers",
            _("Samplers in 24 hours"),
            samplers_needed(people, norms),
            (by("people_per_sampler"),),
        ),
        Need("tubes", _("Tubes"), tubes_needed(pools, norms), (by("tube_allowance"),)),
    ]


@dataclass(frozen=True)
class Provision:
    """A need beside what the plan has of it; `planned` is None where no room counts that kind."""

    need: Need
    planned: int | None

    @property
    def short(self) -> int:
        """How many are missing; 0 where the plan has enough, or nobody counts."""
        return 0 if self.planned is None else max(self.need.value - self.planned, 0)


def provisions(needs: Iterable[Need], planned: Mapping[str, int | None]) -> list[Provision]:
    """Each need with what is `planned` of its kind, by code."""
    return [Provision(need, planned.get(need.code)) for need in needs]


@dataclass(frozen=True)
class LabCheck:
    """Whether laboratories can report all tubes in time, in closed form.

    Tubes can be worked on from the first arrival (transport) until one laboratory time before
    the deadline; within that window the daily capacity is spread evenly, at best.
    """

    tubes: int
    tubes_per_day: int
    hours: Decimal
    window_hours: Decimal
    tubes_in_time: int
    needed_hours: Decimal
    needed_per_day: int | None

    @property
    def is_enough(self) -> bool:
        return self.tubes_in_time >= self.tubes

    @property
    def tubes_short(self) -> int:
        """Tubes that would be reported after the deadline."""
        return max(self.tubes - self.tubes_in_time, 0)


def lab_check(tubes: int, tubes_per_day: int, hours: Decimal, norms: Norms) -> LabCheck:
    """Check `tubes` against a capacity in tubes a day and `hours` from start to last report.

    `needed_hours` is the earliest end; `needed_per_day` the capacity that would be enough, None
    where transport and laboratory time alone already take longer than the round may.
    """
    fixed = norms["transport_hours"].value + norms["laboratory_hours"].value
    window = max(hours - fixed, Decimal(0))
    return LabCheck(
        tubes=tubes,
        tubes_per_day=tubes_per_day,
        hours=hours,
        window_hours=window,
        tubes_in_time=int(tubes_per_day * window / 24),
        needed_hours=(Decimal(tubes) * 24 / tubes_per_day + fixed).quantize(Decimal("0.1")),
        needed_per_day=up(tubes * 24 / window) if window else None,
    )
