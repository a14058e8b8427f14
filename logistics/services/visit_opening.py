"""Name, telephone, address and note in full: a logged act, for whoever goes or calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from core import audit
from core.inputs import Refused
from core.scope import Scope
from logistics.models import Trip, TripState, Visit, VisitState, VisitTeam
from logistics.queries.visit_plan import list_of_team
from logistics.services.visit_plans import locked_team
from logistics.services.visits import locked_for, note
from personnel.models import StaffMember
from sites.services.finding import Unknown

LEFT = (VisitState.MERGED, VisitState.WITHDRAWN)
"""Nobody goes to a visit in one of these states."""


class OpenReason(TextChoices):
    """Why somebody must read who it is."""

    CALL = "call", _("to call before the visit")
    GO = "go", _("to go there or fetch the person")
    DECIDE = "decide", _("to settle a refusal or a double")


@transaction.atomic
def open_visit(
    *,
    visit_id: int,
    reason: str,
    member: StaffMember | None = None,
    scope: Scope | None = None,
    by: str,
    at: datetime,
) -> Visit:
    """Let a planner in `scope`, or a `member` who goes there now, read who a visit is for.

    The reason is kept. Raises Unknown and Refused.
    """
    visit = locked_for(visit_id, member, scope)
    # Whoever had the visit before may still note what was seen, but learns nothing more of it.
    if member is not None and not _goes(visit, member):
        raise Unknown("visit_unknown", _("This visit is not one of yours."))
    if reason not in OpenReason.values:
        raise Refused("reason_missing", _("Choose the reason: it is kept with your name."))
    note(visit, act="visit.open", by=by, at=at, reason=reason)
    return visit


def _goes(visit: Visit, member: StaffMember) -> bool:
    """Whether a person is of the open team, or drives the trip not yet over, that has the visit."""
    if visit.round.state == Round.State.CLOSED or visit.state in LEFT:
        return False
    if visit.team_id is not None:
        return member.visit_teams.filter(pk=visit.team_id, closed_at=None).exists()
    open_trips = Trip.objects.filter(state__in=[TripState.PLANNED, TripState.EN_ROUTE])
    driven = open_trips.filter(driver_duty__member=member)
    return visit.trip_id is not None and driven.filter(pk=visit.trip_id).exists()


@transaction.atomic
def print_list(
    *, team_id: int, round_id: int, scope: Scope, by: str, at: datetime
) -> tuple[VisitTeam, Sequence[Visit]]:
    """The list that a team takes along on paper, names and addresses on it. Raises Unknown."""
    team = locked_team(team_id, scope, even_closed=True)
    visits = list_of_team(scope, team, round_id)
    audit.record(
        by=by, at=at, act="visit_team.print", object_type="visit_team", object_id=team.pk,
        district_id=team.district_id, street_id=team.street_id, round=round_id,
        visits=len(visits),
    )  # fmt: skip
    return team, visits
