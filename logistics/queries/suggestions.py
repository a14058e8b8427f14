"""Teams and vehicles that could fill a gap, best first; a person chooses (S9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from core.scope import Scope
from logistics.models import Trip, Vehicle
from logistics.queries.fleet import free_vehicles
from personnel.models import SupportTeam, TeamDuty
from personnel.models.duty import DutyState


def teams_for(
    scope: Scope, *, starts_at: datetime, ends_at: datetime, street_id: int | None = None,
    people: int = 0, limit: int = 6,
) -> Sequence[SupportTeam]:  # fmt: skip
    """Teams that are here and free for the whole time: large enough first, then the nearest."""
    booked = TeamDuty.objects.filter(team=OuterRef("pk")).exclude(state=DutyState.CANCELLED)
    before = booked.filter(ends_at__lte=starts_at).order_by("-ends_at")
    found = (
        SupportTeam.objects.within(scope)
        .filter(Q(returns_at__isnull=True) | Q(returns_at__gte=ends_at), arrives_at__lte=starts_at)
        .exclude(Exists(booked.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)))
        .annotate(
            last_street=Subquery(before.values("street_id")[:1]),
            last_until=Subquery(before.values("ends_at")[:1]),
        )
        .select_related("sent_by")
    )
    return sorted(
        found,
        key=lambda team: (
            team.headcount < people,
            street_id is None or team.last_street != street_id,
            abs(team.headcount - people),
            team.code,
        ),
    )[:limit]


def teams_booked(scope: Scope, *, street_id: int | None, at: datetime) -> list[TeamDuty]:
    """Teams that are booked for a street now or later: who a vehicle might bring."""
    standing = [DutyState.BOOKED, DutyState.PRESENT]
    found = TeamDuty.objects.within(scope).filter(
        street_id=street_id, state__in=standing, ends_at__gt=at
    )
    return list(found.select_related("team").order_by("starts_at", "pk")[:40])


def vehicles_for(
    scope: Scope, *, starts_at: datetime, ends_at: datetime, kind: str = Trip.Kind.STAFF,
    street_id: int | None = None, people: int = 0, boxes: int = 0, limit: int = 6,
) -> Sequence[Vehicle]:  # fmt: skip
    """Vehicles that are free and large enough: in service before reserve, the street's own first,
    then the smallest that is enough."""
    found = free_vehicles(
        scope, starts_at=starts_at, ends_at=ends_at, kind=kind, people=people, boxes=boxes
    )
    return sorted(
        found,
        key=lambda each: (
            each.pool == Vehicle.Pool.RESERVE,
            street_id is None or each.street_id != street_id,
        ),
    )[:limit]
