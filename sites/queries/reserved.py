"""Compounds and the places they keep for sampling (S081)."""

from __future__ import annotations

from django.db.models import Count, Prefetch, QuerySet

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.scope import Scope
from sites.models import ReservedSite

WANTED = 3
"""Places that every residential compound keeps for sampling."""


def compounds_of(scope: Scope, *, only_short: bool) -> QuerySet[Division]:
    """The compounds of one's area with their places, the shortest first."""
    compounds = (
        Division.objects.within(scope)
        .current()
        .filter(level=Level.COMPOUND)
        .annotate(kept=Count("reserved"))
        .prefetch_related(Prefetch("reserved", ReservedSite.objects.order_by("name")))
    )
    if only_short:
        compounds = compounds.filter(kept__lt=WANTED)
    return compounds.order_by("kept", "code")
