"""May this team stand there then? It is here, it and its members are free, fit and rested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.inputs import Conflict, Refused
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, SupportTeam, TeamDuty, TeamPlace
from personnel.services.duty_rules import (
    Limits,
    covers,
    in_words,
    moment,
    near,
    passed_over,
    refuse_taken,
    refuse_unfit,
)
from personnel.services.team_seats import Seat


def refuse_away(team: SupportTeam, *, starts_at: datetime, ends_at: datetime) -> None:
    """Raises Refused for a time before the team arrives or after it has gone home."""
    if starts_at < team.arrives_at:
        raise Refused(
            "team_not_here",
            _("%(team)s arrives at %(when)s."),
            team=str(team),
            when=moment(team.arrives_at),
        )
    if team.returns_at is not None and ends_at > team.returns_at:
        raise Refused(
            "team_not_here",
            _("%(team)s goes home at %(when)s."),
            team=str(team),
            when=moment(team.returns_at),
        )


def refuse_team_taken(
    team: SupportTeam, *, starts_at: datetime, ends_at: datetime, scope: Scope
) -> None:
    standing = TeamDuty.objects.exclude(state=DutyState.CANCELLED).filter(team=team)
    other = standing.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    if other is None:
        return
    words = {"team": str(team), "from": moment(other.starts_at), "until": moment(other.ends_at)}
    if not covers(other.district_id, other.street_id, scope):
        raise Conflict("taken", _("%(team)s is already booked elsewhere until %(until)s."), **words)
    places = TeamPlace.objects.filter(duty=other).select_related("place__point", "place__unit")
    raise Conflict(
        "taken",
        _("%(team)s is already booked at %(place)s, %(from)s to %(until)s."),
        place="、".join(dict.fromkeys(str(part.place) for part in places[:3])),
        **words,
    )


def judged(
    seats: Sequence[Seat],
    parts: Sequence[tuple[DutyPlace, DutyRole, int]],
    *,
    starts_at: datetime,
    ends_at: datetime,
    override: str,
    scope: Scope,
) -> tuple[str, list[str]]:
    """The words that pass over limits ("" where none is passed), and the codes of the limits.

    Raises Refused for members who are booked already, who are not certified for where they stand,
    and for limits without words.
    """
    limits = Limits.of(parts[0][0].district_id)
    people = [seat.member.pk for seat in seats]
    around = max(limits.rest, limits.travel)
    others = near(people, starts_at=starts_at, ends_at=ends_at, around=around)
    refuse_taken(others, starts_at=starts_at, ends_at=ends_at, scope=scope)
    for role in {seat.role for seat in seats}:
        standing = [seat.member for seat in seats if seat.role == role]
        refuse_unfit(standing, role, starts_at=starts_at, ends_at=ends_at)
    asked: list[tuple[DutyPlace, DutyRole, list[Duty]]] = [(p, r, []) for p, r, _people in parts]
    for seat in seats:
        theirs = [duty for duty in others if duty.member_id == seat.member.pk]
        asked.append((seat.place, seat.role, theirs))
    passed: dict[str, Refused] = {}
    for place, role, theirs in asked:
        for refusal in passed_over(
            theirs, place=place, role=role, starts_at=starts_at, ends_at=ends_at, limits=limits
        ):
            passed.setdefault(refusal.code, refusal)
    if not passed:
        return "", []
    words = in_words(override)
    if not words:
        raise next(iter(passed.values()))
    return words, sorted(passed)
