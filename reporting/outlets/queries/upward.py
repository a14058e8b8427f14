"""What goes to superiors, as the pages show it: a constant number of statements each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When

from campaigns.models import Division
from core.scope import Scope
from reporting.outlets.indicators import INDICATORS
from reporting.outlets.models import (
    UNSENT,
    Delivery,
    DeliveryState,
    Endpoint,
    Outlet,
    OutletRun,
    RunFile,
    Superior,
)
from reporting.outlets.services.upward_times import due_at, next_moment

RECENT_RUNS, RECENT_DELIVERIES, MOST_FIGURES = 50, 100, 400
COUNTED = timedelta(days=2)

# When a later issue of the same outlet was sent: the superior has newer figures since.
OVERTAKEN = Subquery(
    OutletRun.objects.filter(
        outlet=OuterRef("outlet"), number__gt=OuterRef("number"), sent_at__isnull=False
    )
    .order_by("sent_at")
    .values("sent_at")[:1]
)


@dataclass
class OutletRow:
    """An outlet with its last issue that has a file, the issue that is owed, and what is next."""

    outlet: Outlet
    last: OutletRun | None = None
    owed: OutletRun | None = None
    next_as_of: datetime | None = None
    next_due: datetime | None = None

    def late(self, at: datetime) -> bool:
        """Whether the superior should have it and has nothing."""
        return self.owed is not None and self.owed.due_at < at

    @property
    def until(self) -> datetime | None:
        """When something is to be there: of what is owed, or of what comes next."""
        return self.owed.due_at if self.owed is not None else self.next_due


@dataclass
class SuperiorRow:
    """A superior with what it gets and where that may be pushed to."""

    superior: Superior
    outlets: list[OutletRow] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)


def superior_rows(scope: Scope, at: datetime) -> list[SuperiorRow]:
    """Everybody above one's districts, with all that page S20 says of them."""
    superiors = Superior.objects.within(scope).select_related("district").order_by("pk")
    rows = {superior.pk: SuperiorRow(superior) for superior in superiors}
    outlets = list(
        Outlet.objects.filter(superior__in=rows).select_related("superior", "endpoint")
        .annotate(last_id=_newest(file__isnull=False), owed_id=_oldest_unsent())
        .order_by("-active", "pk")
    )  # fmt: skip
    wanted = {pk for outlet in outlets for pk in (outlet.last_id, outlet.owed_id) if pk}
    runs = OutletRun.objects.select_related("file").defer("file__data").in_bulk(wanted)
    for outlet in outlets:
        row = OutletRow(outlet, runs.get(outlet.last_id), runs.get(outlet.owed_id))
        if outlet.active:
            row.next_as_of = next_moment(outlet, at)
            row.next_due = due_at(outlet, row.next_as_of)
        rows[outlet.superior_id].outlets.append(row)
    for endpoint in Endpoint.objects.filter(superior__in=rows).order_by("pk"):
        rows[endpoint.superior_id].endpoints.append(endpoint)
    return list(rows.values())


def _newest(**conditions: object) -> Subquery:
    runs = OutletRun.objects.filter(outlet=OuterRef("pk"), **conditions)
    return Subquery(runs.order_by("-number").values("pk")[:1])


def _oldest_unsent() -> Subquery:
    """The issue that is owed for longest; one that a later one has overtaken is not waited for."""
    runs = OutletRun.objects.annotate(overtaken_at=OVERTAKEN).filter(
        outlet=OuterRef("pk"), state__in=UNSENT, overtaken_at__isnull=True
    )
    return Subquery(runs.order_by("due_at", "number").values("pk")[:1])


def runs_of(outlet: Outlet) -> QuerySet[OutletRun]:
    """The last issues of an outlet, the newest first, with how their last delivery stands."""
    last = Delivery.objects.filter(run=OuterRef("pk")).order_by("-made_at").values("state")[:1]
    runs = OutletRun.objects.filter(outlet=outlet).select_related("file", "round__campaign")
    return (
        runs.defer("file__data").annotate(delivery=Subquery(last)).order_by("-number")[:RECENT_RUNS]
    )


def deliveries_of(scope: Scope, state: str = "") -> QuerySet[Delivery]:
    """The last messages of one's districts: what is on its way or given up first."""
    found = Delivery.objects.within(scope).filter(Q(state=state) if state else Q())
    found = found.select_related("endpoint__superior", "run__outlet").defer("body")
    ended = Case(When(state=DeliveryState.SENT, then=1), default=0)
    return found.order_by(ended, "-made_at")[:RECENT_DELIVERIES]


def counted_deliveries(scope: Scope, now: datetime) -> dict[str, int]:
    """How many messages stand in each state; those delivered are of the last two days before `now`
    (real time)."""
    own = Delivery.objects.within(scope).filter(
        ~Q(state=DeliveryState.SENT) | Q(ended_at__gte=now - COUNTED)
    )
    counts = own.order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(DeliveryState.values, 0) | dict(counts)


def late_of(
    round_id: int, since: datetime, until: datetime, ahead: timedelta
) -> list[tuple[Any, ...]]:
    """Issues of a round that were due around a stretch of time and were not sent before it: opened,
    due, sent, overtaken, superior, title, number."""
    runs = OutletRun.objects.annotate(overtaken_at=OVERTAKEN).filter(
        round_id=round_id, due_at__lte=until + ahead, outlet__active=True
    )
    runs = runs.filter(Q(sent_at__isnull=True) | Q(sent_at__gt=since))
    return list(
        runs.order_by("due_at", "pk").values_list(
            "opened_at", "due_at", "sent_at", "overtaken_at", "outlet__superior__name",
            "outlet__title", "number",
        )
    )  # fmt: skip


def figures_of(scope: Scope, file: RunFile | None) -> list[dict[str, Any]]:
    """The first figures of a file: where each stands, what it is and of whom."""
    rows = file.figures[:MOST_FIGURES] if file else []
    streets = Division.objects.within(scope).in_bulk(
        {street for _sheet, _cell, _key, street, _value in rows if street}
    )
    return [
        {
            "sheet": sheet, "cell": cell, "name": INDICATORS[key].name if key in INDICATORS else "",
            "of": streets.get(street, ""), "value": value,
        }
        for sheet, cell, key, street, value in rows
    ]  # fmt: skip
