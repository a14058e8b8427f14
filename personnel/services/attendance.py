"""Who is on site, and whether a district notes it: status of resources, no score of a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from campaigns.models import NormSetting
from core import audit
from core.inputs import Refused
from core.scope import Scope, ScopedQuerySet
from personnel.models import Duty, DutyPlace, DutyState, TeamDuty, TeamPlace
from personnel.services.duty_locks import lock_people, lock_team, told_when_busy
from personnel.services.duty_rules import in_words
from personnel.services.places import open_place
from sites.services.finding import Unknown

CODE = "attendance"
NOTED, NOT_NOTED = Decimal(1), Decimal(2)
SOON = timedelta(hours=1)
"""Who is on duty within this time counts as here when a lead says that everybody is."""


def is_noted(district_id: int) -> bool:
    """Whether arriving and leaving are noted and shown in this district; they are unless said."""
    rows = NormSetting.objects.filter(district_id=district_id, code=CODE)
    value = rows.values_list("value", flat=True).first()
    return value is None or value == NOTED


@transaction.atomic
def note_attendance(
    *, district_id: int, wanted: bool, reason: str, scope: Scope, by: str, at: datetime
) -> None:
    """Switch the noting of presence on or off for a district. Raises Refused without a reason."""
    if district_id not in scope.districts:
        raise Unknown("district_unknown", _("There is no such district in your area."))
    if is_noted(district_id) == wanted:
        return
    words = in_words(reason)
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    NormSetting.objects.update_or_create(
        district_id=district_id,
        code=CODE,
        defaults={
            "value": NOTED if wanted else NOT_NOTED, "reason": words, "at": at, "by": by,
        },
    )  # fmt: skip
    audit.record(
        by=by, at=at, act="duty.attendance", object_type="district", object_id=district_id,
        district_id=district_id, noted=wanted, reason=words,
    )  # fmt: skip


@told_when_busy()
@transaction.atomic
def arrive_everybody(*, place_id: int, scope: Scope, by: str, at: datetime) -> int:
    """Everybody booked at a place and its units for now, or within the hour, is on site.

    A team comes along if all of it stands there: of one that stands at several places nobody here
    knows. Returns how many people were noted; who was noted before keeps their time.
    """
    place = open_place(place_id, scope)
    due = Q(state=DutyState.BOOKED, starts_at__lte=at + SOON, ends_at__gt=at)
    ids, teams = _locked(place, due, scope)
    count = _unlisted(teams) + Duty.objects.filter(pk__in=ids, state=DutyState.BOOKED).update(
        state=DutyState.PRESENT, arrived_at=at
    )
    for team in teams:
        team.state, team.arrived_at = DutyState.PRESENT, at
    TeamDuty.objects.bulk_update(teams, ["state", "arrived_at"])
    _tell(place, "duty.arrive_all", count, by, at)
    return count


@told_when_busy()
@transaction.atomic
def leave_everybody(*, place_id: int, scope: Scope, by: str, at: datetime) -> int:
    """Everybody whose duty at a place and its units is over by now has left, teams that stand
    there alone as well; returns how many people."""
    place = open_place(place_id, scope)
    ids, teams = _locked(place, Q(state=DutyState.PRESENT, ends_at__lte=at), scope)
    count = _unlisted(teams) + Duty.objects.filter(pk__in=ids, state=DutyState.PRESENT).update(
        state=DutyState.DONE, left_at=Least(F("ends_at"), at),
        arrived_at=Coalesce("arrived_at", "starts_at"),
    )  # fmt: skip
    for team in teams:
        team.state = DutyState.DONE
    TeamDuty.objects.bulk_update(teams, ["state"])
    _tell(place, "duty.leave_all", count, by, at)
    return count


def _booked_at(place: DutyPlace, scope: Scope) -> ScopedQuerySet[Duty]:
    """Duties at a place; at a point those of its units as well."""
    seen = Duty.objects.within(scope)
    if place.kind == DutyPlace.Kind.POINT:
        return seen.filter(place__point_id=place.point_id)
    return seen.filter(place=place)


def _locked(place: DutyPlace, asked: Q, scope: Scope) -> tuple[list[int], list[TeamDuty]]:
    """Duties that are asked for, and teams all of which stands there, kept from other bookings."""
    found = _teams_at(place, scope).filter(asked)
    teams = sorted(set(found.values_list("team", flat=True)))
    for team in teams:
        lock_team(team)
    rows = list(_booked_at(place, scope).filter(asked).values_list("pk", "member_id"))
    lock_people([member for _pk, member in rows])
    return [pk for pk, _member in rows], list(found.filter(team__in=teams).order_by("pk"))


def _teams_at(place: DutyPlace, scope: Scope) -> ScopedQuerySet[TeamDuty]:
    """Teams that stand at a place and its units with all their parts and listed members."""
    here = Q(place=place)
    if place.kind == DutyPlace.Kind.POINT:
        here = Q(place__point_id=place.point_id)
    parts = TeamPlace.objects.filter(duty=OuterRef("pk"))
    members = Duty.objects.filter(team_duty=OuterRef("pk")).exclude(state=DutyState.CANCELLED)
    return TeamDuty.objects.within(scope).filter(
        Exists(parts.filter(here)),
        ~Exists(parts.exclude(here)),
        ~Exists(members.exclude(here)),
    )


def _unlisted(teams: Iterable[TeamDuty]) -> int:
    """People of these teams who are not listed one by one: those listed count by their duties."""
    return sum(max(team.headcount - team.member_duties.count(), 0) for team in teams)


def _tell(place: DutyPlace, act: str, people: int, by: str, at: datetime) -> None:
    if people:
        audit.record(
            by=by, at=at, act=act, object_type="duty_place", object_id=place.pk,
            district_id=place.district_id, street_id=place.street_id, people=people,
        )  # fmt: skip
