"""What disturbs an operator: new groups; one rule in many streets at once is one matter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

TEN_MINUTES = timedelta(minutes=10)
RuleKey = TypeVar("RuleKey", int, str)


def disturbances(groups: Iterable[tuple[datetime, RuleKey]]) -> list[datetime]:
    """When an operator is disturbed by groups given as (raised at, rule), in order of time.

    Groups of the same rule within ten minutes are one matter, however many streets it takes in.
    """
    last: dict[RuleKey, datetime] = {}
    found = []
    for at, rule in sorted(groups, key=lambda group: group[0]):
        if rule not in last or at - last[rule] >= TEN_MINUTES:
            last[rule] = at
            found.append(at)
    return found


def busiest(times: list[datetime]) -> int:
    """The most disturbances within any ten minutes."""
    return max((sum(at <= other < at + TEN_MINUTES for other in times) for at in times), default=0)
