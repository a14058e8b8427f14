"""A booking begins or ends because its order or trip does, whatever state it is in by now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext

from core.scope import Scope
from personnel.models import Duty, DutyState, TeamDuty
from personnel.services import duty as duties
from personnel.services import team_duty as team_duties

MOMENT = timedelta(minutes=1)
"""What remains of a duty that was served before its time: it stays in the books, and rest counts
from it. Who was there early and is not needed leaves no duty at all."""


def begin_duty(duty: Duty, *, scope: Scope, by: str, at: datetime) -> None:
    """The person is there. Nothing for a duty that has begun or whose time is over."""
    if duty.state == DutyState.BOOKED and at < duty.ends_at:
        duties.arrive(duty_id=duty.pk, scope=scope, by=by, at=at)


def free_duty(
    duty: Duty, reason: str, *, served: bool = False, scope: Scope, by: str, at: datetime
) -> None:
    """The person is free: has left if there, else was never needed. Nothing if that is so.

    `served` says that the duty was done: then it ends once it has begun, though nobody noted the
    arrival, because hours that were worked stay in the books.
    """
    if duty.state == DutyState.PRESENT:
        left = max(at, duty.starts_at + MOMENT) if served else at
        duties.leave(duty_id=duty.pk, scope=scope, by=by, at=left)
    elif duty.state == DutyState.BOOKED and served and at > duty.starts_at:
        duties.leave(duty_id=duty.pk, scope=scope, by=by, at=at)
    elif duty.state == DutyState.BOOKED:
        why = reason or gettext("released")
        duties.cancel(duty_id=duty.pk, reason=why, scope=scope, by=by, at=at)


def begin_team(duty: TeamDuty, *, scope: Scope, by: str, at: datetime) -> None:
    """The team is there. Nothing for a duty that has begun or whose time is over."""
    if duty.state == DutyState.BOOKED and at < duty.ends_at:
        team_duties.arrive_team(team_duty_id=duty.pk, scope=scope, by=by, at=at)


def free_team(
    duty: TeamDuty, reason: str, *, served: bool = False, scope: Scope, by: str, at: datetime
) -> None:
    """The team is free again, as `free_duty` says of one person."""
    if duty.state == DutyState.PRESENT:
        left = max(at, duty.starts_at + MOMENT) if served else at
        team_duties.leave_team(team_duty_id=duty.pk, scope=scope, by=by, at=left)
    elif duty.state == DutyState.BOOKED and served and at > duty.starts_at:
        team_duties.leave_team(team_duty_id=duty.pk, scope=scope, by=by, at=at)
    elif duty.state == DutyState.BOOKED:
        why = reason or gettext("released")
        team_duties.cancel_team(team_duty_id=duty.pk, reason=why, scope=scope, by=by, at=at)
