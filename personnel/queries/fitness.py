"""Who is fit for which role on which day: the certified may be rostered, nobody else (S035)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import day_of
from core.statements import run
from personnel.models import (
    Duty,
    DutyRole,
    DutyState,
    Qualification,
    QualificationKind,
    StaffMember,
)

# Thousands of people at once, for the suggestions of a district: one array, not a list of values.
_HELD = """SELECT member_id, kind_id, expires_on FROM personnel_qualification
WHERE kind_id = ANY(%b::bigint[]) AND member_id = ANY(%b::uuid[])
  AND withdrawn_at IS NULL AND obtained_on <= %s"""


@dataclass(frozen=True)
class Fitness:
    """What one person lacks for a role on a day; nothing at all means fit.

    `lacks` never held it or had it withdrawn; `expired` held it, and it has run out.
    """

    lacks: tuple[QualificationKind, ...] = ()
    expired: tuple[QualificationKind, ...] = ()

    @property
    def fit(self) -> bool:
        return not self.lacks and not self.expired

    @property
    def words(self) -> str:
        """The names of what is missing, in the reader's language; "" for who is fit."""
        return ", ".join(str(kind) for kind in (*self.lacks, *self.expired))


def standing_on(on: date) -> Q:
    """Qualifications that hold on a day: obtained by then, not run out, not withdrawn."""
    return Q(withdrawn_at__isnull=True, obtained_on__lte=on) & (
        Q(expires_on__isnull=True) | Q(expires_on__gte=on)
    )


def certified(member_ids: Collection[UUID], role_id: int, on: date) -> dict[UUID, Fitness]:
    """For each of these people what is missing for the role on that day (`fit` where nothing is).

    A duty across midnight is asked for its last day. Two statements, however many people.
    """
    needed = list(QualificationKind.objects.filter(roles=role_id).order_by("position", "code"))
    if not needed:
        return {pk: Fitness() for pk in member_ids}
    held = run(_HELD, [[kind.pk for kind in needed], list(member_ids), on])
    current: set[tuple[UUID, int]] = set()
    known: set[tuple[UUID, int]] = set()
    for member, kind, until in held:
        known.add((member, kind))
        if until is None or until >= on:
            current.add((member, kind))
    found = {}
    for pk in member_ids:
        missing = [kind for kind in needed if (pk, kind.pk) not in current]
        found[pk] = Fitness(
            lacks=tuple(kind for kind in missing if (pk, kind.pk) not in known),
            expired=tuple(kind for kind in missing if (pk, kind.pk) in known),
        )
    return found


def resting_on(held: Qualification, at: datetime) -> int:
    """How many duties of the person that lie ahead ask for this kind and have no other of it."""
    ahead = Duty.objects.filter(
        member=held.member_id, role__requires=held.kind_id, ends_at__gt=at,
        state__in=[DutyState.BOOKED, DutyState.PRESENT],
    )  # fmt: skip
    others = Qualification.objects.filter(
        member=held.member_id, kind=held.kind_id, withdrawn_at__isnull=True
    ).exclude(pk=held.pk)
    spans = list(others.values_list("obtained_on", "expires_on"))
    last = [day_of(end - timedelta(seconds=1)) for end in ahead.values_list("ends_at", flat=True)]
    return sum(
        not any(since <= day and (until is None or until >= day) for since, until in spans)
        for day in last
    )


def certified_for(
    members: QuerySet[StaffMember], role: DutyRole, on: date
) -> QuerySet[StaffMember]:
    """Those of the people who have everything that the role requires on that day."""
    for kind in role.requires.all():
        holding = Qualification.objects.filter(standing_on(on), member=OuterRef("pk"), kind=kind)
        members = members.filter(Exists(holding))
    return members
