"""Requests that may be one person's: the same telephone, or the same door and masked name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count, F, QuerySet, Window
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from logistics.models import Visit, VisitState

MOST_SHOWN = 20
"""Pairs listed at a time; the next ones come up as these are decided."""
_MANY = 12
"""A telephone named so often is a community's own: it says nothing about who is who."""

SAME_PHONE, SAME_DOOR = _("same telephone"), _("same building and masked name")


@dataclass(frozen=True)
class Double:
    """Two requests for a person to look at; the first was asked first."""

    first: Visit
    second: Visit
    why: object


def likely_doubles(scope: Scope, round_id: int) -> list[Double]:
    """Pairs of standing requests of a round that nobody has decided about, the oldest first."""
    found = _undecided(scope, round_id)
    keys = sorted(found)[:MOST_SHOWN]
    visits = Visit.objects.select_related("community", "team").in_bulk(
        {pk for pair in keys for pk in pair}
    )
    return [Double(visits[one], visits[two], found[one, two]) for one, two in keys]


def count_doubles(scope: Scope, round_id: int) -> int:
    """How many pairs wait for somebody to decide."""
    return len(_undecided(scope, round_id))


def _undecided(scope: Scope, round_id: int) -> dict[tuple[int, int], object]:
    standing = Visit.objects.within(scope).filter(round_id=round_id)
    standing = standing.exclude(state__in=[VisitState.MERGED, VisitState.WITHDRAWN])
    at_home = standing.exclude(building="")
    reached = standing.filter(phone_print__isnull=False)
    found = _pairs(at_home, ("community_id", "building", "name_mask"), SAME_DOOR)
    found |= _pairs(reached, ("street_id", "phone_print"), SAME_PHONE)
    apart = _known_apart(round_id) if found else set()
    return {pair: why for pair, why in found.items() if pair not in apart}


def _pairs(
    standing: QuerySet[Visit], by: tuple[str, ...], why: object
) -> dict[tuple[int, int], object]:
    # Alike are those of one group; counted beside each row, so that one statement finds them all.
    among = Window(Count("pk"), partition_by=[F(field) for field in by])
    rows = standing.annotate(n=among).filter(n__gt=1, n__lte=_MANY)
    alike: dict[tuple[object, ...], list[tuple[int, object]]] = {}
    for pk, person_key, *key in rows.order_by("pk").values_list("pk", "person_key", *by):
        alike.setdefault(tuple(key), []).append((pk, person_key))
    return {
        (one, two): why
        for group in alike.values()
        for (one, first), (two, second) in combinations(group, 2)
        # Known documents that differ are two people, whatever they share.
        if first is None or second is None
    }


def _known_apart(round_id: int) -> set[tuple[int, int]]:
    """Pairs of a round that somebody has looked at and kept apart, the smaller key first."""
    links = Visit.distinct_from.through.objects.filter(from_visit__round_id=round_id)
    return {(min(pair), max(pair)) for pair in links.values_list("from_visit_id", "to_visit_id")}
