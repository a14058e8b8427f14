"""The strip above the board: what is missing in each street now and next, and how the rest stands.

One statement for all streets of a district, whatever their number of points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.scope import Scope
from logistics.models import Order, OrderState
from logistics.queries.fleet import Fleet, fleet
from personnel.queries.staffing import Lack, lacks


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
        for streets in (self.now, self.next):
            for street, lack in streets.items():
                if street is not None:
                    totals[street] = max(totals.get(street, 0), lack.missing)
        worst = max(totals, key=lambda street: (totals[street], -street), default=None)
        return worst if worst is not None and totals[worst] else None


def strip(scope: Scope, *, at: datetime, soon: datetime) -> Strip:
    """The figures above the board for one's area."""
    now, later = lacks(scope, at, soon)
    waiting = Order.objects.within(scope).filter(state=OrderState.REQUESTED)
    return Strip(
        as_of=at, soon=soon, now=now, next=later, fleet=fleet(scope, at=at),
        unanswered=waiting.count(), overdue=waiting.filter(answer_by__lt=at).count(),
    )  # fmt: skip
