"""One person is booked, arrives, leaves, is moved or cancelled; never in two places at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.constraints import readable
from core.inputs import Conflict, Refused
from core.locks import submission_lock
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, StaffMember, TeamDuty
from personnel.services.duty_locks import lock_people, told_when_busy
from personnel.services.duty_rules import (
    Limits,
    bookable,
    in_words,
    near,
    passed_over,
    refuse_arrival,
    refuse_gone,
    refuse_span,
    refuse_taken,
    refuse_unfit,
    role_of,
    round_of,
)
from personnel.services.places import open_place
from sites.services.finding import Unknown


@dataclass(frozen=True)
class _Wanted:
    member: StaffMember
    place: DutyPlace
    role: DutyRole
    starts_at: datetime
    ends_at: datetime


@told_when_busy()
@transaction.atomic
def book(
    *,
    client_key: UUID,
    member_id: UUID,
    place_id: int,
    role_id: int,
    starts_at: datetime,
    ends_at: datetime,
    round_id: int | None = None,
    override: str = "",
    scope: Scope,
    by: str,
    at: datetime,
) -> Duty:
    """Book a person at a place in a role; the same key again is the same duty.

    Raises Refused: `not_certified`, `limit_ppe`, `limit_travel`, `limit_rest` (the limits unless
    `override` says in words why they are passed over), 404 outside the scope; Conflict `taken`
    with who is where until when.
    """
    submission_lock(client_key)
    known = Duty.objects.filter(client_key=client_key).first()
    if known is not None:
        return _same(known, member_id, place_id)
    refuse_span(starts_at, ends_at)
    place = open_place(place_id, scope)
    role = role_of(role_id, place.district_id)
    lock_people([member_id])  # first: who leaves the list meanwhile is not booked
    member = bookable(member_id, scope, at)
    if member.district_id != place.district_id:
        raise Unknown("member_unknown", _("There is no such person in your area."))
    wanted = _Wanted(member, place, role, starts_at, ends_at)
    reason, passed = _judged(wanted, override, scope)
    duty = _stored(
        wanted, client_key, round_of(round_id, place), reason=reason, scope=scope, by=by, at=at
    )
    _note(duty, "duty.book", by=by, at=at, passed_over=passed, override=reason)
    return duty


@told_when_busy()
@transaction.atomic
def cancel(*, duty_id: int, reason: str, scope: Scope, by: str, at: datetime) -> Duty:
    """Cancel a duty that has not begun; the person is free. A cancelled one stays as it is."""
    duty = locked_duty(duty_id, scope)
    if duty.state == DutyState.CANCELLED:
        return duty
    if duty.state != DutyState.BOOKED:
        raise Conflict("duty_begun", _("Who is on site or was there leaves; that is not undone."))
    duty.reason = _words(reason)
    duty.state = DutyState.CANCELLED
    duty.save(update_fields=["state", "reason"])
    _note(duty, "duty.cancel", by=by, at=at, reason=duty.reason)
    return duty


@told_when_busy()
@transaction.atomic
def arrive(*, duty_id: int, scope: Scope, by: str, at: datetime) -> Duty:
    """Note that the person is on site. Noted twice, the first time stands."""
    duty = locked_duty(duty_id, scope)
    if duty.state == DutyState.PRESENT:
        return duty
    refuse_arrival(duty, at)
    duty.state, duty.arrived_at = DutyState.PRESENT, at
    duty.save(update_fields=["state", "arrived_at"])
    _note(duty, "duty.arrive", by=by, at=at)
    return duty


@told_when_busy()
@transaction.atomic
def leave(*, duty_id: int, scope: Scope, by: str, at: datetime) -> Duty:
    """The person has left: who leaves early is free from that moment. Leaving twice is once.

    Where presence is not noted, the person counts as there from the beginning. Who came early and
    goes before the beginning was never needed: the duty is cancelled and keeps the arrival.
    Raises Conflict before the beginning for who did not come: then it is cancelled.
    """
    duty = locked_duty(duty_id, scope)
    if duty.state == DutyState.DONE or went_early(duty):
        return duty
    if duty.state == DutyState.CANCELLED:
        raise Conflict("duty_over", _("This duty is finished or cancelled."))
    _end(duty, at)
    _note(duty, "duty.leave", by=by, at=at)
    return duty


@told_when_busy()
@transaction.atomic
def move(
    *,
    duty_id: int,
    client_key: UUID,
    place_id: int,
    starts_at: datetime,
    scope: Scope,
    by: str,
    at: datetime,
    reason: str,
) -> Duty:
    """Send a person from one duty to another place, in the same role until the same end (S109).

    A duty that has begun ends now, one that has not is cancelled; the log keeps both. The way is
    part of the move, so neither rest nor travel is asked for. The same key again is the same move.
    """
    submission_lock(client_key)
    known = Duty.objects.filter(client_key=client_key).first()
    old = locked_duty(duty_id, scope)
    if known is not None:
        return _same(known, old.member_id, place_id)
    words = _words(reason)
    place = open_place(place_id, scope)
    if place.pk == old.place_id:
        raise Refused("same_place", _("The person is booked at this place already."))
    if old.state not in (DutyState.BOOKED, DutyState.PRESENT):
        raise Conflict("duty_over", _("This duty is finished or cancelled."))
    until = old.ends_at
    starts_at = max(starts_at, old.starts_at, at)
    refuse_span(starts_at, until)
    refuse_gone(old.member)
    if old.state == DutyState.PRESENT:
        old.reason = words if at <= old.starts_at else old.reason
        _end(old, at)
    else:
        old.state, old.reason = DutyState.CANCELLED, words
        old.save(update_fields=["state", "reason"])
    wanted = _Wanted(old.member, place, old.role, starts_at, until)
    _refuse(wanted, near([old.member_id], starts_at=starts_at, ends_at=until), scope)
    new = _stored(
        wanted, client_key, round_of(None, place) or old.round_id, reason=words, scope=scope,
        by=by, at=at,
    )  # fmt: skip
    _note(new, "duty.move", by=by, at=at, moved_from=old.pk, reason=words)
    return new


def locked_duty(duty_id: int, scope: Scope) -> Duty:
    """The duty, its person kept from other bookings until the transaction ends; 404 if not seen."""
    seen = Duty.objects.within(scope).filter(pk=duty_id).values_list("member_id", flat=True).first()
    if seen is None:
        raise Unknown("duty_unknown", _("There is no such duty in your area."))
    lock_people([seen])
    # Without the person: a street no longer sees a helper whose duty in it was cancelled.
    rows = Duty.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("role", "place__point").get(pk=duty_id)


def went_early(duty: Duty | TeamDuty) -> bool:
    """Whether who came before the beginning went before it, too: the duty never took place."""
    return duty.state == DutyState.CANCELLED and duty.arrived_at is not None


def _same(known: Duty, member_id: UUID, place_id: int) -> Duty:
    """What the key made before; Conflict if that was other content, or is cancelled by now."""
    if known.member_id != member_id or known.place_id != place_id:
        raise Conflict("key_reused", _("This form was sent before with other content."))
    if known.state == DutyState.CANCELLED:
        raise Conflict("duty_over", _("This duty is finished or cancelled."))
    return known


def _judged(wanted: _Wanted, override: str, scope: Scope) -> tuple[str, list[str]]:
    """The words that pass over limits ("" where none is passed), and the codes of the limits."""
    limits = Limits.of(wanted.place.district_id)
    around = max(limits.rest, limits.travel)
    others = near(
        [wanted.member.pk], starts_at=wanted.starts_at, ends_at=wanted.ends_at, around=around
    )
    _refuse(wanted, others, scope)
    passed = passed_over(
        others, place=wanted.place, role=wanted.role, starts_at=wanted.starts_at,
        ends_at=wanted.ends_at, limits=limits,
    )  # fmt: skip
    if not passed:
        return "", []
    words = in_words(override)
    if not words:
        raise passed[0]
    return words, sorted({refusal.code for refusal in passed})


def _refuse(wanted: _Wanted, others: list[Duty], scope: Scope) -> None:
    starts_at, ends_at = wanted.starts_at, wanted.ends_at
    refuse_taken(others, starts_at=starts_at, ends_at=ends_at, scope=scope)
    refuse_unfit([wanted.member], wanted.role, starts_at=starts_at, ends_at=ends_at)


def _stored(
    wanted: _Wanted,
    client_key: UUID,
    round_id: int | None,
    *,
    reason: str,
    scope: Scope,
    by: str,
    at: datetime,
) -> Duty:
    """Write the duty; whoever was quicker in spite of all locks is named."""
    duty = Duty(
        client_key=client_key, member=wanted.member, place=wanted.place, role=wanted.role,
        district_id=wanted.place.district_id, street_id=wanted.place.street_id, round_id=round_id,
        starts_at=wanted.starts_at, ends_at=wanted.ends_at, reason=reason, at=at, by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
    except IntegrityError as error:
        starts_at, ends_at = wanted.starts_at, wanted.ends_at
        others = near([wanted.member.pk], starts_at=starts_at, ends_at=ends_at)
        refuse_taken(others, starts_at=starts_at, ends_at=ends_at, scope=scope)
        raise readable(error) from error
    return duty


def _end(duty: Duty, at: datetime) -> None:
    if at <= duty.starts_at:
        if duty.state != DutyState.PRESENT:
            raise Conflict("not_begun", _("This duty has not begun; cancel it instead."))
        duty.state = DutyState.CANCELLED
        duty.save(update_fields=["state", "reason"])
        return
    duty.state = DutyState.DONE
    duty.arrived_at = duty.arrived_at or duty.starts_at
    duty.left_at, duty.ends_at = at, min(duty.ends_at, at)
    duty.save(update_fields=["state", "arrived_at", "left_at", "ends_at"])


def _words(reason: str) -> str:
    words = in_words(reason)
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    return words


def _note(duty: Duty, act: str, *, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="duty",
        object_id=duty.pk,
        district_id=duty.district_id,
        street_id=duty.street_id,
        member=str(duty.member_id),
        place=duty.place_id,
        role=duty.role_id,
        starts=duty.starts_at.isoformat(),
        ends=duty.ends_at.isoformat(),
        **{key: value for key, value in summary.items() if value},
    )
