"""Reading the activity log and the major events, as one area may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch
from django.db.models.functions import Coalesce

from core import clock
from core.scope import Scope
from reporting.alerts.models import LogEntry
from reporting.alerts.models.log import LogEntryQuerySet, Phrase
from reporting.alerts.queries.search import search


@dataclass(frozen=True)
class LogWish:
    """What of the log is asked for; empty fields ask for everything."""

    events: bool = False
    street: int = 0
    day: date | None = None
    role: str = ""
    place: int = 0
    words: str = ""


def entries(scope: Scope, wish: LogWish) -> LogEntryQuerySet:
    """The entries asked for, newest first, each with its title among the major events (or "") and
    its `amendments`, oldest first. An entry is found by the words of its amendments too."""
    rows: LogEntryQuerySet = LogEntry.objects.within(scope)
    if wish.words:
        hits = search(rows, wish.words, text=("text",), choices={"phrase": Phrase})
        rows = rows.filter(pk__in=hits.order_by().values_list(Coalesce("amends_id", "pk")))
    rows = rows.events() if wish.events else rows.originals().with_event()
    if wish.street:
        rows = rows.filter(street_id=wish.street)
    if wish.day is not None:
        begin, end = clock.start_of_day(wish.day), clock.end_of_day(wish.day)
        rows = rows.filter(happened_at__gte=begin, happened_at__lt=end)
    if wish.role:
        rows = rows.filter(role=wish.role)
    if wish.place:
        rows = rows.filter(place_id=wish.place)
    return with_amendments(rows).order_by("-happened_at", "-pk")


def with_amendments(rows: LogEntryQuerySet, as_of: datetime | None = None) -> LogEntryQuerySet:
    """Entries with what a page shows of each: place and amendments (with `as_of` those noted by
    then), two queries in all."""
    beneath = LogEntry.objects.select_related("place").order_by("pk")
    if as_of is not None:
        beneath = beneath.filter(at__lte=as_of)
    return rows.select_related("place").prefetch_related(Prefetch("amendments", beneath))


def positions(scope: Scope) -> list[tuple[str, int, str, str]]:
    """The positions that wrote: role, id of the place, its name and its English name."""
    rows = LogEntry.objects.within(scope).order_by("role", "place__code", "place_id")
    wanted = rows.values_list("role", "place_id", "place__name", "place__name_en", "place__code")
    return [row[:4] for row in wanted.distinct()]
