"""Machine clients as pages show them: what each may, whether it pulls, and what it pulled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from oauth2_provider.models import AccessToken

from core.scope import Scope
from reporting.outlets.models import ApiClient, PersonsGrant, Pull

DAYS_SHOWN = 7


@dataclass(frozen=True)
class PulledDay:
    """What a client pulled from one endpoint on one real day. `bytes` counts only those noted."""

    day: date
    endpoint: str
    requests: int
    rows: int
    bytes: int
    faults: int


def clients_within(scope: Scope, *, at: datetime) -> QuerySet[ApiClient]:
    """Clients of one's districts, working ones first, each with what the list says of it.

    `living_tokens`, `last_pull_at`, `pulls_of_day` (the last 24 hours of real time), `persons`
    (granted) and `persons_asked`. What was refused is no pull here: a client that gets nothing
    does not work.
    """
    grants = PersonsGrant.objects.filter(client=OuterRef("pk"), ended_at__isnull=True)
    answered = Pull.objects.filter(client=OuterRef("pk"), status__lt=400)
    newest = answered.order_by("-recorded_at")
    lately = answered.filter(recorded_at__gt=at - timedelta(days=1))
    return (
        ApiClient.objects.within(scope)
        .select_related("district")
        .annotate(
            living_tokens=_number(
                AccessToken.objects.filter(application=OuterRef("pk"), expires__gt=at),
                "application",
            ),
            last_pull_at=Subquery(newest.values("recorded_at")[:1]),
            pulls_of_day=_number(lately, "client"),
            persons=Exists(grants.filter(granted=True)),
            persons_asked=Exists(grants.filter(granted__isnull=True)),
        )
        .order_by("revoked_at", "name", "pk")
    )


def pulled_days(client: ApiClient, *, at: datetime) -> list[PulledDay]:
    """What the client pulled in the last seven days of real time, by day and endpoint."""
    rows = (
        Pull.objects.filter(client=client, recorded_at__gt=at - timedelta(days=DAYS_SHOWN))
        .annotate(day=TruncDate("recorded_at"))
        .values("day", "endpoint")
        .annotate(
            requests=Count("pk"),
            all_rows=Coalesce(Sum("rows"), 0),
            all_bytes=Coalesce(Sum("bytes"), 0),
            faults=Count("pk", filter=Q(status__gte=400)),
        )
        .order_by("-day", "endpoint")
    )
    return [
        PulledDay(
            row["day"], row["endpoint"], row["requests"], row["all_rows"], row["all_bytes"],
            row["faults"],
        )
        for row in rows
    ]  # fmt: skip


def last_pulls(client: ApiClient, *, most: int = 20) -> list[Pull]:
    """The client's newest pulls."""
    return list(Pull.objects.filter(client=client).order_by("-recorded_at", "-pk")[:most])


def grants_of(client: ApiClient) -> list[PersonsGrant]:
    """All that was asked and decided about rows of people, the newest first."""
    return list(client.persons_grants.order_by("-asked_at", "-pk"))


def _number(rows: QuerySet[Any], of: str) -> Coalesce:
    counted = rows.order_by().values(of).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
