"""A card of today's page: one thing to do, how pressing it is, and the page where it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from core import clock
from core.scope import Scope

SOON = timedelta(minutes=30)
STANDINGS = ("crit", "warn", "info", "ok")


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to do: what, where, by when, and the page where it is done in one step."""

    icon: str
    title: str
    words: str
    url: str
    action: str
    standing: str
    word: str
    due_at: datetime | None = None
    since: datetime | None = None

    @property
    def rank(self) -> tuple[Any, ...]:
        """Overdue first, then what is due soonest, then what waits longest."""
        far = datetime.max.replace(tzinfo=clock.HERE)
        return STANDINGS.index(self.standing), self.due_at or far, self.since or far


Source = Callable[[Scope, datetime], Iterable[Card]]
MORE: list[Source] = []
"""Cards of rooms that stand above the boards; each adds its source when it is loaded."""


def pressing(due_at: datetime | None, at: datetime) -> tuple[str, str]:
    """(standing, word) of something that is due at a time."""
    if due_at is None:
        return "info", gettext("waits")
    if at > due_at:
        return "crit", gettext("overdue")
    return ("warn", gettext("due soon")) if due_at - at <= SOON else ("info", gettext("to do"))


def time_words(instant: datetime) -> str:
    """A cut-off as people say it: 15:00; midnight is 24:00 of the day before."""
    return clock.deadline_day(instant)[1]
