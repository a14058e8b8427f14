"""What the API shows of the plan: divisions, campaigns, rounds and frozen targets, by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import Campaign, Division, Round, RoundTarget
from core.scope import Scope
from reporting.progress.queries import visible_rounds

Asked = Mapping[str, Any]
"""The filters of a list, by name."""


def numbers(keys: Sequence[str]) -> list[int]:
    """Keys that are numbers of the database's size; others name nothing."""
    whole = (int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= 10)
    return [key for key in whole if key < 2**31]


def by_key(rows: QuerySet[Any]) -> dict[str, Any]:
    """Rows by their primary key as text."""
    return {str(row.pk): row for row in rows}


def divisions(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Division]:
    """Divisions of one's area."""
    return by_key(Division.objects.within(scope).filter(pk__in=numbers(keys)))


def campaigns(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Campaign]:
    """Campaigns of one's districts, and those with a round in one's streets."""
    own = Campaign.objects.within(scope).values("pk")
    touching = visible_rounds(scope).order_by().values("campaign_id")
    rows = Campaign.objects.filter(Q(pk__in=own) | Q(pk__in=touching), pk__in=numbers(keys))
    return by_key(rows)


def rounds(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, Round]:
    """Rounds past drafting that touch one's area, with their deadlines and target versions."""
    rows = visible_rounds(scope).filter(pk__in=numbers(keys))
    found = by_key(rows.prefetch_related("target_versions", "deadlines__division"))
    for each in found.values():
        own = scope.everything or each.campaign.district_id in scope.districts
        each.own_deadlines = [
            deadline
            for deadline in each.deadlines.all()
            if own
            or deadline.division.street_id in scope.streets
            or deadline.division.street_id is None
        ]
        each.versions = sorted(each.target_versions.all(), key=lambda v: v.version)
    return found


def targets(scope: Scope, keys: Sequence[str], _asked: Asked) -> Mapping[str, RoundTarget]:
    """Targets of communities in one's area, of every version. They never change."""
    rows = RoundTarget.objects.within(scope).filter(pk__in=numbers(keys))
    return by_key(rows.select_related("version"))


def targets_at(
    scope: Scope, as_of: datetime, asked: Asked, after: int, limit: int
) -> list[RoundTarget]:
    """Targets of every version frozen by then, ordered by id, after one id."""
    rows = RoundTarget.objects.within(scope).filter(version__frozen_at__lte=as_of)
    return after_id(narrowed(rows.select_related("version"), asked), after, limit)


def narrowed(rows: QuerySet[Any], asked: Asked, *, round: str = "round_id") -> QuerySet[Any]:
    """Rows of the round and street that were asked for; `round` is the lookup of its id."""
    if "round" in asked:
        rows = rows.filter(**{round: asked["round"]})
    if "street" in asked:
        rows = rows.filter(street_id=asked["street"])
    return rows


def after_id(rows: QuerySet[Any], after: int, limit: int) -> list[Any]:
    """The next rows in order of their ids."""
    return list(rows.filter(pk__gt=after).order_by("pk")[:limit])
