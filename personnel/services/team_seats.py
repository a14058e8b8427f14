"""Where each listed member of a team stands when it is booked: at the part of their role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from personnel.models import DutyPlace, DutyRole, StaffMember


@dataclass(frozen=True)
class Seat:
    """A listed member with the place and role they are booked for."""

    member: StaffMember
    place: DutyPlace
    role: DutyRole


def seats_of(
    members: Collection[StaffMember],
    parts: Sequence[tuple[DutyPlace, DutyRole, int]],
    elsewhere: DutyPlace,
) -> list[Seat]:
    """A seat for each member: in a part whose role they have, else at disposal `elsewhere`.

    Who has fewest roles chooses first, so that who can do several things fills what is left. At
    disposal one has a role that requires nothing: an own one, else the district's first such.
    """
    prefetch_related_objects(list(members), "roles")
    left = [people for _place, _role, people in parts]
    by_choice = sorted(members, key=lambda member: (len(member.roles.all()), member.pk))
    return [_seat(member, parts, left, elsewhere) for member in by_choice]


def _seat(
    member: StaffMember,
    parts: Sequence[tuple[DutyPlace, DutyRole, int]],
    left: list[int],
    elsewhere: DutyPlace,
) -> Seat:
    roles = list(member.roles.all())
    for number, (place, role, _people) in enumerate(parts):
        if left[number] and role in roles:
            left[number] -= 1
            return Seat(member, place, role)
    plain = DutyRole.objects.filter(district_id=member.district_id, requires__isnull=True)
    own = plain.filter(pk__in=[role.pk for role in roles]).first()
    return Seat(member, elsewhere, own or plain.first() or (roles or [parts[0][1]])[0])
