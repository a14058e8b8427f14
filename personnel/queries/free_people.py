"""Who could be booked: free at that time, certified for the role, nearest home unit first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from core import clock
from core.inputs import Refused
from core.scope import Scope
from personnel.models import Duty, DutyPlace, DutyRole, DutyState, StaffMember
from personnel.queries.fitness import certified_for
from personnel.services.duty_rules import Limits, near, passed_over

MOST = 30
"""People shown at once; more are found by narrowing the search."""


@dataclass(frozen=True)
class Candidate:
    """A person who is free, with the limits that the booking would pass."""

    member: StaffMember
    limits: list[Refused]

    @property
    def is_near(self) -> bool:
        return int(getattr(self.member, "far", 9)) <= 1


@dataclass(frozen=True)
class Found:
    """The first people found, and whether there are more."""

    people: list[Candidate]
    more: bool


def free_people(
    scope: Scope,
    *,
    place: DutyPlace,
    role: DutyRole,
    starts_at: datetime,
    ends_at: datetime,
    unit_id: int | None = None,
    any_role: bool = False,
) -> Found:
    """People who may be booked there then: those of the street first, then those lent to it, the
    district's, others; who would pass a limit stands last of all shown.

    `unit_id` is a home unit; with `any_role` also certified people who do not have the role on
    the list. Five statements, however many people.
    """
    members = _free(scope, place.district_id, starts_at, ends_at)
    last = clock.day_of(max(starts_at, ends_at - timedelta(seconds=1)))
    members = certified_for(members, role, last)
    if not any_role:
        members = members.filter(roles=role)
    if unit_id is not None:
        members = members.filter(home_unit=unit_id)
    far = Case(
        When(home_unit__street_id=place.street_id, then=Value(0)),
        When(street_id=place.street_id, then=Value(1)),
        When(street_id__isnull=True, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    ordered = members.annotate(far=far).select_related("home_unit", "source")
    ordered = ordered.defer("id_number", "name", "phone", "home_unit__phone")
    rows = list(ordered.order_by("far", "home_unit__name", "pk")[: MOST + 1])
    limits = Limits.of(place.district_id)
    around = max(limits.rest, limits.travel)
    close = near([row.pk for row in rows], starts_at=starts_at, ends_at=ends_at, around=around)
    people = []
    for row in rows[:MOST]:
        theirs = [duty for duty in close if duty.member_id == row.pk]
        passed = passed_over(
            theirs, place=place, role=role, starts_at=starts_at, ends_at=ends_at, limits=limits
        )
        people.append(Candidate(row, passed))
    return Found(sorted(people, key=lambda one: len(one.limits)), more=len(rows) > MOST)


def _free(
    scope: Scope, district_id: int, starts_at: datetime, ends_at: datetime
) -> QuerySet[StaffMember]:
    busy = Duty.objects.filter(
        Q(starts_at__lt=ends_at, ends_at__gt=starts_at), member=OuterRef("pk")
    ).exclude(state=DutyState.CANCELLED)
    members = StaffMember.objects.within(scope).filter(~Exists(busy), district_id=district_id)
    if not (scope.everything or district_id in scope.districts):
        # Who once helped out here is seen, but no longer to be booked.
        members = members.filter(street_id__in=sorted(scope.streets))
    return members.filter(left_at__isnull=True)
