"""What a team's phone shows of visits: today's list of one person, in the order to walk (S16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from campaigns.models import Round
from core.clock import day_of, start_of_day
from logistics.models import Visit, VisitState
from personnel.models import StaffMember

NOTED = [VisitState.DONE, VisitState.REFUSED, VisitState.ABSENT, VisitState.AGAIN]


@dataclass(frozen=True)
class VisitOfTeam:
    """One line of a team's list. Name and telephone are masked; the address and the note are for
    the team, and are empty once they were purged."""

    pk: int
    team: str
    trip_id: int | None
    position: int | None
    community: str
    building: str
    name: str
    phone: str
    address: str
    note: str
    way: str
    way_word: str
    reason: str
    urgent: bool
    window_starts: datetime | None
    window_ends: datetime | None
    state: str
    state_word: str
    state_at: datetime


def visits_of(member: StaffMember, at: datetime) -> list[VisitOfTeam]:
    """Visits of a person's teams and of the trips that they drive: all that wait to be done, and
    what was noted today. Rounds that are closed have none."""
    today = start_of_day(day_of(at))
    own = Q(team__in=member.visit_teams.filter(closed_at=None).values("pk")) | Q(
        trip__driver_duty__member=member
    )
    found = (
        Visit.objects.filter(own)
        .filter(Q(state=VisitState.ASSIGNED) | Q(state__in=NOTED, state_at__gte=today))
        .exclude(round__state=Round.State.CLOSED)
        .select_related("community", "team")
        .order_by("round_id", "team_id", F("position").asc(nulls_last=True), "pk")
    )
    return [_line(visit) for visit in found]


def _line(visit: Visit) -> VisitOfTeam:
    return VisitOfTeam(
        pk=visit.pk,
        team=visit.team.name if visit.team else "",
        trip_id=visit.trip_id,
        position=visit.position,
        community=visit.community.spoken,
        building=visit.building,
        name=visit.name_mask,
        phone=visit.phone_mask,
        address=str(visit.address),
        note=str(visit.note),
        way=visit.way,
        way_word=visit.get_way_display(),
        reason=visit.get_reason_display(),
        urgent=visit.urgent,
        window_starts=visit.window_starts,
        window_ends=visit.window_ends,
        state=visit.state,
        state_word=visit.get_state_display(),
        state_at=visit.state_at,
    )
