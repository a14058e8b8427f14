"""The rounds in which somebody sets up points, the newest that is not closed first."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from campaigns.models import Division, Round
from core.scope import Scope


def rounds_of(scope: Scope) -> list[Round]:
    """Rounds of the caller's districts that are not drafts of others' tables: newest first.

    Streets set up their points before targets are frozen, so a round of one's district is seen
    here even while no target of one's own names it. Pre-made plans stand last: they are prepared,
    never run.
    """
    if scope.everything:
        rounds = Round.objects.all()
    else:
        mine = Q(campaign__district_id__in=scope.districts)
        if scope.streets or scope.communities:
            seen = Division.objects.within(scope).values("district_id")
            mine |= Q(campaign__district_id__in=seen)
        rounds = Round.objects.filter(mine)
    return list(rounds.select_related("campaign").order_by("is_template", "-starts_at", "-pk"))


def chosen_round(rounds: Sequence[Round], asked: int | None) -> Round | None:
    """The round that was asked for, or the newest that is not closed, or the newest."""
    if asked is not None:
        return next((round_ for round_ in rounds if round_.pk == asked), None)
    going = [r for r in rounds if r.state != Round.State.CLOSED and not r.is_template]
    started = [r for r in going if r.state in ("running", "closing")]
    return next(iter(started or going or rounds), None)
