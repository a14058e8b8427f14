"""The list of people as pages show it: masked, with where each is now, counted by category."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import pgettext

from campaigns.models import Division
from campaigns.queries.register import districts_of
from core.crypto import blind_index
from core.scope import Scope
from personnel.models import (
    Duty,
    DutyRole,
    Secondment,
    SourceCategory,
    StaffMember,
)

MOST_FOUND = 50
"""People listed by last four characters; whoever finds more must know more."""
AHEAD = ("booked", "present")


@dataclass(frozen=True)
class Filters:
    """Which people the list shows; None and "" ask for nothing. `state` is "", left, unreached,
    lent or free (neither on duty nor booked later)."""

    organisation: int | None = None
    source: int | None = None
    role: int | None = None
    street: int | None = None
    team: int | None = None
    state: str = ""


@dataclass(frozen=True)
class Stint:
    """A duty of somebody as the caller may know it: without its place where that lies outside."""

    starts_at: datetime
    ends_at: datetime
    present: bool
    role: str
    place: str


@dataclass(frozen=True)
class Line:
    """One person on the list."""

    member: StaffMember
    street: str
    roles: list[str]
    now: Stint | None = None
    later: Stint | None = None
    lent: Secondment | None = None

    @property
    def said_roles(self) -> str:
        """The roles in one line, in the reader's language."""
        return pgettext("between words of a list", ", ").join(self.roles)


@dataclass
class CategoryCount:
    """People of one source category on the list, and how many of them are on site."""

    category: SourceCategory
    people: int = 0
    on_site: int = 0


@dataclass(frozen=True)
class Counts:
    """The list in figures at `at`."""

    at: datetime
    categories: list[CategoryCount] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(each.people for each in self.categories)

    @property
    def on_site(self) -> int:
        return sum(each.on_site for each in self.categories)


def people_in(scope: Scope, filters: Filters, at: datetime) -> QuerySet[StaffMember]:
    """People of the scope that the filters ask for, in a steady order."""
    people = StaffMember.objects.within(scope, since=at)
    people = people.filter(left_at__isnull=filters.state != "left")
    exact = {
        "home_unit": filters.organisation,
        "source": filters.source,
        "roles": filters.role,
        "street_id": filters.street,
        "team": filters.team,
    }
    people = people.filter(**{name: value for name, value in exact.items() if value is not None})
    ahead = Duty.objects.filter(state__in=AHEAD, ends_at__gt=at)
    by_state = {
        "unreached": Q(reach=StaffMember.Reach.UNREACHED),
        "lent": Q(pk__in=Secondment.objects.filter(closed_at__isnull=True).values("member")),
        "free": ~Q(pk__in=ahead.values("member")),
    }
    if condition := by_state.get(filters.state):
        people = people.filter(condition)
    return people.order_by("street_id", "home_unit__code", "name_mask", "pk")


def masked_people(ids: Iterable[uuid.UUID]) -> list[StaffMember]:
    """These people in this order, without what is encrypted: lists show masks alone."""
    wanted = list(ids)
    people = StaffMember.objects.defer("id_number", "name", "phone", "home_unit__phone")
    found = people.select_related("home_unit", "source").in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


def find_people(
    scope: Scope, at: datetime, *, whole: tuple[str, str] | None = None, last4: str = ""
) -> QuerySet[StaffMember]:
    """People by their whole document (type and number) or by its last four characters."""
    people = StaffMember.objects.within(scope, since=at).serving()
    if whole is not None:
        keys = [blind_index(district, *whole) for district in districts_of(scope)]
        return people.filter(person_key__in=keys)
    found = people.filter(district_id__in=districts_of(scope), id_last4=last4)
    return found.order_by("street_id", "pk")


def lines_of(members: Iterable[StaffMember], scope: Scope, at: datetime) -> list[Line]:
    """These people as the list shows them; a fixed number of statements, however many."""
    people = list(members)
    ids = [member.pk for member in people]
    streets = street_names({member.street_id for member in people})
    roles = _roles_of(ids)
    stints = stints_of(ids, scope, at)
    lendings = Secondment.objects.filter(member__in=ids, closed_at__isnull=True)
    lent = {each.member_id: each for each in lendings}
    return [
        Line(
            member,
            streets.get(member.street_id or 0, ""),
            roles.get(member.pk, []),
            now=next((one for one in stints.get(member.pk, []) if one.starts_at <= at), None),
            later=next((one for one in stints.get(member.pk, []) if one.starts_at > at), None),
            lent=lent.get(member.pk),
        )
        for member in people
    ]


def stints_of(ids: Sequence[uuid.UUID], scope: Scope, at: datetime) -> dict[uuid.UUID, list[Stint]]:
    """Duties of these people that have not ended, the earliest first."""
    duties = (
        Duty.objects.filter(member__in=ids, state__in=AHEAD, ends_at__gt=at)
        .select_related("place__point", "place__unit__point", "role")
        .order_by("starts_at")
    )
    found: dict[uuid.UUID, list[Stint]] = {}
    for duty in duties:
        seen = _within(duty.district_id, duty.street_id, scope)
        stint = Stint(
            duty.starts_at,
            duty.ends_at,
            duty.state == "present",
            str(duty.role),
            str(duty.place) if seen else "",
        )
        found.setdefault(duty.member_id, []).append(stint)
    return found


def counts(scope: Scope, at: datetime) -> Counts:
    """People on the list by source category, in the district's own order."""
    districts = districts_of(scope)
    rows = {
        category.pk: CategoryCount(category)
        for category in SourceCategory.objects.filter(district_id__in=districts)
    }
    people = StaffMember.objects.within(scope, since=at).serving()
    for source, number in people.values_list("source").annotate(n=Count("pk")):
        rows[source].people = number
    on_site = Duty.objects.filter(state="present", starts_at__lte=at, ends_at__gt=at)
    there = people.filter(pk__in=on_site.values("member"))
    for source, number in there.values_list("source").annotate(n=Count("pk")):
        rows[source].on_site = number
    return Counts(at, list(rows.values()))


def street_names(ids: Collection[int | None]) -> dict[int, str]:
    """Names of streets by id, in one statement."""
    known = Division.objects.filter(pk__in=[pk for pk in ids if pk is not None])
    return dict(known.values_list("pk", "name"))


def _roles_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    pairs = StaffMember.roles.through.objects.filter(staffmember__in=ids)
    found: dict[uuid.UUID, list[str]] = {}
    wanted = list(pairs.values_list("staffmember_id", "dutyrole_id"))
    roles = DutyRole.objects.in_bulk({role for _member, role in wanted})
    order = {pk: (role.position, role.code) for pk, role in roles.items()}
    for member, role in sorted(wanted, key=lambda pair: order[pair[1]]):
        found.setdefault(member, []).append(str(roles[role]))
    return found


def _within(district_id: int, street_id: int | None, scope: Scope) -> bool:
    return (
        scope.everything
        or district_id in scope.districts
        or (street_id is not None and street_id in scope.streets)
    )
