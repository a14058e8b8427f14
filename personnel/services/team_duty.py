"""A whole team is booked, arrives, leaves or is cancelled, its listed members with it (S038)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope
from personnel.models import (
    Duty,
    DutyPlace,
    DutyRole,
    DutyState,
    StaffMember,
    SupportTeam,
    TeamDuty,
    TeamPlace,
)
from personnel.services.duty import went_early
from personnel.services.duty_locks import lock_people, lock_team, told_when_busy
from personnel.services.duty_rules import (
    covers,
    in_words,
    near,
    refuse_arrival,
    refuse_span,
    refuse_taken,
    role_of,
    round_of,
)
from personnel.services.places import open_place, place_of_street
from personnel.services.team_rules import judged, refuse_away, refuse_team_taken
from personnel.services.team_seats import Seat, seats_of
from sites.services.finding import Unknown


@dataclass(frozen=True)
class Part:
    """So many of the team at one place in one role."""

    place_id: int
    role_id: int
    people: int


@dataclass(frozen=True)
class _Booking:
    team: SupportTeam
    parts: list[tuple[DutyPlace, DutyRole, int]]
    street_id: int | None
    round_id: int | None
    starts_at: datetime
    ends_at: datetime


@told_when_busy()
@transaction.atomic
def book_team(
    *,
    client_key: UUID,
    team_id: int,
    parts: Sequence[Part],
    starts_at: datetime,
    ends_at: datetime,
    street_id: int | None = None,
    round_id: int | None = None,
    override: str = "",
    scope: Scope,
    by: str,
    at: datetime,
) -> TeamDuty:
    """Book a team with its parts; each listed member gets a duty at the part of their role.

    Members without a part of their role stand at the street's place (the first part's without a
    street). The same key again is the same booking. Raises Refused as `duty.book` does, and
    Conflict `taken` for the team or for members already booked: then nothing is booked.
    """
    submission_lock(client_key)
    known = TeamDuty.objects.filter(client_key=client_key).first()
    if known is not None:
        if known.team_id != team_id:
            raise Conflict("key_reused", _("This form was sent before with other content."))
        if known.state == DutyState.CANCELLED:
            raise Conflict("duty_over", _("This duty is finished or cancelled."))
        return known
    refuse_span(starts_at, ends_at)
    lock_team(team_id)
    team = _team(team_id, scope)
    booking = _booking(team, parts, street_id, round_id, starts_at, ends_at, scope)
    refuse_away(team, starts_at=starts_at, ends_at=ends_at)
    refuse_team_taken(team, starts_at=starts_at, ends_at=ends_at, scope=scope)
    people = StaffMember.objects.within(scope).serving().filter(team=team)
    listed = list(people.values_list("pk", flat=True))
    lock_people(listed)
    # Read after the wait: who left the list meanwhile is not booked.
    members = list(people.filter(pk__in=listed).order_by("pk"))
    seats = seats_of(members, booking.parts, _elsewhere(booking, scope))
    reason, passed = judged(
        seats, booking.parts, starts_at=starts_at, ends_at=ends_at, override=override, scope=scope
    )
    stored = _stored(booking, seats, client_key, reason=reason, scope=scope, by=by, at=at)
    _note(
        stored, "team.book", by=by, at=at, parts=len(parts), listed=len(seats),
        passed_over=passed, override=reason,
    )  # fmt: skip
    return stored


@told_when_busy()
@transaction.atomic
def cancel_team(*, team_duty_id: int, reason: str, scope: Scope, by: str, at: datetime) -> TeamDuty:
    """Cancel a booking that has not begun, with the duties of its members."""
    duty = locked_team_duty(team_duty_id, scope)
    if duty.state == DutyState.CANCELLED:
        return duty
    if duty.state != DutyState.BOOKED:
        raise Conflict("duty_begun", _("Who is on site or was there leaves; that is not undone."))
    words = in_words(reason)
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    duty.state, duty.reason = DutyState.CANCELLED, words
    duty.save(update_fields=["state", "reason"])
    _members_of(duty).filter(state=DutyState.BOOKED).update(state=DutyState.CANCELLED, reason=words)
    _note(duty, "team.cancel", by=by, at=at, reason=words)
    return duty


@told_when_busy()
@transaction.atomic
def arrive_team(*, team_duty_id: int, scope: Scope, by: str, at: datetime) -> TeamDuty:
    """Note that the team is on site, its booked members with it. Noted twice, the first stands."""
    duty = locked_team_duty(team_duty_id, scope)
    if duty.state == DutyState.PRESENT:
        return duty
    refuse_arrival(duty, at)
    duty.state, duty.arrived_at = DutyState.PRESENT, at
    duty.save(update_fields=["state", "arrived_at"])
    _members_of(duty).filter(state=DutyState.BOOKED).update(state=DutyState.PRESENT, arrived_at=at)
    _note(duty, "team.arrive", by=by, at=at)
    return duty


@told_when_busy()
@transaction.atomic
def leave_team(*, team_duty_id: int, scope: Scope, by: str, at: datetime) -> TeamDuty:
    """The team has left: it and its members are free from that moment. Leaving twice is once.

    A team that came early and goes before the beginning was never needed, as one person.
    """
    duty = locked_team_duty(team_duty_id, scope)
    if duty.state == DutyState.DONE or went_early(duty):
        return duty
    if duty.state == DutyState.CANCELLED:
        raise Conflict("duty_over", _("This duty is finished or cancelled."))
    open_ones = _members_of(duty).filter(state__in=[DutyState.BOOKED, DutyState.PRESENT])
    if at <= duty.starts_at:
        if duty.state != DutyState.PRESENT:
            raise Conflict("not_begun", _("This duty has not begun; cancel it instead."))
        duty.state = DutyState.CANCELLED
        duty.save(update_fields=["state"])
        open_ones.update(state=DutyState.CANCELLED)
    else:
        _end(duty, list(open_ones), at)
    _note(duty, "team.leave", by=by, at=at)
    return duty


def _end(duty: TeamDuty, members: list[Duty], at: datetime) -> None:
    duty.state = DutyState.DONE
    duty.arrived_at = duty.arrived_at or duty.starts_at
    duty.ends_at = min(duty.ends_at, at)
    duty.save(update_fields=["state", "arrived_at", "ends_at"])
    for one in members:
        one.state, one.left_at = DutyState.DONE, at
        one.arrived_at = one.arrived_at or one.starts_at
        one.ends_at = min(one.ends_at, at)
    Duty.objects.bulk_update(members, ["state", "arrived_at", "left_at", "ends_at"])


def locked_team_duty(team_duty_id: int, scope: Scope) -> TeamDuty:
    """The booking, locked with its team and listed members; 404 outside the scope."""
    seen = TeamDuty.objects.within(scope).filter(pk=team_duty_id)
    team_id = seen.values_list("team_id", flat=True).first()
    if team_id is None:
        raise Unknown("duty_unknown", _("There is no such duty in your area."))
    lock_team(team_id)
    listed = Duty.objects.filter(team_duty_id=team_duty_id)
    lock_people(listed.values_list("member_id", flat=True))
    rows = TeamDuty.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("team").get(pk=team_duty_id)


def _team(team_id: int, scope: Scope) -> SupportTeam:
    team = SupportTeam.objects.within(scope).filter(pk=team_id).first()
    if team is None:
        raise Unknown("team_unknown", _("There is no such team in your area."))
    return team


def _booking(
    team: SupportTeam,
    parts: Sequence[Part],
    street_id: int | None,
    round_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    scope: Scope,
) -> _Booking:
    if not parts:
        raise Refused("parts_missing", _("Say where the team stands, and how many of it."))
    found = [_checked(team, part, scope) for part in parts]
    people = sum(part.people for part in parts)
    if people > team.headcount:
        raise Refused(
            "team_too_small",
            _("%(team)s has %(has)s people; %(asked)s are asked for."),
            team=str(team),
            has=team.headcount,
            asked=people,
        )
    streets = {place.street_id for place, _role, _people in found}
    if street_id is None and len(streets) == 1:
        street_id = streets.pop()
    elif street_id is not None and not covers(team.district_id, street_id, scope):
        raise Unknown("street_unknown", _("There is no such street in your area."))
    round_id = round_of(round_id, found[0][0])
    return _Booking(team, found, street_id, round_id, starts_at, ends_at)


def _checked(team: SupportTeam, part: Part, scope: Scope) -> tuple[DutyPlace, DutyRole, int]:
    place = open_place(part.place_id, scope)
    if place.district_id != team.district_id:
        raise Unknown("place_unknown", _("There is no such place of duty in your area."))
    if part.people < 1:
        raise Refused("part_empty", _("A part of a team has one person at least."))
    return place, role_of(part.role_id, team.district_id), part.people


def _elsewhere(booking: _Booking, scope: Scope) -> DutyPlace:
    """Where members stand whose role no part asks for."""
    if booking.street_id is None:
        return booking.parts[0][0]
    return place_of_street(street_id=booking.street_id, scope=scope)


def _stored(
    booking: _Booking,
    seats: Sequence[Seat],
    client_key: UUID,
    *,
    reason: str,
    scope: Scope,
    by: str,
    at: datetime,
) -> TeamDuty:
    starts_at, ends_at = booking.starts_at, booking.ends_at
    duty = TeamDuty(
        client_key=client_key, team=booking.team, district_id=booking.team.district_id,
        street_id=booking.street_id, round_id=booking.round_id, starts_at=starts_at,
        ends_at=ends_at, headcount=sum(people for _place, _role, people in booking.parts),
        reason=reason, at=at, by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
            TeamPlace.objects.bulk_create(
                TeamPlace(duty=duty, place=place, role=role, people=people)
                for place, role, people in booking.parts
            )
            Duty.objects.bulk_create(_member_duty(duty, seat) for seat in seats)
    except IntegrityError as error:
        refuse_team_taken(booking.team, starts_at=starts_at, ends_at=ends_at, scope=scope)
        others = near([s.member.pk for s in seats], starts_at=starts_at, ends_at=ends_at)
        refuse_taken(others, starts_at=starts_at, ends_at=ends_at, scope=scope)
        raise readable(error) from error
    return duty


def _member_duty(duty: TeamDuty, seat: Seat) -> Duty:
    return Duty(
        client_key=uuid4(), member=seat.member, place=seat.place, role=seat.role, team_duty=duty,
        district_id=duty.district_id, street_id=seat.place.street_id, round_id=duty.round_id,
        starts_at=duty.starts_at, ends_at=duty.ends_at, at=duty.at, by=duty.by,
    )  # fmt: skip


def _members_of(duty: TeamDuty) -> Any:
    return duty.member_duties.order_by("pk")


def _note(duty: TeamDuty, act: str, *, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="team_duty",
        object_id=duty.pk,
        district_id=duty.district_id,
        street_id=duty.street_id,
        team=duty.team_id,
        people=duty.headcount,
        starts=duty.starts_at.isoformat(),
        ends=duty.ends_at.isoformat(),
        **{key: value for key, value in summary.items() if value},
    )
