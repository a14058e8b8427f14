"""What a round covers: the streets and communities of its area and of its risk zones."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q

from campaigns.models import Division, Round
from campaigns.models.divisions import DivisionQuerySet, Level
from core.statements import run

_NAMED = """
    SELECT d.id, d.level FROM campaigns_division d
    WHERE d.id IN (SELECT division_id FROM campaigns_roundarea WHERE round_id = %(round)b
                   UNION ALL
                   SELECT i.division_id FROM campaigns_riskzone_divisions i
                   JOIN campaigns_riskzone z ON z.id = i.riskzone_id WHERE z.round_id = %(round)b)
"""


def communities_of(round_: Round) -> DivisionQuerySet:
    """Current communities that the round's area or one of its zones names, by code.

    What is named is read at once: as part of the question it would stand in it three times, and
    pages ask this question several times over.
    """
    named: dict[str, list[int]] = defaultdict(list)
    for pk, level in run(_NAMED, {"round": round_.pk}):
        named[level].append(pk)
    inside = (
        Q(pk__in=named[Level.COMMUNITY])
        | Q(street_id__in=named[Level.STREET])
        | Q(district_id__in=named[Level.DISTRICT])
    )
    return Division.objects.current().communities().filter(inside).order_by("code")


def streets_of(round_: Round) -> DivisionQuerySet:
    """Streets and towns that have at least one community in the round, by code."""
    return Division.objects.filter(pk__in=communities_of(round_).values("street_id")).order_by(
        "code"
    )
