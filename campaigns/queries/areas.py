"""What a round covers: the streets and communities of its area and of its risk zones."""

from __future__ import annotations

from django.db.models import Q

from campaigns.models import Division, Round
from campaigns.models.divisions import DivisionQuerySet


def communities_of(round_: Round) -> DivisionQuerySet:
    """Current communities that the round's area or one of its zones names, by code."""
    named = Division.objects.filter(
        Q(pk__in=round_.areas.values("division")) | Q(zones__round=round_)
    ).values("pk")
    return (
        Division.objects.current()
        .communities()
        .filter(Q(pk__in=named) | Q(street_id__in=named) | Q(district_id__in=named))
        .order_by("code")
    )


def streets_of(round_: Round) -> DivisionQuerySet:
    """Streets and towns that have at least one community in the round, by code."""
    return Division.objects.filter(pk__in=communities_of(round_).values("street_id")).order_by(
        "code"
    )
