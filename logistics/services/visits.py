"""What became of a visit: steps noted by its team or car on a phone, or by a planner (S049, S054).

A visit done says nothing about a sample: the swab is captured by the unit's device as always.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.inputs import Conflict, Refused, clean_note
from core.scope import NOBODY, Scope
from logistics.models import Trip, Visit, VisitState, VisitStep, VisitTeam
from personnel.models import StaffMember
from sites.services.finding import Unknown

S = VisitState

OUTCOMES = (S.DONE, S.REFUSED, S.ABSENT, S.AGAIN)
"""What is noted at the door, or by the car that fetches."""

RETURNED = (S.REFUSED, S.ABSENT, S.AGAIN)
"""Outcomes that come back to a person, who says what happens next."""

TRANSITIONS: dict[VisitState, frozenset[VisitState]] = {
    S.ASKED: frozenset({S.ASSIGNED, S.REFUSED, S.WITHDRAWN, S.MERGED}),
    S.ASSIGNED: frozenset({S.ASKED, *OUTCOMES, S.WITHDRAWN, S.MERGED}),
    S.ABSENT: frozenset({S.ASKED, S.ASSIGNED, *OUTCOMES, S.WITHDRAWN, S.MERGED}),
    S.AGAIN: frozenset({S.ASKED, S.ASSIGNED, *OUTCOMES, S.WITHDRAWN, S.MERGED}),
    S.REFUSED: frozenset({S.ASKED, S.ASSIGNED, *OUTCOMES, S.WITHDRAWN, S.MERGED}),
    # A wrong button at the door is put right; nothing else follows a visit that was done.
    S.DONE: frozenset({*RETURNED, S.MERGED}),
    # Withdrawn at the desk while the team, out of reach, stood at the door: what they saw counts.
    S.WITHDRAWN: frozenset({S.ASKED, *OUTCOMES}),
    S.MERGED: frozenset(),
}

_BY_PLANNER = (*OUTCOMES, S.ASKED, S.WITHDRAWN)
_DIGITS = re.compile(r"[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9}", re.ASCII)


@transaction.atomic
def take_step(
    *,
    visit_id: int,
    to: str,
    reason: str = "",
    client_key: UUID | None = None,
    device_at: datetime | None = None,
    member: StaffMember | None = None,
    scope: Scope | None = None,
    by: str,
    at: datetime,
) -> Visit:
    """Note what became of a visit, and return it (or the one it was merged into).

    By `member` of a team that has or had the visit, or by its driver; otherwise by a planner in
    `scope`. The same `client_key` again changes nothing. A phone's step older than one it sent
    before is kept in the log and changes nothing else. Raises Unknown, Refused and Conflict.
    """
    visit = locked_for(visit_id, member, scope)
    if client_key is not None and _known(client_key, visit):
        return visit
    if to not in (_BY_PLANNER if member is None else OUTCOMES):
        raise Refused("visit_step_unknown", _("Choose what became of the visit."))
    state = VisitState(to)
    words = step_reason(reason)
    if member is None and not words and (state == S.WITHDRAWN or visit.state == S.DONE):
        raise Refused("reason_missing", _("Say why.")).at("reason")
    phone: dict[str, Any] = {"client_key": client_key, "device_at": device_at}
    if device_at is not None and _overtaken(visit, device_at):
        note_step(visit, "", state, by=by, at=at, reason=words, **phone)
        return visit
    if visit.state == state:
        return visit
    happened = min(max(device_at, visit.at), at) if device_at else at
    if state == S.ASKED:
        visit.team, visit.trip, visit.position = None, None, None
    move(visit, state, happened=happened, by=by, at=at, reason=words, **phone)
    return visit


@transaction.atomic
def let_stand(*, visit_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Visit:
    """Somebody has talked to a person who refused and leaves it at that; the list lets go of it.

    It stays counted as refused. Raises Unknown, Refused and Conflict.
    """
    visit = locked_for(visit_id, None, scope)
    words = step_reason(reason)
    if visit.state != S.REFUSED:
        raise Conflict("visit_not_refused", _("This visit is not refused any more."))
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    if not visit.steps.filter(
        from_state=S.REFUSED, to_state=S.REFUSED, at__gte=visit.state_at
    ).exists():
        note_step(visit, S.REFUSED, S.REFUSED, by=by, at=at, reason=words)
    return visit


def move(
    visit: Visit, to: VisitState, *, happened: datetime, by: str, at: datetime, **step: Any
) -> None:
    """Bring a locked visit into another state, with its step and its audit row.

    Raises Conflict where the state that it is in does not lead there.
    """
    before = VisitState(visit.state)
    if to not in TRANSITIONS[before] and to != before:
        raise Conflict(
            "visit_step",
            _("A visit that is %(now)s cannot become %(to)s."),
            now=before.label,
            to=to.label,
        )
    visit.state, visit.state_at = to, happened
    try:
        with transaction.atomic():
            visit.save()
            note_step(visit, before, to, by=by, at=at, **step)
    except IntegrityError as exc:
        raise readable(exc) from None


def note_step(
    visit: Visit,
    before: str,
    to: VisitState,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    client_key: UUID | None = None,
    device_at: datetime | None = None,
    team: VisitTeam | None = None,
) -> VisitStep:
    """Add a row to the log of a visit, and one to the audit trail."""
    step = VisitStep.objects.create(
        visit=visit, client_key=client_key, from_state=before, to_state=to, team=team,
        reason=reason, device_at=device_at, at=at, by=by,
    )  # fmt: skip
    note(visit, act="visit.step", by=by, at=at, before=str(before), after=str(to))
    return step


def note(visit: Visit, *, act: str, by: str, at: datetime, **summary: Any) -> None:
    """One audit row about a visit: states and ids, never who it is."""
    audit.record(
        by=by, at=at, act=act, object_type="visit", object_id=visit.pk,
        district_id=visit.district_id, street_id=visit.street_id, **summary,
    )  # fmt: skip


def step_reason(text: str) -> str:
    """A reason as it is kept: one note of 200 characters, numbers of people struck out."""
    return _DIGITS.sub("…", clean_note(text, max_length=200)) if text.strip() else ""


def locked(visit_ids: set[int], scope: Scope) -> dict[int, Visit]:
    """Visits of the scope, locked in the order of their keys. Raises Unknown if one is not seen."""
    seen = Visit.objects.within(scope).filter(pk__in=visit_ids).order_by().values("pk")
    rows = Visit.objects.select_for_update(no_key=True).filter(pk__in=seen).order_by("pk")
    found = {visit.pk: visit for visit in rows}
    if set(found) != visit_ids:
        raise Unknown("visit_unknown", _("There is no such visit in your area."))
    return found


def locked_for(visit_id: int, member: StaffMember | None, scope: Scope | None) -> Visit:
    """The visit, locked; for a member the one it was merged into. Raises Unknown."""
    if member is None:
        return locked({visit_id}, scope or NOBODY)[visit_id]
    rows = Visit.objects.select_for_update(no_key=True)
    visit = rows.filter(pk=visit_id).first()
    if visit is None or not _concerns(visit, member):
        raise Unknown("visit_unknown", _("This visit is not one of yours."))
    while visit.merged_into_id is not None:
        visit = rows.get(pk=visit.merged_into_id)
    return visit


def _concerns(visit: Visit, member: StaffMember) -> bool:
    """Whether a person is of a team that has or had the visit, or drives the car that fetches."""
    teams = member.visit_teams.values("pk")
    if visit.team_id is not None and teams.filter(pk=visit.team_id).exists():
        return True
    if visit.steps.filter(team__in=teams).exists():
        return True
    trips = Trip.objects.filter(driver_duty__member=member)
    return visit.trip_id is not None and trips.filter(pk=visit.trip_id).exists()


def _known(client_key: UUID, visit: Visit) -> bool:
    """Whether this very step was taken before. Raises Conflict if it was another visit's."""
    step = VisitStep.objects.filter(client_key=client_key).first()
    if step is not None and step.visit_id != visit.pk:
        raise Conflict("visit_step_key", _("This step was noted for another visit."))
    return step is not None


def _overtaken(visit: Visit, device_at: datetime) -> bool:
    """Whether a phone has already told something later about this visit."""
    latest = visit.steps.aggregate(at=Max("device_at"))["at"]
    return latest is not None and device_at < latest
