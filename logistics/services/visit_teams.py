"""Visit teams: pairs of staff and volunteers who go from door to door (S018, S025)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.constraints import readable
from core.inputs import Refused
from core.scope import Scope
from logistics.models import Visit, VisitState, VisitTeam
from logistics.services.visit_plans import locked_team
from logistics.services.visits import move
from personnel.models import StaffMember


@transaction.atomic
def add_team(
    *, street_id: int, name: str, member_ids: Sequence[UUID], scope: Scope, by: str, at: datetime
) -> VisitTeam:
    """Add a team; one of that name and these people in the street is returned as it is.

    Raises Refused, and Conflict where the name is taken by other people.
    """
    street = Division.objects.within(scope).filter(pk=street_id, level=Level.STREET).first()
    if street is None or street.district_id is None:
        raise Refused("street_unknown", _("Choose a street of your area.")).at("street")
    members = _members(member_ids, scope)
    open_teams = VisitTeam.objects.filter(street_id=street.pk, closed_at=None)
    known = open_teams.filter(name=name).first()
    if known is not None and set(known.members.values_list("pk", flat=True)) == set(member_ids):
        return known
    team = VisitTeam(district_id=street.district_id, street_id=street.pk, name=name)
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as exc:
        raise readable(exc).at("name") from None
    team.members.set(members)
    _note(team, act="visit_team.add", by=by, at=at, people=len(members))
    return team


@transaction.atomic
def set_members(
    *,
    team_id: int,
    member_ids: Sequence[UUID],
    offered: Collection[UUID] | None = None,
    scope: Scope,
    by: str,
    at: datetime,
) -> VisitTeam:
    """Say who is in a team. Members whom the caller does not see stay, and those who were not
    `offered` (if given): somebody else put them in meanwhile. Raises Refused.
    """
    team = locked_team(team_id, scope)
    members = _members(member_ids, scope)
    seen = StaffMember.objects.within(scope)
    stay = set(team.members.exclude(pk__in=seen.values("pk")))
    if offered is not None:
        stay |= set(team.members.filter(pk__in=seen.serving().values("pk")).exclude(pk__in=offered))
    before = set(team.members.values_list("pk", flat=True))
    team.members.set([*members, *stay])
    after = {member.pk for member in [*members, *stay]}
    if before != after:
        _note(team, act="visit_team.members", by=by, at=at, people=len(after),
              gone=len(before - after), come=len(after - before))  # fmt: skip
    return team


@transaction.atomic
def close_team(*, team_id: int, scope: Scope, by: str, at: datetime) -> VisitTeam:
    """Close a team; what it has not done waits for another one. Raises Unknown."""
    team = locked_team(team_id, scope, even_closed=True)
    if team.closed_at is not None:
        return team
    waiting = Visit.objects.select_for_update(no_key=True).filter(
        team=team, state=VisitState.ASSIGNED
    )
    for visit in waiting.order_by("pk"):
        visit.team, visit.position = None, None
        move(visit, VisitState.ASKED, happened=at, by=by, at=at)
    team.closed_at = at
    team.save(update_fields=["closed_at"])
    _note(team, act="visit_team.close", by=by, at=at)
    return team


def _members(member_ids: Sequence[UUID], scope: Scope) -> list[StaffMember]:
    wanted = set(member_ids)
    found = list(StaffMember.objects.within(scope).serving().filter(pk__in=wanted))
    if not wanted:
        raise Refused("team_empty", _("A team has one member at least.")).at("members")
    if len({member.pk for member in found}) != len(wanted):
        raise Refused("member_unknown", _("Choose people of your area.")).at("members")
    return found


def _note(team: VisitTeam, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="visit_team", object_id=team.pk,
        district_id=team.district_id, street_id=team.street_id, **summary,
    )  # fmt: skip
