"""Need against supply along time: pure arithmetic over stretches of people.

A stretch is so many people of one role at one spot from one time to another. Sweeping over the
beginnings and ends of all of them gives what is missing at every moment; a column of a board then
shows its worst one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many people of a role at a spot, from `starts_at` to (and without) `ends_at`."""

    spot: str
    role_id: int
    starts_at: datetime
    ends_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class RoleCount:
    """Needed and booked people of one role at one moment."""

    role_id: int
    needed: int
    booked: int

    @property
    def missing(self) -> int:
        """People who are needed and not booked; a surplus elsewhere fills no gap here."""
        return max(0, self.needed - self.booked)


@dataclass(frozen=True, slots=True)
class Moment:
    """How a spot stands from `starts_at` to `ends_at`, during which nothing changes.

    `missing` is the sum over the roles: a surplus in one fills no gap in another.
    """

    starts_at: datetime
    ends_at: datetime
    roles: tuple[RoleCount, ...] = ()
    needed: int = 0
    booked: int = 0
    missing: int = 0

    @classmethod
    def of(cls, starts_at: datetime, ends_at: datetime, roles: tuple[RoleCount, ...]) -> Moment:
        """A moment with its sums: they are asked for again and again."""
        return cls(
            starts_at, ends_at, roles, sum([role.needed for role in roles]),
            sum([role.booked for role in roles]), sum([role.missing for role in roles]),
        )  # fmt: skip

    @property
    def widest(self) -> RoleCount | None:
        """The role that lacks most people; None where nobody is missing."""
        lacking = [role for role in self.roles if role.missing]
        return max(lacking, key=lambda role: (role.missing, -role.role_id), default=None)


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of a board: equal steps from `starts_at` on."""

    starts_at: datetime
    step: timedelta
    columns: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.step * self.columns

    @property
    def starts(self) -> list[datetime]:
        """When each column begins."""
        return [self.starts_at + self.step * number for number in range(self.columns)]

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return starts_at < self.ends_at and ends_at > self.starts_at


def moments(
    needs: Iterable[Stretch], supply: Iterable[Stretch], *, starts_at: datetime, ends_at: datetime
) -> list[Moment]:
    """The unchanging stretches of one spot between two times, in order and without a gap."""
    steps: dict[datetime, dict[int, list[int]]] = defaultdict(dict)
    for place, stretches in enumerate((needs, supply)):
        for each in stretches:
            begins, ends = max(each.starts_at, starts_at), min(each.ends_at, ends_at)
            if begins < ends:
                steps[begins].setdefault(each.role_id, [0, 0])[place] += each.people
                steps[ends].setdefault(each.role_id, [0, 0])[place] -= each.people
    edges = sorted({starts_at, *steps, ends_at})
    now: dict[int, list[int]] = {}
    found = []
    for begins, ends in pairwise(edges):
        for role, (needed, booked) in steps.get(begins, {}).items():
            counts = now.setdefault(role, [0, 0])
            counts[0] += needed
            counts[1] += booked
        roles = tuple(RoleCount(r, *counts) for r, counts in sorted(now.items()) if any(counts))
        found.append(Moment.of(begins, ends, roles))
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring columns that show the same: `span` columns from `starts_at` to `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    span: int
    worst: Moment


def runs(needs: Sequence[Stretch], supply: Sequence[Stretch], frame: Frame) -> list[Run]:
    """One spot's columns, each by its worst moment, equal neighbours put together."""
    if not needs and not supply:
        nothing = Moment(frame.starts_at, frame.ends_at)
        return [Run(frame.starts_at, frame.ends_at, frame.columns, nothing)]
    found: list[Run] = []
    order = moments(needs, supply, starts_at=frame.starts_at, ends_at=frame.ends_at)
    at = 0
    for starts_at in frame.starts:
        ends_at = starts_at + frame.step
        while order[at].ends_at <= starts_at:
            at += 1
        within = at
        worst = order[at]
        while within < len(order) and order[within].starts_at < ends_at:
            if _worse(order[within], worst):
                worst = order[within]
            within += 1
        if found and found[-1].worst.roles == worst.roles:
            last = found[-1]
            found[-1] = Run(last.starts_at, ends_at, last.span + 1, last.worst)
        else:
            found.append(Run(starts_at, ends_at, 1, worst))
    return found


def _worse(one: Moment, other: Moment) -> bool:
    return (one.missing, one.needed, one.booked) > (other.missing, other.needed, other.booked)
