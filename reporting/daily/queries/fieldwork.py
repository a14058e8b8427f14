"""Visits, people on site and vehicles of a street at a moment, for the cells of its report.

Where nothing of the kind was ever entered for the street in the round, the system knows nothing:
a street that keeps its visits on paper types their number, and is not told nought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q

from campaigns.models import Round
from core.scope import Scope
from logistics.models import Trip, TripState, Visit, VisitState
from personnel.models import DutyPlace
from personnel.queries.staffing import staffing
from personnel.services.attendance import is_noted
from reporting.daily.models import Source

_GONE = [VisitState.MERGED, VisitState.WITHDRAWN]
Figures = defaultdict[int, dict[str, int]]


def by_community(
    round_: Round, street_id: int, stands_in: Mapping[int, int | None], at: datetime
) -> Figures:
    """Figures of a street's communities; `stands_in` gives each point's community."""
    scope = Scope(streets=frozenset({street_id}))
    found: Figures = defaultdict(dict)
    communities = {key for key in stands_in.values() if key is not None}
    _visits(found, scope, round_, at)
    _staff(found, scope, round_, stands_in, communities, at)
    return found


def vehicles(round_: Round, street_id: int, at: datetime) -> int | None:
    """Vehicles that were on the road for the street in the round until then; None: none booked."""
    trips = Trip.objects.filter(round=round_, street_id=street_id, starts_at__lte=at)
    trips = trips.exclude(state=TripState.CANCELLED)
    return trips.order_by().values("vehicle_id").distinct().count() or None


def _visits(found: Figures, scope: Scope, round_: Round, at: datetime) -> None:
    """Asked for and done until then, by when it was; a merged or withdrawn request counts until
    it was that."""
    asked = Q(at__lte=at) & (~Q(state__in=_GONE) | Q(state_at__gt=at))
    done = Q(state=VisitState.DONE, state_at__lte=at)
    rows = Visit.objects.within(scope).filter(round=round_, at__lte=at).order_by("community_id")
    counted = rows.values_list("community_id").annotate(
        asked=Count("pk", filter=asked), done=Count("pk", filter=done)
    )
    for community_id, requests, visited in counted:
        found[community_id] |= {Source.HOME_REQUESTS: requests, Source.HOME_DONE: visited}


def _staff(
    found: Figures,
    scope: Scope,
    round_: Round,
    stands_in: Mapping[int, int | None],
    communities: set[int],
    at: datetime,
) -> None:
    """People on site at the points of each community; unknown where presence is not noted."""
    if not is_noted(round_.campaign.district_id):
        return
    if not DutyPlace.objects.filter(point__in=list(stands_in)).exists():
        return
    picture = staffing(scope, round_id=round_.pk, at=at)
    if not picture.points:
        return
    for community_id in communities:
        found[community_id][Source.STAFF] = 0
    for point_id, place in picture.points.items():
        home = stands_in.get(point_id)
        if home is not None:
            found[home][Source.STAFF] += place.present
