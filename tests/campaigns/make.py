"""Builders for rounds: a district with a register, a planner and a commander."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from campaigns.models import Campaign, Division, Exemption, Resident, Round
from campaigns.services import rounds
from core import clock
from core.crypto import blind_index
from core.scope import Scope
from personnel.roles import POLICY, Role
from tests.personnel.make import make_division
from tests.sites.make import id_number

NOW = datetime(2021, 11, 4, 4, 0, tzinfo=UTC)
START = NOW + timedelta(hours=8)


@dataclass(frozen=True)
class Plan:
    """A district with two streets and a draft round; who plans and who commands."""

    district: Division
    here: Division
    there: Division
    community_here: Division
    community_there: Division
    round: Round
    planner: Scope
    commander: Scope

    def who(self, scope: Scope, at: datetime = NOW) -> dict:
        return {"scope": scope, "by": scope.actor, "at": at}


def make_plan() -> Plan:
    clock.set_clock(NOW, rate=0.001)
    district = make_division("district")
    here, there = make_division("street", district), make_division("street", district)
    one, two = make_division("community", here), make_division("community", there)
    planner, commander = scope_of(Role.PLANNER, district, 1), scope_of(Role.COMMANDER, district, 2)
    campaign = rounds.create_campaign(
        district=district, name="autumn", kind="area", trigger="", by=planner.actor, at=NOW
    )
    round_ = rounds.create_round(
        campaign=campaign, starts_at=START, planned_end_at=None, by=planner.actor, at=NOW
    )
    return Plan(district, here, there, one, two, round_, planner, commander)


def scope_of(role: Role, district: Division, number: int) -> Scope:
    return Scope(
        districts=frozenset({district.pk}),
        permissions=POLICY[role].permissions,
        actor=f"user:{number}:{role.value}",
    )


def add_people(
    community: Division, count: int, *, born: date = date(1980, 1, 1), groups: tuple[str, ...] = ()
) -> list[Resident]:
    """Residents of a community; the caller's scope must be open."""
    people = []
    for _each in range(count):
        number = id_number()
        people.append(
            Resident(
                person_key=blind_index(community.district_id, "resident", number),
                district_id=community.district_id,
                street_id=community.street_id,
                community=community,
                id_number=number,
                name="Someone",
                id_last4=number[-4:],
                name_mask="S*",
                birth_on=born,
                groups=list(groups),
            )
        )
    return Resident.objects.bulk_create(people)


def partitions_of(round_: Round) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relname = ANY (%s)",
            [[f"sites_{name}_r{round_.pk}" for name in ("tube", "swab", "coverage")]],
        )
        row = cursor.fetchone()
    return int(row[0])


__all__ = ["NOW", "START", "Campaign", "Exemption", "Plan", "add_people", "make_plan"]
