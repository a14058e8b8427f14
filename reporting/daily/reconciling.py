"""Why a street's number and the scans differ: a small ledger that always adds up.

Pure. Persons are compared with persons, swabs with swabs, tubes with tubes; nothing is converted.
For every ledger: sum of the causes + unexplained = reported - scanned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Cause(models.TextChoices):
    """Everything that may lie between two counts of one thing, in the order it is told."""

    SINCE = "since", _("counted after the number was taken")
    LATE = "late", _("arrived after the cut-off")
    VOIDED = "voided", _("voided after the cut-off")
    RECOUNTED = "recounted", _("recounted since the cut-off")
    TALLIED = "tallied", _("tallied on paper")
    SHORT_TUBES = "short_tubes", _("tubes that were not filled up")
    OFF_REGISTER = "off_register", _("people off the register")
    EXEMPT = "exempt", _("exempt people")
    OUTSIDE = "outside", _("people of communities outside the round")
    SECOND_SWABS = "second_swabs", _("second swabs")
    STATED = "stated", _("said by the street")


CERTAIN = (Cause.SINCE, Cause.LATE, Cause.VOIDED, Cause.RECOUNTED)
"""These follow from times alone; of the others it is known only that the number fits."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one number. `scanned` is what the system holds now of the time before the
    cut-off; `kept` what it held at the cut-off (None while that lies ahead); `taken` what it
    showed when the number was entered (None where it showed nothing); `voided_since` those voided
    after the cut-off, where they are counted. `possible` are amounts by which a number would
    differ if it counted something else than the scans do.
    """

    reported: int
    scanned: int
    taken: int | None = None
    kept: int | None = None
    voided_since: int | None = None
    possible: Mapping[Cause, int] = field(default_factory=dict)
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One cause with its amount: positive where the street's number is higher for it."""

    cause: Cause
    amount: int

    @property
    def certain(self) -> bool:
        return self.cause in CERTAIN


@dataclass(frozen=True, slots=True)
class Ledger:
    """A difference and what it is made of. `spare` are known amounts that it does not need."""

    reported: int
    scanned: int
    entries: tuple[Entry, ...]
    unexplained: int
    spare: tuple[Entry, ...] = ()

    @property
    def difference(self) -> int:
        return self.reported - self.scanned

    def amount(self, cause: Cause) -> int:
        return sum(entry.amount for entry in self.entries if entry.cause == cause)


def explain(known: Known) -> Ledger:
    """The difference between what was reported and what was scanned, cause by cause.

    Times explain first. Of what then remains, the largest part that known amounts make up whole is
    named after them; the rest is what the street itself gave a reason for, or unexplained.
    """
    certain = _certain(known)
    rest = known.reported - known.scanned - sum(entry.amount for entry in certain)
    fitting = _fitting(rest, known.possible)
    rest -= sum(entry.amount for entry in fitting)
    stated = [Entry(Cause.STATED, rest)] if rest and known.stated else []
    used = {entry.cause for entry in fitting}
    spare = [Entry(c, n) for c, n in known.possible.items() if n and c not in used]
    return Ledger(
        known.reported,
        known.scanned,
        _ordered([*certain, *fitting, *stated]),
        0 if stated else rest,
        _ordered(spare),
    )


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """Ledgers of several places as one: every amount added to its like."""
    found = list(ledgers)
    return Ledger(
        sum(ledger.reported for ledger in found),
        sum(ledger.scanned for ledger in found),
        _added([entry for ledger in found for entry in ledger.entries]),
        sum(ledger.unexplained for ledger in found),
        _added([entry for ledger in found for entry in ledger.spare]),
    )


def _certain(known: Known) -> list[Entry]:
    """What the times of swabs and numbers explain."""
    amounts: dict[Cause, int] = {}
    if known.taken is not None:
        then = known.scanned if known.kept is None else known.kept
        amounts[Cause.SINCE] = known.taken - then
    if known.kept is not None:
        voided = known.voided_since or 0
        arrived = known.scanned - known.kept + voided
        amounts[Cause.VOIDED] = voided
        amounts[Cause.LATE if arrived > 0 else Cause.RECOUNTED] = -arrived
    return [Entry(cause, amount) for cause, amount in amounts.items() if amount]


def _fitting(rest: int, possible: Mapping[Cause, int]) -> list[Entry]:
    """The amounts that together come nearest to what remains without going beyond it; none is
    taken in part. Of several choices the one with fewest causes, then the first."""
    sign = 1 if rest > 0 else -1
    alike = [Entry(cause, n) for cause, n in possible.items() if n * sign > 0]
    best: tuple[Entry, ...] = ()
    for size in range(1, len(alike) + 1):
        for chosen in combinations(alike, size):
            reach = _sum(chosen) * sign
            if _sum(best) * sign < reach <= rest * sign:
                best = chosen
    return list(best)


def _sum(entries: Sequence[Entry]) -> int:
    return sum(entry.amount for entry in entries)


def _added(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    sums: dict[Cause, int] = {}
    for entry in entries:
        sums[entry.cause] = sums.get(entry.cause, 0) + entry.amount
    return _ordered([Entry(cause, amount) for cause, amount in sums.items() if amount])


def _ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    order = list(Cause)
    return tuple(sorted(entries, key=lambda entry: order.index(entry.cause)))
