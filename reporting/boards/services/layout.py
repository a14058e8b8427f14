"""Who stands where on the map: moved, swapped, read from a file, or left to the automatic one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from reporting.boards import hexes
from reporting.boards.hexes import Place
from reporting.boards.models import MapCell

FURTHEST = 2000


def communities_of(scope: Scope) -> list[Division]:
    """The current communities of one's area, by street and code."""
    found = Division.objects.communities().current().within(scope)
    return list(found.order_by("district_id", "street_id", "code", "pk"))


def places_of(groups: list[list[int]], scope: Scope) -> dict[int, Place]:
    """Where each community stands, in one's own area: stored, or automatic.

    `groups` are the communities' ids, a list for each street.
    """
    wanted = [key for group in groups for key in group]
    stored = MapCell.objects.within(scope).filter(pk__in=wanted)
    known = {key: (q, r) for key, q, r in stored.values_list("pk", "q", "r")}
    return hexes.completed(groups, known)


def by_street(communities: list[Division]) -> list[list[int]]:
    """Ids of communities in one list a street, in the order given."""
    groups: dict[int | None, list[int]] = {}
    for community in communities:
        groups.setdefault(community.street_id, []).append(community.pk)
    return list(groups.values())


@transaction.atomic
def move_community(
    *, division_id: int, to: Place | str, scope: Scope, by: str, at: datetime
) -> Place:
    """Put a community on a hex (or one step in a direction); whoever stands there takes its place.

    The first move keeps the automatic map as it stands, so that nothing else moves. Raises
    Refused.
    """
    community = Division.objects.communities().current().within(scope).filter(pk=division_id)
    found = community.first()
    if found is None or found.district_id is None:
        raise Refused("community_unknown", _("There is no such community in your area."))
    places = _fixed(found.district_id, scope)
    here = places[found.pk]
    there = hexes.neighbour(here, to) if isinstance(to, str) else to
    if max(map(abs, there)) > FURTHEST:
        raise Refused("hex_far", _("This hex is too far away."))
    if there == here:
        return here
    moved = {found.pk: there}
    other = next((key for key, place in places.items() if place == there), None)
    if other is not None:
        moved[other] = here
    _store(moved, found.district_id)
    _note(by, at, "map.move", found.district_id, moved=len(moved))
    return there


@transaction.atomic
def arrange(*, places: Mapping[int, Place], scope: Scope, by: str, at: datetime) -> int:
    """Put many communities where a file says; the others stay near their street. Their number.

    Communities outside of the scope are left out.
    """
    communities = {c.pk: c for c in communities_of(scope)}
    mine = {key: place for key, place in places.items() if key in communities}
    for district_id in sorted({communities[key].district_id or 0 for key in mine}):
        named_lock(f"map {district_id}")
        here = [c for c in communities.values() if c.district_id == district_id]
        own = {c.pk: mine[c.pk] for c in here if c.pk in mine}
        MapCell.objects.filter(district_id=district_id).delete()
        _store(hexes.completed(by_street(here), own), district_id)
        _note(by, at, "map.arrange", district_id, placed=len(own))
    return len(mine)


@transaction.atomic
def forget_arrangement(*, scope: Scope, by: str, at: datetime) -> None:
    """Go back to the automatic map."""
    for district_id in sorted(scope.districts):
        named_lock(f"map {district_id}")
        MapCell.objects.filter(district_id=district_id).delete()
        _note(by, at, "map.automatic", district_id)


def _fixed(district_id: int, scope: Scope) -> dict[int, Place]:
    """Where everybody in the district stands, stored from now on.

    Communities that exist no more give up their hex: nobody sees them stand there.
    """
    named_lock(f"map {district_id}")
    current = Division.objects.communities().current().filter(district_id=district_id)
    MapCell.objects.filter(district_id=district_id).exclude(pk__in=current.values("pk")).delete()
    here = [c for c in communities_of(scope) if c.district_id == district_id]
    places = places_of(by_street(here), scope)
    known = set(MapCell.objects.filter(district_id=district_id).values_list("pk", flat=True))
    _store({key: place for key, place in places.items() if key not in known}, district_id)
    return places


def _store(places: Mapping[int, Place], district_id: int) -> None:
    MapCell.objects.bulk_create(
        [
            MapCell(division_id=key, district_id=district_id, q=q, r=r)
            for key, (q, r) in sorted(places.items())
        ],
        update_conflicts=True,
        unique_fields=["division"],
        update_fields=["q", "r"],
    )


def _note(by: str, at: datetime, act: str, district_id: int, **summary: int) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="map",
        object_id=str(district_id),
        district_id=district_id,
        **summary,
    )
