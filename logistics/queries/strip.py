"""The strip above the board: what is missing in each street now and next, and how the rest stands.

One statement for all streets of a district, whatever their number of points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.scope import Scope
from logistics.models import Order, OrderState
from logistics.queries.fleet import Fleet, fleet
from personnel.queries.staffing import gaps

_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Lack:
    """People needed, missing and present in a street at one moment."""

    needed: int = 0
    missing: int = 0
    present: int = 0


def missing_by_street(scope: Scope, *moments: datetime) -> list[dict[int | None, Lack]]:
    """For each moment, in order of time, what each street lacks; the district's own posts stand
    under None. Counted by place and role: a surplus at one point fills no gap at another."""
    found: list[dict[int | None, Lack]] = [{} for _moment in moments]
    for gap in gaps(scope, starts_at=moments[0], ends_at=moments[-1] + _INSTANT):
        if not gap.needed:
            continue
        for at, streets in zip(moments, found, strict=True):
            if gap.starts_at <= at < gap.ends_at:
                lack = streets.setdefault(gap.street_id, Lack())
                lack.needed += gap.needed
                lack.missing += gap.missing
                lack.present += min(gap.present, gap.needed)
    return found


@dataclass(frozen=True)
class Strip:
    """How dispatch stands at one moment; `soon` is the next column of the board."""

    as_of: datetime
    soon: datetime
    now: dict[int | None, Lack]
    next: dict[int | None, Lack]
    fleet: Fleet
    unanswered: int
    overdue: int

    @property
    def missing(self) -> int:
        return sum(lack.missing for lack in self.now.values())

    @property
    def missing_soon(self) -> int:
        return sum(lack.missing for lack in self.next.values())

    @property
    def needed(self) -> int:
        return sum(lack.needed for lack in self.now.values())

    def worst_street(self) -> int | None:
        """The street that lacks most people now or soon; None where nobody is missing."""
        totals: dict[int, int] = {}
        for lacks in (self.now, self.next):
            for street, lack in lacks.items():
                if street is not None:
                    totals[street] = max(totals.get(street, 0), lack.missing)
        worst = max(totals, key=lambda street: (totals[street], -street), default=None)
        return worst if worst is not None and totals[worst] else None


def strip(scope: Scope, *, at: datetime, soon: datetime) -> Strip:
    """The figures above the board for one's area."""
    now, later = missing_by_street(scope, at, soon)
    waiting = Order.objects.within(scope).filter(state=OrderState.REQUESTED)
    return Strip(
        as_of=at, soon=soon, now=now, next=later, fleet=fleet(scope, at=at),
        unanswered=waiting.count(), overdue=waiting.filter(answer_by__lt=at).count(),
    )  # fmt: skip
