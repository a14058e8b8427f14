"""Support teams and task forces as pages show them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from campaigns.queries.register import districts_of
from core.scope import Scope
from personnel.models import (
    Organisation,
    StaffMember,
    SupportTeam,
    TaskForce,
    TeamDuty,
    TeamPlace,
)
from personnel.queries.people import street_names


@dataclass(frozen=True)
class Part:
    """So many of a team at one place; `place` is empty where it lies outside the scope."""

    place: str
    role: str
    people: int


@dataclass
class TeamLine:
    """One team: what its sender stated, who is listed, and where it is."""

    team: SupportTeam
    listed: int = 0
    duty: TeamDuty | None = None
    parts: list[Part] = field(default_factory=list)
    later: TeamDuty | None = None

    def state(self, at: datetime) -> str:
        """coming, away, on_duty or free at `at`."""
        if self.team.returns_at is not None and self.team.returns_at <= at:
            return "away"
        if self.duty is not None:
            return "on_duty"
        return "coming" if self.team.arrives_at > at else "free"


def teams_in(scope: Scope) -> QuerySet[SupportTeam]:
    """Teams of one's district; a street sees those that are or were booked for it."""
    booked = TeamPlace.objects.within(scope).exclude(duty__state="cancelled")
    whole = TeamDuty.objects.within(scope).exclude(state="cancelled")
    return SupportTeam.objects.filter(
        Q(pk__in=SupportTeam.objects.within(scope).values("pk"))
        | Q(pk__in=booked.values("duty__team"))
        | Q(pk__in=whole.values("team"))
    ).order_by("position", "code")


def team_lines(teams: QuerySet[SupportTeam], scope: Scope, at: datetime) -> list[TeamLine]:
    """Teams with their leader, listed members and places; a fixed number of statements."""
    hidden = [f"leader__{name}" for name in ("id_number", "name", "phone")] + ["sent_by__phone"]
    found = list(teams.select_related("sent_by", "source", "leader").defer(*hidden))
    lines = {team.pk: TeamLine(team) for team in found}
    people = StaffMember.objects.within(scope).serving().filter(team__in=lines)
    for team, number in people.values_list("team").annotate(n=Count("pk")):
        lines[team].listed = number
    ahead = TeamDuty.objects.filter(team__in=lines, ends_at__gt=at).exclude(
        state__in=["cancelled", "done"]
    )
    now: dict[int, TeamLine] = {}
    for duty in ahead.order_by("starts_at"):
        line = lines[duty.team_id]
        if duty.starts_at <= at:
            line.duty = duty
            now[duty.pk] = line
        elif line.later is None:
            line.later = duty
    for duty_id, parts in parts_of(list(now), scope).items():
        now[duty_id].parts = parts
    return list(lines.values())


def parts_of(duty_ids: list[int], scope: Scope) -> dict[int, list[Part]]:
    """Where the people of these team duties stand."""
    parts = TeamPlace.objects.filter(duty__in=duty_ids)
    seen = set(
        TeamPlace.objects.within(scope).filter(duty__in=duty_ids).values_list("pk", flat=True)
    )
    found: dict[int, list[Part]] = defaultdict(list)
    for part in parts.select_related("place__point", "place__unit__point", "role").order_by("pk"):
        place = str(part.place) if part.pk in seen else ""
        found[part.duty_id].append(Part(place, str(part.role), part.people))
    return dict(found)


@dataclass(frozen=True)
class ForceLine:
    """A task force with how many serve in it."""

    force: TaskForce
    members: int


def force_lines(scope: Scope) -> list[ForceLine]:
    """Task forces of one's districts in their own order."""
    forces = (
        TaskForce.objects.filter(district_id__in=districts_of(scope))
        .select_related("lead", "head")
        .defer("head__id_number", "head__name", "head__phone", "lead__phone")
        .annotate(serving=Count("members", filter=Q(members__left_at__isnull=True)))
        .order_by("position", "code")
    )
    return [ForceLine(force, force.serving) for force in forces]


@dataclass
class Contact:
    """A body in the contact book, with how many of its people could be reached."""

    body: Organisation
    street: str = ""
    people: int = 0
    reached: int = 0
    unreached: int = 0

    @property
    def untried(self) -> int:
        return self.people - self.reached - self.unreached


def contacts(scope: Scope) -> list[Contact]:
    """Bodies that one's area knows, with their duty desks and their people (S078)."""
    own = Q(district_id__in=sorted(scope.districts))
    if scope.streets:
        own |= Q(
            Q(street_id__isnull=True) | Q(street_id__in=sorted(scope.streets)),
            district_id__in=districts_of(scope),
        )
    bodies = list(
        Organisation.objects.filter(own, closed_at__isnull=True).order_by("position", "code")
    )
    streets = street_names({body.street_id for body in bodies})
    found = {body.pk: Contact(body, streets.get(body.street_id or 0, "")) for body in bodies}
    people = StaffMember.objects.within(scope).serving().filter(home_unit__in=found)
    for unit, reach, number in people.values_list("home_unit", "reach").annotate(n=Count("pk")):
        contact = found[unit]
        contact.people += number
        if reach == StaffMember.Reach.REACHED:
            contact.reached = number
        elif reach == StaffMember.Reach.UNREACHED:
            contact.unreached = number
    return list(found.values())
