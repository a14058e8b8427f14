"""Who goes where in which order: requests are given to teams and to cars, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict, Refused
from core.scope import Scope
from logistics.buildings import natural
from logistics.models import Trip, TripState, Visit, VisitState, VisitTeam
from logistics.services.visits import locked, move, note
from sites.services.finding import Unknown, refuse_closed_round

WAITING = (VisitState.ASKED, VisitState.AGAIN, VisitState.ABSENT, VisitState.REFUSED)
"""States from which a request is given to somebody."""
GIVEN = (*WAITING, VisitState.ASSIGNED)


@transaction.atomic
def assign(
    *, visit_ids: Sequence[int], team_id: int, scope: Scope, by: str, at: datetime
) -> list[Visit]:
    """Give requests to a team, in the order of their buildings, behind what it has already.

    Requests that the team has keep their place. Raises Unknown, Refused and Conflict, and then
    nothing is given.
    """
    team = locked_team(team_id, scope)
    visits = _given(visit_ids, scope)
    if any(visit.way == Visit.Way.FETCH for visit in visits):
        raise Refused("visit_fetch", _("Somebody who is fetched needs a car, not a team."))
    if any(visit.street_id != team.street_id for visit in visits):
        raise Refused("visit_team_street", _("This team is of another street."))
    new = [v for v in visits if v.team_id != team.pk or v.state != VisitState.ASSIGNED]
    last = _last_position(team, visits)
    for position, visit in enumerate(new, last + 1):
        visit.team, visit.trip, visit.position = team, None, position
        move(visit, VisitState.ASSIGNED, happened=at, by=by, at=at, team=team)
    return visits


@transaction.atomic
def give_to_trip(
    *, visit_ids: Sequence[int], trip_id: int, scope: Scope, by: str, at: datetime
) -> list[Visit]:
    """Let a car fetch these people. Raises Unknown, Refused and Conflict."""
    seen = Trip.objects.within(scope).filter(pk=trip_id).order_by().values("pk")
    trip = Trip.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if trip is None:
        raise Unknown("trip_unknown", _("There is no such trip in your area."))
    if trip.kind != Trip.Kind.FETCH:
        raise Refused("trip_not_fetch", _("This trip does not fetch residents."))
    if trip.state in (TripState.DONE, TripState.CANCELLED):
        raise Conflict("trip_over", _("This trip is over."))
    visits = _given(visit_ids, scope)
    new = [v for v in visits if v.trip_id != trip.pk or v.state != VisitState.ASSIGNED]
    taken = Visit.objects.filter(trip=trip).exclude(pk__in=[v.pk for v in new]).count()
    if taken + len(new) > trip.seats:
        raise Conflict(
            "trip_full", _("The car has %(seats)s seats; choose fewer people."), seats=trip.seats
        )
    for visit in new:
        visit.way, visit.team, visit.position, visit.trip = Visit.Way.FETCH, None, None, trip
        move(visit, VisitState.ASSIGNED, happened=at, by=by, at=at)
    return visits


@transaction.atomic
def leave_trip(trip: Trip, *, by: str, at: datetime) -> None:
    """Whoever a car was to fetch waits for another one: its trip is cancelled, and locked."""
    waiting = Visit.objects.select_for_update(no_key=True).filter(
        trip=trip, state=VisitState.ASSIGNED
    )
    for visit in waiting.order_by("pk"):
        visit.trip = None
        move(visit, VisitState.ASKED, happened=at, by=by, at=at)


@transaction.atomic
def reorder(*, visit_id: int, up: bool, scope: Scope, by: str, at: datetime) -> Visit:
    """Let a visit change places with its neighbour in the team's list. Raises Unknown."""
    seen = Visit.objects.within(scope).filter(pk=visit_id).values_list("team_id", flat=True)
    team_id = seen.first()
    if team_id is None:
        raise Unknown("visit_unknown", _("There is no such visit in your area."))
    team = locked_team(team_id, scope, even_closed=True)
    visit = Visit.objects.get(pk=visit_id)
    listed = list(
        Visit.objects.select_for_update(no_key=True)
        .filter(team=team, round_id=visit.round_id, state=VisitState.ASSIGNED)
        .order_by("pk")
    )
    listed.sort(key=lambda row: (row.position or 0, row.pk))
    index = next((i for i, row in enumerate(listed) if row.pk == visit_id), None)
    target = -1 if index is None else index - 1 if up else index + 1
    if index is None or not 0 <= target < len(listed):
        return visit
    mine, other = listed[index], listed[target]
    mine.position, other.position = other.position, mine.position
    Visit.objects.bulk_update([mine, other], ["position"])
    note(mine, act="visit.reorder", by=by, at=at, position=mine.position, team=team.pk)
    return mine


@transaction.atomic
def set_way(*, visit_id: int, way: str, scope: Scope, by: str, at: datetime) -> Visit:
    """Fetch somebody instead of going there, or the other way round; who had it has it no more.

    Raises Unknown, Refused and Conflict.
    """
    visit = locked({visit_id}, scope)[visit_id]
    if way not in Visit.Way.values:
        raise Refused("visit_way", _("Choose how."))
    if visit.way == way:
        return visit
    if visit.state not in GIVEN:
        raise Conflict("visit_over", _("This visit is over."))
    visit.way = way
    visit.team, visit.trip, visit.position = None, None, None
    move(visit, VisitState.ASKED, happened=at, by=by, at=at)
    note(visit, act="visit.way", by=by, at=at, way=way)
    return visit


def locked_team(team_id: int, scope: Scope, *, even_closed: bool = False) -> VisitTeam:
    """The team, locked: what is given to one team takes turns. Raises Unknown and Conflict."""
    seen = VisitTeam.objects.within(scope).filter(pk=team_id).order_by().values("pk")
    team = VisitTeam.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if team is None:
        raise Unknown("visit_team_unknown", _("There is no such visit team in your area."))
    if team.closed_at is not None and not even_closed:
        raise Conflict("visit_team_closed", _("This visit team is closed."))
    return team


def _given(visit_ids: Sequence[int], scope: Scope) -> list[Visit]:
    """The chosen visits, locked, in the order in which a team walks."""
    chosen = set(visit_ids)
    if not chosen:
        raise Refused("visit_none", _("Choose at least one visit."))
    visits = sorted(
        locked(chosen, scope).values(),
        key=lambda v: (v.street_id, v.community_id, natural(v.building), not v.urgent, v.pk),
    )
    for round_id in {visit.round_id for visit in visits}:
        refuse_closed_round(round_id)
    if any(visit.state not in GIVEN for visit in visits):
        raise Conflict("visit_over", _("One of these visits is over; load the list again."))
    return visits


def _last_position(team: VisitTeam, visits: Sequence[Visit]) -> int:
    rounds = {visit.round_id for visit in visits}
    had = Visit.objects.filter(team=team, round_id__in=rounds)
    return had.aggregate(last=Max("position"))["last"] or 0
