"""Buildings with who answers for each, those nobody answers for first (S029)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.scope import Scope
from personnel.models import PatchAssignment, StaffMember


@dataclass(frozen=True)
class Covered:
    """One street or community: its buildings, and how many have somebody."""

    division: Division
    buildings: int
    owned: int

    @property
    def missing(self) -> int:
        return self.buildings - self.owned


SEALED = ("id_number", "name", "phone", "home_unit__phone")
"""Encrypted columns: to open them for a list takes long, and lists show masks only."""


def standing_at(at: datetime) -> Q:
    """Assignments in force at a moment."""
    return Q(starts_at__lte=at) & (Q(ends_at__isnull=True) | Q(ends_at__gt=at))


def _buildings(scope: Scope) -> QuerySet[Division]:
    return Division.objects.within(scope).current().filter(level=Level.BUILDING)


def covered(
    scope: Scope, divisions: QuerySet[Division], key: str, *, at: datetime
) -> list[Covered]:
    """Streets or communities with their buildings; `key` is the building's column naming them."""
    found = list(divisions.order_by("code"))
    which = {f"{key}__in": [each.pk for each in found]}
    buildings = _buildings(scope).filter(**which).order_by()
    held = PatchAssignment.objects.filter(standing_at(at), building__valid_to=None, **which)
    there = dict(buildings.values_list(key).annotate(n=Count("pk")))
    owned = dict(held.order_by().values_list(key).annotate(n=Count("pk")))
    return [Covered(each, there.get(each.pk, 0), owned.get(each.pk, 0)) for each in found]


def streets_covered(scope: Scope, *, at: datetime) -> list[Covered]:
    """The streets of one's area, the one with most buildings forgotten first."""
    streets = Division.objects.within(scope).streets().current()
    rows = covered(scope, streets, "street_id", at=at)
    return sorted(rows, key=lambda each: -each.missing)


def communities_covered(scope: Scope, street: Division, *, at: datetime) -> list[Covered]:
    """The communities of one street."""
    communities = Division.objects.within(scope).communities().current()
    return covered(scope, communities.filter(street_id=street.pk), "community_id", at=at)


def buildings_of(
    scope: Scope,
    street: Division,
    *,
    at: datetime,
    community_id: int | None = None,
    only_missing: bool = False,
    text: str = "",
) -> QuerySet[Any]:
    """Buildings of a street with whether somebody answers for them; those without first."""
    held = PatchAssignment.objects.filter(standing_at(at), street_id=street.pk)
    # As a set, so that the database looks them up in memory and not one by one.
    is_owned = ExpressionWrapper(Q(pk__in=held.values("building_id")), output_field=BooleanField())
    found = (
        _buildings(scope)
        .filter(street_id=street.pk)
        .annotate(is_owned=is_owned)
        .select_related("parent")
    )
    if community_id is not None:
        found = found.filter(community_id=community_id)
    if only_missing:
        found = found.filter(is_owned=False)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text))
    return found.order_by("is_owned", "community_id", "code")


@dataclass(frozen=True)
class Held:
    """Who answers for a building, since when; `owner` is None for somebody one may not see."""

    owner: StaffMember | None
    since: datetime


def owners_of(buildings: Sequence[Division], scope: Scope, *, at: datetime) -> dict[int, Held]:
    """Who answers for each of these buildings."""
    rows = list(PatchAssignment.objects.filter(standing_at(at), building__in=buildings))
    people = StaffMember.objects.within(scope).select_related("home_unit").defer(*SEALED)
    known = people.in_bulk([row.owner_id for row in rows])
    return {row.building_id: Held(known.get(row.owner_id), row.starts_at) for row in rows}


def owners_for(scope: Scope, street: Division, *, at: datetime) -> QuerySet[Any]:
    """People who can answer for buildings of a street, with how many they have already."""
    own = Q(patches__street_id=street.pk) & (
        Q(patches__ends_at__isnull=True) | Q(patches__ends_at__gt=at)
    )
    return (
        StaffMember.objects.within(scope)
        .serving()
        .filter(street_id=street.pk)
        .annotate(buildings=Count("patches", filter=own))
        .select_related("home_unit")
        .defer(*SEALED)
        .order_by(F("buildings").desc(), "name_mask", "id_last4")
    )
