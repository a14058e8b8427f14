"""Builders for capture: residents with real check digits, a device, its items."""

from __future__ import annotations

import itertools
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import Division, Exemption, Resident, RoundTarget, TargetVersion
from core import clock
from core.crypto import blind_index
from core.inputs import check_character
from core.scope import Scope, scoped
from personnel.services import roll
from sites.models import SamplingUnit
from tests.personnel.make import District, make_device_token, make_district, make_unit

_people = itertools.count(1)
START = datetime(2021, 11, 4, 12, 0, tzinfo=UTC)
NOW = START + timedelta(hours=2)


def id_number(index: int | None = None) -> str:
    """A fictitious but well-formed 18-character number."""
    index = next(_people) if index is None else index
    body = f"5001091970{1 + index // 28 % 12:02}{1 + index % 28:02}{index % 1000:03}"
    return body + check_character(body)


@dataclass
class Desk:
    """A unit with its device, speaking to the public API."""

    place: District
    unit: SamplingUnit
    token: str
    client: Client = field(default_factory=Client)
    _seq: itertools.count = field(default_factory=itertools.count)

    def item(self, kind: str, at: datetime | None = None, **rest: Any) -> dict[str, Any]:
        seq = next(self._seq)
        when = at or START + timedelta(seconds=20 * seq)
        return {
            "id": str(uuid.uuid4()),
            "kind": kind,
            "seq": seq,
            "at": when.isoformat(),
            "round": self.place.round.pk,
            **rest,
        }

    def open(self, code: str, pool_size: int = 10, **rest: Any) -> dict[str, Any]:
        return self.item("open", tube=code, pool_size=pool_size, **rest)

    def add(self, code: str, number: str, **rest: Any) -> dict[str, Any]:
        return self.item("add", tube=code, person={"id_number": number}, **rest)

    def send(self, *items: dict[str, Any]) -> list[dict[str, Any]]:
        response = self.post({"items": list(items)})
        assert response.status_code == 200, response.content
        return response.json()["results"]

    def post(self, body: Any, path: str = "/api/v1/capture/") -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            path,
            data=raw,
            content_type="application/json",
            headers={"Authorization": f"Device {self.token}"},
        )

    def verdicts(self, *items: dict[str, Any]) -> list[str]:
        return [result["verdict"] for result in self.send(*items)]


def make_desk(place: District | None = None, street: Division | None = None) -> Desk:
    """A running round with a frozen target, one open unit, and its enrolled device."""
    roll.forget()
    place = place or make_round()
    unit = make_unit(place, street=street)
    unit.state, unit.opened_at = "open", START
    unit.save()
    _device, token = make_device_token(unit)
    return Desk(place, unit, token)


def make_round() -> District:
    """A district whose round takes samples and has its targets frozen."""
    place = make_district()
    clock.set_clock(NOW, rate=0.001)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sites_prepare_round(%s)", [place.round.pk])
    version = TargetVersion.objects.create(
        round=place.round, version=1, frozen_at=START, frozen_by="test"
    )
    RoundTarget.objects.create(
        version=version,
        round=place.round,
        community=place.community_here,
        street_id=place.here.pk,
        district_id=place.district.pk,
        registered=100,
        exempt=10,
        target=90,
    )
    return place


def make_resident(place: District, community: Division | None = None) -> tuple[Resident, str]:
    """A resident of the community (by default in the round's target) and the full number."""
    community = community or place.community_here
    number = id_number()
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        resident = Resident.objects.create(
            person_key=blind_index(place.district.pk, "resident", number),
            district_id=place.district.pk,
            street_id=community.street_id,
            community=community,
            id_number=number,
            name="张三",
            phone="13800000000",
            id_last4=number[-4:],
            name_mask="张*",
            birth_on=date(1970, 1, 1),
        )
    return resident, number


def exempt(place: District, resident: Resident) -> None:
    with scoped(Scope(districts=frozenset({place.district.pk}))):
        Exemption.objects.create(
            round=place.round,
            person_key=resident.person_key,
            district_id=place.district.pk,
            street_id=resident.street_id,
            community=resident.community,
            reason="age",
            accepted_at=timezone.now(),
            accepted_by="test",
        )
