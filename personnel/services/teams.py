"""Support teams as rows: who sends them, under whom, how many, from when to when (S038, S055)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import (
    Organisation,
    SourceCategory,
    StaffMember,
    SupportTeam,
    TeamDuty,
    TeamPlace,
)
from personnel.services.codes import next_code
from personnel.services.duty_locks import lock_team, told_when_busy


class TeamUnknown(Refused):
    """No such team in the caller's district (HTTP 404)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("team_unknown", _("There is no such team in your district."))


@dataclass(frozen=True)
class TeamDetails:
    """What is kept of a team. `headcount` is what its sender states, listed people or not."""

    name: str
    sent_by_id: int
    source_id: int
    headcount: int
    arrives_at: datetime
    returns_at: datetime | None = None
    leader_id: UUID | None = None
    code: str = ""
    name_en: str = ""


@transaction.atomic
def add_team(*, details: TeamDetails, scope: Scope, by: str, at: datetime) -> SupportTeam:
    """Add a team to the district of the body that sends it; without a code it gets the next.

    Raises Refused for bodies or categories of another district, or a return before the arrival;
    IntegrityError (readable) if the code is used.
    """
    sent_by = _body(details.sent_by_id, scope)
    district = sent_by.district_id
    named_lock(f"teams/{district}")
    last = SupportTeam.objects.filter(district_id=district).aggregate(last=Max("position"))["last"]
    team = SupportTeam(
        district_id=district,
        code=details.code or next_code(SupportTeam, district, "T"),
        position=(last or 0) + 1,
    )
    _fill(team, details, sent_by)
    team.save(force_insert=True)
    _trail(team, "team.add", by, at, headcount=team.headcount)
    return team


@told_when_busy()
@transaction.atomic
def change_team(
    *, team_id: int, details: TeamDetails, scope: Scope, by: str, at: datetime
) -> SupportTeam:
    """Write a team's entries anew. Raises TeamUnknown, what `add_team` raises, and Conflict
    `team_booked` if more of its people are booked than would be left, or beyond its stay."""
    lock_team(team_id)  # before the row: a booking that is being written is seen below
    found = SupportTeam.objects.within(scope).select_for_update(of=("self",), no_key=True)
    team = found.filter(pk=team_id).first()
    if team is None:
        raise TeamUnknown
    sent_by = _body(details.sent_by_id, scope)
    if sent_by.district_id != team.district_id:
        raise Refused("sent_by", _("Choose a body of the team's district.")).at("sent_by")
    before = _told(team)
    _fill(team, details, sent_by)
    refuse_booked(team, at)
    team.save()
    if changed := audit.changes(before, _told(team)):
        _trail(team, "team.change", by, at, changed=changed)
    return team


def _fill(team: SupportTeam, details: TeamDetails, sent_by: Organisation) -> None:
    district = team.district_id
    if details.returns_at is not None and details.returns_at <= details.arrives_at:
        raise Refused("team_returns", _("A team returns after it arrives.")).at("returns_at")
    source = SourceCategory.objects.filter(district_id=district, pk=details.source_id).first()
    if source is None:
        raise Refused("source", _("Choose a category of your district.")).at("source")
    leader = None
    if details.leader_id is not None:
        people = StaffMember.objects.serving().filter(district_id=district)
        leader = people.filter(pk=details.leader_id).first()
        if leader is None:
            raise Refused("leader", _("Choose a person of your district's list.")).at("leader")
    team.name, team.name_en = details.name, details.name_en
    team.code = details.code or team.code
    team.sent_by, team.source, team.leader = sent_by, source, leader
    team.headcount = details.headcount
    team.arrives_at, team.returns_at = details.arrives_at, details.returns_at


def refuse_booked(team: SupportTeam, at: datetime) -> None:
    """Raises Conflict unless what is booked stays possible: people enough, and within the stay."""
    ahead = TeamDuty.objects.filter(team=team, ends_at__gt=at).exclude(state="cancelled")
    parts = TeamPlace.objects.filter(duty__in=ahead).values("duty").annotate(n=Sum("people"))
    most = max((part["n"] for part in parts), default=0)
    if team.headcount < most:
        raise Conflict(
            "team_booked", _("%(people)s people of this team are booked."), people=most
        ).at("headcount")
    outside = Q(starts_at__lt=team.arrives_at)
    if team.returns_at is not None:
        outside |= Q(ends_at__gt=team.returns_at)
    if ahead.filter(outside).exists():
        raise Conflict(
            "team_stay",
            _("This team is booked for a time outside of this stay. Cancel that first."),
        ).at("returns_at")


def _body(pk: int, scope: Scope) -> Organisation:
    body = Organisation.objects.within(scope).filter(pk=pk).first()
    if body is None or not (scope.everything or body.district_id in scope.districts):
        raise Refused("sent_by", _("Choose a body of your district.")).at("sent_by")
    return body


def _told(team: SupportTeam) -> dict[str, Any]:
    return {
        "title": team.name,
        "sent_by": team.sent_by_id,
        "source": team.source_id,
        "leader": team.leader_id,
        "headcount": team.headcount,
        "arrives": team.arrives_at,
        "returns": team.returns_at,
    }


def _trail(team: SupportTeam, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="team", object_id=team.pk,
        district_id=team.district_id, **summary,
    )  # fmt: skip
