"""Name, telephone, address and note in full: a logged act, for whoever goes or calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.scope import Scope
from logistics.models import Visit, VisitTeam
from logistics.queries.visit_plan import list_of_team
from logistics.services.visit_plans import locked_team
from logistics.services.visits import locked_for, note
from personnel.models import StaffMember


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
    """Let a planner in `scope`, or a `member` of its team, read who a visit is for.

    The reason is kept. Raises Unknown and Refused.
    """
    visit = locked_for(visit_id, member, scope)
    if reason not in OpenReason.values:
        raise Refused("reason_missing", _("Choose the reason: it is kept with your name."))
    note(visit, act="visit.open", by=by, at=at, reason=reason)
    return visit


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
