"""What planners see of visits: how many are done of those asked, by building and by team (S050).

"Asked" counts every request that stands: those merged with another or withdrawn are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from campaigns.models import Division, Round
from core.scope import Scope
from logistics.buildings import natural
from logistics.models import Trip, TripState, Visit, VisitState, VisitStep, VisitTeam
from sites.models import Coverage

S, T = VisitState, TripState
NONE = [S.MERGED, S.WITHDRAWN]


@dataclass(frozen=True)
class Tally:
    """Visits by state. `decide` are those whose next step a person has to say."""

    asked: int = 0
    waiting: int = 0
    assigned: int = 0
    done: int = 0
    refused: int = 0
    absent: int = 0
    again: int = 0
    decide: int = 0

    @property
    def all_done(self) -> bool:
        return self.asked > 0 and self.asked == self.done

    @property
    def share(self) -> float | None:
        """Done of asked in percent; None while nobody is asked for."""
        return 100 * self.done / self.asked if self.asked else None


@dataclass(frozen=True)
class BuildingRow:
    """The visits of one building."""

    community: Division
    building: str
    urgent: int
    tally: Tally


@dataclass
class TeamRow:
    """A team, who is in it (masked), and what it has of a round."""

    team: VisitTeam
    street: str
    members: list[str] = field(default_factory=list)
    tally: Tally = Tally()


def _handled() -> Exists:
    """Somebody has talked to who refused, since the refusal, and left it at that."""
    return Exists(
        VisitStep.objects.filter(
            visit=OuterRef("pk"),
            from_state=S.REFUSED,
            to_state=S.REFUSED,
            at__gte=OuterRef("state_at"),
        )
    )


TO_DECIDE = Q(state__in=[S.ABSENT, S.AGAIN]) | Q(state=S.REFUSED, handled=False)

_COUNTED: dict[str, Any] = {
    "asked": Count("pk"),
    "waiting": Count("pk", filter=Q(state=S.ASKED)),
    "assigned": Count("pk", filter=Q(state=S.ASSIGNED)),
    "done": Count("pk", filter=Q(state=S.DONE)),
    "refused": Count("pk", filter=Q(state=S.REFUSED)),
    "absent": Count("pk", filter=Q(state=S.ABSENT)),
    "again": Count("pk", filter=Q(state=S.AGAIN)),
    "decide": Count("pk", filter=TO_DECIDE),
}


def standing(scope: Scope, round_id: int, street_id: int | None = None) -> QuerySet[Visit]:
    """Requests of a round that count, each with `handled`."""
    found = Visit.objects.within(scope).filter(round_id=round_id).exclude(state__in=NONE)
    if street_id is not None:
        found = found.filter(street_id=street_id)
    return found.annotate(handled=_handled())


def tally_of(scope: Scope, round_id: int, street_id: int | None = None) -> Tally:
    """Visits of one's area by state, as they are now."""
    return Tally(**standing(scope, round_id, street_id).aggregate(**_COUNTED))


def buildings(scope: Scope, round_id: int, street_id: int | None = None) -> list[BuildingRow]:
    """Visits by building, in the order of communities and then as people count buildings."""
    grouped = (
        standing(scope, round_id, street_id)
        .values("community_id", "building")
        .annotate(**_COUNTED, pressing=Count("pk", filter=Q(urgent=True)))
        .order_by("community_id", "building")
    )
    rows: list[dict[str, Any]] = list(grouped)  # type: ignore[arg-type]
    homes = Division.objects.in_bulk({row["community_id"] for row in rows})
    found = [
        BuildingRow(
            homes[row["community_id"]],
            row["building"],
            row["pressing"],
            Tally(**{name: row[name] for name in _COUNTED}),
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (row.community.code, natural(row.building)))


def teams(scope: Scope, round_id: int | None, street_id: int | None = None) -> list[TeamRow]:
    """Open teams of one's area with their people and their part of a round."""
    seen = VisitTeam.objects.within(scope).filter(closed_at=None)
    if street_id is not None:
        seen = seen.filter(street_id=street_id)
    found = list(seen.prefetch_related("members").order_by("street_id", "name", "pk"))
    streets = Division.objects.in_bulk({team.street_id for team in found})
    tallies = _by_team(scope, round_id, [team.pk for team in found])
    return [
        TeamRow(
            team,
            streets[team.street_id].name,
            sorted(member.name_mask for member in team.members.all()),
            tallies.get(team.pk, Tally()),
        )
        for team in found
    ]


def _by_team(scope: Scope, round_id: int | None, team_ids: Iterable[int]) -> dict[int, Tally]:
    if round_id is None:
        return {}
    rows = standing(scope, round_id).filter(team_id__in=list(team_ids))
    grouped: Iterable[Any] = rows.values("team_id").annotate(**_COUNTED).order_by("team_id")
    return {row["team_id"]: Tally(**{name: row[name] for name in _COUNTED}) for row in grouped}


def list_of_team(scope: Scope, team: VisitTeam, round_id: int) -> list[Visit]:
    """What a team has to do in a round, in its order; then what it has noted."""
    found = standing(scope, round_id).filter(team=team).select_related("community")
    return sorted(
        found, key=lambda v: (v.state != S.ASSIGNED, v.position is None, v.position or 0, v.pk)
    )


@dataclass(frozen=True)
class Difference:
    """A visit and a sample that do not say the same."""

    visit: Visit
    sampled_at: datetime | None


def sampled_at(visits: Iterable[Visit], round_id: int) -> dict[Any, datetime]:
    """When each known person was first sampled in the round, by person key."""
    keys = {visit.person_key for visit in visits if visit.person_key is not None}
    rows = Coverage.objects.filter(round_id=round_id, person_key__in=keys, first_at__isnull=False)
    return {key: at for key, at in rows.values_list("person_key", "first_at") if at}


def differences(scope: Scope, round_id: int, *, most: int = 200) -> list[Difference]:
    """Visits done whose person no device has sampled, and people sampled whose visit waits.

    A visit is never closed by a sample, nor a sample made up by a visit: a person looks.
    """
    known = Visit.objects.within(scope).filter(round_id=round_id, person_key__isnull=False)
    covered = Coverage.objects.filter(
        round_id=round_id, person_key=OuterRef("person_key"), first_at__isnull=False
    )
    open_states = [S.ASKED, S.ASSIGNED, S.ABSENT, S.AGAIN, S.REFUSED]
    odd = known.annotate(sampled=Exists(covered)).filter(
        Q(state=S.DONE, sampled=False) | Q(state__in=open_states, sampled=True)
    )
    found = list(
        odd.select_related("community", "team").order_by(F("state_at").desc(), "pk")[:most]
    )
    times = sampled_at(found, round_id)
    return [Difference(visit, times.get(visit.person_key)) for visit in found]


@dataclass(frozen=True)
class Car:
    """A trip that fetches people of one's area, and who of them (masked) is where. `own` is one
    of the area itself, without an order: its planners end it."""

    trip: Trip
    visits: list[Visit]
    own: bool = False


def to_fetch(scope: Scope, round_id: int) -> list[Visit]:
    """Requests to be fetched that no car has now, the urgent first."""
    waits = Q(state__in=[S.ASKED, S.ABSENT, S.AGAIN, S.REFUSED]) & ~Q(handled=True)
    found = standing(scope, round_id).filter(waits, way=Visit.Way.FETCH)
    return list(
        found.select_related("community").order_by("-urgent", "community__code", "building", "pk")
    )


def own_cars(scope: Scope) -> QuerySet[Trip]:
    """Trips for people who are fetched that the area's planners booked, with no order."""
    return Trip.objects.within(scope).filter(kind=Trip.Kind.FETCH, order__isnull=True)


def cars(scope: Scope, round_id: int) -> list[Car]:
    """Trips that have somebody of one's area, and the area's own that go though nobody is left to
    fetch; by time."""
    found = standing(scope, round_id).filter(trip__isnull=False).select_related("community")
    people: dict[int, list[Visit]] = {}
    for visit in found.order_by("community__code", "building", "pk"):
        assert visit.trip_id is not None
        people.setdefault(visit.trip_id, []).append(visit)
    going = own_cars(scope).filter(round_id=round_id, state__in=[T.PLANNED, T.EN_ROUTE])
    own = set(going.values_list("pk", flat=True))
    trips = Trip.objects.filter(pk__in={*people, *own})
    rows = trips.select_related("vehicle", "driver_duty__member").prefetch_related("stops__point")
    return [
        Car(trip, people.get(trip.pk, []), trip.pk in own)
        for trip in rows.order_by("starts_at", "pk")
    ]


@dataclass(frozen=True)
class Owing:
    """What planners of an area owe in one round: visits with nobody to go, outcomes to settle."""

    round_id: int
    waiting: int
    urgent: int
    waiting_since: datetime | None
    decide: int
    decide_since: datetime | None


def owing(scope: Scope) -> list[Owing]:
    """By round that is not closed; rounds of which nothing is owed are not there."""
    found = (
        Visit.objects.within(scope)
        .exclude(round__state=Round.State.CLOSED)
        .exclude(state__in=[*NONE, S.DONE, S.ASSIGNED])
        .annotate(handled=_handled())
        .values("round_id")
        .annotate(
            waiting=Count("pk", filter=Q(state=S.ASKED)),
            urgent=Count("pk", filter=Q(state=S.ASKED, urgent=True)),
            waiting_since=Min("state_at", filter=Q(state=S.ASKED)),
            decide=Count("pk", filter=TO_DECIDE),
            decide_since=Min("state_at", filter=TO_DECIDE),
        )
        .order_by("round_id")
    )
    rows: Iterable[Any] = found
    return [Owing(**row) for row in rows if row["waiting"] or row["decide"]]
