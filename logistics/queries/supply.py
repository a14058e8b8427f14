"""What is needed and who is booked, as stretches: the rows beneath the dispatch board.

What a point needs is stated at the point; people booked at its units count for it. A team counts
by its parts, never by its listed members as well: they are booked with it, each by a duty of
their own that only keeps them from being booked twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, Count, F, FloatField, Func, Q, QuerySet, Sum, Value, When

from core.scope import Scope
from logistics.queries.sweep import Stretch
from personnel.models import Duty, Shift, TeamPlace
from personnel.models.duty import DutyState


class Seconds(Func):
    """An instant as seconds: reading a thousand times of day as text takes longer than all else."""

    template = "extract(epoch FROM %(expressions)s)::float8"
    output_field = FloatField()


def spot_of(place_id: int, point_id: int | None) -> str:
    """The key of a row: a point with all its units, or a place that stands alone."""
    return f"point-{point_id}" if point_id else f"place-{place_id}"


def standing_in(starts_at: datetime, ends_at: datetime, *, of: str = "") -> Q:
    """Rows that touch the time, cancelled ones left out; `of` leads to the booking."""
    return Q(
        **{f"{of}starts_at__lt": ends_at, f"{of}ends_at__gt": starts_at},
    ) & ~Q(**{f"{of}state": DutyState.CANCELLED})


def needs(
    scope: Scope, where: Q, span: tuple[datetime, datetime], role_id: int | None = None
) -> list[Stretch]:
    """Stated needs of the places that `where` names (a condition on the place)."""
    found = Shift.objects.within(scope).filter(where, starts_at__lt=span[1], ends_at__gt=span[0])
    if role_id:
        found = found.filter(role_id=role_id)
    return _stretches(found, Sum("needed"))


def supply(
    scope: Scope, where: Q, span: tuple[datetime, datetime], role_id: int | None = None
) -> list[Stretch]:
    """People booked at those places: single duties and parts of teams."""
    single = Duty.objects.within(scope).filter(where, standing_in(*span), team_duty__isnull=True)
    parts: QuerySet[Any] = (
        TeamPlace.objects.within(scope)
        .filter(where, standing_in(*span, of="duty__"))
        .annotate(starts_at=F("duty__starts_at"), ends_at=F("duty__ends_at"))
    )
    if role_id:
        single, parts = single.filter(role_id=role_id), parts.filter(role_id=role_id)
    return _stretches(single, Count("pk")) + _stretches(parts, Sum("people"))


def _stretches(rows: QuerySet[Any], people: Any) -> list[Stretch]:
    grouped = (
        rows.order_by()
        .values_list("place__point_id", "role_id")
        .annotate(
            begins=Seconds("starts_at"),
            ends=Seconds("ends_at"),
            # A point is one spot with all its units; other places stand for themselves.
            alone=Case(When(place__point__isnull=True, then=F("place_id")), default=Value(0)),
            n=people,
        )
    )
    known: dict[float, datetime] = {}
    return [
        Stretch(spot_of(place, point), role, _moment(begins, known), _moment(ends, known), n)
        for point, role, begins, ends, place, n in grouped
    ]


def _moment(seconds: float, known: dict[float, datetime]) -> datetime:
    """The instant of so many seconds; the same hours stand in hundreds of rows."""
    if seconds not in known:
        known[seconds] = datetime.fromtimestamp(seconds, UTC)
    return known[seconds]
