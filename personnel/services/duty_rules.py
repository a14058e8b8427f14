"""May this person stand there then? Certified, rested, not booked already; each no in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from campaigns.norms import norms_of
from core import clock
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, StaffMember, TeamDuty
from personnel.queries.fitness import certified
from sites.services.finding import Unknown

SEALED = (
    "member__id_number", "member__name", "member__phone", "place__point__lead_phone",
    "place__unit__point__lead_phone",
)  # fmt: skip
"""Encrypted columns that come along with a duty's person and place: to open them for thousands of
rows takes seconds, and lists show masks only."""
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXxＸｘ]|1[3-9]\d{9})(?!\d)")  # noqa: RUF001
EARLY = timedelta(hours=6)
"""Nobody arrives sooner before a duty begins: it is a slip of the finger."""
MOST_NAMED = 5
"""Names in one refusal; beyond them it says how many more."""


@dataclass(frozen=True)
class Limits:
    """How long one works and rests: the district's norms."""

    in_ppe: timedelta
    rest: timedelta
    travel: timedelta

    @classmethod
    def of(cls, district_id: int) -> Limits:
        norms = norms_of(district_id)
        return cls(
            in_ppe=timedelta(hours=float(norms["ppe_hours"].value)),
            rest=timedelta(hours=float(norms["rest_hours"].value)),
            travel=timedelta(minutes=float(norms["travel_minutes"].value)),
        )


def bookable(member_id: UUID, scope: Scope, at: datetime) -> StaffMember:
    """The person, if the caller may book them. Raises Refused: 404 outside the scope.

    A street books its own people and those who are on duty in it now or later: whoever helped
    out once is not its to book for ever.
    """
    member = StaffMember.objects.within(scope).filter(pk=member_id).first()
    if member is not None and not (scope.everything or _is_own(member, scope)):
        here = Duty.objects.within(scope).filter(member=member, ends_at__gt=at)
        if not here.exclude(state=DutyState.CANCELLED).exists():
            member = None
    if member is None:
        raise Unknown("member_unknown", _("There is no such person in your area."))
    refuse_gone(member)
    return member


def refuse_gone(member: StaffMember) -> None:
    """Raises Refused for somebody who has left the list."""
    if member.left_at is not None:
        raise Conflict("member_left", _("%(who)s has left the list."), who=member.name_mask)


def role_of(role_id: int, district_id: int) -> DutyRole:
    """A role of the district. Raises Refused."""
    role = DutyRole.objects.filter(pk=role_id, district_id=district_id).first()
    if role is None:
        raise Refused("role_unknown", _("Choose a role of this district.")).at("role_id")
    return role


def round_of(round_id: int | None, place: DutyPlace) -> int | None:
    """The round that is meant: the one asked for, else that of the place's point."""
    if round_id is None:
        return place.point.round_id if place.point is not None else None
    if not Round.objects.filter(pk=round_id, campaign__district_id=place.district_id).exists():
        raise Refused("round_unknown", _("Choose a round of this district.")).at("round_id")
    return round_id


def refuse_span(starts_at: datetime, ends_at: datetime) -> None:
    """Raises Refused for a duty that ends before it starts."""
    if ends_at <= starts_at:
        raise Refused("duty_ends_after_start", _("A duty ends after it starts.")).at("ends_at")


def refuse_arrival(duty: Duty | TeamDuty, at: datetime) -> None:
    """Raises Conflict where nobody can arrive: the duty is over, or `at` is not its time."""
    if duty.state != DutyState.BOOKED:
        raise Conflict("duty_over", _("This duty is finished or cancelled."))
    if at < duty.starts_at - EARLY or at >= duty.ends_at:
        raise Conflict(
            "not_its_time",
            _("This duty is from %(from)s to %(until)s."),
            **{"from": moment(duty.starts_at), "until": moment(duty.ends_at)},
        )


def refuse_unfit(
    members: Collection[StaffMember], role: DutyRole, *, starts_at: datetime, ends_at: datetime
) -> None:
    """Raises Refused naming who is not certified for the role on the duty's last day."""
    last = clock.day_of(max(starts_at, ends_at - timedelta(seconds=1)))
    fitness = certified([member.pk for member in members], role.pk, last)
    unfit = [member for member in members if not fitness[member.pk].fit]
    if not unfit:
        return
    if len(unfit) == 1:
        raise Refused(
            "not_certified",
            _("%(who)s is not certified as %(role)s; missing: %(what)s."),
            who=unfit[0].name_mask,
            role=str(role),
            what=fitness[unfit[0].pk].words,
        ).at("member_id")
    raise Refused(
        "not_certified",
        _("%(count)s people are not certified as %(role)s: %(who)s."),
        count=len(unfit),
        role=str(role),
        who=named(unfit),
    )


def named(members: Collection[StaffMember]) -> str:
    """Masked names, the first few of them."""
    masks = "、".join(member.name_mask for member in list(members)[:MOST_NAMED])
    more = len(members) - MOST_NAMED
    return f"{masks} +{more}" if more > 0 else masks


def near(
    member_ids: Collection[UUID],
    *,
    starts_at: datetime,
    ends_at: datetime,
    around: timedelta = timedelta(),
    but: Iterable[int] = (),
) -> list[Duty]:
    """Standing duties of these people that overlap the time, widened by `around`."""
    duties = Duty.objects.filter(
        Q(starts_at__lt=ends_at + around, ends_at__gt=starts_at - around),
        member_id__in=list(member_ids),
    ).exclude(state=DutyState.CANCELLED)
    found = duties.exclude(pk__in=list(but)).order_by("starts_at", "pk")
    related = found.select_related("member", "role", "place__point", "place__unit__point")
    return list(related.defer(*SEALED))


def refuse_taken(
    duties: Iterable[Duty], *, starts_at: datetime, ends_at: datetime, scope: Scope
) -> None:
    """Raises Conflict "taken" if one of the duties overlaps the time."""
    clashing = [d for d in duties if d.starts_at < ends_at and d.ends_at > starts_at]
    if len(clashing) > 1:
        members = {duty.member_id: duty.member for duty in clashing}
        if len(members) > 1:
            raise Conflict(
                "taken",
                _("%(count)s people are already booked until %(until)s: %(who)s."),
                count=len(members),
                who=named(list(members.values())),
                until=moment(max(duty.ends_at for duty in clashing)),
            )
    if clashing:
        raise taken(clashing[0], scope)


def taken(duty: Duty, scope: Scope) -> Conflict:
    """Who is booked where until when; a place outside of the caller's area stays unnamed."""
    words = {
        "who": duty.member.name_mask,
        "from": moment(duty.starts_at),
        "until": moment(duty.ends_at),
    }
    if not covers(duty.district_id, duty.street_id, scope):
        return Conflict("taken", _("%(who)s is already booked elsewhere until %(until)s."), **words)
    return Conflict(
        "taken",
        _("%(who)s is already booked as %(role)s at %(place)s, %(from)s to %(until)s."),
        role=str(duty.role),
        place=str(duty.place),
        **words,
    )


def passed_over(
    others: Iterable[Duty],
    *,
    place: DutyPlace,
    role: DutyRole,
    starts_at: datetime,
    ends_at: datetime,
    limits: Limits,
) -> list[Refused]:
    """The limits that this duty would pass: protective clothing, way, rest; none is a list of none.

    Between two trips of a driver no rest is asked for: they are one stretch of work.
    """
    found = []
    if role.in_ppe and ends_at - starts_at > limits.in_ppe:
        words = {"hours": hours(ends_at - starts_at), "most": hours(limits.in_ppe)}
        found.append(
            Refused(
                "limit_ppe",
                _("%(hours)s hours in protective clothing; at most %(most)s are allowed."),
                **words,
            )
        )
    for other in others:
        gap = max(starts_at - other.ends_at, other.starts_at - ends_at)
        refusal = _too_close(other, gap, place, limits)
        if refusal is not None:
            found.append(refusal)
    return found


def _too_close(other: Duty, gap: timedelta, place: DutyPlace, limits: Limits) -> Refused | None:
    words = {"who": other.member.name_mask, "until": moment(other.ends_at)}
    if _apart(other.place, place) and gap < limits.travel:
        return Refused(
            "limit_travel",
            _("%(who)s has %(minutes)s minutes for the way to or from another duty; %(least)s are"
              " needed."),
            minutes=round(gap.total_seconds() / 60), least=_minutes(limits.travel), **words,
        )  # fmt: skip
    driving = other.place.kind == place.kind == DutyPlace.Kind.VEHICLE
    if gap < limits.rest and not driving:
        return Refused(
            "limit_rest",
            _("%(who)s rests %(hours)s hours between this and another duty; %(least)s are needed."),
            hours=hours(gap), least=hours(limits.rest), **words,
        )  # fmt: skip
    return None


def in_words(reason: str) -> str:
    """A reason without its blanks; "" for what says nothing, such as digits alone.

    Numbers of documents and mobile telephones are struck out: a reason is kept, and read by many.
    """
    words = _NUMBERS.sub("…", clean_note(reason, max_length=200))
    return words if sum(sign.isalpha() for sign in words) > 1 else ""


def moment(instant: datetime) -> str:
    """Day and time as spoken on screens: 11-04 20:00."""
    return f"{clock.local(instant):%m-%d %H:%M}"


def hours(span: timedelta) -> str:
    """Hours with one decimal where it is needed."""
    return f"{span.total_seconds() / 3600:.1f}".removesuffix(".0")


def covers(district_id: int, street_id: int | None, scope: Scope) -> bool:
    """Whether rows of this district and street are within the scope."""
    return scope.everything or district_id in scope.districts or street_id in scope.streets


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def _apart(one: DutyPlace, other: DutyPlace) -> bool:
    if one.point_id is not None and one.point_id == other.point_id:
        return False
    return one.pk != other.pk


def _is_own(member: StaffMember, scope: Scope) -> bool:
    return covers(member.district_id, member.street_id, scope)
