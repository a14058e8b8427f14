"""A district for the dispatch board: points with their needs, people, teams, vehicles."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from campaigns.models import Division
from core import clock
from core.scope import Scope
from logistics.models import Vehicle, VehicleClass
from personnel.models import (
    Duty,
    DutyPlace,
    DutyRole,
    Shift,
    StaffMember,
    SupportTeam,
    TeamDuty,
    TeamPlace,
    User,
)
from personnel.roles import POLICY, Role
from sites.models import SamplingPoint
from tests.personnel.make import District, make_district, make_unit, make_user
from tests.personnel.people import START, make_member, make_organisation, make_role

HOUR = timedelta(hours=1)


@dataclass
class World:
    """Two streets; what stands in `here` and is named in the tests."""

    place: District
    point: SamplingPoint
    spot: DutyPlace
    sampler: DutyRole
    dispatcher: User
    now: datetime

    @property
    def scope(self) -> Scope:
        """What a dispatcher of the district may see and do."""
        return Scope(
            districts=frozenset({self.place.district.pk}),
            permissions=frozenset(map(str, POLICY[Role.DISPATCHER].permissions)),
            actor=f"user:{self.dispatcher.pk}:dispatcher",
        )

    @property
    def act(self) -> dict[str, Any]:
        """The `scope`, `by` and `at` of a service call."""
        return {"scope": self.scope, "by": self.scope.actor, "at": self.now}

    def client(self) -> Client:
        return signed_in(self.dispatcher)

    def sampler_of(self, street: Division | None = None, **over: Any) -> StaffMember:
        """A certified sampler who works in `here` or another street."""
        return make_member(
            self.place.district, street or self.place.here,
            **{"roles": [self.sampler], "qualified": ("swab",)} | over,
        )  # fmt: skip

    def book(self, member: StaffMember, hours: tuple[float, float], **over: Any) -> Duty:
        """A duty, hours counted from now."""
        place = over.pop("place", self.spot)
        return Duty.objects.create(
            client_key=uuid.uuid4(), member=member, place=place,
            role=over.pop("role", self.sampler), district_id=place.district_id,
            street_id=place.street_id, starts_at=self.now + hours[0] * HOUR,
            ends_at=self.now + hours[1] * HOUR, at=self.now, by="test", **over,
        )  # fmt: skip

    def need(self, people: int, hours: tuple[float, float], **over: Any) -> Shift:
        place = over.pop("place", self.spot)
        return Shift.objects.create(
            place=place, district_id=place.district_id, street_id=place.street_id,
            role=over.pop("role", self.sampler), starts_at=self.now + hours[0] * HOUR,
            ends_at=self.now + hours[1] * HOUR, needed=people, **over,
        )  # fmt: skip

    def book_team(
        self, team: SupportTeam, hours: tuple[float, float], people: int, **over: Any
    ) -> TeamDuty:
        place = over.pop("place", self.spot)
        duty = TeamDuty.objects.create(
            client_key=uuid.uuid4(), team=team, district_id=place.district_id,
            street_id=place.street_id, starts_at=self.now + hours[0] * HOUR,
            ends_at=self.now + hours[1] * HOUR, headcount=team.headcount, at=self.now, by="test",
            **over,
        )  # fmt: skip
        TeamPlace.objects.create(duty=duty, place=place, role=self.sampler, people=people)
        return duty

    def vehicle(self, plate: str = "渝A10001", **over: Any) -> Vehicle:
        place = DutyPlace.objects.create(
            district_id=self.place.district.pk, kind="vehicle", name=plate
        )
        kind, _made = VehicleClass.objects.get_or_create(
            district_id=self.place.district.pk, code="coach",
            defaults={"name": "大客车", "name_en": "coach", "seats": 45},
        )  # fmt: skip
        fields = {"seats": 45, "boxes": 0, "owner": make_organisation(self.place.district)}
        return Vehicle.objects.create(
            district_id=self.place.district.pk, plate=plate, vehicle_class=kind, place=place,
            added_at=START, **fields | over,
        )  # fmt: skip


def spot_of_point(point: SamplingPoint) -> DutyPlace:
    return DutyPlace.objects.create(
        kind="point", point=point, district_id=point.district_id, street_id=point.street_id
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def make_dispatch() -> World:
    """One point with a unit in each street, the clock an hour after the round began."""
    clock.forget()
    place = make_district()
    now = place.round.starts_at + HOUR
    clock.set_clock(now, rate=1)
    unit = make_unit(place)
    make_unit(place, street=place.there)
    return World(
        place, unit.point, spot_of_point(unit.point),
        make_role(place.district, "sampler", requires=("swab",), name_en="sampler", in_ppe=True),
        make_user(Role.DISPATCHER, place.district), now,
    )  # fmt: skip
