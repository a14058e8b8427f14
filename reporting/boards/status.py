"""One word for the state of a round or of a street, with the kind that gives it shape and colour.

The order of the rules matters: what nobody can judge (no data) must never look like being on time,
and a place that has finished is never late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reporting.progress import measures

TIGHT_POINTS = Decimal(3)  # behind the plan by this many points or more is worth a look


@dataclass(frozen=True)
class Status:
    """``kind`` chooses shape and colour (ok, done, warn, crit, stale, info), ``word`` says it."""

    kind: str
    word: str | Promise


DONE = Status("done", _("Done"))
JUST_BEGUN = Status("info", _("Just begun"))
ON_TIME = Status("ok", _("On time"))
CLOSED = Status("info", _("Closed"))
PLANNED = Status("info", _("Planned"))
TIGHT = Status("warn", _("Tight"))
NO_DATA = Status("stale", _("No data"))
LATE = Status("crit", _("Late"))
OVERDUE = Status("crit", _("Past deadline"))


def of_round(board: Any) -> Status:
    """The state of the whole round."""
    heard = board.figures.last_received_at
    place = _Place(
        figures=board.figures,
        remaining=board.figures.remaining,
        coverage=board.coverage,
        plan_share=measures.plan_share(board.as_of, board.round.starts_at, board.due_at),
        rate_per_hour=board.rate_per_hour,
        pace_needed=board.pace_needed,
        eta=board.eta,
        due_at=board.due_at,
        late=board.late,
        data_age=None if heard is None else max(board.as_of - heard, timedelta(0)),
    )
    return of_place(place, as_of=board.as_of, header=board.round)


def of_place(place: Any, *, as_of: datetime, header: Any) -> Status:
    """The state of a street's row at ``as_of``, in the round of the given header."""
    if as_of < header.starts_at:
        return PLANNED
    if place.figures.target and place.remaining <= 0:
        return DONE
    if header.state == "closed":
        return CLOSED
    if place.due_at is not None and as_of > place.due_at:
        return OVERDUE
    if place.data_age is not None and place.data_age > measures.STALE:
        return NO_DATA
    if place.late is not None and place.late > timedelta(0):
        return LATE
    if place.eta.at is None and _too_slow(place):
        return LATE
    found = _against_plan(place)
    if found is ON_TIME and place.eta.at is None and place.rate_per_hour is None:
        # The plan asks for almost nothing yet, and there is no hour of work to judge the pace by.
        return JUST_BEGUN
    return found


@dataclass(frozen=True)
class _Place:
    """The whole round, in the shape of a street's row."""

    figures: Any
    remaining: int
    coverage: Decimal | None
    plan_share: Decimal | None
    rate_per_hour: int | None
    pace_needed: int | None
    eta: Any
    due_at: datetime | None
    late: timedelta | None
    data_age: timedelta | None


def _too_slow(place: Any) -> bool:
    """Without a forecast: whether the present pace is below the one that is needed."""
    if place.rate_per_hour is None or place.pace_needed is None:
        return False
    return bool(place.rate_per_hour < place.pace_needed)


def _against_plan(place: Any) -> Status:
    """Tight when the slow end of the forecast misses the deadline, or the plan is well ahead."""
    slow_end = place.eta.high
    if slow_end is not None and place.due_at is not None and slow_end > place.due_at:
        return TIGHT
    if place.coverage is not None and place.plan_share is not None:
        if place.plan_share - place.coverage >= TIGHT_POINTS:
            return TIGHT
    return ON_TIME
