"""Builders of rosters for tests: a district with its lists, places of duty, bookings in a line."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Division
from core.scope import Scope, scoped
from personnel.models import Duty, DutyPlace, DutyRole, Shift, StaffMember
from personnel.services import duty
from personnel.services.places import place_of_point
from personnel.services.terms import add_builtin_terms
from sites.models import SamplingUnit
from tests.personnel.make import District, make_district, make_unit
from tests.personnel.people import START, make_member

HOUR = timedelta(hours=1)
NOW = START
FIT = ("swab", "ppe", "hand_hygiene", "waste", "information_system")


def after(hours: float) -> datetime:
    """So many hours after the round's start, which is 20:00 in Shanghai."""
    return START + hours * HOUR


@dataclass
class Roster:
    """A district with builtin lists, a unit in each street, and whole-district eyes."""

    place: District
    unit: SamplingUnit
    unit_there: SamplingUnit

    @property
    def scope(self) -> Scope:
        return Scope(
            districts=frozenset({self.place.district.pk}),
            permissions=frozenset({"see_duty", "roster", "dispatch"}),
            actor="user:1:dispatcher",
        )

    def street_scope(self, street: Division | None = None) -> Scope:
        pk = (street or self.place.here).pk
        return Scope(
            streets=frozenset({pk}),
            permissions=frozenset({"see_duty", "roster"}),
            actor="user:2:street_official",
        )

    def role(self, code: str) -> DutyRole:
        return DutyRole.objects.get(district_id=self.place.district.pk, code=code)

    def at_point(self, unit: SamplingUnit | None = None) -> DutyPlace:
        return place_of_point(point_id=(unit or self.unit).point_id, scope=self.scope)

    def member(self, street: Division | None = None, *roles: str, **over: Any) -> StaffMember:
        over.setdefault("qualified", FIT)
        return make_member(
            self.place.district, street, roles=[self.role(code) for code in roles], **over
        )

    def book(
        self,
        member: StaffMember,
        where: DutyPlace,
        start: float = 1,
        end: float = 4,
        *,
        role: str = "sampler",
        scope: Scope | None = None,
        key: uuid.UUID | None = None,
        override: str = "",
    ) -> Duty:
        scope = scope or self.scope
        with scoped(scope):
            return duty.book(
                client_key=key or uuid.uuid4(), member_id=member.pk, place_id=where.pk,
                role_id=self.role(role).pk, starts_at=after(start), ends_at=after(end),
                override=override, scope=scope, by="test", at=NOW,
            )  # fmt: skip

    def need(
        self, where: DutyPlace, count: int, start: float = 1, end: float = 4, role: str = "sampler"
    ) -> Shift:
        return Shift.objects.create(
            place=where, district_id=where.district_id, street_id=where.street_id,
            role=self.role(role), starts_at=after(start), ends_at=after(end), needed=count,
        )  # fmt: skip


def make_roster() -> Roster:
    place = make_district()
    add_builtin_terms(district_id=place.district.pk, by="test", at=START)
    return Roster(place, make_unit(place), make_unit(place, street=place.there))
